import type { KvKey, KvStore } from "./kv.ts";

/** Refuses what is no store, which would else be noticed at its first use. */
export function assertStore(kv: KvStore): void {
  const { commit, get, list, limits } = Object(kv) as Partial<KvStore>;
  const methods = [commit, get, list];
  if (limits && methods.every((method) => typeof method === "function")) {
    return;
  }
  throw new TypeError("Cannot use kv: wanted a KvStore");
}

/** Refuses anything but an array; its parts are for the store to judge. */
export function assertPrefix(prefix: KvKey): void {
  if (Array.isArray(prefix)) return;
  throw new TypeError("Cannot use prefix: wanted an array, the begin of a key");
}
