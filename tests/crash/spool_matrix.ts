import { assert, assertEquals } from "@std/assert";
import type { KvStore } from "../../src/kv/kv.ts";
import {
  createSpool,
  type Job,
  redriveSpool,
  runSpool,
  type Spool,
} from "../../src/spool/mod.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { jumpingClock } from "../_support/clock.ts";

/** An event of the matrix. */
interface Event {
  readonly n: number;
  readonly lane: string;
  readonly pad: string;
}

/** What the world outside the store remembers: what was handled, and which appends were confirmed. */
interface World {
  readonly handled: { id: string; n: number }[];
  readonly confirmed: number[];
  readonly offered: number[];
}

const EVENTS = 12;
const POISON = 1;

/**
 * Runs one scenario (append, ack, park, dead-letter, re-drive) with a crash at the n-th commit, before and after it
 * was applied, for every n until the scenario ends without reaching it. After each crash a new process takes over,
 * and every confirmed event must have been handled, with the same id each time, each lane in order.
 */
export async function crashMatrix(
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
  const world: World = { handled: [], confirmed: [], offered: [] };
  const crashing = crashingKv(kv, at);
  const clock = jumpingClock();
  try {
    await scenario(spoolOver(crashing.kv, clock), { world, clock });
  } catch (error) {
    assert(
      error instanceof Crash,
      `an unexpected failure at commit ${at.commit}: ${error}`,
    );
  }
  // The dead process's lease runs out, and so does the time in which its chunks might still be on their way.
  await clock.sleep(7_200_000);
  await recover(spoolOver(kv, clock), { world, clock });
  await verify(kv, {
    world,
    where: `commit ${at.commit}, ${
      at.applied ? "after" : "before"
    } it was applied`,
  });
  return crashing.crashed;
}

type Clock = ReturnType<typeof jumpingClock>;

async function scenario(
  spool: Spool<Event>,
  { world, clock }: { world: World; clock: Clock },
): Promise<void> {
  for (let from = 0; from < EVENTS; from += 4) await append(spool, world, from);
  let calls = 0;
  // Event 1 is poison, event 5 fails once and is parked, the rest works.
  const handle = ({ n }: Event): void => {
    calls++;
    if (n === POISON) throw new Error("poison");
    if (n === 5 && calls < 9) throw new Error("not yet");
  };
  const job = jobOf(world, handle);
  await runSpool(spool, job, {
    clock,
    maxRetries: 1,
    deadlineMs: 30_000,
    backoff: () => 40,
  });
  await clock.sleep(60_000);
  await runSpool(spool, job, { clock, maxRetries: 0, ackWindow: 3 });
  await redriveSpool(spool, job, { clock, maxRetries: 0 });
  await append(spool, world, EVENTS);
  await runSpool(spool, jobOf(world, () => {}), { clock, concurrency: 3 });
  await redriveSpool(spool, jobOf(world, () => {}), {
    clock,
    includeSuperseded: true,
  });
}

async function append(
  spool: Spool<Event>,
  world: World,
  from: number,
): Promise<void> {
  const events = Array.from(
    { length: 4 },
    (_, i) => ({
      n: from + i,
      lane: `lane${(from + i) % 2}`,
      pad: "x".repeat(100),
    }),
  );
  world.offered.push(...events.map(({ n }) => n));
  await spool.append(new TextEncoder().encode(JSON.stringify(events)));
  world.confirmed.push(...events.map(({ n }) => n));
}

async function recover(
  spool: Spool<Event>,
  { world, clock }: { world: World; clock: Clock },
): Promise<void> {
  const report = await runSpool(spool, jobOf(world, () => {}), { clock });
  assertEquals([report.stopped, report.pending], ["empty", 0]);
  await redriveSpool(spool, jobOf(world, () => {}), {
    clock,
    includeSuperseded: true,
  });
  // The next run sweeps what the last one left to sweep.
  await runSpool(spool, jobOf(world, () => {}), { clock });
}

async function verify(
  kv: KvStore,
  { world, where }: { world: World; where: string },
): Promise<void> {
  const seen = new Set(world.handled.map(({ n }) => n));
  const lost = world.confirmed.filter((n) => !seen.has(n));
  assertEquals(lost, [], `lost at ${where}`);
  assertEquals(
    [...seen].filter((n) => !world.offered.includes(n)),
    [],
    `invented at ${where}`,
  );
  const ids = new Map<number, string>();
  for (const { id, n } of world.handled) {
    assertEquals(ids.get(n) ?? id, id, `event ${n} changed its id at ${where}`);
    ids.set(n, id);
  }
  for (const lane of [0, 1]) {
    const first = [...ids.keys()].filter((n) => n % 2 === lane && n !== POISON);
    assertEquals(
      first,
      first.toSorted((a, b) => a - b),
      `lane ${lane} out of order at ${where}`,
    );
  }
  const left: unknown[] = [];
  for await (const { key } of kv.list({ prefix: ["crash"] })) left.push(key[1]);
  const rubbish = left.filter((name) =>
    name !== "head" && name !== "fence" && name !== "run"
  );
  assertEquals(rubbish, [], `something is left at ${where}`);
}

function jobOf(
  world: World,
  handle: (event: Event) => void,
): Job<Event, Event> {
  return {
    prepare: (event) => event,
    isPoison: () => false,
    handle: (event, { id }) => {
      handle(event);
      world.handled.push({ id, n: event.n });
    },
    lane: ({ lane }) => lane,
    subject: ({ n, lane }) => n === POISON ? null : lane,
  };
}

function spoolOver(kv: KvStore, clock: Clock): Spool<Event> {
  return createSpool<Event>({
    kv,
    prefix: ["crash"],
    split: (body) => JSON.parse(new TextDecoder().decode(body)),
    clock,
  });
}
