import type { JsonObject } from "../../_internal/json.ts";
import {
  BinaryHandle,
  type Change,
  type HandlerContext,
  type TypedValue,
} from "../../company_data/mod.ts";

/**
 * A change as one line of NDJSON holds it: `delivery` and `attempt` of this delivery, then the members of the change
 * that are not `null`, then its value. The row with the ciphertext is left out.
 */
export function changeRecord(
  change: Change,
  { id: delivery, attempt }: HandlerContext,
): JsonObject {
  const { raw: _raw, value, messageBody, error: _error, ...head } = change;
  const members = Object.entries({ ...head, messageBody })
    .filter(([, member]) => member !== null);
  return {
    delivery,
    attempt,
    ...Object.fromEntries(members),
    value: plainValue(value),
  };
}

/** A value as JSON: a day as `YYYY-MM-DD`, a file as where it is. */
export function plainValue(value: TypedValue): unknown {
  if (value instanceof Date) return value.toISOString().slice(0, 10);
  return value instanceof BinaryHandle
    ? { file: { url: value.valueUrl } }
    : value;
}
