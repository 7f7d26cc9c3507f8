import { crc32 } from "node:zlib";
import {
  concatBytes,
  decodeUtf8Lossy,
  encodeUtf8,
} from "../_internal/bytes.ts";
import { isObject, type JsonObject, parseJson } from "../_internal/json.ts";
import type { Mutation } from "./_change.ts";
import type { WriteBuffer } from "./_fs_buffer.ts";
import { encodeKey } from "./_key_codec.ts";
import type { KvKey } from "./kv.ts";

// A line is eight hexadecimal digits of the checksum of its JSON, a blank, the JSON and a line feed. A blob with a line
// feed of its own may follow; the JSON has its length and its checksum, so that a line can be trusted without the blob.
const FORMAT = "sluice-kv";
const FORMAT_VERSION = 1;
const LINE_FEED = encodeUtf8("\n");
const LINE_FEED_BYTE = 0x0a;
// How every line begins: transaction, then records that follow. Sixteen digits each and the signs around them.
const HEAD = /^(\{"t":\d{1,16},"r":)(\d{1,16})/;
const MOST_HEAD_BYTES = 48;
// More than any line or blob: the largest value, and a key whose every character is escaped. It bounds what a damaged
// length can ask for.
const MAX_LINE_BYTES = 65 * 1024 * 1024;

/** Bytes of a line before its JSON. */
export const CHECKSUM_BYTES = 9;

/** What records are read from: a file, or bytes in memory. */
export interface RecordSource {
  /** The bytes from `offset` on: `length` of them, or fewer at the end. */
  view(offset: number, length: number): Uint8Array;
}

/** A record that was read back intact. */
export interface LogRecord extends EncodedRecord {
  readonly tx: number;
  /** Records of the same commit that follow; the commit counts when the one with 0 is there. */
  readonly remaining: number;
  readonly key: KvKey;
  /** JSON, or a blob that is a view of what was read. */
  readonly value: unknown;
}

/** The first line of a file. */
export interface LogHeader {
  /** The highest transaction number when the file was begun. */
  readonly tx: number;
  /** Whether this release understands the file. */
  readonly readable: boolean;
  /** Bytes of the line. */
  readonly length: number;
}

/** What the index must know of a record. */
export interface EncodedRecord {
  /** The key in the order of the index. */
  readonly encoded: string;
  readonly deleted: boolean;
  /** Milliseconds since 1970; `Infinity` for an entry that stays. */
  readonly expiresAt: number;
  /** Bytes of the whole record. */
  readonly length: number;
}

interface Line {
  readonly json: JsonObject;
  readonly length: number;
}

interface Frame extends Line {
  readonly blob: Uint8Array | undefined;
}

/** The first line of a file. */
export function encodeHeader(tx: number): Uint8Array {
  const header = { format: FORMAT, version: FORMAT_VERSION, t: tx };
  return encodeUtf8(lineOf(JSON.stringify(header)));
}

/** Reads the first line; `undefined` when it is damaged or of something else. */
export function readHeader(source: RecordSource): LogHeader | undefined {
  const frame = readFrame(source, 0);
  if (frame?.json["format"] !== FORMAT) return undefined;
  const { version, t } = frame.json;
  if (!isCount(t)) return undefined;
  return {
    tx: t,
    readable: version === FORMAT_VERSION,
    length: frame.length,
  };
}

/** Puts all records of a commit into the buffer, for one write. */
export function encodeCommit(
  mutations: readonly Mutation[],
  { tx, now, buffer }: { tx: number; now: number; buffer: WriteBuffer },
): readonly EncodedRecord[] {
  const records: EncodedRecord[] = [];
  buffer.clear();
  for (let i = 0; i < mutations.length; i++) {
    const mutation = mutations[i] as Mutation;
    const { encoded, value, expireInMs } = mutation;
    const expiresAt = Math.ceil(now + expireInMs);
    const remaining = mutations.length - 1 - i;
    const line = lineOf(jsonOf(mutation, { tx, remaining, expiresAt }));
    let length = buffer.addText(line);
    if (value instanceof Uint8Array) {
      length += buffer.addBytes(value) + buffer.addBytes(LINE_FEED);
    }
    const deleted = value === undefined;
    records.push({ encoded, deleted, expiresAt, length });
  }
  return records;
}

/** Reads the record at `offset`; `undefined` when it is damaged or cut off. */
export function readRecord(
  source: RecordSource,
  offset: number,
): LogRecord | undefined {
  const frame = readFrame(source, offset);
  if (frame === undefined) return undefined;
  const { t, r, k, x = Infinity, d } = frame.json;
  const isRecord = isCount(t) && isCount(r) && Array.isArray(k) &&
    typeof x === "number";
  if (!isRecord) return undefined;
  return {
    tx: t,
    remaining: r,
    key: k,
    encoded: encodeKey(k),
    deleted: d === 1,
    value: frame.blob ?? frame.json["v"],
    expiresAt: x,
    length: frame.length,
  };
}

/** Bytes of the record at `offset` by what its line says, also when its blob is damaged or cut off. */
export function statedLength(
  source: RecordSource,
  offset: number,
): number | undefined {
  const line = readLine(source, offset);
  if (line === undefined) return undefined;
  const blobLength = line.json["b"];
  return line.length + (isCount(blobLength) ? blobLength + 1 : 0);
}

/**
 * The record at `offset` as the only one of its commit, for a file that no longer holds the others. Millions of them
 * are copied, so nothing is parsed: only the number of records that follow is replaced, and the checksum with it.
 *
 * @returns Its bytes, or `undefined` when it is damaged.
 */
export function readAlone(
  source: RecordSource,
  { offset, length }: { offset: number; length: number },
): Uint8Array | undefined {
  const bytes = source.view(offset, length);
  const end = bytes.indexOf(LINE_FEED_BYTE);
  const body = bytes.subarray(CHECKSUM_BYTES, end);
  const blob = end + 1 < length
    ? bytes.subarray(end + 1, length - 1)
    : undefined;
  if (!isIntact(bytes, body)) return undefined;
  if (blob && !endsWithChecksum(body, blob)) return undefined;
  const head = HEAD.exec(decodeUtf8Lossy(body.subarray(0, MOST_HEAD_BYTES)));
  if (head === null || head[2] === "0") {
    return head === null ? undefined : bytes;
  }
  const alone = concatBytes([
    encodeUtf8(`${head[1]}0`),
    body.subarray(head[0].length),
  ]);
  const sum = encodeUtf8(`${digits(alone)} `);
  return concatBytes([sum, alone, LINE_FEED, ...blob ? [blob, LINE_FEED] : []]);
}

function jsonOf(
  { key, value }: Mutation,
  place: { tx: number; remaining: number; expiresAt: number },
): string {
  const { tx, remaining, expiresAt } = place;
  const head = `{"t":${tx},"r":${remaining},"k":${JSON.stringify(key)}`;
  const end = expiresAt === Infinity ? "}" : `,"x":${expiresAt}}`;
  if (value === undefined) return `${head},"d":1${end}`;
  return typeof value === "string"
    ? `${head},"v":${value}${end}`
    : `${head}${end.slice(0, -1)},${blobWords(value)}`;
}

function lineOf(json: string): string {
  // A checksum of text costs a tenth of encoding it twice.
  return `${digits(json)} ${json}\n`;
}

function readFrame(source: RecordSource, offset: number): Frame | undefined {
  const line = readLine(source, offset);
  if (line === undefined) return undefined;
  const { json } = line;
  if (json["b"] === undefined) return { ...line, blob: undefined };
  const blob = readBlob(source, offset + line.length, json["b"]);
  if (blob === undefined || crc32(blob) !== json["c"]) return undefined;
  return { json, blob, length: line.length + blob.length + 1 };
}

/** The line at `offset`; `undefined` when it is damaged or cut off. */
function readLine(source: RecordSource, offset: number): Line | undefined {
  const bytes = readToLineFeed(source, offset);
  if (bytes === undefined) return undefined;
  const body = bytes.subarray(CHECKSUM_BYTES);
  const json = parseJson(decodeUtf8Lossy(body));
  if (!isObject(json) || !isIntact(bytes, body)) return undefined;
  return { json, length: bytes.length + 1 };
}

function readToLineFeed(
  source: RecordSource,
  offset: number,
): Uint8Array | undefined {
  for (let length = 1024;; length = Math.min(length * 8, MAX_LINE_BYTES)) {
    const view = source.view(offset, length);
    const end = view.indexOf(LINE_FEED_BYTE);
    if (end >= 0) return view.subarray(0, end);
    if (view.length < length || length === MAX_LINE_BYTES) return undefined;
  }
}

/** The blob of a line; `undefined` where it is cut off. */
function readBlob(
  source: RecordSource,
  offset: number,
  length: unknown,
): Uint8Array | undefined {
  if (!isCount(length) || length > MAX_LINE_BYTES) return undefined;
  const view = source.view(offset, length + 1);
  const isWhole = view.length === length + 1 && view[length] === LINE_FEED_BYTE;
  return isWhole ? view.subarray(0, length) : undefined;
}

/** What the JSON of a line says at its very end about the blob. */
function blobWords(blob: Uint8Array): string {
  return `"b":${blob.length},"c":${crc32(blob)}}`;
}

function endsWithChecksum(body: Uint8Array, blob: Uint8Array): boolean {
  const words = encodeUtf8(blobWords(blob));
  const end = body.subarray(-words.length);
  return words.every((byte, i) => byte === end[i]);
}

function isIntact(line: Uint8Array, body: Uint8Array): boolean {
  const stated = decodeUtf8Lossy(line.subarray(0, CHECKSUM_BYTES));
  return stated === `${digits(body)} `;
}

function digits(json: string | Uint8Array): string {
  return crc32(json).toString(16).padStart(8, "0");
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
