import { exponentialMs, jitter, type Random } from "../_internal/backoff.ts";
import type { Call } from "./_call.ts";

/** How often one call is tried again for the same reason. */
export const MOST_RETRIES = 3;

/** The longest single wait; an answer that asks for more ends the call instead. */
export const MOST_WAIT_MS = 60_000;

const FIRST_WAIT_MS = 1000;

/** Seconds of a `Retry-After` header, in either form of RFC 9110 section 10.2.3; `null` when there is none. */
export function readRetryAfter(headers: Headers, now: number): number | null {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,10}(?:\.\d{1,10})?$/.test(text)) return Number(text);
  // Date.parse alone takes almost any text for a date; the asctime form has no zone and means GMT.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(text)) return null;
  const at = Date.parse(text.endsWith("GMT") ? text : `${text} GMT`);
  if (Number.isNaN(at)) return null;
  return Math.max(0, Math.ceil((at - now) / 1000));
}

/** Why and how long to wait. */
export interface Pause {
  /** How many times it was tried for this reason, from 1. */
  readonly attempt: number;
  /** Seconds that the platform asked for. */
  readonly retryAfter: number | null;
  /** Spreads the waits that the platform did not ask for. */
  readonly random: Random;
  /** How often it may be tried; {@linkcode MOST_RETRIES} by default. */
  readonly most?: number;
}

/** Waits before the next attempt; `false`, without waiting, when there are to be no more or the call would end first. */
export async function pause(call: Call, options: Pause): Promise<boolean> {
  const { attempt, retryAfter, random, most = MOST_RETRIES } = options;
  if (attempt > most) return false;
  const own = exponentialMs(attempt, {
    first: FIRST_WAIT_MS,
    most: MOST_WAIT_MS,
  });
  const ms = retryAfter === null ? jitter(own, random) : retryAfter * 1000;
  // Coming back earlier than asked would be refused again and count again.
  if (ms > MOST_WAIT_MS || ms >= call.remainingMs()) return false;
  await call.sleep(ms);
  return true;
}
