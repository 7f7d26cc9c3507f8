import { unlessAborted } from "../_internal/abort.ts";
import {
  type Clock,
  LONGEST_TIMER_MS,
  systemClock,
} from "../_internal/clock.ts";

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
  /** Gives the call its whole time again, from now on. */
  restart(): void;
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

/** Starts the time of a call. */
export function openCall(options: CallOptions): Call {
  const { clock, timeoutMs, signal } = options;
  let endsAt = clock.now() + timeoutMs;
  const over = new AbortController();
  let stopTimer = startTimer(over, options);
  const forward = (): void => over.abort(signal?.reason);
  if (signal?.aborted) forward();
  else signal?.addEventListener("abort", forward, { once: true });
  const remainingMs = (): number => endsAt - clock.now();
  return {
    signal: over.signal,
    remainingMs,
    throwIfOver(): void {
      over.signal.throwIfAborted();
      if (remainingMs() <= 0) throw options.expired();
    },
    sleep: (ms) => unlessAborted(clock.sleep(ms, over.signal), over.signal),
    restart(): void {
      stopTimer();
      stopTimer = startTimer(over, options);
      endsAt = clock.now() + timeoutMs;
    },
    close(): void {
      stopTimer();
      signal?.removeEventListener("abort", forward);
    },
  };
}

// Real time, whatever clock was given: an injected sleep that returns at once must not end the call.
function startTimer(over: AbortController, options: CallOptions): () => void {
  const { timeoutMs } = options;
  if (timeoutMs > LONGEST_TIMER_MS) return () => {}; // nothing hangs on a socket for 24 days
  const stopped = new AbortController();
  systemClock.sleep(timeoutMs, stopped.signal).then(
    () => over.abort(options.expired()),
    () => undefined,
  );
  return () => stopped.abort(STOPPED);
}

// Without a reason the host makes an exception with its stack for each call that is over.
const STOPPED = "stopped";
