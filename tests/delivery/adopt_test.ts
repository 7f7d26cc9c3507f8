import { assert, assertEquals } from "@std/assert";
import type { Declaration, WebhookSender } from "../../src/delivery/mod.ts";
import { verifySignature } from "../../src/delivery/mod.ts";
import type { KvEntry, KvStore } from "../../src/kv/kv.ts";
import { systemClock } from "../../src/_internal/clock.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { keyBytes } from "../../src/kv/_key_codec.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { checkRows } from "../crash/_delivery_rows.ts";
import { all, makeSender, type Sent } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const CRM: Declaration = { name: "crm", to: TO };
const CHANGED: Declaration = { ...CRM, limits: { concurrency: 9 } };
const SMALL = { maxMutations: 20, maxCommitBytes: 40_000 };
// Of one entity more than a small commit moves at a time.
const COUNT = 15;
const TABLES = ["q", "lane", "head", "ready", "in"];

/** A sender whose receiver takes nothing until it is told to. */
function makeFailing(
  options: Parameters<typeof makeSender>[0] = {},
): ReturnType<typeof makeSender> & { mend: () => void } {
  let status = 500;
  const made = makeSender({
    answer: () => new Response("", { status }),
    circuit: { failures: 1_000 },
    ...options,
  });
  const mend = (): void => {
    status = 200;
    made.sent.length = 0;
  };
  return { ...made, mend };
}

async function emit(
  sender: WebhookSender,
  data: number,
  event: { name?: string; scope?: string; entity?: string; id?: string } = {},
): Promise<void> {
  const { ok } = await sender.emit({ name: "a.b", data, ...event });
  assert(ok);
}

async function idOf(sender: WebhookSender): Promise<string> {
  const found = await all(sender.subscriptions());
  return found.find(({ active }) => active)?.id ?? "";
}

function dataOf(sent: readonly Sent[]): unknown[] {
  return sent.map(({ body }) => JSON.parse(body).data);
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

async function assertNothingLeft(kv: KvStore): Promise<void> {
  for (const table of TABLES) {
    const rows = await all(kv.list({ prefix: ["sluice", "delivery", table] }));
    assertEquals(rows, [], table);
  }
}

Deno.test("reconcile() of a changed declaration hands over what waits, and what was not taken in", async () => {
  const { sender, sent, clock, kv, mend } = makeFailing({
    circuit: { failures: 1 },
  });
  await sender.reconcile([CRM]);
  const old = await idOf(sender);
  await emit(sender, 0);
  await sender.deliverDue();
  assertEquals((await sender.health()).broken, 1);
  const [{ id: webhookId } = { id: "" }] = sent;
  await emit(sender, 1);
  const plan = await sender.reconcile([
    { ...CRM, to: `${TO}/new`, headers: { "x-own": "new" } },
  ]);
  assertEquals(plan.deactivated.map(({ id }) => id), [old]);
  await emit(sender, 2);
  mend();
  const { created, succeeded, nextDueAt } = await sender.deliverDue();
  assertEquals([created, succeeded, nextDueAt], [3, 3, null]);
  assertEquals(dataOf(sent).toSorted(), [0, 1, 2]);
  const secrets = plan.secretOf("crm")?.secret ?? "";
  for (const { url, id, attempt, body, headers } of sent) {
    assertEquals([url, headers.get("x-own")], [`${TO}/new`, "new"]);
    const now = clock.now;
    assertEquals(
      (await verifySignature(body, headers, { secrets, now })).id,
      id,
    );
    assertEquals(attempt, "1");
  }
  assert(sent.some(({ id }) => id === webhookId), "the same webhook-id");
  assertEquals(await all(sender.deliveries(old)), []);
  const { pending, broken } = await sender.health();
  assertEquals([pending, broken], [0, 0]);
  await assertNothingLeft(kv);
});

Deno.test("reconcile() of a changed declaration keeps the order of an entity, also where a clock is behind", async () => {
  for (const limits of [{}, SMALL]) {
    const kv = memoryKv({ limits });
    const clock = jumpingClock();
    const behind = jumpingClock(clock.now() - 300_000);
    const { sender, sent, mend } = makeFailing({ kv, clock });
    const late = makeFailing({ kv, clock: behind }).sender;
    await sender.reconcile([{ ...CRM, ordered: true }]);
    const tell = async (from: number, to: number): Promise<void> => {
      for (let i = from; i < to; i++) {
        await emit(i % 2 ? sender : late, i, { entity: "e" });
        await emit(late, 200 + i, { entity: "f" });
      }
    };
    await tell(0, 50);
    await sender.deliverDue();
    await tell(50, 60);
    await sender.reconcile([{ ...CHANGED, ordered: true }]);
    // More than a page of what comes in.
    await tell(60, 130);
    mend();
    const { created, succeeded } = await sender.deliverDue();
    assertEquals([created, succeeded], [260, 260]);
    const got = dataOf(sent).map(Number);
    assertEquals(got.filter((n) => n < 200), upTo(130));
    assertEquals(got.filter((n) => n >= 200), upTo(330).slice(200));
    await assertNothingLeft(kv);
  }
});

Deno.test("reconcile() with a declaration that is no longer ordered hands over what has no order then", async () => {
  let answers = (_: unknown): boolean => false;
  const { sender, sent } = makeSender({
    answer: ({ body }) =>
      new Response("", { status: answers(JSON.parse(body).data) ? 200 : 500 }),
    circuit: { failures: 1_000 },
  });
  await sender.reconcile([{ ...CRM, ordered: true }]);
  for (let i = 0; i < 5; i++) await emit(sender, i, { entity: "e" });
  await sender.deliverDue();
  await emit(sender, 5, { entity: "e" });
  await sender.reconcile([CRM]);
  answers = (data) => Number(data) % 5 > 0;
  sent.length = 0;
  assertEquals((await sender.deliverDue({ waitMs: 0 })).succeeded, 4);
  assertEquals(dataOf(sent).toSorted(), upTo(6));
});

Deno.test("reconcile() hands an event over to each of several that took another's place", async () => {
  const { sender, sent, kv, mend } = makeFailing();
  const names = ["a", "b", "c"];
  const declared = (limits: Declaration["limits"]): Declaration[] =>
    names.map((name) => ({ name, to: `${TO}/${name}`, limits: limits ?? {} }));
  await sender.reconcile(declared({}));
  await sender.subscribe({ to: `${TO}/d` });
  await emit(sender, 0);
  await sender.deliverDue();
  await emit(sender, 1);
  await sender.reconcile(declared({ concurrency: 9 }));
  mend();
  const week = 7 * 86_400_000;
  assertEquals((await sender.deliverDue({ waitMs: week })).succeeded, 8);
  for (const name of [...names, "d"]) {
    const own = sent.filter(({ url }) => url === `${TO}/${name}`);
    assertEquals(dataOf(own).toSorted(), [0, 1]);
  }
  await assertNothingLeft(kv);
});

Deno.test("deliverDue() hands over in commits that fit, and stops when it is told to", async () => {
  const stop = new AbortController();
  let commits = -Infinity;
  let mostKeyBytes = 0;
  const inner = memoryKv();
  const kv = withCommit(inner, (change, next) => {
    const keys = [
      ...change.deletes ?? [],
      ...(change.sets ?? []).map(({ key }) => key),
    ];
    const bytes = keys.reduce((sum, key) => sum + keyBytes(key), 0);
    mostKeyBytes = Math.max(mostKeyBytes, bytes);
    if (++commits === 5) stop.abort();
    return next(change);
  });
  const prefix = ["p".repeat(900)];
  const { sender, sent } = makeSender({ kv, prefix });
  await sender.reconcile([{ ...CRM, ordered: true }]);
  await sender.deactivate(await idOf(sender), { hold: true });
  for (let i = 0; i < 400; i++) {
    const id = `${i}${"x".repeat(120)}`;
    await emit(sender, i, { id, ...(i % 2 ? { entity: "e" } : {}) });
  }
  await sender.deliverDue();
  await sender.reconcile([{ ...CHANGED, ordered: true }]);
  commits = 0;
  const { stopped } = await sender.deliverDue({ signal: stop.signal });
  assertEquals([stopped, commits < 9, sent.length], ["aborted", true, 0]);
  assertEquals((await sender.deliverDue()).succeeded, 400);
  assertEquals(new Set(dataOf(sent)).size, 400);
  assert(mostKeyBytes < 81_920, `${mostKeyBytes} bytes of keys in one commit`);
});

Deno.test("reconcile() hands over to the last of several that were changed before a run", async () => {
  const { sender, sent, clock, kv, mend } = makeFailing();
  await sender.reconcile([{ ...CRM, ordered: true }]);
  for (let i = 0; i < 3; i++) await emit(sender, i, { entity: "e" });
  await sender.deliverDue();
  await clock.sleep(10);
  await sender.replay(await idOf(sender), { since: 0 });
  for (let i = 3; i < 9; i++) {
    await emit(sender, i, { entity: "e" });
    const declared = { ...CRM, ordered: true, limits: { concurrency: i } };
    await sender.reconcile([declared]);
  }
  await emit(sender, 9, { entity: "e" });
  mend();
  await sender.deliverDue();
  const last = await idOf(sender);
  const log = await all(sender.deliveries(last));
  const triggers = log.map(({ trigger }) => trigger).toSorted();
  assertEquals(triggers, [
    ...new Array(10).fill("event"),
    ...new Array(3).fill("replay"),
  ]);
  assertEquals(
    [...new Set(dataOf(sent).map(Number))].toSorted(),
    upTo(10),
  );
  await assertNothingLeft(kv);
});

Deno.test("reconcile() hands over what is told of the old one by a clock that is ahead", async () => {
  const kv = memoryKv();
  const clock = jumpingClock();
  const ahead = jumpingClock(clock.now() + 300_000);
  const { sender, sent, mend } = makeFailing({ kv, clock });
  const early = makeFailing({ kv, clock: ahead }).sender;
  await sender.reconcile([{ ...CRM, ordered: true }]);
  await emit(early, 0, { entity: "e" });
  await emit(sender, 1, { entity: "e" });
  await emit(sender, 2, { id: "A" });
  await sender.reconcile([{ ...CHANGED, ordered: true }]);
  await emit(sender, 3, { entity: "e" });
  mend();
  await sender.deliverDue();
  assertEquals(dataOf(sent).filter((n) => n !== 2), [0, 1, 3]);
  assertEquals(sent.length, 4);
  await assertNothingLeft(kv);
});

Deno.test("reconcile() has replays that wait asked for once more", async () => {
  const { sender, sent, clock, mend } = makeFailing({ retryDelaysMs: [1_000] });
  await sender.reconcile([{ ...CRM, ordered: true }]);
  await emit(sender, 0, { entity: "e" });
  await sender.deliverDue();
  await clock.sleep(10_000);
  await sender.deliverDue();
  await sender.replay(await idOf(sender), { status: "failed" });
  await sender.deliverDue({ waitMs: 0 });
  assertEquals((await sender.health()).pending, 1);
  await sender.reconcile([{ ...CHANGED, ordered: true }]);
  mend();
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assertEquals(dataOf(sent), [0]);
  const log = await all(sender.deliveries(await idOf(sender)));
  assertEquals(log.map(({ trigger, status }) => [trigger, status]), [
    ["replay", "succeeded"],
  ]);
});

Deno.test("reconcile() hands nothing over that the changed declaration does not match, and logs it", async () => {
  const changes: Partial<Declaration>[] = [
    { for: "c" },
    { when: "d" },
    { scope: "/other" },
    { scope: "/here/below" },
    { filter: { const: 5 } },
  ];
  for (const change of changes) {
    const { sender, sent, kv, mend } = makeFailing();
    await sender.reconcile([{ ...CRM, scope: "/here" }]);
    await emit(sender, 0, { scope: "/here" });
    await sender.deliverDue();
    await emit(sender, 1, { scope: "/here" });
    await sender.reconcile([{ ...CRM, scope: "/here", ...change }]);
    mend();
    const { dropped, nextDueAt } = await sender.deliverDue();
    const what = JSON.stringify(change);
    assertEquals([dropped, nextDueAt, sent.length], [2, null, 0], what);
    const log = await all(sender.deliveries(await idOf(sender)));
    assertEquals(
      log.map(({ status, message }) => [status, message]),
      new Array(2).fill([
        "dropped",
        "The declaration no longer matches the event",
      ]),
    );
    await assertNothingLeft(kv);
  }
});

Deno.test("reconcile() with another owner has that one asked before anything is handed over", async () => {
  const { sender, sent, mend } = makeFailing({
    permissions: ({ principal }) => principal === "ann",
  });
  const owned = { ...CRM, permission: "see" };
  await sender.reconcile([{ ...owned, owner: "ann" }]);
  await emit(sender, 0);
  await sender.deliverDue();
  await sender.reconcile([{ ...owned, owner: "bob" }]);
  mend();
  assertEquals((await sender.deliverDue()).denied, 1);
  assertEquals(sent, []);
});

Deno.test("reconcile() hands over what was held for one that was deactivated by hand", async () => {
  const { sender, sent } = makeSender();
  await sender.reconcile([CRM]);
  await sender.deactivate(await idOf(sender), { hold: true });
  await emit(sender, 0);
  await sender.deliverDue();
  await sender.reconcile([CHANGED]);
  await sender.deliverDue();
  assertEquals(dataOf(sent), [0]);
});

Deno.test("remove() of the replaced subscription takes nothing from its successor, and leaves nothing", async () => {
  const { sender, sent, kv, mend } = makeFailing();
  await sender.reconcile([CRM]);
  const old = await idOf(sender);
  await emit(sender, 0);
  await sender.deliverDue();
  await sender.reconcile([CHANGED]);
  await sender.remove(old);
  mend();
  await sender.deliverDue();
  assertEquals(dataOf(sent), [0]);
  await assertNothingLeft(kv);
  const states = await all(kv.list({ prefix: ["sluice", "delivery", "ep"] }));
  assertEquals(states.length, 1);
});

Deno.test("remove() of a successor before a run leaves nothing", async () => {
  const { sender, sent, kv, mend } = makeFailing();
  await sender.reconcile([{ ...CRM, ordered: true }]);
  for (let i = 0; i < 3; i++) await emit(sender, i, { entity: "e" });
  await sender.deliverDue();
  await emit(sender, 3, { entity: "e" });
  await sender.reconcile([CHANGED]);
  await sender.remove(await idOf(sender));
  mend();
  assertEquals((await sender.deliverDue()).nextDueAt, null);
  assertEquals([sent.length, (await sender.health()).pending], [0, 0]);
  await assertNothingLeft(kv);
});

Deno.test("deliverDue() waits for a request to a replaced subscription before it hands over, and lets others have their turn", async () => {
  const begun = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<void>();
  const others = Promise.withResolvers<void>();
  let otherCount = 0;
  const { sender, sent, kv } = makeSender({
    async answer({ url }): Promise<Response> {
      if (url.endsWith("/other")) {
        if (++otherCount === 2) others.resolve();
        return new Response("", { status: otherCount === 1 ? 500 : 200 });
      }
      begun.resolve();
      await answered.promise;
      return new Response();
    },
    retryDelaysMs: [50],
    clock: systemClock,
  });
  await sender.reconcile([CRM]);
  await sender.subscribe({ to: `${TO}/other`, for: "o" });
  await emit(sender, 0);
  const run = sender.deliverDue();
  await begun.promise;
  await emit(sender, 1, { name: "o.b" });
  await others.promise;
  await sender.reconcile([CHANGED]);
  await emit(sender, 2);
  await emit(sender, 3, { name: "o.b" });
  setTimeout(() => answered.resolve(), 300);
  await run;
  await sender.deliverDue();
  const own = sent.filter(({ url }) => url === TO);
  assertEquals(dataOf(own).toSorted(), [0, 1, 2, 3], "each once");
  await assertNothingLeft(kv);
});

Deno.test("deliverDue() hands over without loss or repeat although the process dies at any commit", async () => {
  for (const limits of [{}, SMALL]) {
    let crashes = 0;
    for (const applied of [false, true]) {
      for (let commit = 1;; commit++) {
        const kv = memoryKv({ limits });
        const clock = jumpingClock();
        const before = makeFailing({ kv, clock });
        await before.sender.reconcile([{ ...CRM, ordered: true }]);
        for (let i = 0; i < COUNT; i++) {
          await emit(before.sender, i, i % 3 ? { entity: "e" } : {});
          if (i === COUNT - 3) await before.sender.deliverDue();
        }
        const crashing = crashingKv(kv, { commit, applied });
        const dying = makeSender({ kv: crashing.kv, clock });
        let created = 0;
        try {
          await dying.sender.reconcile([{ ...CHANGED, ordered: true }]);
          ({ created } = await dying.sender.deliverDue());
        } catch (error) {
          assert(error instanceof Crash, String(error));
        }
        const tables = (table: string): Promise<never[]> =>
          all(kv.list({ prefix: ["sluice", "delivery", table] })) as never;
        await checkRows(tables);
        await clock.sleep(3_600_000);
        const after = makeSender({ kv, clock });
        await after.sender.reconcile([{ ...CHANGED, ordered: true }]);
        await after.sender.deliverDue();
        const where = `commit ${commit}, applied: ${applied}`;
        const sent = [...dying.sent, ...after.sent];
        const got = [...new Set(dataOf(sent).map(Number))];
        assertEquals(got.toSorted((a, b) => a - b), upTo(COUNT), where);
        const ordered = got.filter((n) => n % 3);
        assertEquals(ordered, ordered.toSorted((a, b) => a - b), where);
        const log = await all(
          after.sender.deliveries(await idOf(after.sender)),
        );
        assertEquals(log.length, COUNT, where);
        assertEquals((await after.sender.health()).pending, 0, where);
        await assertNothingLeft(kv);
        if (!crashing.crashed) {
          assertEquals(created, COUNT);
          break;
        }
        crashes++;
      }
    }
    assert(crashes > 8, `only ${crashes}`);
  }
});

Deno.test("replay() of what failed for a replaced subscription goes to its successor", async () => {
  const { sender, sent, mend } = makeFailing({ retryDelaysMs: [] });
  await sender.reconcile([CRM]);
  const old = await idOf(sender);
  await emit(sender, 0);
  assertEquals((await sender.deliverDue()).failed, 1);
  await sender.reconcile([CHANGED]);
  mend();
  assertEquals((await sender.deliverDue()).succeeded, 0);
  await sender.replay(old, { status: "failed" });
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assertEquals(dataOf(sent), [0]);
  assertEquals((await all(sender.deliveries(await idOf(sender)))).length, 1);
});

const NARROW = { ...CRM, for: "a", when: "b" };

for (
  const [what, from, to] of [
    ["both of the two", NARROW, CRM],
    ["neither of the two", CRM, NARROW],
  ] as const
) {
  for (const commit of [{}, { sets: [{ key: ["app"], value: 1 }] }]) {
    const beside = commit.sets ? "a change" : "nothing else";
    Deno.test(`emit() of ${beside} whose walk over the index meets ${what} when one replaces the other has the event delivered once`, async () => {
      const kv = memoryKv();
      const other = makeSender({ kv });
      await other.sender.reconcile([from]);
      const { sender } = makeSender({
        kv: beforeLastBucket(kv, () => other.sender.reconcile([to])),
      });
      const result = await sender.emit({ name: "a.b", data: 1 }, { commit });
      assert(result.ok);
      assertEquals(result.events[0]?.matched, 1);
      assertEquals((await other.sender.deliverDue()).created, 1);
      assertEquals(other.sent.length, 1);
      assertEquals((await other.sender.health()).pending, 0);
    });
  }
}

/** A store in which something happens once, while somebody walks over the index and has one bucket left to read. */
function beforeLastBucket(
  kv: KvStore,
  happen: () => Promise<unknown>,
): KvStore {
  let hasHappened = false;
  return {
    limits: kv.limits,
    get: (key) => kv.get(key),
    async *list(range, options): AsyncGenerator<KvEntry<never>> {
      if (!hasHappened && range.prefix.slice(-2).join() === "*,*") {
        hasHappened = true;
        await new Promise((resolve) => setTimeout(resolve, 0));
        await happen();
      }
      yield* kv.list<never>(range, options);
    },
    commit: (change) => kv.commit(change),
    close: () => kv.close(),
  };
}

Deno.test("reconcile() of a changed declaration whose endpoint hangs does not hold up the events of others", async () => {
  const late = 20_000;
  const { sender, sent } = makeSender({
    clock: systemClock,
    timeoutMs: late,
    answer: ({ url }) =>
      url.endsWith("/hangs") ? new Promise(() => {}) : new Response(),
  });
  const declared = { ...CRM, for: "slow", to: "https://crm.example.com/hangs" };
  await sender.reconcile([declared]);
  await sender.subscribe({ to: "https://quick.example.com/", for: "quick" });
  await sender.emit({ name: "slow.x", data: 1 });
  const began = performance.now();
  const run = sender.deliverDue();
  while (sent.length === 0) await systemClock.sleep(5);
  await sender.reconcile([{ ...declared, to: "https://crm.example.com/new" }]);
  await sender.emit({ name: "quick.x", data: 2 });
  assertEquals((await run).succeeded, 2);
  assert(performance.now() - began < late / 2, "it waited for the request");
  const [hung, ...others] = sent;
  const again = others.find(({ url }) => url.endsWith("/new"));
  assertEquals(again?.id, hung?.id);
  assertEquals(others.length, 2);
});

Deno.test("replay() of what failed at a replaced subscription does not send its successor what that does not match", async () => {
  const { sender, sent } = makeSender({
    retryDelaysMs: [],
    answer: () => new Response("", { status: 500 }),
  });
  const { added: [old] } = await sender.reconcile([{ ...CRM, scope: "/A" }]);
  await sender.emit({ name: "a.b", data: 1, scope: "/A" });
  await sender.deliverDue();
  await sender.replay(old?.id ?? "", { status: "failed" });
  await sender.reconcile([{
    ...CRM,
    scope: "/B",
    to: "https://b.example.com/",
  }]);
  const report = await sender.deliverDue();
  assertEquals([report.dropped, sent.length], [1, 1]);
});
