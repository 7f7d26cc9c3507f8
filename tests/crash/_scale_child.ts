/**
 * Fills a spool on fsKv with a large backlog, drains it, and prints how much memory that took and whether it slowed
 * down. A process of its own, so that nothing else is measured.
 */
import { fsKv } from "../../src/kv/fs.ts";
import { createSpool, runSpool } from "../../src/spool/mod.ts";

const EVENTS = 200_000;
const SPAN = 10_000;
const [dir = "", perSegment = "500"] = Deno.args;
const size = Number(perSegment);

const kv = await fsKv(`${dir}/store`);
const spool = createSpool<{ n: number }>({
  kv,
  prefix: ["scale"],
  split: (body) => JSON.parse(new TextDecoder().decode(body)),
});

function segment(first: number): Uint8Array<ArrayBuffer> {
  const events = Array.from(
    { length: size },
    (_, i) => ({ n: first + i, pad: "x".repeat(500) }),
  );
  return new TextEncoder().encode(JSON.stringify(events));
}

const atOnce = size === 1 ? 500 : 1;
let next = 0;
while (next < EVENTS) {
  const appends = Array.from(
    { length: atOnce },
    () => spool.append(segment((next += size) - size)),
  );
  await Promise.all(appends);
}

/** Bytes that are really in use: the collector runs first, so that rubbish it has not met yet does not count. */
function live(): number {
  (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

const before = live();
let most = before;
const marks: number[] = [];
let delivered = 0;
function mark(): void {
  marks.push(performance.now());
  if (marks.length % 5 === 0) most = Math.max(most, live());
}

const report = await runSpool(spool, {
  prepare: (event) => event,
  isPoison: () => false,
  lane: () => "",
  handle: () => {
    if (delivered++ % SPAN === 0) mark();
  },
});
mark();
await kv.close();
const spans = marks.slice(1).map((end, i) => end - (marks[i] ?? 0));
console.log(JSON.stringify({
  delivered: report.delivered,
  pending: report.pending,
  growthMiB: (most - before) / 2 ** 20,
  // The best of three, because a neighbour on the machine can slow down any one of them.
  lastAgainstFirst: Math.min(...spans.slice(0, 3)) /
    Math.min(...spans.slice(-3)),
}));
