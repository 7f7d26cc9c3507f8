import { KvError } from "../errors.ts";
import { prepareChange } from "./_change.ts";
import { applyChange, READ_AT_ONCE } from "./_durable_commit.ts";
import { fromStorageKey, toStorageKey } from "./_durable_key.ts";
import { claim, release } from "./_durable_openings.ts";
import {
  type DurableRecord,
  liveRecord,
  valueOfRecord,
} from "./_durable_record.ts";
import { decodeKey, encodeKey } from "./_key_codec.ts";
import { prepareWalk, type Walk } from "./_walk.ts";
import type {
  DurableObjectListLike,
  DurableObjectStorageLike,
} from "./durable_object.ts";
import type {
  KvChange,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvStore,
} from "./kv.ts";

// Key and record together may have 2 MB in production. Half of that leaves room for a key, which has at most 4 kB in
// storage, and keeps a page of the largest values within the 128 MB of memory that an object has.
const LIMITS: KvLimits = Object.freeze({
  maxValueBytes: 1_048_576,
  maxCommitBytes: 8_388_608,
  maxMutations: 1_000,
  maxChecks: 100,
});

// A key with this behind it is the very next one.
const NEXT = "\u0000";

/** A store over the storage of an object. */
export class DurableStore implements KvStore {
  readonly limits: KvLimits = LIMITS;
  readonly exclusive: boolean;
  readonly #storage: DurableObjectStorageLike;
  readonly #now: () => number;
  #closed = false;

  constructor(
    storage: DurableObjectStorageLike,
    options: { exclusive: boolean; now: () => number },
  ) {
    assertSqlite(storage);
    claim(storage, options);
    this.#storage = storage;
    this.exclusive = options.exclusive;
    this.#now = options.now;
  }

  async get<T>(key: KvKey): Promise<KvEntry<T> | undefined> {
    this.#assertOpen("read");
    const encoded = encodeKey(key);
    const stored = toStorageKey(encoded);
    const found = await guarded("read", () => this.#storage.get([stored]));
    const record = liveRecord(found.get(stored), this.#now());
    return record && entryOf<T>(encoded, record);
  }

  list<T>(
    range: KvRange,
    options: KvListOptions = {},
  ): AsyncIterable<KvEntry<T>> {
    return this.#walk<T>(prepareWalk(range, options));
  }

  async commit(change: KvChange): Promise<KvCommitResult> {
    this.#assertOpen("commit");
    const prepared = prepareChange(change, LIMITS);
    const stamp = { version: crypto.randomUUID(), now: this.#now() };
    return await guarded("commit", async () => {
      const ok = await this.#storage.transaction((txn) =>
        applyChange(txn, prepared, stamp)
      );
      if (!ok) return { ok };
      // A transaction resolves before it has been confirmed, which the object itself can tell only by this call.
      await this.#storage.sync();
      return { ok, version: stamp.version };
    });
  }

  close(): Promise<void> {
    if (!this.#closed) release(this.#storage);
    this.#closed = true;
    return Promise.resolve();
  }

  async *#walk<T>(
    { lower, upper, limit, reverse }: Walk,
  ): AsyncGenerator<KvEntry<T>, void, undefined> {
    this.#assertOpen("list");
    if (lower >= upper) return;
    let bounds = { start: toStorageKey(lower), end: toStorageKey(upper) };
    for (let left = limit; left > 0;) {
      const atOnce = Math.min(left, READ_AT_ONCE);
      const page = await this.#page({ ...bounds, reverse, limit: atOnce });
      for (const [key, found] of page) {
        this.#assertOpen("list");
        bounds = reverse
          ? { ...bounds, end: key }
          : { ...bounds, start: key + NEXT };
        const record = liveRecord(found, this.#now());
        if (record === undefined) continue;
        yield entryOf<T>(fromStorageKey(key), record);
        left--;
      }
      if (page.size < atOnce) return;
    }
  }

  async #page(
    options: DurableObjectListLike,
  ): Promise<ReadonlyMap<string, unknown>> {
    this.#assertOpen("list");
    return await guarded("list", () => this.#storage.list(options));
  }

  #assertOpen(what: string): void {
    if (!this.#closed) return;
    throw new KvError(`Cannot ${what}: the store is closed`);
  }
}

// The other kind takes 128 KiB of a value, and tells so only when one is written.
function assertSqlite({ sql }: DurableObjectStorageLike): void {
  try {
    void sql?.databaseSize;
  } catch (cause) {
    throw new KvError(
      "Cannot open the store: the class of this Durable Object is not backed by SQLite",
      { cause },
    );
  }
}

function entryOf<T>(encoded: string, record: DurableRecord): KvEntry<T> {
  return {
    key: decodeKey(encoded),
    value: valueOfRecord(record) as T,
    version: record.version,
  };
}

async function guarded<T>(what: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof KvError) throw cause;
    const outcomeUnknown = what === "commit";
    throw new KvError(`Cannot ${what}: Durable Object storage failed`, {
      cause,
      outcomeUnknown,
    });
  }
}
