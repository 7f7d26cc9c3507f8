import { isObject } from "../../_internal/json.ts";
import { FieldReader, type Problem, wanted } from "./_problems.ts";
import type { SubscriptionLimits } from "../subscription.ts";

interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** What a subscription may use when nothing is said. */
export const DEFAULT_LIMITS: SubscriptionLimits = Object.freeze({
  attemptLimit: 50,
  preconditionFailureLimit: 50,
  heldLimit: 10_000,
  concurrency: 8,
  perSecond: null,
});

const BOUNDS = {
  attemptLimit: { min: 1, max: 1_000 },
  preconditionFailureLimit: { min: 1, max: 1_000_000 },
  heldLimit: { min: 0, max: 1_000_000 },
  concurrency: { min: 1, max: 256 },
} satisfies Record<string, Bounds>;
// Below, a second is too short to think in; above, it is no limit.
const RATE: Bounds = { min: 0.001, max: 10_000 };

/** Reads limits; those left out keep their default. */
export function readLimits(
  given: unknown,
  context: { prefix: string; problems: Problem[] },
): SubscriptionLimits {
  if (!isObject(given)) throw wanted("an object of limits");
  const fields = new FieldReader(given, context);
  fields.refuseOthers(Object.keys(DEFAULT_LIMITS));
  const whole = (name: keyof typeof BOUNDS): number =>
    fields.read(name, DEFAULT_LIMITS[name], {
      as: (value) => readWhole(value, BOUNDS[name]),
    });
  return {
    attemptLimit: whole("attemptLimit"),
    preconditionFailureLimit: whole("preconditionFailureLimit"),
    heldLimit: whole("heldLimit"),
    concurrency: whole("concurrency"),
    perSecond: fields.read("perSecond", DEFAULT_LIMITS.perSecond, {
      as: readRate,
    }),
  };
}

/** Reads the limits that are given, and only those. */
export function readSomeLimits(
  given: unknown,
  context: { prefix: string; problems: Problem[] },
): Partial<SubscriptionLimits> {
  const names = Object.keys({ ...Object(given) });
  const read = Object.entries(readLimits(given, context));
  return Object.fromEntries(read.filter(([name]) => names.includes(name)));
}

function readWhole(value: unknown, { min, max }: Bounds): number {
  if (Number.isSafeInteger(value) && isWithin(value, { min, max })) {
    return value;
  }
  throw wanted(`a whole number from ${min} to ${max}`);
}

function readRate(value: unknown): number | null {
  if (value === null || isWithin(value, RATE)) return value;
  throw wanted(`a number from ${RATE.min} to ${RATE.max}, or null`);
}

function isWithin(value: unknown, { min, max }: Bounds): value is number {
  return typeof value === "number" && value >= min && value <= max;
}
