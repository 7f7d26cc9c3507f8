import { REDACTED } from "../../_internal/redacted.ts";
import { fromBase64 } from "../../_internal/base64.ts";
import { decodeUtf8Lossy, encodeUtf8 } from "../../_internal/bytes.ts";
import { createScrub, type HttpAnswer, type Scrub } from "../../http/send.ts";
import type { Rendered } from "./_render.ts";
import type { Sealed } from "../_rows.ts";
import type { AttemptRequest, AttemptResponse } from "../delivery.ts";

const MOST_HEADERS = 32;
const MOST_CHARS = 256;
const MOST_BODY_BYTES = 2048;

/** Bytes of an answer that are read: a secret that begins among those that are kept is there as a whole. */
export const MOST_ANSWER_BYTES: number = 16 * 1024;

// What a dialect or a subscription adds may hold anything.
const SHOWN = new Set([
  "content-type",
  "user-agent",
  "webhook-attempt",
  "webhook-id",
  "webhook-timestamp",
]);
// As a receiver may call what it hands out or was given.
const SECRET_NAME =
  /auth|cookie|credential|token|secret|passw|session|signature|api[-_]?key|[-_]key$/;

/** What is kept of a request: no query, no header that may be secret, and of the body only its length. */
export function recordRequest(
  { method, headers, body }: Rendered,
  url: URL,
): AttemptRequest {
  return {
    method,
    url: `${url.origin}${url.pathname}`,
    headers: recordHeaders(Object.entries(headers), {
      hides: (name) => !SHOWN.has(name),
    }),
    bodyBytes: body.length,
  };
}

/** What is kept of an answer: its start, without the secrets of the request, which a receiver may repeat. */
export function recordResponse(
  { status, headers, body, broken }: HttpAnswer,
  scrub: Scrub,
): AttemptResponse {
  const isLong = body.length > MOST_BODY_BYTES;
  return {
    status,
    headers: recordHeaders(headers, {
      hides: (name) => SECRET_NAME.test(name),
      scrub,
    }),
    body: cutText(scrub.text(decodeUtf8Lossy(body))),
    truncated: isLong || broken !== false,
  };
}

const scrubs = new WeakMap<Sealed, Scrub>();

/** Knows the secrets of a subscription; made once for each time that they were unsealed. */
export function scrubOf(sealed: Sealed): Scrub {
  const known = scrubs.get(sealed);
  if (known) return known;
  const secrets = sealed.secrets.map(({ secret }) => secret);
  const values = Object.values(sealed.headers);
  const scrub = createScrub(
    [...secrets, ...values].flatMap((text) => [text, ...wordsOf(text)]),
  );
  scrubs.set(sealed, scrub);
  return scrub;
}

// "Bearer <token>" is repeated without its first word, "whsec_<key>" without its mark, and "Basic <pair>" decoded.
function wordsOf(text: string): string[] {
  const [, ...words] = text.split(/[\s,;]+/);
  const marked = /^wh[a-z]+_(.+)$/.exec(text)?.[1];
  const pair = fromBase64(/^basic +(\S+)$/i.exec(text)?.[1] ?? "");
  const decoded = decodeUtf8Lossy(pair ?? new Uint8Array());
  const password = decoded.slice(decoded.indexOf(":") + 1);
  return [...words, marked ?? "", decoded, password];
}

function cutText(text: string): string {
  const bytes = encodeUtf8(text);
  if (bytes.length <= MOST_BODY_BYTES) return text;
  let end = MOST_BODY_BYTES;
  // Not inside of a character: its further bytes begin with the bits 10.
  while (((bytes[end] ?? 0) & 0xc0) === 0x80) end--;
  return decodeUtf8Lossy(bytes.subarray(0, end));
}

function recordHeaders(
  headers: Iterable<[string, string]>,
  { hides, scrub }: { hides: (name: string) => boolean; scrub?: Scrub },
): Record<string, string> {
  const kept = [...headers].slice(0, MOST_HEADERS);
  // All at once, which is faster; no value has a line end.
  const values = kept.map(([, value]) => value).join("\n");
  const shown = (scrub?.text(values) ?? values).split("\n");
  return Object.fromEntries(kept.map(([name], i) => [
    name.slice(0, MOST_CHARS),
    hides(name) ? REDACTED : shown[i]?.slice(0, MOST_CHARS) ?? "",
  ]));
}
