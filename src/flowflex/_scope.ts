import { unlessAborted } from "../_internal/abort.ts";
import type { Clock } from "../_internal/clock.ts";
import { UploadError } from "../errors.ts";
import { type Call, openCall } from "../http/send.ts";

/** What bounds a send. */
export interface ScopeOptions {
  readonly clock: Clock;
  readonly timeoutMs: number;
  readonly signal: AbortSignal | undefined;
}

/** All that belongs to one send: it ends together, by the first failure, the deadline or the caller. */
export interface Scope {
  /** Aborts with the reason of whatever came first. */
  readonly signal: AbortSignal;
  /** Milliseconds that are left, at least 0. */
  remainingMs(): number;
  /** Ends everything; only the first failure counts. */
  fail(error: unknown): void;
  /** Throws the reason when it is over. */
  throwIfOver(): void;
  /** Settles as the promise does, but not after the end. */
  within<T>(promise: Promise<T>): Promise<T>;
  /** Lets the timer and the caller's signal go. */
  close(): void;
}

/** Starts the time of a send. */
export function openScope(options: ScopeOptions): Scope {
  const { clock, timeoutMs, signal } = options;
  const failed = new AbortController();
  const signals = signal ? [signal, failed.signal] : [failed.signal];
  const call: Call = openCall({
    clock,
    timeoutMs,
    signal: AbortSignal.any(signals),
    expired: () => deadlinePassed(timeoutMs),
  });
  return {
    signal: call.signal,
    remainingMs: () => Math.max(0, call.remainingMs()),
    fail: (error) => failed.abort(error),
    throwIfOver: () => call.throwIfOver(),
    within: (promise) => unlessAborted(promise, call.signal),
    close: () => call.close(),
  };
}

function deadlinePassed(timeoutMs: number): UploadError {
  return new UploadError(
    `Cannot finish: the deadline of "timeoutMs", which is ${timeoutMs}, passed`,
    { step: "send", errorKey: "http.deadline", retryable: true },
  );
}
