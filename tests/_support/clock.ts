import type { Clock } from "../../src/_internal/clock.ts";

/** A clock that stands still until somebody sleeps, and then jumps; it notes how long was slept. */
export function jumpingClock(
  start = 1_800_000_000_000,
): Clock & { slept: number[] } {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep(ms, signal): Promise<void> {
      if (signal?.aborted) return Promise.reject(signal.reason);
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
