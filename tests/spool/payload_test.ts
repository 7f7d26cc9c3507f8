import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import type { KvKey, KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { redriveSpool, runSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { numberJob, numbers, numberSpool } from "./_numbers.ts";

const LIMITS = {
  maxValueBytes: 1_000,
  maxCommitBytes: 16_000,
  maxMutations: 100,
  maxChecks: 10,
};

/** A store, and how many commits it has taken. */
function countedKv(): { kv: KvStore; commits: () => number } {
  let commits = 0;
  const kv = withCommit(memoryKv({ limits: LIMITS }), (change, next) => {
    commits++;
    return next(change);
  });
  return { kv, commits: () => commits };
}

async function keysOf(kv: KvStore, part: string): Promise<KvKey[]> {
  const keys: KvKey[] = [];
  for await (const { key } of kv.list({ prefix: ["test", part] })) {
    keys.push(key);
  }
  return keys;
}

async function delivered(kv: KvStore): Promise<number[]> {
  const seen: number[] = [];
  await runSpool(numberSpool(kv), numberJob(({ n }) => seen.push(n)));
  return seen;
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

Deno.test("append() puts a body of a few values and its place into one commit, and the run takes all of it away", async () => {
  const { kv, commits } = countedKv();
  assertEquals(numbers(0, 100).length > 2 * LIMITS.maxValueBytes, true);
  await numberSpool(kv).append(numbers(0, 100));
  assertEquals(commits(), 1);
  assertEquals((await keysOf(kv, "chunk")).length, 3);
  assertEquals(await delivered(kv), upTo(100));
  assertEquals(await keysOf(kv, "chunk"), []);
  assertEquals(await keysOf(kv, "seg"), []);
});

Deno.test("append() shares one commit with all others of the same turn, in their order", async () => {
  const { kv, commits } = countedKv();
  const spool = numberSpool(kv);
  const seqs = await Promise.all(
    upTo(10).map((n) => spool.append(numbers(n, 1))),
  );
  assertEquals(commits(), 1);
  assertEquals(seqs, upTo(10));
  assertEquals(await delivered(kv), upTo(10));
});

Deno.test("append() keeps the body as it is when it is called, also while another one is on its way", async () => {
  const { kv } = countedKv();
  const spool = numberSpool(kv);
  for (const from of [0, 6, 12]) {
    const bodies = upTo(3).map((i) => numbers(from + 2 * i, 2));
    const appended = bodies.map((body) => spool.append(body));
    bodies.forEach((body) => body.fill(0));
    await Promise.all(appended);
  }
  assertEquals(await delivered(kv), upTo(18));
});

Deno.test("append() leaves alone the bytes of a commit that failed, which the store may still read", async () => {
  const memory = memoryKv();
  let late: (() => Promise<unknown>) | undefined;
  const kv = withCommit(memory, (change, next) => {
    if (late) return next(change);
    const sets = (change.sets ?? []).filter(({ value }) =>
      value instanceof Uint8Array
    ).map((set) => ({ ...set, key: ["late"] }));
    late = () => memory.commit({ sets });
    return Promise.reject(new KvError("Cannot commit: no answer came"));
  });
  const spool = numberSpool(kv);
  await assertRejects(() => spool.append(numbers(1, 1)), KvError, "no answer");
  await spool.append(numbers(2, 1));
  await late?.();
  const written = await memory.get<Uint8Array>(["late"]);
  assertStringIncludes(new TextDecoder().decode(written?.value), '"n":1');
});

Deno.test("append() writes a body beyond one commit ahead, and nothing of it stays behind", async () => {
  const { kv, commits } = countedKv();
  const clock = jumpingClock();
  await numberSpool(kv, { clock }).append(numbers(0, 1_000));
  assertEquals(commits() > 2, true);
  assertEquals((await keysOf(kv, "chunk")).length > 20, true);
  assertEquals(await delivered(kv), upTo(1_000));
  // What is too much for the commit that acknowledges is swept by a later run.
  await delivered(kv);
  assertEquals(await keysOf(kv, "chunk"), []);
  assertEquals(await keysOf(kv, "loose"), []);
});

Deno.test("runSpool() rejects when a part of a body is lost, and hands nothing of it out", async () => {
  const { kv } = countedKv();
  await numberSpool(kv).append(numbers(0, 100));
  const [first = []] = await keysOf(kv, "chunk");
  await kv.commit({ deletes: [first] });
  const seen: number[] = [];
  const error = await assertRejects(
    () => runSpool(numberSpool(kv), numberJob(({ n }) => seen.push(n))),
    KvError,
    "bytes are in the store",
  );
  assertEquals(/: \d+ of \d+ bytes/.test(error.message), true);
  assertEquals(seen, []);
});

Deno.test("append() gives up, retryable and with nothing stored, when others are always faster", async () => {
  const store = memoryKv();
  const clock = jumpingClock();
  const kv = withCommit(store, () => Promise.resolve({ ok: false }));
  const error = await assertRejects(
    () => numberSpool(kv, { clock }).append(numbers(0, 1)),
    KvError,
    "Cannot append: other processes were faster",
  );
  assertEquals(error.retryable, true);
  assertEquals(clock.slept.length > 3, true);
  assertEquals(Math.max(...clock.slept) <= 100, true);
  assertEquals(await numberSpool(store).pending(), 0);
});

Deno.test("redriveSpool() is a retryable KvError while a run is at work", async () => {
  const kv = memoryKv();
  await numberSpool(kv).append(numbers(0, 1));
  const errors: KvError[] = [];
  const report = await runSpool(
    numberSpool(kv),
    numberJob(async () => {
      errors.push(
        await assertRejects(
          () => redriveSpool(numberSpool(kv), numberJob(() => {})),
          KvError,
          "Cannot re-drive: another consumer holds the lease",
        ),
      );
    }),
  );
  assertEquals(errors.map(({ retryable }) => retryable), [true]);
  assertEquals(report.delivered, 1);
});
