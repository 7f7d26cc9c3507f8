import { exponentialMs, jitter, type Random } from "../_internal/backoff.ts";
import { KvError } from "../errors.ts";
import {
  prepareChange,
  type PreparedChange,
  type PreparedCheck,
  totalKeyBytes,
} from "./_change.ts";
import { fromDenoValue, toDenoValues } from "./_deno_value.ts";
import {
  type DenoBounds,
  denoBounds,
  DenoWalk,
  type OwnEntry,
} from "./_deno_walk.ts";
import { decodeKey, encodeKey } from "./_key_codec.ts";
import { prepareWalk, type Walk } from "./_walk.ts";
import type { DenoKvAtomicLike, DenoKvLike } from "./deno.ts";
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

// A packed value takes some forty bytes more, and so do a thousand of them: 768,000 + 40,000 stays below 819,200.
const LIMITS: KvLimits = Object.freeze({
  maxValueBytes: 65_000,
  maxCommitBytes: 768_000,
  maxMutations: 1_000,
  maxChecks: 100,
});
const MAX_KEYS_BYTES = 81_920;
const WAITS = { first: 5, most: 200 };
// Thirty years: Deno KV refuses what does not fit its calendar, and some releases end the process.
const LONGEST_EXPIRY_MS = 1e12;

/** How long and in which steps a locked database is tried again. */
export interface Patience {
  readonly busyTimeoutMs: number;
  readonly now: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  readonly random: Random;
}

/** A store over an open handle. */
export class DenoStore implements KvStore {
  readonly limits: KvLimits = LIMITS;
  readonly #kv: DenoKvLike;
  readonly #patience: Patience;
  readonly #closeHandle: boolean;
  #closed = false;

  constructor(kv: DenoKvLike, patience: Patience, closeHandle: boolean) {
    this.#kv = kv;
    this.#patience = patience;
    this.#closeHandle = closeHandle;
  }

  async get<T>(key: KvKey): Promise<KvEntry<T> | undefined> {
    this.#assertOpen("read");
    const copy = decodeKey(encodeKey(key));
    const found = await this.#patiently("read", () => this.#kv.get(copy));
    if (found.versionstamp === null) return undefined;
    return entryOf<T>(copy, found.value, found.versionstamp);
  }

  list<T>(
    range: KvRange,
    options: KvListOptions = {},
  ): AsyncIterable<KvEntry<T>> {
    const walk = prepareWalk(range, options);
    return this.#walk<T>(walk, denoBounds(range));
  }

  async commit(change: KvChange): Promise<KvCommitResult> {
    this.#assertOpen("commit");
    const prepared = prepareChange(change, this.limits);
    if (!prepared.checks.every(canHold)) return { ok: false };
    const keyBytes = totalKeyBytes(prepared);
    if (keyBytes > MAX_KEYS_BYTES) {
      throw new RangeError(
        `Cannot commit: bytes of all keys come to ${keyBytes}, wanted at most ${MAX_KEYS_BYTES} in Deno KV`,
      );
    }
    const values = toDenoValues(
      prepared.mutations.map((m) => m.value),
      keyBytes,
    );
    const result = await this.#patiently(
      "commit",
      () => this.#atomic(prepared, values).commit(),
    );
    return result.ok
      ? { ok: true, version: result.versionstamp }
      : { ok: false };
  }

  close(): Promise<void> {
    if (!this.#closed && this.#closeHandle) this.#kv.close();
    this.#closed = true;
    return Promise.resolve();
  }

  async *#walk<T>(
    { lower, upper, limit, reverse }: Walk,
    bounds: DenoBounds,
  ): AsyncGenerator<KvEntry<T>, void, undefined> {
    this.#assertOpen("list");
    if (limit === 0 || lower >= upper) return;
    const walk = new DenoWalk(this.#kv, bounds, { reverse, limit });
    try {
      for (let given = 0; given < limit;) {
        const found = await this.#step(walk);
        if (!found) return;
        if (found.versionstamp === null) continue;
        yield entryOf<T>(found.key, found.value, found.versionstamp);
        given++;
      }
    } finally {
      await walk.close();
    }
  }

  async #step(walk: DenoWalk): Promise<OwnEntry | undefined> {
    this.#assertOpen("list");
    try {
      return await this.#patiently("list", () => walk.next());
    } catch (error) {
      this.#assertOpen("list");
      throw error;
    }
  }

  #atomic(
    { checks, mutations }: PreparedChange,
    values: readonly unknown[],
  ): DenoKvAtomicLike {
    const atomic = this.#kv.atomic();
    for (const { encoded, version } of checks) {
      atomic.check({ key: decodeKey(encoded), versionstamp: version });
    }
    mutations.forEach(({ encoded, value, expireInMs }, i) => {
      const key = decodeKey(encoded);
      if (value === undefined) atomic.delete(key);
      else atomic.set(key, values[i], expiry(expireInMs));
    });
    return atomic;
  }

  /** Tries again while another process has the database locked: such a try has changed nothing. */
  async #patiently<T>(what: string, action: () => Promise<T>): Promise<T> {
    const { busyTimeoutMs, now, sleep, random } = this.#patience;
    const until = now() + busyTimeoutMs;
    for (let attempt = 1;; attempt++) {
      try {
        return await action();
      } catch (cause) {
        const isBusy = isLocked(cause);
        if (!isBusy || now() >= until) throw failure(what, { cause, isBusy });
      }
      const wait = exponentialMs(attempt, WAITS);
      await sleep(Math.min(jitter(wait, random), until - now()));
    }
  }

  #assertOpen(what: string): void {
    if (!this.#closed) return;
    throw new KvError(`Cannot ${what}: the store is closed`);
  }
}

function entryOf<T>(
  key: KvKey,
  value: unknown,
  version: string,
): KvEntry<T> {
  return { key, value: fromDenoValue(value) as T, version };
}

/** Deno KV takes a version that it cannot have given as a mistake in the call. */
function canHold({ version }: PreparedCheck): boolean {
  return version === null || /^[0-9a-f]{20}$/.test(version);
}

function expiry(expireInMs: number): { expireIn?: number } {
  return expireInMs > LONGEST_EXPIRY_MS
    ? {}
    : { expireIn: Math.ceil(expireInMs) };
}

function isLocked(error: unknown): boolean {
  return error instanceof Error && /database is locked/i.test(error.message);
}

function failure(
  what: string,
  { cause, isBusy }: { cause: unknown; isBusy: boolean },
): KvError {
  if (isBusy) {
    return new KvError(
      `Cannot ${what}: other processes kept the database locked for busyTimeoutMs`,
      { cause, retryable: true },
    );
  }
  const outcomeUnknown = what === "commit";
  return new KvError(`Cannot ${what}: Deno KV failed`, {
    cause,
    outcomeUnknown,
  });
}
