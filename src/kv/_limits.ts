import { assertInteger } from "../_internal/assert.ts";
import type { KvLimits } from "./kv.ts";

/** What a store takes that nothing but the memory of the process bounds. */
export const LOCAL_LIMITS: KvLimits = Object.freeze({
  maxValueBytes: 64 * 1024 * 1024,
  maxCommitBytes: 128 * 1024 * 1024,
  maxMutations: 100_000,
  maxChecks: 1_000,
});

/** The limits with those of the caller in them; refuses what is no limit. */
export function completeLimits(
  defaults: KvLimits,
  limits: Partial<KvLimits> = {},
): KvLimits {
  if (typeof limits !== "object" || limits === null) {
    throw new TypeError("Cannot use limits: wanted an object");
  }
  return Object.freeze({
    maxValueBytes: limitOf("maxValueBytes", limits, defaults),
    maxCommitBytes: limitOf("maxCommitBytes", limits, defaults),
    maxMutations: limitOf("maxMutations", limits, defaults),
    maxChecks: limitOf("maxChecks", limits, defaults),
  });
}

function limitOf(
  name: keyof KvLimits,
  limits: Partial<KvLimits>,
  defaults: KvLimits,
): number {
  const { [name]: value = defaults[name] } = limits;
  if (typeof value !== "number") {
    throw new TypeError(
      `Cannot use limits.${name}: wanted a number, got ${typeof value}`,
    );
  }
  assertInteger(value, `limits.${name}`, { min: 1 });
  return value;
}
