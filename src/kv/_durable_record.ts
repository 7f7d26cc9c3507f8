import { decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";
import { KvError } from "../errors.ts";
import type { Mutation } from "./_change.ts";
import type { StoredValue } from "./_value.ts";

/** An entry as it lies in Durable Object storage. */
export interface DurableRecord {
  readonly version: string;
  /**
   * The value. JSON is kept as its UTF-8 bytes: a string with one character beyond Latin-1 takes two bytes for each of
   * its characters in storage, and the limit would depend on the text.
   */
  readonly bytes: Uint8Array;
  readonly isJson: boolean;
  /** Milliseconds since 1970; absent for an entry that stays. */
  readonly expiresAt?: number;
}

// The last millisecond that a Date can hold; what would expire later stays.
const END_OF_TIME = 8.64e15;

/** The record of a write. */
export function toRecord(
  value: StoredValue,
  { expireInMs }: Pick<Mutation, "expireInMs">,
  at: { version: string; now: number },
): DurableRecord {
  const isJson = typeof value === "string";
  const record = {
    version: at.version,
    bytes: isJson ? encodeUtf8(value) : value,
    isJson,
  };
  const expiresAt = Math.ceil(at.now + expireInMs);
  return expiresAt > END_OF_TIME ? record : { ...record, expiresAt };
}

/**
 * The record that storage holds under a key of ours; `undefined` when there is none or it has expired.
 *
 * @throws {KvError} For a value that is no record.
 */
export function liveRecord(
  found: unknown,
  now: number,
): DurableRecord | undefined {
  if (found === undefined) return undefined;
  if (!isRecord(found)) {
    throw new KvError(
      "Cannot read: something else has written under a key of the store",
    );
  }
  return hasExpired(found, now) ? undefined : found;
}

/** Whether a value is a record that no reader sees any more. */
export function isExpired(found: unknown, now: number): boolean {
  return isRecord(found) && hasExpired(found, now);
}

/** The value of a record, which nobody else holds. */
export function valueOfRecord({ bytes, isJson }: DurableRecord): unknown {
  return isJson ? JSON.parse(decodeUtf8(bytes)) : bytes;
}

function isRecord(found: unknown): found is DurableRecord {
  return isObject(found) && typeof found["version"] === "string" &&
    found["bytes"] instanceof Uint8Array;
}

function hasExpired(
  { expiresAt = Infinity }: DurableRecord,
  now: number,
): boolean {
  return expiresAt <= now;
}
