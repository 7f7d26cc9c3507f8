/**
 * The store on top of Deno KV: a local file, Deno Deploy, or a remote database.
 *
 * Choose it on Deno Deploy, and on a machine where several processes share one file. The caller opens the handle, so
 * all of `Deno.openKv` works: a path, nothing for the default database, or the URL of a remote one. Deno wants
 * `"unstable": ["kv"]` in `deno.json`, or `--unstable-kv`.
 *
 * A commit that has resolved survives the end of the process, and what the database survives: a power cut in a local
 * file, the loss of a machine on Deno Deploy. One value has at most 65,536 bytes and one commit 819,200; the spool cuts
 * what is longer into pieces by itself. A local file that another process has locked is tried again for
 * `busyTimeoutMs`.
 *
 * @example Keep a store in a local file
 * ```ts
 * import { denoKv } from "@sluice/edge/kv/deno";
 *
 * const kv = denoKv(await Deno.openKv(":memory:"), { closeHandle: true });
 * await kv.commit({ sets: [{ key: ["user", 1], value: { name: "Anna" } }] });
 * await kv.close();
 * ```
 *
 * @module
 */
import {
  assertBoolean,
  assertFunction,
  assertMs,
} from "../_internal/assert.ts";
import { systemRandom } from "../_internal/backoff.ts";
import { systemClock } from "../_internal/clock.ts";
import { DenoStore } from "./_deno_store.ts";
import type { KvKey, KvStore } from "./kv.ts";

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

/** An entry as Deno KV gives it. */
export interface DenoKvEntryLike {
  /** Its key, which may have parts that other programs wrote. */
  readonly key: readonly unknown[];
  /** Its value, `null` when there is none. */
  readonly value: unknown;
  /** Its version, `null` when there is none. */
  readonly versionstamp: string | null;
}

/** The keys that {@linkcode DenoKvLike.list} walks. */
export type DenoKvSelectorLike =
  | { prefix: KvKey }
  | { prefix: KvKey; start: KvKey }
  | { prefix: KvKey; end: KvKey }
  | { start: KvKey; end: KvKey };

/** A commit of Deno KV that is being put together. */
export interface DenoKvAtomicLike {
  /** Adds a condition. */
  check(check: { key: KvKey; versionstamp: string | null }): unknown;
  /** Adds a write. */
  set(key: KvKey, value: unknown, options?: { expireIn?: number }): unknown;
  /** Adds a deletion. */
  delete(key: KvKey): unknown;
  /** Applies it all or nothing. */
  commit(): Promise<{ ok: true; versionstamp: string } | { ok: false }>;
}

/** What {@linkcode denoKv} needs of a `Deno.Kv`. */
export interface DenoKvLike {
  /** Reads one key. */
  get(key: KvKey): Promise<DenoKvEntryLike>;
  /** Walks keys in order. */
  list(
    selector: DenoKvSelectorLike,
    options?: { reverse?: boolean; batchSize?: number },
  ): AsyncIterable<DenoKvEntryLike>;
  /** Begins a commit. */
  atomic(): DenoKvAtomicLike;
  /** Closes the handle. */
  close(): void;
}

/** How {@linkcode denoKv} uses its handle. */
export interface DenoKvOptions {
  /**
   * Closes the handle with the store. Without it the handle stays open, as whoever opened it closes it.
   *
   * @default {false}
   */
  readonly closeHandle?: boolean;
  /**
   * Milliseconds for which a local database that another process has locked is tried again.
   *
   * @default {5000}
   */
  readonly busyTimeoutMs?: number;
  /** The time in milliseconds, for `busyTimeoutMs`. Default is `Date.now`. */
  readonly now?: () => number;
  /** Waits between two tries. Default is a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** A number from 0 up to 1 that spreads the waits. Default is `Math.random`. */
  readonly random?: () => number;
}

/**
 * Makes a store of an open Deno KV database.
 *
 * A commit that has resolved survives the end of the process and, in a local file, a power cut, as SQLite has synced its
 * journal; on Deno Deploy a quorum has it. `relaxed` changes nothing. Several processes may share the database.
 *
 * JSON and bytes are stored as they are; JSON that could outgrow the 65,536 bytes of a value, or the 819,200 of a commit,
 * is stored as the bytes of its text and comes back as JSON. Keys of other programs with parts that are neither string
 * nor number are passed over. An entry with `expireInMs` may be read for some time after it has expired. All keys of one
 * commit together may have 81,920 bytes, beyond that it is a `RangeError`.
 *
 * @example Share a database between two handles
 * ```ts
 * import { denoKv } from "@sluice/edge/kv/deno";
 *
 * const path = await Deno.makeTempFile();
 * using handle = await Deno.openKv(path);
 * const kv = denoKv(handle);
 * const result = await kv.commit({
 *   checks: [{ key: ["leader"], version: null }],
 *   sets: [{ key: ["leader"], value: "me" }],
 * });
 * console.log(result.ok); // true
 * ```
 *
 * @param kv An open `Deno.Kv`, or anything of that form.
 * @param options What to do when it is locked or closed.
 * @returns The store.
 * @throws {TypeError} If an option has the wrong type.
 * @throws {RangeError} If `busyTimeoutMs` is negative.
 */
export function denoKv(kv: DenoKvLike, options: DenoKvOptions = {}): KvStore {
  const {
    closeHandle = false,
    busyTimeoutMs = 5_000,
    now = systemClock.now,
    sleep = systemClock.sleep,
    random = systemRandom,
  } = options;
  assertBoolean(closeHandle, "closeHandle");
  assertMs(busyTimeoutMs, "busyTimeoutMs");
  for (const [name, given] of Object.entries({ now, sleep, random })) {
    assertFunction(given, name);
  }
  const patience = { busyTimeoutMs, now, sleep, random };
  return new DenoStore(kv, patience, closeHandle);
}
