import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { encodedHider } from "../_internal/hide_encoded.ts";
import { isObject, type JsonObject } from "../_internal/json.ts";
import { escapeToken } from "../_internal/json_pointer.ts";
import {
  areTooMany,
  isTooMuch,
  takeSecrets,
  UNSEEN,
} from "../_internal/secret_bounds.ts";
import { createScrub } from "../http/send.ts";
import { hideShort, SHORTEST_ANYWHERE } from "./_redact_forms.ts";

/** Takes the secrets of one request out of a text. */
export type Redact = (text: string) => string;

const SECRET_NAME =
  /password|passphrase|secret|token|api_?key|private_?key|access_?key|signature|code_verifier|redirect_uri_with_code/i;
// Of a credential only these are no secrets, as long as no schema marks them.
const PUBLIC_NAME =
  /^(?:username|client_id|scopes?|grant_type|token_type|alg|typ|cty|exp|nbf|iat|(?:.*_)?(?:url|uri|host|hostname|domain))$/i;

/**
 * Knows the secrets of a request: every text and number of `auth` but for names, scopes and addresses, and elsewhere
 * all below a member that a schema marks with `x-secret` or whose name says so.
 *
 * They are hidden as `createScrub` does it, line by line where they have several, and inside of base64. One below four
 * characters is hidden where it stands alone, since inside of a word it would be there by chance. Where they are too
 * many, nothing of any text is shown.
 */
export function createRedact(
  request: unknown,
  marked: ReadonlySet<string>,
): Redact {
  let redact: Redact | undefined; // most calls succeed and never need it
  return (text) => {
    redact ??= redactOf(secretsOf(request, marked));
    return redact(text);
  };
}

/** The secrets of a request, as {@linkcode createRedact} finds them, or too many of them for a scrub. */
export function secretsOf(
  request: unknown,
  marked: ReadonlySet<string>,
): string[] {
  const taken = takeSecrets(secretTexts(request, marked));
  return areTooMany(taken) ? taken : [...new Set(taken)];
}

function* secretTexts(
  request: unknown,
  marked: ReadonlySet<string>,
): Generator<string> {
  // A list in place of recursion: a request may be nested deeper than the stack.
  const left: Found[] = [{ value: request, secret: false, auth: false }];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const { value } = at;
    if (at.secret) yield* parts(value);
    if (typeof value !== "object" || value === null) continue;
    if (isObject(value)) yield* pairs(value);
    const isRoot = value === request;
    for (const [name, each] of Object.entries(value)) {
      left.push(below(at, { name, value: each, isRoot, marked }));
    }
  }
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

interface Found {
  readonly value: unknown;
  readonly secret: boolean;
  readonly auth: boolean;
}

function below(
  parent: Found,
  { name, value, isRoot, marked }: {
    name: string;
    value: unknown;
    isRoot: boolean;
    marked: ReadonlySet<string>;
  },
): Found {
  const auth = parent.auth || isRoot && name === "auth";
  if (marked.has(name)) return { value, auth, secret: true };
  const isPublic = auth && PUBLIC_NAME.test(name) && !isObject(value);
  // What such a list holds is as public as the list.
  if (isPublic) return { value, auth: false, secret: false };
  return {
    value,
    auth,
    secret: parent.secret || auth || SECRET_NAME.test(name),
  };
}

function redactOf(secrets: readonly string[]): Redact {
  if (areTooMany(secrets)) return (text) => text && UNSEEN;
  // A secret that is the name of a member is refused by its pointer.
  const scrub = createScrub(
    [...new Set(secrets.flatMap((text) => [text, escapeToken(text)]))],
  );
  const long = secrets.filter((text) => text.length >= SHORTEST_INSIDE);
  const short = secrets.filter((text) => text.length < SHORTEST_ANYWHERE);
  const forms = [...new Set(long.flatMap((text) => [text, formEncoded(text)]))];
  const hideEncoded = encodedHider(forms);
  return (text) =>
    isTooMuch(secrets, text)
      ? UNSEEN
      : hideShort(scrub.text(hideEncoded(text)), short);
}

function parts(value: unknown): string[] {
  if (typeof value === "number") return [String(value)];
  if (typeof value !== "string" || value === "") return [];
  const lines = value.split(/\r\n|\r|\n/).map((line) => line.trim())
    .filter((line) => line.length >= SHORTEST_ANYWHERE);
  return [...new Set([value, ...lines, ...codesOf(value)])].flatMap((text) =>
    text.length < SHORTEST_INSIDE ? [text, ...headersOf(text)] : [text]
  );
}

// What is too short to be looked for inside of base64 is known as a Basic header would have it (RFC 7617).
const SHORTEST_INSIDE = 5;

function headersOf(text: string): string[] {
  return [text, `${text}:`, `:${text}`].map(base64Of);
}

// Of a callback the code is what is secret (RFC 6749 section 4.1.2).
function codesOf(secret: string): string[] {
  if (!/^https?:/i.test(secret) || !URL.canParse(secret)) return [];
  return new URL(secret).searchParams.getAll("code").filter((code) =>
    code !== ""
  );
}

// A Basic header joins a name and a password (RFC 7617), or the form-encoded two of a client (RFC 6749 section 2.3.1).
function pairs(value: JsonObject): string[] {
  const { username, password, client_id, client_secret } = value;
  return [[username, password], [client_id, client_secret]]
    .filter((pair): pair is string[] =>
      pair.every((each) => typeof each === "string")
    )
    .flatMap((pair) => [pair, pair.map(formEncoded)])
    .map((pair) => base64Of(pair.join(":")));
}

function base64Of(text: string): string {
  return toBase64(encodeUtf8(text));
}

function formEncoded(text: string): string {
  return new URLSearchParams({ "": text }).toString().slice(1);
}
