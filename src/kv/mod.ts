/**
 * The storage port and the store for tests and throwaway runs.
 *
 * @example Commit on condition that a key is absent
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 *
 * const kv = memoryKv();
 * const result = await kv.commit({
 *   checks: [{ key: ["user", 1], version: null }],
 *   sets: [{ key: ["user", 1], value: { name: "Anna" } }],
 * });
 * console.log(result.ok); // true
 * await kv.close();
 * ```
 *
 * @module
 */
export { keyBytes, valueBytes } from "./measure.ts";
export { memoryKv, type MemoryKvOptions } from "./memory.ts";
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
