import { assert, assertEquals, assertRejects } from "@std/assert";
import type { WorkEvent } from "../../src/observe/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { redriveSpool, runSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import {
  type Numbered,
  numberJob,
  numbers,
  numberSpool,
} from "../spool/_numbers.ts";

/** The members of an event that a test compares. */
function short(event: WorkEvent): string {
  if (!("event" in event)) return event.type;
  return `${event.type} ${event.event} ${event.attempt}`;
}

Deno.test("runSpool() tells a run from its begin to its end, each item once it is committed", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 2));
  const told: WorkEvent[] = [];
  const clock = jumpingClock();
  const began = clock.now();
  const report = await runSpool(
    spool,
    numberJob(async () => await clock.sleep(40)),
    { clock, onEvent: (event) => told.push(event) },
  );
  const [started, first, , ended] = told;
  assertEquals(told.map(({ type }) => type), [
    "run.started",
    "event.delivered",
    "event.delivered",
    "run.ended",
  ]);
  assert(started?.run);
  assertEquals(new Set(told.map(({ run }) => run)).size, 1);
  assertEquals(started, { type: "run.started", at: began, run: started.run });
  assert(first?.type === "event.delivered");
  assertEquals([first.at - began, first.durationMs, first.attempt], [
    40,
    40,
    1,
  ]);
  assertEquals(ended, {
    type: "run.ended",
    at: began + 80,
    run: started.run,
    durationMs: 80,
    error: null,
    ...report,
  });
});

Deno.test("runSpool() tells every failed attempt, then what became of the item", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 3));
  const told: WorkEvent[] = [];
  await runSpool(
    spool,
    numberJob(({ n }) => {
      if (n === 1) {
        throw Object.assign(new TypeError("planted"), { code: "E1" });
      }
    }),
    {
      maxRetries: 1,
      backoff: () => 0,
      clock: jumpingClock(),
      onEvent: (event) => told.push(event),
    },
  );
  const id = told.flatMap((e) => e.type === "event.failed" ? [e.event] : [])[0];
  assertEquals(told.map(short).filter((line) => line.includes(`${id}`)), [
    `event.failed ${id} 1`,
    `event.failed ${id} 2`,
    `event.dead_lettered ${id} 2`,
  ]);
  const dead = told.find(({ type }) => type === "event.dead_lettered");
  assert(dead?.type === "event.dead_lettered");
  assertEquals(dead.error, { name: "TypeError", code: "E1" });
  assert(!JSON.stringify(told).includes("planted"));
});

Deno.test("runSpool() tells of parked, unreadable and repeated items", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 4));
  const told: WorkEvent[] = [];
  const clock = jumpingClock();
  await runSpool(
    spool,
    numberJob(({ n }) => {
      if (n === 3) throw new Error("later");
    }, {
      prepare(value): Numbered {
        if (value.n === 0) throw new SyntaxError("planted");
        return value;
      },
      isPoison: (error) => error instanceof SyntaxError,
      remember: ({ n }) => ({ key: n === 2 ? "1" : `${n}`, forMs: 1_000 }),
    }),
    {
      deadlineMs: 10_000,
      backoff: () => 60,
      clock,
      onEvent: (event) => told.push(event),
    },
  );
  const types = told.map(({ type }) => type);
  assertEquals(types, [
    "run.started",
    "event.failed",
    "event.dead_lettered",
    "event.delivered",
    "event.duplicate",
    "event.failed",
    "event.parked",
    "run.ended",
  ]);
  const parked = told.find(({ type }) => type === "event.parked");
  assert(parked?.type === "event.parked");
  assertEquals(parked.dueAt, clock.now() + 60_000);
});

Deno.test("runSpool() tells an item as delivered after its commit, also with an acknowledgement window", async () => {
  for (const ackWindow of [1, 3, 100]) {
    let commits = 0;
    const kv = withCommit(memoryKv(), async (change, next) => {
      const result = await next(change);
      commits++;
      return result;
    });
    const spool = numberSpool(kv);
    await spool.append(numbers(0, 7));
    const log: string[] = [];
    await runSpool(
      spool,
      numberJob(({ n }) => log.push(`handled ${n} at ${commits}`)),
      {
        ackWindow,
        onEvent: ({ type }) => {
          if (type === "event.delivered") log.push(`told at ${commits}`);
        },
      },
    );
    const numbersOf = (word: string): number[] =>
      log.filter((line) => line.startsWith(word))
        .map((line) => Number(line.split(" ").at(-1)));
    const told = numbersOf("told");
    assertEquals(told.length, 7);
    numbersOf("handled").forEach((at, i) => assert(at < (told[i] ?? 0)));
  }
});

Deno.test("runSpool() tells nothing as done that a crash at any commit undoes", async () => {
  for (let commit = 1, crashed = true; crashed; commit++) {
    for (const applied of [false, true]) {
      for (const ackWindow of [1, 4]) {
        const kv = memoryKv();
        await numberSpool(kv).append(numbers(0, 6));
        const crashing = crashingKv(kv, { commit, applied });
        const done = new Set<string>();
        const job = numberJob(({ n }) => {
          if (n === 2) throw new Error("planted");
        });
        await runSpool(numberSpool(crashing.kv), job, {
          ackWindow,
          maxRetries: 0,
          onEvent: (event) => {
            if (
              event.type === "event.delivered" ||
              event.type === "event.dead_lettered"
            ) done.add(event.event);
          },
        }).catch((error) => {
          if (!(error instanceof Crash)) throw error;
        });
        crashed = crashing.crashed;
        const again: string[] = [];
        const clock = jumpingClock(Date.now() + 3_600_000);
        await runSpool(
          numberSpool(kv, { clock }),
          {
            ...job,
            handle: (_value, { id }) => again.push(id),
          },
          { clock },
        );
        assertEquals(again.filter((id) => done.has(id)), [], `${commit}`);
      }
    }
  }
});

Deno.test("runSpool() does its work the same when the listener throws, rejects or never ends", async () => {
  const reports = [];
  const listeners = [
    undefined,
    (): never => {
      throw new Error("planted");
    },
    (): Promise<never> => Promise.reject(new Error("planted")),
    (): Promise<never> => new Promise(() => {}),
  ];
  for (const onEvent of listeners) {
    const spool = numberSpool(memoryKv());
    await spool.append(numbers(0, 20));
    reports.push(await runSpool(spool, numberJob(() => {}), { onEvent }));
  }
  assertEquals(reports.slice(1), Array(3).fill(reports[0]));
  assertEquals(reports[0]?.delivered, 20);
});

Deno.test("runSpool() asks the clock no more than before when nobody listens", async () => {
  const asked = async (onEvent?: () => void): Promise<number> => {
    const clock = jumpingClock();
    let count = 0;
    const counted = { ...clock, now: () => (count++, clock.now()) };
    const spool = numberSpool(memoryKv());
    await spool.append(numbers(0, 10));
    await runSpool(spool, numberJob(() => {}), { clock: counted, onEvent });
    return count;
  };
  const [without, withOne] = [await asked(), await asked(() => {})];
  // Once for the begin, once for each of 12 events, and twice for the length of each attempt.
  assertEquals(withOne - without, 1 + 12 + 2 * 10);
});

Deno.test("runSpool() tells of a run that rejects, and of one that another is ahead of", async () => {
  const told: WorkEvent[] = [];
  const onEvent = (event: WorkEvent): void => void told.push(event);
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 1));
  await assertRejects(() =>
    runSpool(
      spool,
      numberJob(() => {}, {
        refill: () => Promise.reject(new RangeError("planted")),
      }),
      { onEvent },
    )
  );
  const failed = told.at(-1);
  assert(failed?.type === "run.ended");
  assertEquals(
    [failed.stopped, failed.pending, failed.error, failed.delivered],
    [
      "failed",
      null,
      { name: "RangeError" },
      1,
    ],
  );
  told.length = 0;
  const consumer = await spool.consume({});
  await runSpool(spool, numberJob(() => {}), { onEvent });
  await consumer?.release();
  const [busy, more] = told;
  assert(busy?.type === "run.ended");
  assertEquals([busy.stopped, busy.durationMs, more], ["busy", 0, undefined]);
});

Deno.test("redriveSpool() tells its begin, each dead letter and its end", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 3));
  await runSpool(
    spool,
    numberJob(({ n }) => {
      if (n < 2) throw new Error("planted");
    }),
    { maxRetries: 0 },
  );
  const told: WorkEvent[] = [];
  const report = await redriveSpool(
    spool,
    numberJob(({ n }) => {
      if (n === 1) throw new URIError("planted");
    }),
    {
      maxRetries: 1,
      backoff: () => 0,
      onEvent: (event) => told.push(event),
    },
  );
  assertEquals([report.redriven, report.failed], [1, 1]);
  assertEquals(told.map(({ type }) => type), [
    "redrive.started",
    "event.delivered",
    "event.failed",
    "event.failed",
    "redrive.ended",
  ]);
  const ended = told.at(-1);
  assert(ended?.type === "redrive.ended");
  assertEquals([ended.redriven, ended.failed, ended.stopped, ended.error], [
    1,
    1,
    "empty",
    null,
  ]);
});

Deno.test("redriveSpool() tells what it rejected with", async () => {
  const spool = numberSpool(memoryKv());
  await spool.append(numbers(0, 2));
  await runSpool(
    spool,
    numberJob(({ n }) => {
      if (n === 0) throw new Error("planted");
    }),
    { maxRetries: 0 },
  );
  const told: WorkEvent[] = [];
  await assertRejects(
    () =>
      redriveSpool(
        spool,
        numberJob(() => {
          throw new URIError("planted");
        }),
        {
          maxRetries: 0,
          onError: "halt",
          onEvent: (event) => told.push(event),
        },
      ),
    URIError,
  );
  const ended = told.at(-1);
  assert(ended?.type === "redrive.ended");
  assertEquals([ended.stopped, ended.failed, ended.error], ["failed", 1, {
    name: "URIError",
  }]);
});
