import { assertInteger } from "../_internal/assert.ts";
import { systemClock } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvStore,
} from "../kv/kv.ts";
import { sessionOf } from "./_store.ts";

/** How a lease is taken. */
export interface LeaseOptions {
  /**
   * Milliseconds after which others may take over when this consumer no longer renews. It renews itself every third
   * of that time, so the number only says how long a killed process blocks the others.
   *
   * @default {30000}
   */
  readonly leaseMs?: number;
}

/** Where a lease is kept, and whose time it goes by. */
export interface LeaseStore {
  readonly kv: KvStore;
  readonly keys: {
    /** Who holds it, and until when. */
    readonly lease: KvKey;
    /** Written by each new lease and by nothing else: its version is the fencing token. */
    readonly fence: KvKey;
  };
  now(): number;
}

const A_DAY_MS = 86_400_000;

interface LeaseRecord {
  readonly owner: string;
  readonly session: string;
  readonly until: number;
  readonly leaseMs: number;
}

/** The right to consume a spool, held by one at a time and proved by a fencing token in every commit. */
export interface Lease {
  /** Aborts when the lease was lost to another consumer. */
  readonly signal: AbortSignal;
  /** Commits under the fencing token; throws a `KvError` when another consumer has taken over. */
  commit(change: KvChange): Promise<void>;
  /** Lets others in at once, with a last change. Never throws for a lease that was lost before. */
  release(change?: KvChange): Promise<void>;
}

/** Takes the lease, or resolves to `undefined` when somebody else holds it. */
export async function acquireLease(
  store: LeaseStore,
  options: LeaseOptions = {},
): Promise<Lease | undefined> {
  const { leaseMs = 30_000 } = options;
  assertInteger(leaseMs, "leaseMs", { min: 10 });
  const owner = crypto.randomUUID();
  const [lease, fence] = await Promise.all([
    store.kv.get<LeaseRecord>(store.keys.lease),
    store.kv.get<number>(store.keys.fence),
  ]);
  if (lease?.value && isHeld(store, lease.value)) return undefined;
  const taken = await store.kv.commit({
    checks: [check(store.keys.lease, lease), check(store.keys.fence, fence)],
    sets: [
      { key: store.keys.lease, value: record(store, owner, leaseMs) },
      { key: store.keys.fence, value: (fence?.value ?? 0) + 1 },
    ],
  });
  if (!taken.ok) return undefined;
  return holdLease(store, {
    owner,
    leaseMs,
    fence: { key: store.keys.fence, version: taken.version },
  });
}

function holdLease(
  store: LeaseStore,
  held: { owner: string; leaseMs: number; fence: KvCheck },
): Lease {
  const lost = new AbortController();
  const stopped = new AbortController();
  const renewing = renew();

  async function renew(): Promise<void> {
    while (!stopped.signal.aborted && !lost.signal.aborted) {
      // A timer of its own: the caller's sleep may be one that does not wait.
      await systemClock.sleep(held.leaseMs / 3, stopped.signal).catch(() => {});
      if (!stopped.signal.aborted) await renewOnce();
    }
  }

  async function renewOnce(): Promise<void> {
    const value = record(store, held.owner, held.leaseMs);
    try {
      const result = await fenced({
        sets: [{ key: store.keys.lease, value }],
        relaxed: true,
      });
      if (!result.ok) lost.abort(leaseLost());
    } catch {
      // A store that fails now may answer in time for the next renewal; every commit checks the fence anyway.
    }
  }

  function fenced(change: KvChange): Promise<KvCommitResult> {
    return store.kv.commit({
      ...change,
      checks: [held.fence, ...change.checks ?? []],
    });
  }

  return {
    signal: lost.signal,
    async commit(change): Promise<void> {
      const result = await fenced(change);
      if (result.ok) return;
      lost.abort(leaseLost());
      throw lost.signal.reason;
    },
    async release(change = {}): Promise<void> {
      if (stopped.signal.aborted) return;
      stopped.abort();
      await renewing;
      // A failed check means that somebody else holds the lease now: nothing to let go of.
      await fenced({
        ...change,
        deletes: [...change.deletes ?? [], store.keys.lease],
        relaxed: true,
      });
    },
  };
}

function record(
  store: LeaseStore,
  owner: string,
  leaseMs: number,
): LeaseRecord {
  return {
    owner,
    session: sessionOf(store.kv),
    until: store.now() + leaseMs,
    leaseMs,
  };
}

function isHeld(store: LeaseStore, lease: LeaseRecord): boolean {
  // Nobody else can have an exclusive store open: a lease of another session is a dead process's.
  if (store.kv.exclusive && lease.session !== sessionOf(store.kv)) return false;
  const left = lease.until - store.now();
  // Dated by a clock that was wrong by days: nobody renews that.
  return left > 0 && left <= lease.leaseMs + A_DAY_MS;
}

function check(
  key: KvCheck["key"],
  entry: KvEntry<unknown> | undefined,
): KvCheck {
  return { key, version: entry?.version ?? null };
}

function leaseLost(): KvError {
  return new KvError(
    "Cannot commit: another consumer has taken over the lease",
    { retryable: true },
  );
}
