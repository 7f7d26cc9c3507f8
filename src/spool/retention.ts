import { assertInteger, assertMs } from "../_internal/assert.ts";
import { KvError } from "../errors.ts";
import type { Spool } from "./spool.ts";

/** How many dead letters are kept. What is beyond a limit is deleted for good, oldest first. */
export interface DeadLetterLimits {
  /** Milliseconds after which one that was not tried again is deleted. No limit by default. */
  readonly maxAgeMs?: number;
  /** Most to keep. No limit by default. */
  readonly maxCount?: number;
}

/** Refuses limits that cannot be meant. */
export function assertLimits(limits: DeadLetterLimits): void {
  assertMs(limits.maxAgeMs ?? Infinity, "deadLetterLimits.maxAgeMs");
  assertInteger(limits.maxCount ?? 0, "deadLetterLimits.maxCount", { min: 0 });
}

/**
 * Deletes dead letters for good.
 *
 * @param spool Where they lie.
 * @param ids Which; `"all"` for all that are there when the walk meets them.
 * @returns How many there were.
 * @throws {KvError} When a consumer is at work, or the store failed.
 * @throws {TypeError} When an id is none.
 */
export async function dropDeadLetters<T>(
  spool: Spool<T>,
  ids: readonly string[] | "all",
): Promise<number> {
  const consumer = await spool.consume();
  if (!consumer) {
    throw new KvError(
      "Cannot drop dead letters: another consumer holds the lease",
      { retryable: true },
    );
  }
  try {
    let dropped = 0;
    for await (const id of ids === "all" ? consumer.deadLetterIds() : ids) {
      if (await consumer.removeDeadLetter(id)) dropped++;
    }
    return dropped;
  } finally {
    await consumer.release();
  }
}
