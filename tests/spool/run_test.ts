import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { redriveSpool } from "../../src/spool/redrive.ts";
import { dropDeadLetters, runSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { type Numbered, numberJob, numbers, numberSpool } from "./_numbers.ts";

Deno.test("runSpool() delivers all items in order and leaves an empty store when the handler succeeds", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 5));
  await spool.append(numbers(5, 5));
  const seen: number[] = [];
  const report = await runSpool(spool, numberJob(({ n }) => seen.push(n)));
  assertEquals(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  assertEquals(report, {
    delivered: 10,
    retried: 0,
    deadLettered: 0,
    duplicates: 0,
    drained: 0,
    dropped: 0,
    pending: 0,
    stopped: "empty",
  });
  assertEquals(await keysOf(kv), ["fence", "head", "run"]);
});

Deno.test("runSpool() refills when the spool is empty and counts what came as drained", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 2));
  let pages = 3;
  const seen: number[] = [];
  const job = numberJob(({ n }) => seen.push(n), {
    refill: async () => {
      if (pages-- === 0) return false;
      await spool.append(numbers(100 * (3 - pages), 2));
      return true;
    },
  });
  const report = await runSpool(spool, job);
  assertEquals(seen, [0, 1, 100, 101, 200, 201, 300, 301]);
  assertEquals(report.drained, 6);
});

Deno.test("runSpool() retries with the default backoff and dead-letters after three retries when others succeed", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 3));
  let calls = 0;
  const job = numberJob(({ n }) => {
    if (n !== 1) return;
    calls++;
    throw new RangeError("personal data");
  });
  const report = await runSpool(spool, job, { clock });
  assertEquals(calls, 4);
  assertEquals(clock.slept, [500, 1000, 2000]);
  assertEquals([
    report.delivered,
    report.retried,
    report.deadLettered,
    report.pending,
  ], [2, 3, 1, 0]);
  const [letter] = await Array.fromAsync(spool.deadLetters());
  assertEquals(letter?.value, { n: 1, lane: "lane1" });
  assertEquals(letter?.failure, { name: "RangeError" });
  assertEquals(letter?.attempts, 4);
});

for (
  const thrown of [
    undefined,
    null,
    "text",
    7,
    Object.freeze({}),
    Object.freeze(new Error("x")),
  ]
) {
  Deno.test(`runSpool() treats a rejection with ${String(thrown)} as a failure like any other`, async () => {
    const clock = jumpingClock();
    const spool = numberSpool(memoryKv(), { clock });
    await spool.append(numbers(0, 2));
    const job = numberJob(({ n }) =>
      n === 0 ? Promise.reject(thrown) : undefined
    );
    const report = await runSpool(spool, job, { clock, maxRetries: 1 });
    assertEquals([report.delivered, report.retried, report.deadLettered], [
      1,
      1,
      1,
    ]);
  });
}

Deno.test("runSpool() rethrows what the handler threw and keeps it and all later items when told to halt", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 5));
  const error = new Error("stop here");
  const job = numberJob(({ n }) => {
    if (n === 2) throw error;
  });
  const thrown = await assertRejects(() =>
    runSpool(spool, job, { clock, onError: "halt", maxRetries: 0 })
  );
  assert(thrown === error);
  assertEquals(await spool.pending(), 3);
  const seen: number[] = [];
  await runSpool(spool, numberJob(({ n }) => seen.push(n)), { clock });
  assertEquals(seen, [2, 3, 4]);
});

Deno.test("runSpool() stops as outage and leaves everything pending when ten in a row fail", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 1000));
  const job = numberJob(() => {
    throw new Error("database is down");
  });
  const report = await runSpool(spool, job, { clock });
  assertEquals([report.stopped, report.pending, report.deadLettered], [
    "outage",
    1000,
    0,
  ]);
});

Deno.test("runSpool() parks a retry that would pass the deadline and holds back its lane only", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 6, 2));
  const seen: number[] = [];
  let broken = true;
  const job = numberJob(({ n }) => {
    if (n === 0 && broken) throw new Error("later");
    seen.push(n);
  });
  const report = await runSpool(spool, job, {
    clock,
    deadlineMs: 20_000,
    backoff: () => 21,
  });
  assertEquals(seen, [1, 3, 5]);
  assertEquals([report.stopped, report.pending, report.deadLettered], [
    "empty",
    3,
    0,
  ]);
  broken = false;
  await runSpool(spool, job, { clock });
  assertEquals(seen, [1, 3, 5, 0, 2, 4]);
});

Deno.test("runSpool() stops between items when the signal aborts, and the next run goes on there", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 10));
  const stop = new AbortController();
  const seen: number[] = [];
  const job = numberJob(({ n }) => {
    seen.push(n);
    if (n === 3) stop.abort();
  });
  const report = await runSpool(spool, job, { signal: stop.signal });
  assertEquals([report.stopped, report.delivered, report.pending], [
    "aborted",
    4,
    6,
  ]);
  await runSpool(spool, job);
  assertEquals(seen, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
});

Deno.test("runSpool() reports busy and delivers nothing when another run holds the lease", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 3));
  const consumer = await spool.consume();
  const report = await runSpool(spool, numberJob(() => {}));
  assertEquals([report.stopped, report.delivered, report.pending], [
    "busy",
    0,
    3,
  ]);
  await consumer?.release();
});

Deno.test("SpoolConsumer changes nothing after its lease was taken over", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 2));
  const zombie = await spool.consume({ leaseMs: 30_000 });
  const [item] = await zombie?.next() ?? [];
  await clock.sleep(31_000);
  const heir = await spool.consume();
  assert(heir && zombie && item);
  await assertRejects(() => zombie.ack(item), KvError, "taken over");
  await assertRejects(
    () => zombie.deadLetter(item, { failure: { name: "Error" }, attempts: 1 }),
    KvError,
    "taken over",
  );
  assertEquals(zombie.signal.aborted, true);
  await zombie.release();
  assertEquals((await heir.next())?.map(({ value }) => value.n), [0, 1]);
  await heir.release();
  assertEquals(await spool.pending(), 2);
});

Deno.test("runSpool() keeps each lane in order and lanes side by side when concurrency is above one", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 60));
  const seen = new Map<string, number[]>();
  let together = 0;
  let most = 0;
  const job = numberJob(async ({ n, lane }) => {
    most = Math.max(most, ++together);
    await new Promise((resolve) => setTimeout(resolve, (n * 7) % 3));
    seen.set(lane, [...seen.get(lane) ?? [], n]);
    together--;
  });
  const report = await runSpool(spool, job, { concurrency: 3 });
  assertEquals(most, 3);
  assertEquals(report.delivered, 60);
  for (const list of seen.values()) {
    assertEquals(
      list,
      list.toSorted((a, b) => a - b),
    );
  }
});

Deno.test("runSpool() works side by side when every segment holds one item", async () => {
  const spool = numberSpool(memoryKv());
  for (let n = 0; n < 30; n++) await spool.append(numbers(n, 1));
  let together = 0;
  let most = 0;
  const job = numberJob(async () => {
    most = Math.max(most, ++together);
    await new Promise((resolve) => setTimeout(resolve, 1));
    together--;
  });
  const report = await runSpool(spool, job, { concurrency: 3 });
  assertEquals([report.delivered, most], [30, 3]);
});

Deno.test("runSpool() skips what was remembered as delivered", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 3));
  await spool.append(numbers(0, 3));
  const seen: number[] = [];
  const job = numberJob(({ n }) => seen.push(n), {
    remember: ({ n }) => ({ key: `n${n}`, forMs: 60_000 }),
  });
  const report = await runSpool(spool, job);
  assertEquals(seen, [0, 1, 2]);
  assertEquals([report.delivered, report.duplicates, report.pending], [
    3,
    3,
    0,
  ]);
});

Deno.test("runSpool() takes a key to remember that is found out in its own time, and outlives no work that it began", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 1));
  const job = numberJob(() => {}, {
    remember: async ({ n }) => {
      await Promise.resolve();
      return { key: `n${n}`, forMs: 60_000 };
    },
  });
  assertEquals((await runSpool(spool, job)).delivered, 1);
  await spool.append(numbers(0, 1));
  let prepared = false;
  const report = await runSpool(spool, {
    ...job,
    async prepare(value): Promise<Numbered> {
      await new Promise((resolve) => setTimeout(resolve, 20));
      prepared = true;
      return value;
    },
  });
  assertEquals([report.delivered, report.duplicates], [0, 1]);
  assertEquals(prepared, true);
});

Deno.test("runSpool() rejects with the error of a refill and keeps what is pending", async () => {
  const spool = numberSpool(memoryKv());
  const job = numberJob(() => {}, {
    refill: () => Promise.reject(new Error("no route")),
  });
  await assertRejects(() => runSpool(spool, job), Error, "no route");
  assertEquals((await runSpool(spool, numberJob(() => {}))).stopped, "empty");
});

Deno.test("redriveSpool() removes what succeeds, keeps what fails, and skips what is superseded", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  // Lanes are n % 3: 0 is overtaken by 3, 1 and 2 are not.
  await spool.append(numbers(0, 4));
  const broken = numberJob(({ n }) => {
    if (n < 3) throw new Error("no");
  });
  await runSpool(spool, broken, { clock, maxRetries: 0 });
  const letters = await Array.fromAsync(spool.deadLetters());
  assertEquals(letters.map(({ value, superseded }) => [value.n, superseded]), [
    [0, true],
    [1, false],
    [2, false],
  ]);
  const half = numberJob(({ n }) => {
    if (n === 2) throw new Error("still no");
  });
  const report = await redriveSpool(spool, half, { clock, maxRetries: 1 });
  assertEquals(report, {
    redriven: 1,
    failed: 1,
    skipped: 1,
    stopped: "empty",
  });
  const left = await Array.fromAsync(spool.deadLetters());
  assertEquals(left.map(({ value, attempts }) => [value.n, attempts]), [
    [0, 1],
    [2, 2],
  ]);
  const all = await redriveSpool(spool, numberJob(() => {}), {
    clock,
    includeSuperseded: true,
  });
  assertEquals(all.redriven, 2);
  assertEquals(await Array.fromAsync(spool.deadLetters()), []);
});

Deno.test("redriveSpool() goes on behind many items that cannot be read, and stops when ten in a row fail", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 40));
  let unreadable = 20;
  const job = numberJob(() => {}, {
    prepare: (value) => {
      if (value.n < unreadable) throw new RangeError("cannot be read");
      return value;
    },
    isPoison: (error) => error instanceof RangeError,
  });
  unreadable = 40;
  await runSpool(spool, job, { clock });
  unreadable = 20;
  const broken = { ...job, handle: () => Promise.reject(new Error("down")) };
  const down = await redriveSpool(spool, broken, { clock, maxRetries: 0 });
  assertEquals(down, {
    redriven: 0,
    failed: 30,
    skipped: 0,
    stopped: "outage",
  });
  assertEquals(await redriveSpool(spool, job, { clock }), {
    redriven: 20,
    failed: 20,
    skipped: 0,
    stopped: "empty",
  });
});

Deno.test("dropDeadLetters() deletes those with the ids, or all, and says how many there were", async () => {
  const spool = await withDeadLetters(5);
  const ids = (await Array.fromAsync(spool.deadLetters())).map(({ id }) => id);
  assertEquals(
    await dropDeadLetters(spool, [ids[1] ?? "", ids[3] ?? "", "99.9"]),
    2,
  );
  const left = (await Array.fromAsync(spool.deadLetters())).map(({ id }) => id);
  assertEquals(left, [ids[0], ids[2], ids[4]] as string[]);
  assertEquals(await dropDeadLetters(spool, "all"), 3);
  assertEquals(await dropDeadLetters(spool, "all"), 0);
  await assertRejects(() => dropDeadLetters(spool, ["one"]), TypeError, "one");
});

Deno.test("runSpool() deletes the oldest dead letters beyond the limits when it begins, and says how many", async () => {
  const clock = jumpingClock();
  const spool = await withDeadLetters(5, clock);
  const job = numberJob(() => {});
  const limited = await runSpool(spool, job, {
    clock,
    deadLetterLimits: { maxCount: 3 },
  });
  assertEquals(limited.dropped, 2);
  const left = await Array.fromAsync(spool.deadLetters());
  assertEquals(left.map(({ value }) => value.n), [2, 3, 4]);
  assertEquals(
    (await runSpool(spool, job, {
      clock,
      deadLetterLimits: { maxAgeMs: 1_000 },
    })).dropped,
    0,
  );
  await clock.sleep(1_001);
  assertEquals(
    (await runSpool(spool, job, {
      clock,
      deadLetterLimits: { maxAgeMs: 1_000 },
    })).dropped,
    3,
  );
  await assertRejects(
    () => runSpool(spool, job, { deadLetterLimits: { maxCount: -1 } }),
    RangeError,
    "maxCount",
  );
});

async function withDeadLetters(
  count: number,
  clock = jumpingClock(),
): Promise<ReturnType<typeof numberSpool>> {
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, count));
  const job = numberJob(() => {}, {
    prepare: () => Promise.reject(new RangeError("poison")),
    isPoison: () => true,
  });
  await runSpool(spool, job, { clock });
  return spool;
}

Deno.test("health() tells what waits, since when, what is dead, and what the last run did", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  assertEquals(await spool.health(), {
    pending: 0,
    oldestAt: null,
    deadLetters: 0,
    lastRun: null,
  });
  const start = clock.now();
  await spool.append(numbers(0, 3));
  await clock.sleep(1_000);
  await spool.append(numbers(3, 3));
  const job = numberJob(({ n }) => {
    if (n === 1) throw new Error("one");
    if (n === 3) throw new Error("three");
  });
  await runSpool(spool, job, { clock, maxRetries: 0, outageThreshold: 1 })
    .catch(() => {});
  assertEquals(await spool.health(), {
    pending: 5,
    oldestAt: start,
    deadLetters: 0,
    lastRun: {
      at: start + 1_000,
      stopped: "outage",
      delivered: 1,
      deadLettered: 0,
    },
  });
  await assertRejects(
    () => runSpool(spool, job, { clock, maxRetries: 0, onError: "halt" }),
    Error,
    "one",
  );
  assertEquals((await spool.health()).lastRun?.stopped, "failed");
});

async function keysOf(kv: ReturnType<typeof memoryKv>): Promise<unknown[]> {
  const keys: unknown[] = [];
  for await (const { key } of kv.list({ prefix: ["test"] })) keys.push(key[1]);
  return keys;
}
