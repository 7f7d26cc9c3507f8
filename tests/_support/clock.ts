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
      // Renewals and deadline timers wait for an abort; only short waits are retries.
      if (signal && ms >= 10_000) return untilAborted(signal);
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), {
      once: true,
    });
  });
}
