import type { Bytes } from "../_internal/bytes.ts";

// Private keys nest six deep; a 1 MiB PEM text holds less than 2^24 bytes.
const MAX_DEPTH = 12;
const MAX_LENGTH_BYTES = 3;
const MAX_OID_BYTES = 32;

/** The tags (X.690 section 8) that keys use. */
export const TAG = {
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  null: 0x05,
  oid: 0x06,
  sequence: 0x30,
} as const;

/** The bytes are not DER, or not the structure that was asked for. Never leaves this folder. */
export class DerError extends Error {
  override readonly name = "DerError";
}

/** Reads, and throws what `fail` makes in place of a {@linkcode DerError}. */
export function readOrFail<T>(read: () => T, fail: () => Error): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof DerError ? fail() : error;
  }
}

/** A place in DER bytes. Reading moves it forward, never past the end of its own element. */
export interface DerCursor {
  readonly bytes: Bytes;
  readonly depth: number;
  offset: number;
}

/** Reads bytes that hold one SEQUENCE and nothing after it. */
export function readDer<T>(
  bytes: Bytes,
  read: (fields: DerCursor) => T,
): T {
  const cursor = { bytes, depth: 0, offset: 0 };
  const value = readSequence(cursor, read);
  expectEnd(cursor);
  return value;
}

/** Reads a SEQUENCE; `read` must use up all that is in it. */
export function readSequence<T>(
  cursor: DerCursor,
  read: (fields: DerCursor) => T,
): T {
  if (cursor.depth === MAX_DEPTH) throw new DerError("Nested too deep");
  const bytes = readElement(cursor, TAG.sequence);
  const fields = { bytes, depth: cursor.depth + 1, offset: 0 };
  const value = read(fields);
  expectEnd(fields);
  return value;
}

/** The tag of the next element, or `undefined` at the end. */
export function peekTag(cursor: DerCursor): number | undefined {
  return cursor.bytes[cursor.offset];
}

/** The content of the next element, which must have this tag. */
export function readElement(cursor: DerCursor, tag: number): Bytes {
  if (peekTag(cursor) !== tag) throw new DerError("Unexpected tag");
  cursor.offset++;
  const length = readLength(cursor);
  const start = cursor.offset;
  if (length > cursor.bytes.length - start) throw new DerError("Cut off");
  cursor.offset += length;
  return cursor.bytes.subarray(start, cursor.offset);
}

/** Passes over what is left; each element must be well-formed by its head. */
export function skipRest(cursor: DerCursor): void {
  for (let tag = peekTag(cursor); tag !== undefined; tag = peekTag(cursor)) {
    // Tags of more than one byte occur in no key.
    if ((tag & 0x1f) === 0x1f) throw new DerError("Long tag");
    readElement(cursor, tag);
  }
}

/** An INTEGER from 0 up. Beyond 2^53 the number is not exact, but as large. */
export function readUint(cursor: DerCursor): number {
  let value = 0;
  for (const byte of readUnsigned(cursor)) value = value * 256 + byte;
  return value;
}

/** How many bits an INTEGER from 0 up has. */
export function readBitLength(cursor: DerCursor): number {
  const bytes = readUnsigned(cursor);
  const first = bytes.findIndex((byte) => byte !== 0);
  const top = bytes[first] ?? 0;
  return first < 0 ? 0 : (bytes.length - first) * 8 - (Math.clz32(top) - 24);
}

/** An OBJECT IDENTIFIER in dotted form. */
export function readOid(cursor: DerCursor): string {
  const bytes = readElement(cursor, TAG.oid);
  if (bytes.length > MAX_OID_BYTES) throw new DerError("OID too long");
  const [first = 0, ...rest] = readArcs(bytes);
  // X.690 section 8.19.4: the first two arcs share a number.
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - 40 * root, ...rest].join(".");
}

function readArcs(bytes: Bytes): number[] {
  const last = bytes[bytes.length - 1];
  if (last === undefined || last & 0x80) throw new DerError("OID cut off");
  const arcs: number[] = [];
  let arc = 0;
  for (const byte of bytes) {
    if (arc === 0 && byte === 0x80) throw new DerError("OID not minimal");
    arc = arc * 128 + (byte & 0x7f);
    if (arc > 0xffffffff) throw new DerError("OID arc too large");
    if (byte & 0x80) continue;
    arcs.push(arc);
    arc = 0;
  }
  return arcs;
}

function readUnsigned(cursor: DerCursor): Bytes {
  const bytes = readElement(cursor, TAG.integer);
  const [first, second = 0x80] = bytes;
  if (first === undefined || first & 0x80) throw new DerError("Not unsigned");
  // X.690 section 8.3.2: the first nine bits are never all zero, except for 0 itself.
  if (first === 0 && second < 0x80) throw new DerError("Not minimal");
  return bytes;
}

function readLength(cursor: DerCursor): number {
  const first = readByte(cursor);
  if (first < 0x80) return first;
  const count = first & 0x7f; // 0 is the indefinite length of BER
  if (count === 0 || count > MAX_LENGTH_BYTES) throw new DerError("Bad length");
  let length = 0;
  for (let i = 0; i < count; i++) length = length * 256 + readByte(cursor);
  const least = count === 1 ? 0x80 : 256 ** (count - 1);
  if (length < least) throw new DerError("Length not minimal");
  return length;
}

function readByte(cursor: DerCursor): number {
  const byte = cursor.bytes[cursor.offset++];
  if (byte === undefined) throw new DerError("Cut off");
  return byte;
}

function expectEnd(cursor: DerCursor): void {
  if (cursor.offset !== cursor.bytes.length) throw new DerError("Data left");
}
