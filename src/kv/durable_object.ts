/**
 * The store in the storage of a Cloudflare Durable Object.
 *
 * Choose it on Workers: one object holds the store and everything that consumes it, and its alarm starts the runs. The
 * class must be backed by SQLite (`new_sqlite_classes` in the migrations of `wrangler.jsonc`). Workers KV is no place
 * for this, as a commit there is neither atomic nor visible at once.
 *
 * A commit survives the end of the instance, of its process and of its machine once the platform has confirmed it. With
 * `exclusive: true`, in the constructor of the object, a new instance takes up the work at once after a deployment or a
 * crash. One object does one thing at a time; where that is not enough, give each tenant an object of its own.
 *
 * @example Keep what comes in
 * ```ts
 * import {
 *   durableObjectKv,
 *   type DurableObjectStorageLike,
 *   type KvStore,
 * } from "@sluice/edge/kv/durable-object";
 *
 * export class Inbox {
 *   readonly #kv: KvStore;
 *
 *   constructor(state: { storage: DurableObjectStorageLike }) {
 *     this.#kv = durableObjectKv(state.storage);
 *   }
 *
 *   async fetch(request: Request): Promise<Response> {
 *     const value = new Uint8Array(await request.arrayBuffer());
 *     await this.#kv.commit({ sets: [{ key: ["in", Date.now()], value }] });
 *     return new Response(null, { status: 202 });
 *   }
 * }
 * ```
 *
 * @example Drain from an alarm
 * ```ts
 * import { Client } from "@sluice/edge/company-data";
 * import { durableObjectKv, type DurableObjectStorageLike } from "@sluice/edge/kv/durable-object";
 *
 * interface Storage extends DurableObjectStorageLike {
 *   setAlarm(time: number): Promise<void>;
 * }
 *
 * export class Feed {
 *   readonly #storage: Storage;
 *   readonly #client: Promise<Client>;
 *
 *   constructor(state: { storage: Storage }, env: object) {
 *     this.#storage = state.storage;
 *     const kv = durableObjectKv(state.storage, { exclusive: true });
 *     this.#client = Client.fromEnv(env, { kv, maxPbkdf2Iterations: 100_000 });
 *     this.#client.catch(() => {}); // the alarm tells
 *   }
 *
 *   async alarm(): Promise<void> {
 *     // First, so that an end of the process does not end the alarms.
 *     await this.#storage.setAlarm(Date.now() + 60_000);
 *     const client = await this.#client;
 *     await client.processChanges((change) => console.log(change.event), { deadlineMs: 25_000 });
 *   }
 * }
 * ```
 *
 * @module
 */
import { assertBoolean, assertFunction } from "../_internal/assert.ts";
import { systemClock } from "../_internal/clock.ts";
import { DurableStore } from "./_durable_store.ts";
import type { KvStore } from "./kv.ts";

export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "./kv.ts";

/** The keys that {@linkcode DurableObjectTransactionLike.list} gives, ordered by their UTF-8 bytes. */
export interface DurableObjectListLike {
  /** First key, inclusive. */
  start?: string;
  /** End, exclusive. */
  end?: string;
  /** From the last key to the first. */
  reverse?: boolean;
  /** Most keys to give. */
  limit?: number;
}

/** What {@linkcode durableObjectKv} needs of a `DurableObjectTransaction`. */
export interface DurableObjectTransactionLike {
  /** Reads those of the keys that are there. */
  get(keys: string[]): Promise<Map<string, unknown>>;
  /** Reads a range of keys. */
  list(options?: DurableObjectListLike): Promise<Map<string, unknown>>;
  /** Stores all entries. */
  put(entries: Record<string, unknown>): Promise<void>;
  /** Deletes all keys and tells how many were there. */
  delete(keys: string[]): Promise<number>;
}

/** What {@linkcode durableObjectKv} needs of a `DurableObjectStorage`, which is `state.storage` of an object. */
export interface DurableObjectStorageLike extends DurableObjectTransactionLike {
  /** Runs a function all of whose writes happen or none; nothing else of the object runs meanwhile. */
  transaction<T>(
    closure: (txn: DurableObjectTransactionLike) => Promise<T>,
  ): Promise<T>;
  /** Resolves once everything written before has been confirmed. */
  sync(): Promise<void>;
  /** Tells whether the class of the object is backed by SQLite: reading the size throws where it is not. */
  readonly sql?: { readonly databaseSize: number };
}

/** How {@linkcode durableObjectKv} uses the storage. */
export interface DurableObjectKvOptions {
  /**
   * Vouches that this is the one store of the object, made in its constructor. Leases of an earlier instance are void
   * then: a spool goes on at once after a deployment or a crash, instead of waiting for `leaseMs`. A second store over
   * the same storage is refused while this one is open.
   *
   * An earlier instance that is still at work keeps no right to commit, as its storage refuses it. Its handler may be
   * under way all the same, and deliver once more what this instance delivers.
   *
   * @default {false}
   */
  readonly exclusive?: boolean;
  /** The time in milliseconds since 1970, for `expireInMs`. Default is `Date.now`. */
  readonly now?: () => number;
}

/**
 * Makes a store of the storage of a Durable Object whose class is backed by SQLite.
 *
 * A commit is one transaction of the object, and resolves once the platform has confirmed it (`storage.sync()`): it
 * survives the end of the instance, of its process and of its machine. In a local workerd, SQLite has synced it to the
 * disk. Nothing that the object sends out, an answer or a request, leaves it before all earlier writes are confirmed,
 * so the world never learns of a commit that is lost; where the platform cannot confirm, it resets the object instead.
 * `relaxed` changes nothing.
 *
 * Requests to one object interleave, and so do commits: each is atomic, and those that are under way together follow one
 * another. Only one instance of an object can reach its storage; one that was replaced gets a `KvError`.
 *
 * A value has at most 1 MiB, where production takes 2 MB for key and value, and a commit 8 MiB. Keys of the store begin
 * with U+0002, U+0003 or U+0005; others stay free for the object itself. Do not write below those, and know that
 * `storage.deleteAll()` empties the store as well. An entry that has expired is not given any more, and is deleted when
 * later commits store entries with `expireInMs`.
 *
 * @example Run a spool in an object, with the lease of an earlier instance void
 * ```ts
 * import {
 *   durableObjectKv,
 *   type DurableObjectStorageLike,
 * } from "@sluice/edge/kv/durable-object";
 * import { createSpool, type Spool } from "@sluice/edge/spool";
 *
 * export class Outbox {
 *   readonly #spool: Spool<string>;
 *
 *   constructor(state: { storage: DurableObjectStorageLike }) {
 *     this.#spool = createSpool({
 *       kv: durableObjectKv(state.storage, { exclusive: true }),
 *       prefix: ["outbox"],
 *       split: (body) => [new TextDecoder().decode(body)],
 *     });
 *   }
 *
 *   async fetch(request: Request): Promise<Response> {
 *     const seq = await this.#spool.append(
 *       new Uint8Array(await request.arrayBuffer()),
 *     );
 *     return Response.json({ seq });
 *   }
 * }
 * ```
 *
 * @param storage `state.storage` of the object, or anything of that form.
 * @param options Who else uses it, and the time.
 * @returns The store. Closing it ends its use and leaves the storage as it is.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {KvError} If the class of the object is not backed by SQLite, or if this store or another open one over the
 * same storage is `exclusive`.
 */
export function durableObjectKv(
  storage: DurableObjectStorageLike,
  options: DurableObjectKvOptions = {},
): KvStore {
  const { exclusive = false, now = systemClock.now } = options;
  assertFunction(now, "now");
  assertBoolean(exclusive, "exclusive");
  return new DurableStore(storage, { exclusive, now });
}
