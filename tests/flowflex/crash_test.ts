import { assert, assertEquals, assertGreater } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { file, type FlowFlex } from "../../src/flowflex/mod.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { clientOf, type Platform, startPlatform } from "./_platform.ts";

const SEALING_KEY = generateSealingKey();
const LIMITS = { maxValueBytes: 700, maxCommitBytes: 4_000 };

type Clock = ReturnType<typeof jumpingClock>;

function openClient(platform: Platform, kv: KvStore, clock: Clock): FlowFlex {
  const store = { kv, sealingKey: SEALING_KEY };
  return clientOf(platform, { ...store, clock, maxRetries: 0 });
}

/** Keeps three events, of which the second fails once and the third is given up and sent again. */
async function scenario(
  client: FlowFlex,
  platform: Platform,
  confirmed: string[],
): Promise<void> {
  const keep = async (key: string, payload: object): Promise<void> => {
    await client.sendEventDurably("a", { payload, idempotencyKey: key });
    confirmed.push(key);
  };
  await keep("k-1", { x: note("one".repeat(100)), y: note("two") });
  await keep("k-2", { n: 2 });
  await keep("k-3", { z: note("three") });
  platform.answer = (step, nth) =>
    step === "event" && nth > 1 && nth < 5
      ? new Response(null, { status: 503 })
      : undefined;
  await client.processSends({ maxRetries: 1, backoff: () => 0 });
  await client.processSends({ maxRetries: 1, backoff: () => 0 });
  await client.retryDeadSends();
}

function note(text: string): ReturnType<typeof file> {
  return file(new Blob([text]), { filename: "a.txt" });
}

async function crashAt(
  at: { commit: number; applied: boolean },
): Promise<boolean> {
  await using platform = startPlatform();
  const clock = jumpingClock();
  const kv = memoryKv({ limits: LIMITS, now: clock.now });
  const crashing = crashingKv(kv, at);
  const confirmed: string[] = [];
  const where = JSON.stringify(at);
  try {
    const client = openClient(platform, crashing.kv, clock);
    await scenario(client, platform, confirmed);
  } catch (error) {
    assert(
      error instanceof Crash,
      `an unexpected failure at ${where}: ${error}`,
    );
  }
  platform.answer = () => undefined;
  // The dead process's lease runs out, and so does the time in which it might still be keeping files.
  await clock.sleep(86_400_000);
  const client = openClient(platform, kv, clock);
  const report = await client.processSends();
  assertEquals([report.stopped, report.pending], ["empty", 0], where);
  await client.retryDeadSends();
  await client.processSends();
  assertEquals(await client.deadSends(), [], where);
  verify(platform, confirmed, where);
  await verifyEmpty(kv, where);
  return crashing.crashed;
}

function verify(
  platform: Platform,
  confirmed: readonly string[],
  where: string,
): void {
  const taken = Map.groupBy(platform.events, ({ key }) => key);
  assertEquals(
    confirmed.filter((key) => !taken.has(key)),
    [],
    `lost at ${where}`,
  );
  for (const [key, events] of taken) {
    assert(["k-1", "k-2", "k-3"].includes(key), where);
    const bodies = new Set(events.map(({ text }) => text));
    assertEquals(bodies.size, 1, `${key} changed its body at ${where}`);
  }
}

async function verifyEmpty(kv: KvStore, where: string): Promise<void> {
  const left: unknown[] = [];
  for await (const { key } of kv.list({ prefix: ["sluice"] })) {
    if (key[3] === "outbox" && ["head", "fence", "run"].includes(`${key[4]}`)) {
      continue;
    }
    left.push(key);
  }
  assertEquals(left, [], `something is left at ${where}`);
}

for (const applied of [false, true]) {
  Deno.test(`sendEventDurably() loses nothing and repeats the same body when the process dies ${applied ? "after" : "before"} any commit`, async () => {
    let commit = 1;
    while (await crashAt({ commit, applied })) commit++;
    assertGreater(commit, 25);
  });
}
