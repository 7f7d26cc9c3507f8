import { KvError } from "../../src/errors.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { withCommit } from "./wrapped_kv.ts";

/** A store whose n-th commit fails once, before or after it was applied; everything else works. */
export function flakyKv(
  kv: KvStore,
  at: { commit: number; applied: boolean },
): { kv: KvStore; readonly failed: boolean } {
  let commits = 0;
  const wrapped = withCommit(kv, async (change, next) => {
    if (++commits !== at.commit) return await next(change);
    if (at.applied) await next(change);
    throw new KvError("Cannot commit: the connection was lost", {
      outcomeUnknown: true,
    });
  });
  return {
    kv: wrapped,
    get failed(): boolean {
      return commits >= at.commit;
    },
  };
}
