import type { RunSettings } from "./_settings.ts";

/** What became of an event in this run. */
export type Outcome =
  | {
    readonly kind: "delivered";
    readonly attempts: number;
    readonly durationMs: number;
  }
  | {
    readonly kind: "exhausted";
    readonly attempts: number;
    readonly error: unknown;
  }
  | {
    readonly kind: "parked";
    readonly attempts: number;
    readonly dueAt: number;
  }
  | { readonly kind: "stopped" };

/** A failed attempt. */
export interface Failed {
  readonly error: unknown;
  readonly durationMs: number;
}

/** One event's way through the handler. */
export interface Attempt {
  /** Failed attempts of earlier runs. */
  readonly before: number;
  /** When the run must end, in milliseconds since 1970. */
  readonly deadline: number;
  /** Aborts when the run is to stop. */
  readonly signal: AbortSignal;
  handle(attempt: number): unknown;
  /** Is told of every attempt that failed. */
  failed(attempts: number, failure: Failed): void;
  retried(): void;
}

/** Tries until it succeeds, has no attempts left, or would have to wait longer than the run lasts. */
export async function deliver(
  attempt: Attempt,
  settings: RunSettings,
): Promise<Outcome> {
  for (let attempts = attempt.before + 1;; attempts++) {
    const began = settings.told.now();
    const failed = await tryOnce(attempt, attempts);
    const durationMs = Math.max(0, settings.told.now() - began);
    if (!failed) return { kind: "delivered", attempts, durationMs };
    // The handler may have failed only because it was told to stop: that is no attempt.
    if (attempt.signal.aborted) return { kind: "stopped" };
    attempt.failed(attempts, { error: failed.error, durationMs });
    if (attempts > settings.maxRetries) {
      return { kind: "exhausted", attempts, error: failed.error };
    }
    const dueAt = settings.clock.now() + waitMs(settings, attempts);
    if (
      dueAt >= attempt.deadline || !await waitUntil(dueAt, attempt, settings)
    ) {
      return { kind: "parked", attempts, dueAt };
    }
    attempt.retried();
  }
}

// Wrapped, because a handler may reject with undefined.
async function tryOnce(
  attempt: Attempt,
  number: number,
): Promise<{ error: unknown } | undefined> {
  try {
    await attempt.handle(number);
    return undefined;
  } catch (error) {
    return { error };
  }
}

// Longer than any retry makes sense, and still a number that JSON can hold.
const LONGEST_WAIT_MS = 30 * 86_400_000;

function waitMs(settings: RunSettings, attempts: number): number {
  const seconds: unknown = settings.backoff(attempts);
  if (typeof seconds === "number" && !Number.isNaN(seconds)) {
    return Math.min(Math.max(0, seconds) * 1000, LONGEST_WAIT_MS);
  }
  throw new TypeError(
    `Cannot use backoff: wanted a number of seconds, got ${
      typeof seconds === "number" ? "NaN" : typeof seconds
    }`,
  );
}

async function waitUntil(
  dueAt: number,
  attempt: Attempt,
  settings: RunSettings,
): Promise<boolean> {
  const wait = dueAt - settings.clock.now();
  if (wait <= 0) return true;
  return await settings.clock.sleep(wait, attempt.signal).then(
    () => true,
    () => false,
  );
}
