import { encodeUtf8 } from "../_internal/bytes.ts";
import type { KvKey } from "./kv.ts";

/** Most bytes of one encoded key, in every store. */
export const MAX_KEY_BYTES = 2048;

// A string part is tag, escaped text, end; a number part is tag and eight characters of one byte each. No part is the
// beginning of another, so "begins with these parts" and "begins with this text" are the same.
const STRING = "\u0002";
const NUMBER = "\u0003";
const AFTER_TAGS = "\u0004";
const END = "\u0000";
const ESCAPE = "\u0001";

const float = new DataView(new ArrayBuffer(8));

/** The part of the encoded key space that a walk covers: from `lower`, inclusive, to `upper`, exclusive. */
export interface EncodedRange {
  /** What all keys begin with. */
  readonly prefix: string;
  readonly lower: string;
  readonly upper: string;
}

/**
 * Encodes a key so that encoded keys compare by `<` as the port orders keys. Refuses what is no key.
 *
 * @throws {TypeError} If it has no part, a part of another type, or more than 2,048 bytes.
 */
export function encodeKey(key: KvKey, name = "key"): string {
  if (!Array.isArray(key) || key.length === 0) {
    throw new TypeError(
      `Cannot use ${name}: wanted an array of at least one part`,
    );
  }
  return encodeParts(key, name);
}

/** The parts of an encoded key; `-0` comes back as `0`. */
export function decodeKey(encoded: string): (string | number)[] {
  const parts: (string | number)[] = [];
  let at = 0;
  while (at < encoded.length) {
    const isText = encoded[at] === STRING;
    const end = isText ? encoded.indexOf(END, at) : at + 9;
    const body = encoded.slice(at + 1, end);
    parts.push(isText ? decodeText(body) : decodeNumber(body));
    at = isText ? end + 1 : end;
  }
  return parts;
}

/** The encoded keys that begin with `prefix` and have at least one part more. */
export function encodePrefix(prefix: KvKey): EncodedRange {
  if (!Array.isArray(prefix)) {
    throw new TypeError("Cannot use prefix: wanted an array of parts");
  }
  const encoded = encodeParts(prefix, "prefix");
  return {
    prefix: encoded,
    lower: encoded + STRING,
    upper: encoded + AFTER_TAGS,
  };
}

/** Bytes of a key: two and the UTF-8 bytes per string part (U+0000 counts twice), nine per number. */
export function keyBytes(key: KvKey): number {
  let sum = 0;
  for (const part of key) {
    sum += typeof part === "number" ? 9 : 2 + textBytes(part);
  }
  return sum;
}

function encodeParts(key: KvKey, name: string): string {
  let encoded = "";
  for (let i = 0; i < key.length; i++) encoded += encodePart(key[i], name, i);
  // No character takes more than three bytes, so only long keys are counted exactly.
  if (encoded.length * 3 > MAX_KEY_BYTES && keyBytes(key) > MAX_KEY_BYTES) {
    throw new TypeError(
      `Cannot use ${name}: it has ${
        keyBytes(key)
      } bytes, wanted at most ${MAX_KEY_BYTES}`,
    );
  }
  return encoded;
}

function encodePart(part: unknown, name: string, index: number): string {
  if (typeof part === "string" && part.isWellFormed()) {
    return STRING + encodeText(part) + END;
  }
  if (typeof part === "number" && Number.isFinite(part)) {
    return NUMBER + encodeNumber(part);
  }
  throw new TypeError(
    `Cannot use ${name}: part ${index} is ${
      describe(part)
    }, wanted a well-formed string or a finite number`,
  );
}

function describe(part: unknown): string {
  if (typeof part === "number") return String(part);
  if (typeof part === "string") return "a string with a lone surrogate";
  return part === null ? "null" : `of type ${typeof part}`;
}

function encodeText(text: string): string {
  // deno-lint-ignore no-control-regex
  return /[\u0000\u0001\ud800-\uffff]/.test(text)
    // deno-lint-ignore no-control-regex
    ? text.replace(/[\u0000\u0001\ud800-\uffff]/g, encodeUnit)
    : text;
}

function decodeText(body: string): string {
  // deno-lint-ignore no-control-regex
  return /[\u0001\ud800-\uffff]/.test(body)
    // deno-lint-ignore no-control-regex
    ? body.replace(/\u0001[\u0001\u0002]|[\ud800-\uffff]/g, decodeUnit)
    : body;
}

// UTF-16 puts surrogates (all characters above U+FFFF) before U+E000 to U+FFFF, UTF-8 puts them after: swap the ranges.
function encodeUnit(unit: string): string {
  const code = unit.charCodeAt(0);
  if (code <= 1) return ESCAPE + String.fromCharCode(code + 1);
  return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
}

function decodeUnit(unit: string): string {
  if (unit.length === 2) return String.fromCharCode(unit.charCodeAt(1) - 1);
  const code = unit.charCodeAt(0);
  return String.fromCharCode(code < 0xf800 ? code + 0x800 : code - 0x2000);
}

// IEEE 754 bits compare like the numbers once the sign is flipped, and all other bits too where it was set.
function encodeNumber(value: number): string {
  float.setFloat64(0, value + 0); // -0 + 0 is 0
  const flip = value < 0 ? 0xffffffff : 0;
  const high = float.getUint32(0) ^ (flip | 0x80000000);
  const low = float.getUint32(4) ^ flip;
  return String.fromCharCode(
    high >>> 24,
    high >>> 16 & 0xff,
    high >>> 8 & 0xff,
    high & 0xff,
    low >>> 24,
    low >>> 16 & 0xff,
    low >>> 8 & 0xff,
    low & 0xff,
  );
}

function decodeNumber(body: string): number {
  const flip = body.charCodeAt(0) < 0x80 ? 0xff : 0;
  float.setUint8(0, body.charCodeAt(0) ^ (flip | 0x80));
  for (let i = 1; i < 8; i++) float.setUint8(i, body.charCodeAt(i) ^ flip);
  return float.getFloat64(0);
}

function textBytes(text: string): number {
  return encodeUtf8(text).length + text.split("\u0000").length - 1;
}
