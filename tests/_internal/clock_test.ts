import { assertEquals, assertRejects } from "@std/assert";
import { LONGEST_TIMER_MS, systemClock } from "../../src/_internal/clock.ts";

/** Runs a piece of work with timers that fire at once; gives back how long each would have waited. */
async function timersOf(work: () => Promise<void>): Promise<number[]> {
  const { setTimeout: before } = globalThis;
  const waited: number[] = [];
  const fake = (call: () => void, ms = 0): number => {
    waited.push(ms);
    queueMicrotask(call);
    return 0;
  };
  globalThis.setTimeout = fake as unknown as typeof setTimeout;
  try {
    await work();
  } finally {
    globalThis.setTimeout = before;
  }
  return waited;
}

Deno.test("systemClock.sleep() waits in several timers when one of the host cannot wait as long", async () => {
  assertEquals(
    await timersOf(() => systemClock.sleep(2 * LONGEST_TIMER_MS + 5)),
    [LONGEST_TIMER_MS, LONGEST_TIMER_MS, 5],
  );
  assertEquals(await timersOf(() => systemClock.sleep(7)), [7]);
});

Deno.test("systemClock.sleep() waits not at all for a time that has passed", async () => {
  assertEquals(await timersOf(() => systemClock.sleep(-1)), [0]);
});

Deno.test("systemClock.sleep() rejects with the reason of a signal that has aborted, and sets no timer", async () => {
  const reason = new Error("stopped before");
  const waited = await timersOf(async () => {
    const error = await assertRejects(() =>
      systemClock.sleep(60_000, AbortSignal.abort(reason))
    );
    assertEquals(error, reason);
  });
  assertEquals(waited, []);
});

Deno.test("systemClock.sleep() rejects with the reason when the signal aborts, and leaves no timer", async () => {
  const controller = new AbortController();
  const reason = new Error("stopped meanwhile");
  const slept = systemClock.sleep(60_000, controller.signal);
  controller.abort(reason);
  // The sanitizer of the test would find the timer.
  assertEquals(await assertRejects(() => slept), reason);
});
