import { assert, assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  createSpool,
  redriveSpool,
  runSpool,
  type Spool,
} from "../../src/spool/mod.ts";
import { crashMatrix } from "../crash/spool_matrix.ts";
import { jumpingClock } from "../_support/clock.ts";
import { numberJob, numbers, numberSpool } from "../spool/_numbers.ts";
import type { NamedCheck } from "./_outcomes.ts";

/** The durable engine over a store in memory. */
export const SPOOL_CHECKS: readonly NamedCheck[] = [
  {
    name: "runSpool() delivers everything in order",
    run: assertDeliversInOrder,
  },
  {
    name: "runSpool() retries, dead-letters, and redriveSpool() delivers that",
    run: assertRedrives,
  },
  {
    name: "append() keeps a segment that is larger than a commit whole",
    run: assertChunks,
  },
  {
    name: "consume() lets one consumer in at a time",
    run: assertOneConsumer,
  },
  {
    name: "a spool loses nothing when the process dies at any commit",
    run: assertSurvivesCrashes,
  },
];

async function assertDeliversInOrder(): Promise<void> {
  const spool = numberSpool(memoryKv());
  await Promise.all([
    spool.append(numbers(0, 30)),
    spool.append(numbers(30, 30)),
  ]);
  const seen: number[] = [];
  const report = await runSpool(spool, numberJob(({ n }) => seen.push(n)));
  assertEquals(seen, [...Array(60).keys()]);
  assertEquals([report.delivered, report.pending, report.stopped], [
    60,
    0,
    "empty",
  ]);
}

async function assertRedrives(): Promise<void> {
  const clock = jumpingClock();
  const spool = numberSpool(memoryKv(), { clock });
  await spool.append(numbers(0, 6));
  const failing = numberJob(({ n }) => {
    if (n === 1) throw new RangeError("planned");
  });
  const report = await runSpool(spool, failing, { clock });
  assertEquals([report.delivered, report.retried, report.deadLettered], [
    5,
    3,
    1,
  ]);
  const letters = await Array.fromAsync(spool.deadLetters());
  assertEquals(letters.map(({ value }) => value.n), [1]);
  const seen: number[] = [];
  const again = numberJob(({ n }) => seen.push(n));
  const redriven = await redriveSpool(spool, again, {
    clock,
    includeSuperseded: true,
  });
  assertEquals([redriven.redriven, seen], [1, [1]]);
  assertEquals(await Array.fromAsync(spool.deadLetters()), []);
}

async function assertChunks(): Promise<void> {
  const limits = { maxValueBytes: 1_000, maxCommitBytes: 4_000 };
  const body = Uint8Array.from({ length: 50_000 }, (_, i) => i % 251);
  const spool: Spool<number[]> = createSpool({
    kv: memoryKv({ limits }),
    prefix: ["chunks"],
    split: (whole) => [[...whole]],
  });
  await spool.append(body);
  const consumer = await spool.consume();
  const [item] = await consumer?.next() ?? [];
  assert(item);
  assertEquals(Uint8Array.from(item.value), body);
  await consumer?.ack(item);
  await consumer?.release();
  assertEquals(await spool.pending(), 0);
}

async function assertOneConsumer(): Promise<void> {
  const kv = memoryKv();
  const consumer = await numberSpool(kv).consume();
  assert(consumer);
  assertEquals(await numberSpool(kv).consume(), undefined);
  await consumer.release();
  const next = await numberSpool(kv).consume();
  assert(next);
  await next.release();
}

async function assertSurvivesCrashes(): Promise<void> {
  const crashes = await crashMatrix(() =>
    Promise.resolve({ kv: memoryKv(), done: () => Promise.resolve() })
  );
  assert(crashes > 50, `only ${crashes} crashes`);
}
