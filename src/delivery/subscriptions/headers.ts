import { isObject } from "../../_internal/json.ts";
import { wanted } from "./_problems.ts";

const MOST_HEADERS = 32;
const MOST_BYTES = 8192;
// A token of RFC 9110 section 5.6.2.
const NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
// Visible ASCII with blanks inside: what every receiver reads alike (RFC 9110 section 5.5).
const VALUE = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

// Those of one connection (RFC 9110 section 7.6.1), those that fetch writes itself, and those by which a receiver
// learns who sent the request and what it holds.
const RESERVED = new Set([
  "accept-encoding",
  "accept-charset",
  "alt-svc",
  "cdn-loop",
  "connection",
  "cookie",
  "date",
  "dnt",
  "expect",
  "forwarded",
  "host",
  "keep-alive",
  "origin",
  "proxy-connection",
  "referer",
  "set-cookie",
  "te",
  "trailer",
  "transfer-encoding",
  "true-client-ip",
  "upgrade",
  "user-agent",
  "via",
  "x-client-ip",
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-real-ip",
]);
const RESERVED_PREFIXES = [
  "access-control-",
  "cf-",
  "content-",
  "proxy-",
  "sec-",
  "webhook-",
  "x-forwarded-",
];

/** Whether a header must not be set by a subscription or a dialect; the name may be of any case. */
export function isReservedHeader(name: string): boolean {
  const lower = name.toLowerCase();
  return RESERVED.has(lower) ||
    RESERVED_PREFIXES.some((prefix) => lower.startsWith(prefix));
}

/** Whether a text can be the name of a header. */
export function isHeaderName(name: string): boolean {
  return NAME.test(name);
}

/** Whether a value is visible ASCII, perhaps with blanks inside. */
export function isHeaderValue(value: unknown): value is string {
  return typeof value === "string" && VALUE.test(value);
}

/** Reads the headers of a subscription; names become lower case. A refusal names the header and never its value. */
export function readHeaders(value: unknown): Readonly<Record<string, string>> {
  if (!isObject(value)) throw wanted("an object of header names and texts");
  const entries = Object.entries(value);
  if (entries.length > MOST_HEADERS) {
    throw wanted(`at most ${MOST_HEADERS} headers`);
  }
  const headers = new Map<string, string>();
  for (const [name, text] of entries) {
    const [lower, checked] = readHeader(name, text);
    if (headers.has(lower)) throw wanted(`the header ${lower} once`);
    headers.set(lower, checked);
  }
  const sizes = [...headers].map(([name, text]) => name.length + text.length);
  if (sizes.reduce((sum, size) => sum + size, 0) > MOST_BYTES) {
    throw wanted(`at most ${MOST_BYTES} bytes of headers`);
  }
  return Object.fromEntries(headers);
}

function readHeader(name: string, text: unknown): [string, string] {
  if (!isHeaderName(name)) {
    throw wanted("names of letters, digits and hyphens, at most 128 of them");
  }
  const lower = name.toLowerCase();
  if (isReservedHeader(lower)) {
    throw wanted(`headers other than ${lower}, which is not free to set`);
  }
  if (!isHeaderValue(text)) {
    throw wanted(`visible ASCII as the value of ${lower}`);
  }
  return [lower, text];
}
