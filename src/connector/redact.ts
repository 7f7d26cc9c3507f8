import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";
import { createScrub, type Scrub } from "../http/send.ts";

/** Takes the secrets of one request out of a text. */
export type Redact = (text: string) => string;

const MOST_DEPTH = 32;
const SECRET_NAME =
  /password|passphrase|secret|token|api_?key|private_?key|access_?key|signature|code_verifier|redirect_uri_with_code/i;

/**
 * Knows the secrets of a request: all texts below a member that a schema marks with `x-secret` or whose name says so.
 * They are hidden as `createScrub` does it, and in the form that a Basic header gives them.
 */
export function createRedact(
  request: unknown,
  marked: ReadonlySet<string>,
): Redact {
  let scrub: Scrub | undefined; // most calls succeed and never need it
  return (text) => {
    scrub ??= createScrub(secretsOf(request, marked));
    return scrub.text(text);
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
  return [...found];
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

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
