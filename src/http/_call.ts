import { type Clock, systemClock } from "../_internal/clock.ts";

/** One call from start to end. Everything in it stops by `signal`, whose reason is what the caller gets. */
export interface Call {
  /** Aborts when the caller does, or when the time is up. */
  readonly signal: AbortSignal;
  /** Milliseconds until the deadline, 0 or less when it has passed. */
  remainingMs(): number;
  /** Throws the reason when the call is over. */
  throwIfOver(): void;
  /** Waits, but not beyond the end of the call. */
  sleep(ms: number): Promise<void>;
  /** Stops the timer and lets the caller's signal go. */
  close(): void;
}

/** What ends a call. */
export interface CallOptions {
  /** Measures the deadline and does the waiting. */
  readonly clock: Clock;
  /** Time for all of it. */
  readonly timeoutMs: number;
  /** The caller's own signal. */
  readonly signal?: AbortSignal | undefined;
  /** Makes the error of a passed deadline. */
  expired(): Error;
}

// setTimeout counts in a signed 32-bit number; nothing hangs on a socket for 24 days.
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Starts the time of a call. */
export function openCall(options: CallOptions): Call {
  const { clock, timeoutMs, signal } = options;
  const endsAt = clock.now() + timeoutMs;
  const over = new AbortController();
  const closed = new AbortController();
  const forward = (): void => over.abort(signal?.reason);
  if (signal?.aborted) forward();
  else signal?.addEventListener("abort", forward, { once: true });
  if (timeoutMs <= LONGEST_TIMER_MS) {
    // Real time, whatever clock was given: an injected sleep that returns at once must not end the call.
    systemClock.sleep(timeoutMs, closed.signal).then(
      () => over.abort(options.expired()),
      () => undefined,
    );
  }
  const remainingMs = (): number => endsAt - clock.now();
  return {
    signal: over.signal,
    remainingMs,
    throwIfOver(): void {
      over.signal.throwIfAborted();
      if (remainingMs() <= 0) throw options.expired();
    },
    sleep: (ms) => unlessAborted(clock.sleep(ms, over.signal), over.signal),
    close(): void {
      closed.abort();
      signal?.removeEventListener("abort", forward);
    },
  };
}

/** Settles as the promise does, or rejects with the signal's reason, even if the promise itself ignores the signal. */
export function unlessAborted<T>(
  promise: Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    if (signal.aborted) stop();
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() =>
      signal.removeEventListener("abort", stop)
    );
  });
}
