import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";

/** Takes the secrets of one request out of a text. */
export type Redact = (text: string) => string;

const REDACTED = "[redacted]";
const MOST_DEPTH = 32;
// Shorter texts occur by chance, and hiding them would only garble the message.
const SHORTEST_SECRET = 4;
const SECRET_NAME =
  /password|passphrase|secret|token|api_?key|private_?key|access_?key|signature|code_verifier|redirect_uri_with_code/i;

/**
 * Knows the secrets of a request: all texts below a member that a schema marks with `x-secret` or whose name says so.
 * They are hidden as they are, and in the forms that a URL, a form or a Basic header gives them.
 */
export function createRedact(
  request: unknown,
  marked: ReadonlySet<string>,
): Redact {
  let forms: string[] | undefined;
  return (text) => {
    forms ??= secretsOf(request, marked);
    return forms.reduce((rest, form) => rest.replaceAll(form, REDACTED), text);
  };
}

/** The names of all members that a schema marks with `x-secret`. */
export function secretNames(
  schema: unknown,
  names: Set<string> = new Set(),
): Set<string> {
  if (Array.isArray(schema)) schema.forEach((part) => secretNames(part, names));
  if (!isObject(schema)) return names;
  for (const [name, part] of Object.entries(schema)) {
    if (isObject(part) && part["x-secret"] === true) names.add(name);
    secretNames(part, names);
  }
  return names;
}

function secretsOf(request: unknown, marked: ReadonlySet<string>): string[] {
  const found = new Set<string>();
  const walk = (
    value: unknown,
    at: { secret: boolean; depth: number },
  ): void => {
    if (typeof value === "string" && at.secret) {
      for (const part of parts(value)) found.add(part);
    }
    if (typeof value !== "object" || value === null) return;
    if (at.depth === MOST_DEPTH) return;
    if (isObject(value)) { for (const form of pairs(value)) found.add(form); }
    for (const [name, each] of Object.entries(value)) {
      const secret = at.secret || marked.has(name) || SECRET_NAME.test(name);
      walk(each, { secret, depth: at.depth + 1 });
    }
  };
  walk(request, { secret: false, depth: 0 });
  // The longest first, so that a secret inside another leaves nothing of it behind.
  return [...found].filter((text) => text.length >= SHORTEST_SECRET)
    .flatMap(encodings).sort((a, b) => b.length - a.length);
}

// Of a callback the code is what is secret (RFC 6749 section 4.1.2).
function parts(secret: string): string[] {
  if (!/^https?:/i.test(secret) || !URL.canParse(secret)) return [secret];
  return [secret, ...new URL(secret).searchParams.getAll("code")];
}

// A Basic header joins a name and a password (RFC 7617), or the form-encoded two of a client (RFC 6749 section 2.3.1).
function pairs(value: Record<string, unknown>): string[] {
  const { username, password, client_id, client_secret } = value;
  return [[username, password], [client_id, client_secret]]
    .filter((pair): pair is string[] =>
      pair.every((each) => typeof each === "string")
    )
    .flatMap((pair) => [pair, pair.map(formEncoded)])
    .map((pair) => toBase64(encodeUtf8(pair.join(":"))));
}

function encodings(secret: string): string[] {
  const asText = JSON.stringify(secret).slice(1, -1);
  const asPart = encodeURIComponent(secret.toWellFormed());
  return [secret, formEncoded(secret), asPart, asText];
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
