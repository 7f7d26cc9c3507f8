import { encodeKey, keyBytes as countKey } from "./_key_codec.ts";
import { storedBytes, toStored } from "./_value.ts";
import type { KvKey } from "./kv.ts";

/**
 * Counts the bytes of a value as `maxValueBytes` and `maxCommitBytes` of a store's limits do.
 *
 * A `Uint8Array` counts its bytes, any other value the UTF-8 bytes of its JSON text.
 *
 * @example
 * ```ts
 * import { valueBytes } from "@sluice/edge/kv";
 *
 * console.log(valueBytes({ a: 1 })); // 7
 * ```
 *
 * @param value Structured JSON or a `Uint8Array`.
 * @returns The number of bytes.
 * @throws {TypeError} If it is neither JSON nor a `Uint8Array`.
 */
export function valueBytes(value: unknown): number {
  return storedBytes(toStored(value, "the value"));
}

/**
 * Counts the bytes of a key as `maxCommitBytes` of a store's limits does.
 *
 * A number counts nine, a string two and its UTF-8 bytes, where U+0000 counts twice. A key has at most 2,048.
 *
 * @example
 * ```ts
 * import { keyBytes } from "@sluice/edge/kv";
 *
 * console.log(keyBytes(["user", 1])); // 15
 * ```
 *
 * @param key The key.
 * @returns The number of bytes.
 * @throws {TypeError} If it is no valid key.
 */
export function keyBytes(key: KvKey): number {
  encodeKey(key);
  return countKey(key);
}
