/** The time and the waiting of everything in Sluice, so that a test can own both. */
export interface Clock {
  /** Milliseconds since 1970, as `Date.now()`. */
  now(): number;
  /** Waits; rejects with the signal's reason when it aborts first. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The host's own time. */
export const systemClock: Clock = { now: () => Date.now(), sleep };

/** The longest that a timer of the host can wait: it counts in a signed 32-bit number of milliseconds. */
export const LONGEST_TIMER_MS: number = 2 ** 31 - 1;

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  for (
    let left = Math.max(0, ms);
    left > LONGEST_TIMER_MS;
    left -= LONGEST_TIMER_MS
  ) {
    await timer(LONGEST_TIMER_MS, signal);
  }
  await timer(Math.max(0, ms) % LONGEST_TIMER_MS, signal);
}

function timer(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const stop = (): void => {
      clearTimeout(id);
      reject(signal?.reason);
    };
    const id = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}
