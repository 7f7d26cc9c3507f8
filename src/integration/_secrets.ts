import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { isObject } from "../_internal/json.ts";
import { takeSecrets } from "../_internal/secret_bounds.ts";
import { readCredentials } from "./credentials.ts";

const MOST_DEPTH = 8;
// Forms have a handful of fields; all pairs of many would cost more than they are worth.
const MOST_PAIRED = 8;
// Pairs of less occur by chance in any text.
const SHORTEST_PAIR = 4;

/**
 * Every text among the credentials, and what HTTP Basic makes of it: no error may repeat any of them. Where they are
 * too many for a scrub, only the first ones, which are too many as well.
 */
export function secretsOf(auth: unknown): string[] {
  return takeSecrets(textsOf(readCredentials(auth).values, 0));
}

// As presigned URLs and query credentials are named.
const SECRET_PARAM = /sig|token|secret|key|passw|credential|auth/i;
// Shorter values are words that an answer may well need.
const SHORTEST_PARAM = 8;

/** What a query has that no error may repeat, such as the signature of a presigned URL. */
export function querySecretsOf(url: URL): string[] {
  return [...url.searchParams].filter(([name, value]) =>
    SECRET_PARAM.test(name) && value.length >= SHORTEST_PARAM
  ).map(([, value]) => value);
}

function* textsOf(value: unknown, depth: number): Generator<string> {
  if (typeof value === "string") return yield value;
  if (typeof value === "number" || typeof value === "bigint") {
    return yield String(value);
  }
  if (depth === MOST_DEPTH) return;
  const isList = Array.isArray(value);
  if (!isList && !isObject(value)) return;
  const fields: unknown[] = Object.values(value);
  for (const each of fields) yield* textsOf(each, depth + 1);
  if (!isList) yield* basicForms(fields);
}

// RFC 7617 section 2. Which field is the name is up to the integration, and a key may take the place of either.
function basicForms(fields: readonly unknown[]): string[] {
  const texts = fields.filter((field) => typeof field === "string")
    .slice(0, MOST_PAIRED);
  return texts.flatMap((name) =>
    ["", ...texts].flatMap((password) => [
      `${name}:${password}`,
      ...(password === "" ? [name, `:${name}`] : []),
    ])
  ).filter((pair) => pair.length > SHORTEST_PAIR)
    .map((pair) => toBase64(encodeUtf8(pair)));
}
