import { decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";
import { storedBytes, type StoredValue } from "./_value.ts";

// Deno KV takes 65,536 bytes of a value as V8 serialises it. No JSON grows by more than this factor on that way: "[]"
// takes two bytes here and five there, which is the worst.
const GROWTH = 2.5;
const MAX_PLAIN_BYTES = 26_000;
// Bytes of all keys and values of one commit that Deno KV takes.
const MAX_MUTATION_BYTES = 819_200;
// JSON has no bytes inside, so nothing that a caller stores looks like this.
const PACKED = "sluice:json";

/**
 * Values in the form in which they are certain to fit: JSON as it is where that is small, else as UTF-8 bytes.
 *
 * @param values What one commit stores; `undefined` for a deletion.
 * @param keyBytes Bytes of the keys of the same commit.
 */
export function toDenoValues(
  values: readonly (StoredValue | undefined)[],
  keyBytes: number,
): unknown[] {
  const atMost = values.reduce((sum, v) => sum + plainBytes(v), keyBytes);
  const fits = atMost <= MAX_MUTATION_BYTES;
  return values.map((value) =>
    typeof value !== "string"
      ? value
      : fits && storedBytes(value) <= MAX_PLAIN_BYTES
      ? JSON.parse(value)
      : { [PACKED]: encodeUtf8(value) }
  );
}

/** The value that {@linkcode toDenoValues} was given. */
export function fromDenoValue(value: unknown): unknown {
  const packed = isObject(value) ? value[PACKED] : undefined;
  return packed instanceof Uint8Array ? JSON.parse(decodeUtf8(packed)) : value;
}

function plainBytes(value: StoredValue | undefined): number {
  if (value === undefined) return 0;
  const bytes = storedBytes(value);
  return typeof value === "string" ? 16 + bytes * GROWTH : bytes;
}
