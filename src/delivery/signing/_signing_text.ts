import { type Bytes, concatBytes, encodeUtf8 } from "../../_internal/bytes.ts";

/** Names of the headers. */
export const HEADER = {
  id: "webhook-id",
  timestamp: "webhook-timestamp",
  signature: "webhook-signature",
} as const;

/** Seconds since 1970 have fewer digits than this until the year 5138; milliseconds have had more since 1973. */
export const MOST_TIMESTAMP = 99_999_999_999;

// Visible ASCII. A full stop would let one text stand for two messages; a comma is how two headers of one name arrive.
const ID = /^[\x21-\x2b\x2d\x2f-\x7e]{1,256}$/;
const TIMESTAMP = /^\d{1,11}$/;

/** Tells whether a text can identify a message. */
export function isMessageId(id: unknown): id is string {
  return typeof id === "string" && ID.test(id);
}

/** Tells whether a header holds nothing but whole seconds. */
export function isTimestamp(text: string): boolean {
  return TIMESTAMP.test(text);
}

/** What is signed: the id, the timestamp as it stands in its header, and the body as it travels. */
export function signingText(
  { id, timestamp, body }: { id: string; timestamp: string; body: Uint8Array },
): Bytes {
  return concatBytes([encodeUtf8(`${id}.${timestamp}.`), body]);
}

/** The bytes of a body as it travels. */
export function toBytes(
  body: Uint8Array | ArrayBuffer | string,
  { name }: { name: string },
): Uint8Array {
  if (typeof body === "string") return encodeUtf8(body);
  if (body instanceof ArrayBuffer) return new Uint8Array(body);
  if (body instanceof Uint8Array) return body;
  throw new TypeError(
    `Cannot use ${name}: wanted the bytes or the text as it travels, got ${typeof body}`,
  );
}
