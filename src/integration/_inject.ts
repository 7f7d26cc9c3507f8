import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { type JsonObject, text } from "../_internal/json.ts";
import { AuthError } from "../errors.ts";
import { readCredentials } from "./credentials.ts";
import type {
  ApiKeyInjection,
  BasicInjection,
  RequestSettings,
} from "./request_config.ts";

/** What of the credentials goes into a request. */
export interface Injection {
  readonly headers: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
}

const NOTHING: Injection = { headers: {}, params: {} };

/** Finds out what to send: the access token, else user name and password, else the key; only what is there. */
export function injectionOf(auth: unknown, config: RequestSettings): Injection {
  const { authType, values } = readCredentials(auth);
  if (authType === "PlatformOauth2") return bearer(values);
  const isBasic = authType === null || authType === "Basic" ||
    authType === "Custom";
  const isKey = authType === null || authType === "ApiKey" ||
    authType === "Custom";
  return (isBasic && config.basic ? basic(values, config.basic) : undefined) ??
    (isKey && config.apiKey ? apiKey(values, config.apiKey) : undefined) ??
    NOTHING;
}

function bearer(values: JsonObject): Injection {
  const token = text(values, "access_token");
  if (token === null) return NOTHING;
  return inHeader("Authorization", `Bearer ${token}`, "access_token");
}

function basic(
  values: JsonObject,
  fields: BasicInjection,
): Injection | undefined {
  const { username: userField = "username", password = "password" } = fields;
  const name = text(values, userField);
  if (name === null) return undefined;
  // RFC 7617 section 2: the first colon ends the name.
  if (name.includes(":")) throw unusable(userField, "a name without a colon");
  const pair = `${name}:${text(values, password) ?? ""}`;
  return inHeader(
    "Authorization",
    `Basic ${toBase64(encodeUtf8(pair))}`,
    userField,
  );
}

function apiKey(
  values: JsonObject,
  where: ApiKeyInjection,
): Injection | undefined {
  const { field = "api_key", header = "X-API-Key", prefix = "", query } = where;
  const key = text(values, field);
  if (key === null) return undefined;
  if (query !== undefined) return { headers: {}, params: { [query]: key } };
  return inHeader(header, `${prefix}${key}`, field);
}

function inHeader(name: string, value: string, field: string): Injection {
  // Visible ASCII and spaces; the host's own error would repeat the value.
  if (!/^[\x20-\x7e]+$/.test(value)) throw unusable(field, "visible ASCII");
  return { headers: { [name]: value }, params: {} };
}

function unusable(field: string, wanted: string): AuthError {
  return new AuthError(
    `Cannot send the credential "${field}": wanted ${wanted}`,
  );
}
