import { KvError } from "../errors.ts";
import {
  type Bytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
} from "../_internal/bytes.ts";
import { decodeKey, encodeKey } from "./_key_codec.ts";
import type { KvKey, KvRange } from "./kv.ts";

// Tags, as in _key_codec.ts: a string part is tag, UTF-8 and a zero, a number part is tag and eight bytes. U+0000 inside
// of a string is a zero and a five, which is more than any tag: "a" with a part behind it comes before "a\u0000".
const STRING = 0x02;
const AFTER_TAGS = 0x04;
const ESCAPED = 0x05;
const NUMBER_BYTES = 9;
const ZERO = "\u0000";
const ESCAPED_ZERO = "\u0000\u0005";

/** The keys of a walk: from `lower`, inclusive, to `upper`, exclusive. */
export interface ByteBounds {
  readonly lower: Bytes;
  readonly upper: Bytes;
}

/** A valid key as bytes that PostgreSQL orders as the port does, exactly as many as `keyBytes` counts. */
export function keyToBytes(key: KvKey): Bytes {
  return concatBytes(key.map(partToBytes));
}

/** The key that {@linkcode keyToBytes} was given; `-0` comes back as `0`. */
export function keyFromBytes(bytes: Uint8Array): (string | number)[] {
  const parts: (string | number)[] = [];
  for (let at = 0; at < bytes.length;) {
    const isText = bytes[at] === STRING;
    const end = isText ? endOfText(bytes, at + 1) : at + NUMBER_BYTES;
    const part = bytes.subarray(at, end);
    parts.push(isText ? textOf(part) : numberOf(part));
    at = end;
  }
  return parts;
}

/** The bounds of a range that was found valid. */
export function byteBounds({ prefix, start, end }: KvRange): ByteBounds {
  const inside = keyToBytes(prefix);
  // A start that is the prefix itself is no key of the range.
  const lower = start && start.length > prefix.length
    ? keyToBytes(start)
    : concatBytes([inside, Uint8Array.of(STRING)]);
  return {
    lower,
    upper: end
      ? keyToBytes(end)
      : concatBytes([inside, Uint8Array.of(AFTER_TAGS)]),
  };
}

function partToBytes(part: string | number): Bytes {
  return typeof part === "number"
    ? Uint8Array.from(encodeKey([part]), (char) => char.charCodeAt(0))
    : encodeUtf8(`\u0002${part.replaceAll(ZERO, ESCAPED_ZERO)}${ZERO}`);
}

function endOfText(bytes: Uint8Array, from: number): number {
  let zero = bytes.indexOf(0, from);
  while (zero >= 0 && bytes[zero + 1] === ESCAPED) {
    zero = bytes.indexOf(0, zero + 1);
  }
  if (zero >= 0) return zero + 1;
  throw new KvError("Cannot read: a key is not one that was stored");
}

function textOf(part: Uint8Array): string {
  return decodeUtf8(part.subarray(1, -1)).replaceAll(ESCAPED_ZERO, ZERO);
}

function numberOf(part: Uint8Array): number {
  return decodeKey(String.fromCharCode(...part))[0] as number;
}
