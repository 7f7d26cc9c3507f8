import { REDACTED } from "../_internal/redacted.ts";
import { withoutQueries } from "../_internal/url_queries.ts";

const MOST_CHARS = 1_000;
// Each begins with what gives it away, so that nothing of one stays readable when the text is cut within it.
const SHAPES: readonly (readonly [shape: RegExp, instead: string])[] = [
  [
    /-----BEGIN [A-Z0-9 ]{1,40}-----[^]*?(?:-----END [A-Z0-9 ]{1,40}-----|$)/g,
    REDACTED,
  ],
  // RFC 6750 section 2.1 and RFC 7617 section 2.
  [/\b(Bearer)\s+[\w+/=.~-]{4,}/gi, `$1 ${REDACTED}`],
  // A pair in base64 is no word in lower case.
  [
    /\b([Bb][Aa][Ss][Ii][Cc])\s+(?=[a-z]*[A-Z0-9+/=])[\w+/=]{4,}/g,
    `$1 ${REDACTED}`,
  ],
  // Standard Webhooks 1.0.0, "Secrets"; sealing keys; API secrets of FlowFlex.
  [/\b(?:wh(?:sec|sk)|seal|cisk)_[\w+/=-]+/g, REDACTED],
  // RFC 7519: the base64url of a header begins with that of {".
  [/\beyJ[\w-]{5,}(?:\.[\w-]*){0,4}/g, REDACTED],
  [/\b[sr]k_(?:live|test)_\w+/g, REDACTED],
  // RFC 3986 section 3.2.1: a user and a password.
  [/(:\\?\/\\?\/)[^\s/?#@"'<>]{1,500}@/g, `$1${REDACTED}@`],
  // Also as JSON inside of JSON has it. What opens with a quote ends with the same one, escaped as often.
  [
    /((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|authorization|cookie)(?:(?:\\*["'])?=|\\*["']\s*:)\s*)(?:(\\*["'])(?!\2)[^]*?(?:(?<!\\)\2|$)|(?!\\*["'])[^\s"',;&]+)/gi,
    `$1$2${REDACTED}$2`,
  ],
];

/** The first thousand characters of a text, without what has the shape of a secret. */
export function redactText(text: string): string {
  const start = text.slice(0, 2 * MOST_CHARS);
  const clean = withoutShapes(start);
  const isCut = text.length > start.length || clean.length > MOST_CHARS;
  return isCut ? `${clean.slice(0, MOST_CHARS)}[cut]` : clean;
}

/** A text without what has the shape of a secret. */
export function withoutShapes(text: string): string {
  return SHAPES.reduce(
    (rest, [shape, instead]) => rest.replace(shape, instead),
    withoutQueries(text),
  );
}
