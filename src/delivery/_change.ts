import { DeliveryError } from "../errors.ts";
import type { KvChange, KvKey, KvLimits } from "../kv/kv.ts";
import { keyBytes, valueBytes } from "../kv/measure.ts";

// As the port says.
const MOST_KEY_BYTES = 2_048;
// UTF-8 takes at most three bytes for a unit of UTF-16.
const MOST_BYTES_OF_A_UNIT = 3;

/** A change as it is now: the application may go on with its lists, keys and values while we wait. */
export function snapshotOf(change: KvChange): KvChange {
  const { checks = [], sets = [], deletes = [] } = change;
  return {
    ...change,
    checks: [...checks].map(({ key, version }) => ({
      key: copyKey(key),
      version,
    })),
    sets: [...sets].map(({ key, value, ...more }) => ({
      ...more,
      key: copyKey(key),
      value: copyValue(value),
    })),
    deletes: [...deletes].map(copyKey),
  };
}

/**
 * Refuses a change that is more than a store takes at once.
 *
 * @throws {DeliveryError} Naming what is too much, and the bound.
 */
export function assertFits(change: KvChange, limits: KvLimits): void {
  const { checks = [], sets = [], deletes = [] } = change;
  assertWithin(limits, checks.length, { what: "checks", limit: "maxChecks" });
  assertWithin(limits, sets.length + deletes.length, {
    what: "sets and deletes",
    limit: "maxMutations",
  });
  const keys = [...checks, ...sets].map(({ key }) => key).concat(deletes);
  const values = sets.map(({ value }) => value);
  const atMost = keys.length * MOST_KEY_BYTES + sum(values, mostValueBytes);
  if (atMost <= limits.maxCommitBytes) return;
  assertWithin(limits, sum(keys, keyBytes) + sum(values, valueBytes), {
    what: "bytes of keys and values",
    limit: "maxCommitBytes",
  });
}

function assertWithin(
  limits: KvLimits,
  size: number,
  { what, limit }: { what: string; limit: keyof KvLimits },
): void {
  const most = limits[limit];
  if (size <= most) return;
  throw new DeliveryError(
    `Cannot emit the events: with the application's change they take ${size} ${what}, wanted at most ${most} in one commit (${limit}); nothing was committed`,
  );
}

function sum<T>(items: readonly T[], sizeOf: (item: T) => number): number {
  return items.reduce((total, item) => total + sizeOf(item), 0);
}

/** Never less than the bytes that a store counts, and cheaper. */
function mostValueBytes(value: unknown): number {
  if (value instanceof Uint8Array) return value.length;
  return (jsonOf(value)?.length ?? 0) * MOST_BYTES_OF_A_UNIT;
}

// What is no key is left to the store, which says so.
function copyKey(key: KvKey): KvKey {
  return Array.isArray(key) ? [...key] : key;
}

/** What a store keeps of a value: bytes, or what its JSON says; what it refuses is left to it. */
function copyValue(value: unknown): unknown {
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return value;
  if (typeof value !== "object") return value;
  const text = jsonOf(value);
  return text === undefined ? value : JSON.parse(text);
}

function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined;
  }
}
