import { assertFunction } from "../_internal/assert.ts";
import { systemClock } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import {
  checksHold,
  type Mutation,
  prepareChange,
  type PreparedChange,
} from "./_change.ts";
import { decodeKey, encodeKey } from "./_key_codec.ts";
import { completeLimits, LOCAL_LIMITS } from "./_limits.ts";
import { SortedMap } from "./_sorted_map.ts";
import { fromStored, type StoredValue } from "./_value.ts";
import { nextEntry, prepareWalk, type Walk } from "./_walk.ts";
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

/** How {@linkcode memoryKv} behaves. */
export interface MemoryKvOptions {
  /** Smaller limits, to try code against a store that takes less. Those left out keep their default. */
  readonly limits?: Partial<KvLimits>;
  /** The time in milliseconds since 1970, for `expireInMs`. Default is `Date.now`. */
  readonly now?: () => number;
}

interface Held {
  readonly value: StoredValue;
  readonly version: string;
  readonly expiresAt: number;
}

/**
 * Makes a store that lives in memory, for tests and throwaway runs.
 *
 * Nothing survives the end of the process. Values are copied in and out, and an entry is gone once its `expireInMs` has
 * passed.
 *
 * @example Write and read
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 *
 * const kv = memoryKv();
 * await kv.commit({ sets: [{ key: ["greeting"], value: "hello" }] });
 * const entry = await kv.get<string>(["greeting"]);
 * console.log(entry?.value); // hello
 * await kv.close();
 * ```
 *
 * @param options Limits and time, where a test wants to own them.
 * @returns An empty store.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If a limit is not a whole number from 1 up.
 */
export function memoryKv(options: MemoryKvOptions = {}): KvStore {
  return new MemoryKv(options);
}

class MemoryKv implements KvStore {
  readonly limits: KvLimits;
  readonly #now: () => number;
  readonly #index = new SortedMap<Held>();
  #commits = 0;
  #closed = false;

  constructor(options: MemoryKvOptions) {
    const { limits, now = systemClock.now } = options;
    this.limits = completeLimits(LOCAL_LIMITS, limits);
    assertFunction(now, "now");
    this.#now = now;
  }

  // deno-lint-ignore require-await -- async, so that a refusal is a rejection
  async get<T>(key: KvKey): Promise<KvEntry<T> | undefined> {
    this.#assertOpen("read");
    const encoded = encodeKey(key);
    const held = this.#live(encoded);
    return held && entryOf<T>(encoded, held);
  }

  list<T>(
    range: KvRange,
    options: KvListOptions = {},
  ): AsyncIterable<KvEntry<T>> {
    return this.#walk<T>(prepareWalk(range, options));
  }

  // deno-lint-ignore require-await -- async, so that a refusal is a rejection
  async commit(change: KvChange): Promise<KvCommitResult> {
    this.#assertOpen("commit");
    const prepared = prepareChange(change, this.limits);
    return this.#apply(prepared);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }

  async *#walk<T>(
    walk: Walk,
  ): AsyncGenerator<KvEntry<T>, void, undefined> {
    let last: string | undefined;
    for (let given = 0; given < walk.limit;) {
      this.#assertOpen("list");
      const found = nextEntry(this.#index, { walk, last });
      if (found === undefined) return;
      last = found.key;
      if (this.#live(last) === undefined) continue;
      given++;
      yield entryOf<T>(last, found.value);
    }
  }

  #apply({ checks, mutations }: PreparedChange): KvCommitResult {
    const holds = checksHold(
      checks,
      (encoded) => this.#live(encoded)?.version ?? null,
    );
    if (!holds) return { ok: false };
    const version = String(++this.#commits);
    for (const mutation of mutations) this.#write(mutation, version);
    return { ok: true, version };
  }

  #write({ encoded, value, expireInMs }: Mutation, version: string): void {
    if (value === undefined) {
      this.#index.delete(encoded);
      return;
    }
    const expiresAt = this.#now() + expireInMs;
    this.#index.set(encoded, { value, version, expiresAt });
  }

  /** What a reader may see; an entry that has expired is swept on the way. */
  #live(encoded: string): Held | undefined {
    const held = this.#index.get(encoded);
    if (held === undefined || held.expiresAt > this.#now()) return held;
    this.#index.delete(encoded);
    return undefined;
  }

  #assertOpen(what: string): void {
    if (!this.#closed) return;
    throw new KvError(`Cannot ${what}: the store is closed`);
  }
}

function entryOf<T>(encoded: string, held: Held): KvEntry<T> {
  return {
    key: decodeKey(encoded),
    value: fromStored(held.value) as T,
    version: held.version,
  };
}
