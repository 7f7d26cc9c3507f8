import { fromBase64 } from "../_internal/base64.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { refuse } from "./_refusals.ts";

/** A PEM block as it stands in the text. */
export interface PemBlock {
  /** What it says it is, such as "PRIVATE KEY". */
  readonly label: string;
  /** What stands between its two lines, without white space at the ends. */
  readonly body: string;
}

const MAX_TEXT_LENGTH = 2 ** 20;
const BEGIN = "-----BEGIN ";
const DASHES = "-----";
const LABEL = /^[A-Z0-9][A-Z0-9 -]{0,62}$/;

/** Refuses what is no text, and text that is longer than any file of keys. */
export function assertKeyText(text: unknown, field: string): void {
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot use ${field}: wanted a string, got ${typeof text}`,
    );
  }
  if (text.length <= MAX_TEXT_LENGTH) return;
  throw refuse(field, `it is longer than ${MAX_TEXT_LENGTH} characters`);
}

/** All blocks of a text, in order. What stands around them is passed over (RFC 7468 section 2). */
export function readPemBlocks(text: string, field: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  for (let at = text.indexOf(BEGIN); at >= 0; at = text.indexOf(BEGIN, at)) {
    at += BEGIN.length;
    const close = text.indexOf(DASHES, at);
    const label = text.slice(at, close < 0 ? at : close);
    if (!LABEL.test(label)) continue;
    const start = close + DASHES.length;
    const end = text.indexOf(`-----END ${label}-----`, start);
    if (end < 0) throw refuse(field, `its "${label}" block has no end`);
    blocks.push({ label, body: text.slice(start, end).trim() });
    at = end;
  }
  return blocks;
}

/** The bytes of a block, or `undefined` when its base64 is damaged. */
export function decodePemBody(body: string): Bytes | undefined {
  return fromBase64(body.replace(/\s+/g, ""));
}
