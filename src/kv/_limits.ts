import type { KvLimits } from "./kv.ts";

/** What a store takes that nothing but the memory of the process bounds. */
export const LOCAL_LIMITS: KvLimits = Object.freeze({
  maxValueBytes: 64 * 1024 * 1024,
  maxCommitBytes: 128 * 1024 * 1024,
  maxMutations: 100_000,
  maxChecks: 1_000,
});
