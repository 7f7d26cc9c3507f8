import { assertInteger } from "../../_internal/assert.ts";
import type { Random } from "../../_internal/backoff.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** Milliseconds before each attempt after the first, some 75 hours in all: the example of Standard Webhooks 1.0.0. */
export const RETRY_DELAYS_MS: readonly number[] = [
  5_000,
  5 * MINUTE_MS,
  30 * MINUTE_MS,
  2 * HOUR_MS,
  5 * HOUR_MS,
  10 * HOUR_MS,
  14 * HOUR_MS,
  20 * HOUR_MS,
  24 * HOUR_MS,
];

/** Longest `Retry-After` that is honoured by default, in milliseconds. */
export const MOST_RETRY_AFTER_MS: number = 24 * HOUR_MS;

const MOST_DELAYS = 100;
const LONGEST_DELAY_MS = 30 * 24 * HOUR_MS;
// Only added, so that no attempt comes earlier than it was announced.
const JITTER = 0.1;

/** When the next attempt may be. */
export interface NextDelayOptions {
  /** Spreads the attempts. */
  readonly random: Random;
  /** What the receiver asked for, in milliseconds; `null` when it did not. */
  readonly retryAfterMs: number | null;
  /** How much of that is honoured, in milliseconds. */
  readonly maxRetryAfterMs: number;
}

/**
 * Copies a schedule. An empty one means that each delivery has one attempt.
 *
 * @throws {TypeError} for what is no list; {@linkcode RangeError} for a wait that is not 0 to 30 days in whole
 * milliseconds, or more than 100 of them.
 */
export function readRetryDelays(
  delays: readonly number[],
): readonly number[] {
  if (!Array.isArray(delays)) {
    throw new TypeError("Cannot use retryDelaysMs: wanted a list of numbers");
  }
  const copy: readonly number[] = [...delays];
  if (copy.length > MOST_DELAYS) {
    throw new RangeError(
      `Cannot use retryDelaysMs: wanted at most ${MOST_DELAYS} numbers, got ${copy.length}`,
    );
  }
  copy.forEach((ms, i) =>
    assertInteger(ms, `retryDelaysMs[${i}]`, { min: 0, max: LONGEST_DELAY_MS })
  );
  return copy;
}

/**
 * Milliseconds until the next attempt, up to a tenth more than the schedule or the receiver wants; `undefined` when
 * `attempts` were the last.
 */
export function nextDelayMs(
  schedule: readonly number[],
  attempts: number,
  options: NextDelayOptions,
): number | undefined {
  const delay = schedule[attempts - 1];
  if (delay === undefined) return undefined;
  const { random, retryAfterMs, maxRetryAfterMs } = options;
  const asked = Math.min(retryAfterMs ?? 0, maxRetryAfterMs);
  return Math.ceil(Math.max(delay, asked) * (1 + JITTER * random()));
}
