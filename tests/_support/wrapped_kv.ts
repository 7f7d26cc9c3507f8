import type { KvChange, KvCommitResult, KvStore } from "../../src/kv/kv.ts";

/** A store whose commits go through a function that may fail, delay or count them. */
export function withCommit(
  kv: KvStore,
  commit: (
    change: KvChange,
    next: (change: KvChange) => Promise<KvCommitResult>,
  ) => Promise<KvCommitResult>,
): KvStore {
  return {
    limits: kv.limits,
    exclusive: kv.exclusive ?? false,
    get: (key) => kv.get(key),
    list: (range, options) => kv.list(range, options),
    commit: (change) => commit(change, (next) => kv.commit(next)),
    close: () => kv.close(),
  };
}
