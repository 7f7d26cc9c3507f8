import { assert, assertEquals } from "@std/assert";
import type { KvStore } from "../../src/kv/kv.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { jumpingClock } from "../_support/clock.ts";
import { all, makeSender, type Sent } from "../delivery/_sender.ts";

type Clock = ReturnType<typeof jumpingClock>;
type Sender = ReturnType<typeof makeSender>["sender"];

/** What the world outside the store remembers. */
interface World {
  /** Ids of events whose commit was confirmed, and the application's key of each. */
  readonly confirmed: { id: string; n: number }[];
  /** Numbers of all events that were offered. */
  readonly offered: number[];
  /** Requests that a receiver answered with 200. */
  readonly accepted: Sent[];
}

const TO = "https://hooks.example.com";
const DECLARED = { name: "one", to: `${TO}/declared`, ordered: true };

/**
 * Runs one scenario (subscribe, emit in the application's commit, fan out, deliver, fail, retry, replace, hold, activate,
 * replay) with a crash at the n-th commit, before and after it was applied, for every n until the scenario ends
 * without reaching it. After each crash a new process takes over: every event that is in the store with the
 * application's data must reach each subscriber, with the same `webhook-id` each time, each entity in order.
 */
export async function deliveryCrashMatrix(
  openStore: () => Promise<{ kv: KvStore; done: () => Promise<void> }>,
): Promise<number> {
  let crashes = 0;
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const { kv, done } = await openStore();
      const crashed = await oneCrash(kv, { commit, applied });
      await done();
      if (!crashed) break;
      crashes++;
    }
  }
  return crashes;
}

async function oneCrash(
  kv: KvStore,
  at: { commit: number; applied: boolean },
): Promise<boolean> {
  const where = `commit ${at.commit}, ${
    at.applied ? "after" : "before"
  } it was applied`;
  const world: World = { confirmed: [], offered: [], accepted: [] };
  const clock = jumpingClock();
  await prepare(kv, clock);
  const crashing = crashingKv(kv, at);
  try {
    await scenario(crashing.kv, { world, clock });
  } catch (error) {
    assert(
      error instanceof Crash,
      `an unexpected failure at ${where}: ${error}`,
    );
  }
  // The dead process's lease runs out, and what failed is due again.
  await clock.sleep(3_600_000);
  const recovery = openSender(kv, { world, clock, isUp: () => true });
  for (const id of await idsOf(recovery)) await recovery.activate(id);
  let report = await recovery.deliverDue();
  for (let i = 0; i < 20 && report.nextDueAt !== null; i++) {
    await clock.sleep(Math.max(0, report.nextDueAt - clock.now()));
    report = await recovery.deliverDue();
  }
  assertEquals(report.nextDueAt, null, where);
  await verify(kv, { world, where, sender: recovery });
  return crashing.crashed;
}

async function prepare(kv: KvStore, clock: Clock): Promise<void> {
  const sender = openSender(kv, {
    world: { confirmed: [], offered: [], accepted: [] },
    clock,
    isUp: () => true,
  });
  await sender.subscribe({ to: `${TO}/plain` });
  await sender.subscribe({ to: `${TO}/ordered`, ordered: true });
  await sender.subscribe({ to: `${TO}/gone`, for: "order" });
  await sender.reconcile([DECLARED]);
}

function openSender(
  kv: KvStore,
  { world, clock, isUp }: {
    world: World;
    clock: Clock;
    isUp: (sent: Sent) => boolean | "gone";
  },
): Sender {
  return makeSender({
    kv,
    clock,
    retryDelaysMs: [1_000, 2_000, 4_000, 8_000, 16_000],
    circuit: { failures: 3, firstMs: 1_000, maxMs: 4_000 },
    answer: (sent) => {
      const up = isUp(sent);
      if (up === true) world.accepted.push(sent);
      return new Response("", { status: up === "gone" ? 410 : up ? 200 : 500 });
    },
  }).sender;
}

async function scenario(
  kv: KvStore,
  { world, clock }: { world: World; clock: Clock },
): Promise<void> {
  let calls = 0;
  let isGone = true;
  const sender = openSender(kv, {
    world,
    clock,
    isUp: ({ url }) => {
      calls++;
      if (url.endsWith("/gone") && isGone) return "gone";
      return calls > 12 || calls % 3 === 0;
    },
  });
  for (let n = 0; n < 4; n++) await emitOne(sender, { world, n });
  await sender.deliverDue({ concurrency: 2 });
  await clock.sleep(5_000);
  await emitOne(sender, { world, n: 4 });
  await sender.reconcile([{ ...DECLARED, limits: { concurrency: 3 } }]);
  await sender.deliverDue({ concurrency: 2 });
  isGone = false;
  for (const id of await idsOf(sender)) await sender.activate(id);
  await clock.sleep(60_000);
  await emitOne(sender, { world, n: 5 });
  await sender.deliverDue({ concurrency: 2 });
  const [first] = await idsOf(sender);
  if (first) await sender.replay(first, { since: 0 });
  await sender.deliverDue();
}

async function emitOne(
  sender: Sender,
  { world, n }: { world: World; n: number },
): Promise<void> {
  world.offered.push(n);
  const result = await sender.emit(
    {
      name: n % 2 ? "order.paid" : "order.made",
      data: { n, pad: "x".repeat(200) },
      entity: `entity${n % 2}`,
    },
    { commit: { sets: [{ key: ["app", n], value: n }] } },
  );
  assert(result.ok);
  world.confirmed.push({ id: result.events[0]?.id ?? "", n });
}

async function verify(
  kv: KvStore,
  { world, where, sender }: { world: World; where: string; sender: Sender },
): Promise<void> {
  const stored = (await all(kv.list<number>({ prefix: ["app"] }))).map((
    { value },
  ) => value);
  for (const { n } of world.confirmed) {
    assert(stored.includes(n), `${where}: ${n} is not in the store`);
  }
  for (const path of ["plain", "ordered", "gone", "declared"]) {
    const accepted = world.accepted.filter(({ url }) =>
      url === `${TO}/${path}`
    );
    const first = firstTimes(accepted, where);
    assertEquals(first.toSorted(), stored.toSorted(), `${where}: ${path}`);
    if (path === "ordered" || path === "declared") assertOrder(first, where);
  }
  for (const { id, n } of world.confirmed) {
    const ids = world.accepted.filter(({ body }) => numberOf(body) === n).map((
      sent,
    ) => sent.id);
    assertEquals(new Set(ids), new Set([id]), `${where}: ids of ${n}`);
  }
  assertEquals((await sender.health()).pending, 0, where);
}

/** The numbers in the order of their first arrival; every repeat must carry the id of the first one. */
function firstTimes(sent: readonly Sent[], where: string): number[] {
  const ids = new Map<number, string>();
  for (const { id, body } of sent) {
    const n = numberOf(body);
    assertEquals(ids.get(n) ?? id, id, `${where}: a repeat with another id`);
    ids.set(n, id);
  }
  return [...ids.keys()];
}

function assertOrder(numbers: readonly number[], where: string): void {
  for (const entity of [0, 1]) {
    const own = numbers.filter((n) => n % 2 === entity);
    assertEquals(own, own.toSorted(), `${where}: order of entity ${entity}`);
  }
}

function numberOf(body: string): number {
  return JSON.parse(body).data.n;
}

async function idsOf(sender: Sender): Promise<string[]> {
  return (await all(sender.subscriptions()))
    .filter(({ statusMessage }) => !statusMessage.startsWith("Replaced"))
    .map(({ id }) => id);
}
