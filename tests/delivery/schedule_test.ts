import { assertEquals, assertThrows } from "@std/assert";
import {
  MOST_RETRY_AFTER_MS,
  nextDelayMs,
  readRetryDelays,
  RETRY_DELAYS_MS,
} from "../../src/delivery/run/schedule.ts";

const HOUR_MS = 3_600_000;
const none = {
  random: () => 0,
  retryAfterMs: null,
  maxRetryAfterMs: MOST_RETRY_AFTER_MS,
};

Deno.test("RETRY_DELAYS_MS is the schedule of Standard Webhooks", () => {
  const hours = RETRY_DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / HOUR_MS;
  assertEquals(RETRY_DELAYS_MS.length, 9);
  assertEquals(RETRY_DELAYS_MS.slice(0, 3), [5_000, 300_000, 1_800_000]);
  assertEquals(Math.floor(hours), 75);
  assertEquals(MOST_RETRY_AFTER_MS, 24 * HOUR_MS);
});

Deno.test("nextDelayMs() gives each wait once and then nothing", () => {
  const given = RETRY_DELAYS_MS.map((_, i) =>
    nextDelayMs(RETRY_DELAYS_MS, i + 1, none)
  );
  assertEquals(given, [...RETRY_DELAYS_MS]);
  assertEquals(nextDelayMs(RETRY_DELAYS_MS, 10, none), undefined);
  assertEquals(nextDelayMs([], 1, none), undefined);
  assertEquals(nextDelayMs([0], 1, none), 0);
});

Deno.test("nextDelayMs() only adds jitter, up to a tenth", () => {
  const at = (random: number): number | undefined =>
    nextDelayMs([10_000], 1, { ...none, random: () => random });
  assertEquals([at(0), at(0.5), at(1)], [10_000, 10_500, 11_000]);
});

Deno.test("nextDelayMs() waits as long as the receiver asks, within bounds", () => {
  const cases: [number, number, number][] = [
    [0, MOST_RETRY_AFTER_MS, 10_000],
    [9_000, MOST_RETRY_AFTER_MS, 10_000],
    [60_000, MOST_RETRY_AFTER_MS, 60_000],
    [1e15, MOST_RETRY_AFTER_MS, 24 * HOUR_MS],
    [60_000, 20_000, 20_000],
    [60_000, 0, 10_000],
  ];
  for (const [retryAfterMs, most, wanted] of cases) {
    const options = { random: () => 0, retryAfterMs, maxRetryAfterMs: most };
    assertEquals(nextDelayMs([10_000], 1, options), wanted);
  }
});

Deno.test("nextDelayMs() gives no further attempt to a receiver that asks for one", () => {
  const options = { random: () => 0, retryAfterMs: 1_000, maxRetryAfterMs: 9 };
  assertEquals(nextDelayMs([10], 2, options), undefined);
});

Deno.test("readRetryDelays(RETRY_DELAYS_MS) copies what it reads", () => {
  const delays = [1, 2];
  const read = readRetryDelays(delays);
  delays.push(3);
  assertEquals(read, [1, 2]);
  assertEquals(readRetryDelays([]), []);
});

Deno.test("readRetryDelays(RETRY_DELAYS_MS) refuses what is no schedule", () => {
  for (const bad of [-1, NaN, Infinity, 1.5, 31 * 24 * HOUR_MS]) {
    assertThrows(
      () => readRetryDelays([1, bad]),
      RangeError,
      "retryDelaysMs[1]",
    );
  }
  assertThrows(
    () => readRetryDelays(new Array(101).fill(1)),
    RangeError,
    "wanted at most 100 numbers, got 101",
  );
  assertThrows(
    () => readRetryDelays("5000" as unknown as number[]),
    TypeError,
    "Cannot use retryDelaysMs: wanted a list",
  );
});
