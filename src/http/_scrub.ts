import { REDACTED } from "../_internal/redacted.ts";
import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { encodedHider } from "../_internal/hide_encoded.ts";
import { areTooMany, isTooMuch, UNSEEN } from "../_internal/secret_bounds.ts";
import { withoutQueries } from "../_internal/url_queries.ts";

/** Takes secrets out of what came from elsewhere and may repeat them. */
export interface Scrub {
  /** Hides them in a text. */
  text(text: string): string;
  /** Hides them in every text of a JSON value; what lies too deep is left out. */
  value(value: unknown): unknown;
}

const MOST_DEPTH = 16;
// So much of a secret gives it away. To look for longer texts takes a time that grows with their length.
const MOST_SOUGHT = 200;
// Shorter texts occur by chance, and hiding them would only garble the message.
const SHORTEST_SECRET = 4;

/**
 * Knows each secret plain, in hex, inside of base64, and as a form, a URL, JSON or HTML encodes it. The queries of
 * addresses are hidden as well, because whoever has that of a presigned one has the file. Of a text that is too long for
 * so many secrets nothing is shown, and nothing of any text where there are more than a thousand.
 */
export function createScrub(secrets: readonly string[]): Scrub {
  if (areTooMany(secrets)) return scrubBy((text) => text && UNSEEN);
  const known = secrets.filter((text) => text.length >= SHORTEST_SECRET);
  // The longest first, so that a secret inside another leaves nothing of it behind.
  const forms = [...new Set(known.flatMap(encodings))]
    .sort((a, b) => b.length - a.length);
  const hideEncoded = encodedHider(known);
  return scrubBy((dirty) => {
    if (isTooMuch(known, dirty)) return UNSEEN;
    return withoutQueries(
      forms.reduce(
        hide,
        hideEncoded(dirty),
      ),
    );
  });
}

/** Hides a form wherever it stands, and of one that is cut what there is of it. */
function hide(text: string, form: string): string {
  if (form.length <= MOST_SOUGHT) return text.replaceAll(form, REDACTED);
  const start = form.slice(0, MOST_SOUGHT);
  let clean = "";
  let end = 0;
  let at = text.indexOf(start);
  while (at >= 0) {
    clean += text.slice(end, at) + REDACTED;
    end = at + start.length;
    while (end - at < form.length && text[end] === form[end - at]) end++;
    at = text.indexOf(start, end);
  }
  return clean + text.slice(end);
}

function scrubBy(text: Scrub["text"]): Scrub {
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth === MOST_DEPTH) return null;
    if (Array.isArray(value)) return value.map((each) => walk(each, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map((
        [name, each],
      ) => [text(name), walk(each, depth + 1)]),
    );
  };
  return { text, value: (value) => walk(value, 0) };
}

function encodings(secret: string): string[] {
  const asForm = new URLSearchParams({ "": secret }).toString().slice(1);
  const asJson = JSON.stringify(secret).slice(1, -1);
  const asAscii = asJson.replace(/[^ -~]/g, unicodeEscape);
  const asUrl = encodeURIComponent(secret.toWellFormed());
  const hex = toHex(encodeUtf8(secret));
  const forms = [
    secret,
    asForm,
    lowerEscapes(asForm),
    asUrl,
    lowerEscapes(asUrl),
    asJson,
    asJson.replaceAll("/", "\\/"),
    asAscii,
    asAscii.replaceAll("/", "\\/"),
    asAscii.replace(/[<>&']|\\"/g, unicodeEscape),
    asAscii.replaceAll("/", "\\/").replace(/[<>&']|\\"/g, unicodeEscape),
    asAscii.replace(/[<>&'+`]|\\"/g, unicodeEscape),
    ...HTML.map((table) =>
      secret.replace(/\W/g, (char) => table[char] ?? char)
    ),
    hex,
    hex.toUpperCase(),
  ];
  return forms.flatMap((form) => [form, upperEscapes(form)]);
}

const BASIC = { "<": "&lt;", ">": "&gt;", "&": "&amp;", '"': "&quot;" };

// What escapes more writes it in its own way: PHP, Go, Mustache, Handlebars, Python.
const HTML: readonly Readonly<Record<string, string>>[] = [
  { ...BASIC, "'": "&#39;" },
  { ...BASIC, '"': "&#34;", "'": "&#39;", "+": "&#43;" },
  { ...BASIC, "'": "&#39;", "/": "&#x2F;", "`": "&#x60;", "=": "&#x3D;" },
  { ...BASIC, "'": "&#x27;", "`": "&#x60;", "=": "&#x3D;" },
  { ...BASIC, "'": "&#x27;" },
];

function unicodeEscape(char: string): string {
  const code = char.charCodeAt(char.length - 1).toString(16);
  return `\\u${code.padStart(4, "0")}`;
}

function lowerEscapes(form: string): string {
  return form.replace(/%[0-9A-F]{2}/g, (escape) => escape.toLowerCase());
}

function upperEscapes(form: string): string {
  return form.replace(
    /\\u([0-9a-f]{4})/g,
    (_, code) => `\\u${code.toUpperCase()}`,
  );
}
