/**
 * Durable Object storage in memory that holds to what is documented for production, where the local workerd takes more:
 * 128 keys for one call, 2 MB for key and value, limits from 1 up, well-formed keys.
 */
import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import type {
  DurableObjectListLike,
  DurableObjectStorageLike,
  DurableObjectTransactionLike,
} from "../../src/kv/durable_object.ts";

const MAX_KEYS = 128;
const MAX_ENTRY_BYTES = 2_000_000;

/** A storage whose confirmation a test can hold back or refuse. */
export interface StrictStorage extends DurableObjectStorageLike {
  /** What `sync()` waits for. */
  confirm: () => Promise<void>;
  /** Thrown by every other call, when it is set. */
  failure: Error | undefined;
}

/** An empty storage. */
export function strictStorage(): StrictStorage {
  let held = new Map<string, unknown>();
  let queue: Promise<unknown> = Promise.resolve();
  const operations: DurableObjectTransactionLike = {
    get: (keys) => answer(() => pick(held, countedKeys(keys))),
    list: (options) => answer(() => slice(held, options)),
    put: (entries) =>
      answer(() => {
        countedKeys(Object.keys(entries));
        for (const entry of Object.entries(entries)) put(held, entry);
      }),
    delete: (keys) =>
      answer(() => countedKeys(keys).filter((key) => held.delete(key)).length),
  };
  const storage: StrictStorage = {
    ...operations,
    failure: undefined,
    confirm: () => Promise.resolve(),
    sync: () => storage.confirm(),
    transaction: (closure) => {
      const run = queue.then(() => attempt(closure));
      queue = run.catch(() => {});
      return run;
    },
  };
  return storage;

  async function attempt<T>(
    closure: (txn: DurableObjectTransactionLike) => Promise<T>,
  ): Promise<T> {
    const before = new Map(held);
    try {
      return await closure(operations);
    } catch (error) {
      held = before;
      throw error;
    }
  }

  async function answer<T>(action: () => T): Promise<T> {
    await Promise.resolve();
    if (storage.failure) throw storage.failure;
    return action();
  }
}

function pick(
  held: ReadonlyMap<string, unknown>,
  keys: readonly string[],
): Map<string, unknown> {
  const there = keys.filter((key) => held.has(key));
  return new Map(there.map((key) => [key, structuredClone(held.get(key))]));
}

function slice(
  held: ReadonlyMap<string, unknown>,
  options: DurableObjectListLike = {},
): Map<string, unknown> {
  const { start = "", end, reverse = false, limit = Infinity } = options;
  refuseUnless(limit >= 1, "a limit below 1");
  const keys = [...held.keys()]
    .filter((key) => bytesOf(key) >= bytesOf(start))
    .filter((key) => end === undefined || bytesOf(key) < bytesOf(end))
    .sort((a, b) => bytesOf(a) < bytesOf(b) ? -1 : 1);
  return pick(held, (reverse ? keys.reverse() : keys).slice(0, limit));
}

function put(
  held: Map<string, unknown>,
  [key, value]: [string, unknown],
): void {
  const bytes = value instanceof Object && "bytes" in value
    ? (value.bytes as Uint8Array).length
    : 0;
  // What else a record has takes less than 256 bytes.
  const size = encodeUtf8(key).length + bytes + 256;
  refuseUnless(size <= MAX_ENTRY_BYTES, `an entry of ${size} bytes`);
  held.set(key, structuredClone(value));
}

function countedKeys(keys: readonly string[]): readonly string[] {
  refuseUnless(keys.length <= MAX_KEYS, `${keys.length} keys in one call`);
  refuseUnless(keys.every((key) => key.isWellFormed()), "a lone surrogate");
  return keys;
}

function bytesOf(key: string): string {
  return toHex(encodeUtf8(key));
}

function refuseUnless(condition: boolean, what: string): void {
  if (!condition) throw new RangeError(`The storage does not take ${what}`);
}
