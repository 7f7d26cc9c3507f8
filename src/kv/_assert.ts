import { assertInteger } from "../_internal/assert.ts";
import type { KvLimits } from "./kv.ts";

/** Refuses anything but `true` and `false`. */
export function assertBoolean(value: unknown, name: string): void {
  if (typeof value === "boolean") return;
  throw new TypeError(
    `Cannot use ${name}: wanted a boolean, got ${typeof value}`,
  );
}

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
