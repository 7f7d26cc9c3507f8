import type { Clock } from "../_internal/clock.ts";
import type { Random } from "../_internal/backoff.ts";
import type { KvStore } from "../kv/kv.ts";
import type { SpoolKeys } from "./_keys.ts";

/** What every part of a spool works on. */
export interface SpoolStore {
  readonly kv: KvStore;
  readonly keys: SpoolKeys;
  readonly clock: Clock;
  readonly random: Random;
  now(): number;
}

const sessions = new WeakMap<KvStore, string>();

/** Tells one opening of a store from another. */
export function sessionOf(kv: KvStore): string {
  const known = sessions.get(kv) ?? crypto.randomUUID();
  sessions.set(kv, known);
  return known;
}
