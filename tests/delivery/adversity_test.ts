import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/seal.ts";
import type { EmittedEvent, Subscription } from "../../src/delivery/mod.ts";
import { ValidationError } from "../../src/errors.ts";
import type { KvEntry, KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { all, makeSender, SEALING_KEY } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const A_YEAR_MS = 365 * 86_400_000;

function failing(): Response {
  return new Response("", { status: 500 });
}

function dataOf({ body }: { body: string }): unknown {
  return JSON.parse(body).data;
}

/** A store that does something after an entry of a table was given by a walk, once. */
function interruptedWalk(
  kv: KvStore,
  { table, then }: { table: string; then: () => Promise<void> },
): KvStore {
  let isDone = false;
  return {
    ...withCommit(kv, (change, next) => next(change)),
    async *list(range, options): AsyncGenerator<KvEntry<never>> {
      for await (const entry of kv.list<never>(range, options)) {
        yield entry;
        if (isDone || range.prefix.at(-1) !== table) continue;
        isDone = true;
        await then();
      }
    },
  };
}

Deno.test("deliverDue() records an attempt although the earlier ones do not open", async () => {
  const kv = memoryKv();
  const { sender, clock, sent } = makeSender({ kv, answer: failing });
  const { subscription } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  const sealingKey = [generateSealingKey(), SEALING_KEY];
  const newer = makeSender({ kv, clock, sealingKey, answer: failing }).sender;
  await newer.deliverDue();
  await clock.sleep(10_000);
  assertEquals((await sender.deliverDue()).retried, 1);
  assertEquals(sent.length, 1);
  const [delivery] = await all(sender.deliveries(subscription.id));
  assertEquals(delivery?.attempts, 2);
  assertEquals(delivery?.lastAttempts.map(({ number }) => number), [2]);
});

Deno.test("replay() leaves out what does not open, and keeps nothing else from going out", async () => {
  const kv = memoryKv();
  const { sender, clock } = makeSender({ kv });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: "old" });
  await sender.deliverDue();
  const sealingKey = generateSealingKey();
  const other = makeSender({ kv, clock, sealingKey });
  await clock.sleep(1);
  await other.sender.replay(id, { since: 0 });
  await other.sender.subscribe({ to: `${TO}/new`, for: "new" });
  await other.sender.emit({ name: "new.b", data: "new" });
  assertEquals((await other.sender.deliverDue()).succeeded, 1);
  assertEquals(other.sent.map(dataOf), ["new"]);
});

Deno.test("replay() gives an event to nobody who would not have got it", async () => {
  const { sender, sent } = makeSender();
  await sender.subscribe({ to: TO, scope: "/a" });
  const strangers = [
    { to: `${TO}/b`, scope: "/b" },
    { to: `${TO}/c`, for: "order" },
  ];
  await sender.emit({ id: "mine", name: "a.b", data: 1, scope: "/a" });
  await sender.deliverDue();
  for (const stranger of strangers) {
    const { subscription: { id } } = await sender.subscribe(stranger);
    await sender.replay(id, { event: "mine" });
  }
  assertEquals((await sender.deliverDue()).created, 0);
  assertEquals(sent.map(({ url }) => url), [TO]);
});

Deno.test("replay() beside a waiting delivery of an ordered entity does not take its place", async () => {
  for (const isEarly of [false, true]) {
    const { sender, sent, clock } = makeSender();
    const { subscription: { id } } = await sender.subscribe({
      to: TO,
      ordered: true,
    });
    const emit = (data: number): Promise<unknown> =>
      sender.emit({ name: "a.b", data, entity: "e" });
    if (isEarly) await sender.replay(id, { since: 0, until: 1e13 });
    await clock.sleep(1);
    await emit(1);
    if (!isEarly) await sender.replay(id, { since: 0, until: 1e13 });
    await sender.deliverDue();
    await emit(2);
    await sender.deliverDue();
    assertEquals(sent.map(dataOf), [1, 1, 2], `early: ${isEarly}`);
    assertEquals((await sender.health()).pending, 0);
  }
});

Deno.test("replay() delivers once what failed more than once", async () => {
  let status = 500;
  const { sender, sent } = makeSender({
    answer: () => new Response("", { status }),
    retryDelaysMs: [],
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deliverDue();
  await sender.replay(id, { status: "failed" });
  await sender.deliverDue();
  status = 200;
  await sender.replay(id, { status: "failed" });
  await sender.deliverDue();
  assertEquals(sent.length, 3);
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("replay() stops with the run, keeps to the limits of the store, and goes on where it stopped", async () => {
  const stop = new AbortController();
  const limits = { maxMutations: 20, maxCommitBytes: 20_000 };
  const kv = withCommit(memoryKv({ limits }), async (change, next) => {
    const result = await next(change);
    const isStep = change.relaxed &&
      change.sets?.some(({ key }) => key.includes("in"));
    if (isStep) stop.abort();
    return result;
  });
  const { sender, clock, sent } = makeSender({ kv });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  for (let n = 0; n < 60; n++) {
    await sender.emit({ name: "a.b", data: n });
    await clock.sleep(1);
  }
  await sender.deliverDue();
  sent.length = 0;
  await sender.replay(id, { since: 0 });
  const { created } = await sender.deliverDue({ signal: stop.signal });
  assert(created > 0 && created < 60, `created ${created}`);
  await sender.deliverDue();
  assertEquals(sent.map(dataOf).length, 60);
  assertEquals(new Set(sent.map(dataOf)).size, 60);
});

Deno.test("deliverDue() fails the attempt of a dialect that changes what it is shown, and nothing else", async () => {
  const seen: string[] = [];
  const { sender, sent } = makeSender({
    dialects: [{
      name: "vandal",
      body(_payload, { event, subscription }): string {
        seen.push(...Object.keys(subscription));
        (subscription as { to: string }).to = "https://elsewhere.example.com/";
        (event as { data: unknown }).data = "forged";
        return "{}";
      },
    }],
  });
  await sender.subscribe({ to: `${TO}/vandal`, dialect: "vandal" });
  await sender.subscribe({ to: TO });
  for (let n = 0; n < 2; n++) await sender.emit({ name: "a.b", data: "true" });
  const { succeeded, retried } = await sender.deliverDue({ concurrency: 1 });
  assertEquals([succeeded, retried], [2, 2]);
  assertEquals(sent.map((each) => [each.url, dataOf(each)]), [
    [TO, "true"],
    [TO, "true"],
  ]);
  assert(seen.length > 0 && !seen.includes("sealed"));
});

Deno.test("emit() tells permissions of an event that they cannot change", async () => {
  const { sender, sent } = makeSender({
    permissions({ event, phase }): boolean {
      if (phase === "send") return true;
      (event as { data: EmittedEvent["data"] }).data = "forged";
      return true;
    },
  });
  await sender.subscribe({ to: TO, owner: "anna" });
  await sender.emit({ name: "a.b", data: { deep: [{ true: true }] } });
  await sender.deliverDue();
  assertEquals(sent.map(dataOf), [{ deep: [{ true: true }] }]);
});

Deno.test("emit() refuses two events with the same id", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const twin = { id: "twin", name: "a.b", data: 1 };
  const commit = { sets: [{ key: ["app"], value: 1 }] };
  const error = await assertRejects(
    () => sender.emit([twin, twin], { commit }),
    ValidationError,
    "Cannot emit the events: id: ",
  );
  assertEquals(error.field, "id");
  assertEquals(await kv.get(["app"]), undefined);
});

for (const how of ["deactivate", "remove"] as const) {
  Deno.test(`${how}() is heeded by a run in the midst of its requests`, async () => {
    const { sender, sent, clock } = makeSender({
      async answer(): Promise<Response> {
        if (sent.length === 3) await sender[how](id);
        await clock.sleep(1_500);
        return new Response();
      },
    });
    const limits = { concurrency: 1 };
    const { subscription: { id } } = await sender.subscribe({ to: TO, limits });
    for (let n = 0; n < 20; n++) await sender.emit({ name: "a.b", data: n });
    await sender.deliverDue();
    assertEquals(sent.length, 3);
  });
}

Deno.test("deactivate() outweighs a 410 that comes at the same time", async () => {
  const { sender } = makeSender({
    async answer(): Promise<Response> {
      await sender.deactivate(id, { message: "Mine" });
      return new Response("", { status: 410 });
    },
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  assertEquals((await sender.deliverDue()).disabled, 0);
  const { active, holds, statusMessage } = await sender.subscription(id) ??
    {} as Subscription;
  assertEquals([active, holds, statusMessage], [false, false, "Mine"]);
});

Deno.test("remove() while a 410 disables the same subscription fails no run", async () => {
  const base = memoryKv();
  let isArmed = false;
  const kv: KvStore = {
    ...withCommit(base, (change, next) => next(change)),
    async get(key): Promise<undefined | KvEntry<never>> {
      const entry = await base.get<never>(key);
      if (isArmed && key.includes("sub")) {
        isArmed = false;
        await sender.remove(id);
      }
      return entry;
    },
  };
  const { sender } = makeSender({
    kv,
    answer(): Response {
      isArmed = true;
      return new Response("", { status: 410 });
    },
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  const { stopped, disabled } = await sender.deliverDue();
  assertEquals([stopped, disabled], ["empty", 0]);
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("activate() wakes an endpoint while a run is at work and its clock is set back", async () => {
  const { sender, sent, clock } = makeSender({
    async answer({ url }): Promise<Response> {
      if (url === `${TO}/other`) {
        await clock.sleep(-5_000);
        await sender.activate(id);
      }
      return new Response();
    },
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO, for: "a" });
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deactivate(id, { hold: true });
  await sender.subscribe({ to: `${TO}/other`, for: "other" });
  await sender.emit({ name: "a.b", data: 2 });
  await sender.emit({ name: "other.b", data: 3 });
  await sender.deliverDue({ waitMs: 10_000 });
  await sender.deliverDue({ waitMs: 10_000 });
  assertEquals(sent.map(dataOf).toSorted(), [1, 2, 3]);
});

Deno.test("activate() gives back the rate that a wrong clock has spent", async () => {
  const { sender, sent, clock } = makeSender();
  const limits = { perSecond: 1 };
  const { subscription: { id } } = await sender.subscribe({ to: TO, limits });
  await clock.sleep(A_YEAR_MS);
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deliverDue();
  await clock.sleep(-A_YEAR_MS);
  await sender.deactivate(id, { hold: true });
  await sender.activate(id);
  await sender.emit({ name: "a.b", data: 2 });
  await sender.deliverDue();
  assertEquals(sent.map(dataOf), [1, 2]);
});

Deno.test("deliverDue() lets an endpoint have its turn beside slow ones with much to deliver", async () => {
  const { sender, sent, clock } = makeSender({
    async answer({ url }): Promise<Response> {
      if (url === TO) await clock.sleep(1_000);
      return new Response();
    },
  });
  await sender.subscribe({ to: TO, for: "slow", limits: { concurrency: 1 } });
  await sender.subscribe({ to: `${TO}/quick`, for: "quick" });
  for (let n = 0; n < 30; n++) await sender.emit({ name: "slow.b", data: n });
  await clock.sleep(1);
  await sender.emit({ name: "quick.b", data: "quick" });
  await sender.deliverDue({ concurrency: 1 });
  const at = sent.map(dataOf).indexOf("quick");
  assert(at >= 0 && at <= 4, `it came after ${at}`);
});

Deno.test("deliverDue() keeps the order of an entity when its first event is committed behind the walk", async () => {
  const base = memoryKv();
  const writer = makeSender({ kv: base });
  const { clock } = writer;
  const emit = (data: number): Promise<unknown> =>
    writer.sender.emit({ name: "a.b", data, entity: "e" });
  const kv = interruptedWalk(base, {
    table: "in",
    async then(): Promise<void> {
      await clock.sleep(-5);
      await emit(1);
      await clock.sleep(10);
      await emit(2);
    },
  });
  const { sender, sent } = makeSender({ kv, clock });
  await sender.subscribe({ to: TO, ordered: true });
  await writer.sender.emit({ name: "a.b", data: 0 });
  await sender.deliverDue();
  assertEquals(sent.map(dataOf).filter((data) => data !== 0), [1, 2]);
});

Deno.test("deliverDue() signs no longer with a secret that has ended during the run", async () => {
  const signatures: number[] = [];
  const { sender, clock } = makeSender({
    async answer({ headers }): Promise<Response> {
      const header = headers.get("webhook-signature") ?? "";
      signatures.push(header.split(" ").length);
      await clock.sleep(120_000);
      return new Response();
    },
  });
  const limits = { concurrency: 1 };
  const { subscription: { id } } = await sender.subscribe({ to: TO, limits });
  await sender.rotateSecret(id, { overlapMs: 60_000 });
  for (let n = 0; n < 2; n++) await sender.emit({ name: "a.b", data: n });
  await sender.deliverDue();
  assertEquals(signatures, [2, 1]);
});

Deno.test("deliverDue() takes a Retry-After of a fraction of a millisecond for a whole one", async () => {
  const { sender, sent } = makeSender({
    answer: () =>
      new Response("", {
        status: 429,
        headers: { "retry-after": "0.0001" },
      }),
    retryDelaysMs: [0, 0],
  });
  await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  const { stopped, failed } = await sender.deliverDue();
  assertEquals([stopped, failed, sent.length], ["empty", 1, 3]);
});
