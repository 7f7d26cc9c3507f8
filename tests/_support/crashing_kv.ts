import { KvError } from "../../src/errors.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { withCommit } from "./wrapped_kv.ts";

/** The process "dies" here: nothing after it reaches the store. */
export class Crash extends KvError {}

/**
 * A store that dies at its n-th commit, before or after applying it. From then on nothing works, as for a process
 * that is gone; what was committed is in the store that it wraps.
 */
export function crashingKv(
  kv: KvStore,
  at: { commit: number; applied: boolean },
): { kv: KvStore; readonly commits: number; readonly crashed: boolean } {
  let commits = 0;
  let crashed = false;
  const wrapped = withCommit(kv, async (change, next) => {
    if (crashed) throw new Crash("Cannot commit: the process is gone");
    if (++commits !== at.commit) return await next(change);
    crashed = true;
    if (at.applied) await next(change);
    throw new Crash("Cannot commit: the process died", {
      outcomeUnknown: true,
    });
  });
  return {
    kv: wrapped,
    get commits(): number {
      return commits;
    },
    get crashed(): boolean {
      return crashed;
    },
  };
}
