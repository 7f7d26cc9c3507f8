import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { KvChange } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  createSpool,
  redriveSpool,
  type RunProgress,
  runSpool,
} from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { type Numbered, numberJob, numbers, numberSpool } from "./_numbers.ts";

Deno.test("createSpool() names an option that cannot be meant", () => {
  const wrong: [object, string][] = [
    [{ kv: 5 }, "Cannot use kv: wanted a KvStore"],
    [{ kv: undefined }, "Cannot use kv: wanted a KvStore"],
    [{ prefix: "a" }, "Cannot use prefix: wanted an array, the begin of a key"],
    [{ split: 5 }, "Cannot use split: wanted a function, got number"],
  ];
  for (const [over, message] of wrong) {
    const options = { kv: memoryKv(), prefix: ["a"], split: () => [], ...over };
    assertThrows(() => createSpool(options), TypeError, message);
  }
});

Deno.test("runSpool() commits acknowledgements in groups of the window, and the last ones at the end", async () => {
  for (const [ackWindow, wanted] of [[1, 20], [7, 3], [400, 1]] as const) {
    let acks = 0;
    const kv = withCommit(memoryKv(), (change, next) => {
      if (
        change.relaxed && !change.sets?.some(({ key }) => key.includes("lease"))
      ) acks++;
      return next(change);
    });
    const spool = numberSpool(kv);
    await spool.append(numbers(0, 20));
    const report = await runSpool(spool, numberJob(() => {}), { ackWindow });
    assertEquals([report.delivered, report.pending], [20, 0]);
    // The release of the lease is relaxed too.
    assertEquals(acks - 1, wanted);
  }
});

Deno.test("runSpool() buries and parks by commits that no power cut takes back", async () => {
  const changes: KvChange[] = [];
  const kv = withCommit(memoryKv(), (change, next) => {
    if (change.sets?.some(({ key }) => key.includes("done"))) {
      changes.push(change);
    }
    return next(change);
  });
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 2));
  const job = numberJob(() => Promise.reject(new Error("later")), {
    prepare: (value) =>
      value.n === 0 ? Promise.reject(new Error("poison")) : value,
    isPoison: () => true,
  });
  const report = await runSpool(spool, job, {
    deadlineMs: 60_000,
    backoff: () => 120,
  });
  assertEquals([report.deadLettered, report.pending], [1, 1]);
  assertEquals(changes.map(({ relaxed }) => relaxed), [false, false]);
});

Deno.test("runSpool() tells its progress after every item, and awaits what is told", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 3));
  const told: RunProgress[] = [];
  await runSpool(spool, numberJob(() => {}), {
    onProgress: async (progress) => {
      await Promise.resolve();
      told.push(progress);
    },
  });
  assertEquals(told.map(({ delivered }) => delivered), [1, 2, 3]);
  await spool.append(numbers(0, 3));
  await assertRejects(
    () =>
      runSpool(spool, numberJob(() => {}), {
        onProgress: () => Promise.reject(new Error("shown")),
      }),
    Error,
    "shown",
  );
  assertEquals(await spool.pending(), 2);
});

Deno.test("runSpool() tells the handler to stop at the deadline, and leaves what it was doing pending", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 3));
  const job = numberJob(() => {}, {
    handle: (_value, { signal }) =>
      new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(new Error("stopped")))
      ),
  });
  const report = await runSpool(spool, job, { deadlineMs: 50 });
  assertEquals([
    report.stopped,
    report.delivered,
    report.pending,
    report.deadLettered,
  ], ["deadline", 0, 3, 0]);
});

Deno.test("runSpool() fetches nothing any more in the last tenth of its time", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 1));
  let refills = 0;
  const job = numberJob(() => clock.sleep(9_100), {
    refill: () => Promise.resolve(++refills > 0),
  });
  const report = await runSpool(spool, job, { clock, deadlineMs: 10_000 });
  assertEquals([report.stopped, refills], ["deadline", 0]);
});

Deno.test("runSpool() ends when refills bring nothing, whatever they say", async () => {
  const spool = numberSpool(memoryKv());
  let refills = 0;
  const job = numberJob(() => {}, {
    refill: async () => {
      refills++;
      await spool.append(new TextEncoder().encode("[]"));
      return true;
    },
  });
  assertEquals((await runSpool(spool, job)).stopped, "empty");
  assertEquals(refills, 1);
});

Deno.test("runSpool() does not turn in circles when sleep does not wait", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 1));
  const failing = numberJob(() => {
    throw new Error("later");
  });
  await runSpool(spool, failing, { deadlineMs: 1_000, backoff: () => 2 });
  let sleeps = 0;
  const clock = {
    now: () => Date.now(),
    sleep: () => Promise.resolve(void sleeps++),
  };
  const report = await runSpool(spool, numberJob(() => {}), { clock });
  assertEquals([report.stopped, report.pending, sleeps], ["empty", 1, 1]);
});

Deno.test("runSpool() stores the message of a handler's error only when told to, and refuses anything but a boolean", async () => {
  for (
    const [storeMessages, message] of [[undefined, undefined], [
      false,
      undefined,
    ], [true, "alice"]] as const
  ) {
    const spool = numberSpool(memoryKv());
    await spool.append(numbers(0, 1));
    const job = numberJob(() => {
      throw new Error("alice");
    });
    await runSpool(spool, job, {
      maxRetries: 0,
      ...(storeMessages !== undefined && { storeMessages }),
    });
    const [letter] = await Array.fromAsync(spool.deadLetters());
    assertEquals(letter?.failure.message, message);
  }
  const spool = numberSpool(memoryKv());
  await assertRejects(
    () =>
      runSpool(spool, numberJob(() => {}), { storeMessages: "false" as never }),
    TypeError,
    "storeMessages",
  );
});

Deno.test("runSpool() forgets what it remembered when the time has passed", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv({ now: clock.now }), { clock });
  const job = numberJob(() => {}, {
    remember: ({ n }) => ({ key: `${n}`, forMs: 1_000 }),
  });
  for (const [wait, duplicates] of [[0, 0], [999, 1], [2, 0]] as const) {
    await clock.sleep(wait);
    await spool.append(numbers(0, 1));
    assertEquals(
      (await runSpool(spool, job, { clock })).duplicates,
      duplicates,
    );
  }
});

for (
  const options of [{ ackWindow: 64 }, { concurrency: 3 }, {
    concurrency: 3,
    ackWindow: 64,
  }]
) {
  Deno.test(`runSpool() delivers a repeated key once with ${JSON.stringify(options)}`, async () => {
    const spool = numberSpool(memoryKv());
    for (let i = 0; i < 5; i++) await spool.append(numbers(i * 4, 4));
    const seen: number[] = [];
    const job = numberJob(async ({ n }) => {
      await Promise.resolve();
      seen.push(n % 4);
    }, { remember: ({ n }) => ({ key: `${n % 4}`, forMs: 60_000 }) });
    const report = await runSpool(spool, job, options);
    assertEquals(seen.toSorted(), [0, 1, 2, 3]);
    assertEquals([report.delivered, report.duplicates, report.pending], [
      4,
      16,
      0,
    ]);
  });
}

Deno.test("runSpool() refuses a backoff that gives no number, and bounds one that gives too much", async () => {
  for (const backoff of [() => NaN, () => "1" as never]) {
    const spool = numberSpool(memoryKv());
    await spool.append(numbers(0, 1));
    const job = numberJob(() => {
      throw new Error("no");
    });
    await assertRejects(
      () => runSpool(spool, job, { backoff }),
      TypeError,
      "backoff",
    );
    assertEquals(await spool.pending(), 1);
  }
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 1));
  const failing = numberJob(() => {
    throw new Error("no");
  });
  await runSpool(spool, failing, {
    backoff: () => Infinity,
    deadlineMs: 10_000,
  });
  // It is due in a month and not at once.
  assertEquals((await runSpool(spool, numberJob(() => {}))).delivered, 0);
});

Deno.test("deadLetters() gives the page after an id, and redriveSpool() only those asked for", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 6));
  const poison = numberJob(() => {}, {
    prepare: () => Promise.reject(new Error("x")),
    isPoison: () => true,
  });
  await runSpool(spool, poison, { clock });
  const first = await Array.fromAsync(spool.deadLetters({ limit: 2 }));
  const second = await Array.fromAsync(
    spool.deadLetters({ limit: 2, after: first[1]?.id ?? "" }),
  );
  assertEquals([...first, ...second].map(({ value }) => value.n), [0, 1, 2, 3]);
  const seen: number[] = [];
  const report = await redriveSpool(spool, numberJob(({ n }) => seen.push(n)), {
    ids: [second[0]?.id ?? "", first[0]?.id ?? ""],
  });
  assertEquals(seen, [0, 2]);
  assertEquals(report.redriven, 2);
});

Deno.test("redriveSpool() marks older dead letters of a subject as overtaken when a newer one is delivered", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 6));
  // Lane 0 has 0 and 3: both are dead, and 3 is newer.
  const poison = numberJob(() => {}, {
    prepare: () => Promise.reject(new Error("x")),
    isPoison: () => true,
  });
  await runSpool(spool, poison);
  const letters = await Array.fromAsync(spool.deadLetters());
  const newer = letters.find(({ value }) => value.n === 3);
  await redriveSpool(spool, numberJob(() => {}), { ids: [newer?.id ?? ""] });
  const seen: number[] = [];
  const report = await redriveSpool(spool, numberJob(({ n }) => seen.push(n)));
  assertEquals(seen.includes(0), false);
  assertEquals(report.skipped, 1);
});

Deno.test("redriveSpool() of an older dead letter leaves those overtaken that a newer item has overtaken", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 4, 1));
  const job = numberJob(({ n }) => {
    if (n < 3) throw new Error("no");
  });
  await runSpool(spool, job, { maxRetries: 0 });
  const [oldest] = await Array.fromAsync(spool.deadLetters());
  await redriveSpool(spool, numberJob(() => {}), {
    ids: [oldest?.id ?? ""],
    includeSuperseded: true,
  });
  const left = await Array.fromAsync(spool.deadLetters());
  assertEquals(left.map(({ value, superseded }) => [value.n, superseded]), [
    [1, true],
    [2, true],
  ]);
  const report = await redriveSpool(spool, numberJob(() => {}));
  assertEquals([report.redriven, report.skipped], [0, 2]);
});

Deno.test("runSpool() goes on when thousands of dead letters have one subject, on a store with small commits", async () => {
  const kv = memoryKv({
    limits: { maxMutations: 40, maxCommitBytes: 20_000, maxValueBytes: 10_000 },
  });
  const spool = numberSpool(kv);
  for (let i = 0; i < 10; i++) await spool.append(numbers(i * 50, 50, 1));
  const poison = numberJob(() => {}, {
    prepare: () => Promise.reject(new Error("x")),
    isPoison: () => true,
  });
  await runSpool(spool, poison);
  await spool.append(numbers(500, 1, 1));
  const report = await runSpool(spool, numberJob(() => {}));
  assertEquals([report.delivered, report.pending], [1, 0]);
  for await (const { superseded } of spool.deadLetters()) assert(superseded);
});

Deno.test("runSpool() keeps those within both limits of the dead letters", async () => {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  const poison = numberJob(() => {}, {
    prepare: () => Promise.reject(new Error("x")),
    isPoison: () => true,
  });
  await spool.append(numbers(0, 5));
  await runSpool(spool, poison, { clock });
  await clock.sleep(10_000);
  await spool.append(numbers(5, 5));
  await runSpool(spool, poison, { clock });
  const report = await runSpool(spool, poison, {
    clock,
    deadLetterLimits: { maxAgeMs: 5_000, maxCount: 5 },
  });
  assertEquals(report.dropped, 5);
  const left = await Array.fromAsync(spool.deadLetters());
  assertEquals(left.map(({ value }) => value.n), [5, 6, 7, 8, 9]);
});

Deno.test("runSpool() goes on with other lanes when a lane that fills the window is blocked", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 100, 1));
  const segment = [
    ...JSON.parse(new TextDecoder().decode(numbers(101, 100, 1))),
    { n: 201, lane: "other" },
  ];
  await spool.append(new TextEncoder().encode(JSON.stringify(segment)));
  const full = Promise.withResolvers<void>();
  let prepared = 0;
  const seen: number[] = [];
  const seenAtRefill: number[] = [];
  const job = numberJob(async ({ n, lane }) => {
    await full.promise;
    if (lane !== "other") throw new Error("later");
    seen.push(n);
  }, {
    prepare(value): Numbered {
      // 34 of the window, which the second worker has filled up again, and the one that the first worker took.
      if (++prepared === 35) full.resolve();
      return value;
    },
    refill: () => {
      seenAtRefill.push(seen.length);
      return Promise.resolve(false);
    },
  });
  const report = await runSpool(spool, job, {
    concurrency: 2,
    deadlineMs: 60_000,
    backoff: () => 120,
  });
  assertEquals(seen, [201]);
  assertEquals([report.stopped, report.pending], ["empty", 200]);
  // Nothing is fetched while there is something in the spool that was not looked at.
  assertEquals(new Set(seenAtRefill), new Set([1]));
});
