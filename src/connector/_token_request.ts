import { systemRandom } from "../_internal/backoff.ts";
import { toBase64 } from "../_internal/base64.ts";
import { decodeUtf8Lossy, encodeUtf8 } from "../_internal/bytes.ts";
import { systemClock } from "../_internal/clock.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
  text,
} from "../_internal/json.ts";
import { ApiError } from "../errors.ts";
import { type HttpAnswer, send, type SendRequest } from "../http/send.ts";
import { endpointUrl, type OAuthConfig } from "./_oauth_config.ts";
import { ConnectorError } from "./connector_error.ts";
import type { OAuthRequest } from "./oauth_settings.ts";
import { createRedact, type Redact, secretsOf } from "./redact.ts";

/** A grant (RFC 6749 section 4) and the client that asks. */
export interface Grant {
  /** The members of the grant, in their order; what is `undefined` is left out. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly args: OAuthRequest;
}

const MOST_ANSWER_BYTES = 1024 * 1024;
const MOST_WORDS_CHARS = 300;

/** Asks the token endpoint once and gives its JSON object. A code works once, so nothing is tried again. */
export async function requestToken(
  config: OAuthConfig,
  grant: Grant,
): Promise<JsonObject> {
  const { fetch, timeoutMs } = config;
  const { args } = grant;
  const known = heldBy(grant);
  const redact = createRedact(known, NONE_MARKED);
  const url = await endpointUrl(config.tokenUrl, { name: "token URL", args });
  const tools = { fetch, clock: systemClock, random: systemRandom };
  const request = {
    ...exchangeOf(config, { url, grant }),
    timeoutMs,
    maxResponseBytes: MOST_ANSWER_BYTES,
    secrets: secretsOf(known, NONE_MARKED),
    signal: args.signal,
  };
  const answer = await send(request, tools).catch((error) =>
    throwUnreachable(error, { url, redact })
  );
  return readToken(answer, { url, redact });
}

const NONE_MARKED: ReadonlySet<string> = new Set();

// A server may repeat all that it was sent, and the error may be thrown past the redaction of a dispatch.
function heldBy({ fields, clientId, clientSecret, args }: Grant): object {
  const { auth, settings, request } = args;
  const client = { client_id: clientId, client_secret: clientSecret };
  return { auth: { auth, grant: { ...fields, ...client } }, settings, request };
}

interface Asked {
  readonly url: URL;
  readonly redact: Redact;
}

function exchangeOf(
  config: OAuthConfig,
  { url, grant }: { url: URL; grant: Grant },
): Pick<SendRequest, "url" | "method" | "headers" | "body"> {
  const { method, data, clientAuth } = config;
  const { clientId, clientSecret } = grant;
  const inBody = clientAuth === "client_secret_post";
  const fields = definedOf({
    ...grant.fields,
    ...inBody && { client_id: clientId, client_secret: clientSecret },
  });
  const headers = {
    accept: "application/json",
    ...!inBody && { authorization: basic(clientId, clientSecret) },
  };
  if (data === "query") {
    for (const [name, value] of fields) url.searchParams.set(name, value);
    return { url, method, headers };
  }
  return {
    url,
    method,
    headers: { ...headers, "content-type": CONTENT_TYPES[data] },
    body: data === "json"
      ? JSON.stringify(Object.fromEntries(fields))
      : new URLSearchParams(fields).toString(),
  };
}

const CONTENT_TYPES = {
  form: "application/x-www-form-urlencoded",
  json: "application/json",
};

function definedOf(
  fields: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name, value]]
  );
}

// RFC 6749 section 2.3.1: both are form-encoded before they are joined.
function basic(clientId: string, clientSecret: string): string {
  const [id, secret] = [clientId, clientSecret].map((each) =>
    new URLSearchParams({ "": each }).toString().slice(1)
  );
  return `Basic ${toBase64(encodeUtf8(`${id}:${secret}`))}`;
}

function throwUnreachable(error: unknown, { url, redact }: Asked): never {
  if (!(error instanceof ApiError)) throw error;
  const late = error.errorKey === "http.deadline";
  throw new ConnectorError(
    `Cannot get a token from ${url.host}: ${redact(`${error.apiMessage}`)}`,
    {
      errorCode: late ? "request_timeout" : "api_error",
      statusCode: error.status === 0 ? null : error.status,
      cause: error,
    },
  );
}

function readToken(answer: HttpAnswer, asked: Asked): JsonObject {
  const { url } = asked;
  const { status } = answer;
  const body = parseJson(decodeUtf8Lossy(answer.body));
  // Some servers answer 200 with the error of RFC 6749 section 5.2.
  const error = isObject(body) ? text(body, "error") : null;
  if (status < 200 || status >= 300 || error !== null) {
    throw refusedError(isObject(body) ? body : {}, { status, asked });
  }
  if (isObject(body) && text(body, "access_token") !== null) return body;
  throw new ConnectorError(
    `Cannot get a token from ${url.host}: HTTP ${status} without an "access_token" in a JSON object`,
    { errorCode: "invalid_response", statusCode: status },
  );
}

function refusedError(
  body: JsonObject,
  { status, asked: { url, redact } }: { status: number; asked: Asked },
): ConnectorError {
  const named = text(body, "error");
  const error = named === null ? null : redact(named);
  const details = member(body, "error_description");
  // Cut afterwards, since half a secret would not be known.
  const words = typeof details === "string"
    ? `: ${redact(details).slice(0, MOST_WORDS_CHARS)}`
    : "";
  return new ConnectorError(
    `Cannot get a token from ${url.host}: HTTP ${status}${
      error === null ? "" : ` (${error})`
    }${words}`,
    { errorCode: "api_error", appErrorCode: error, statusCode: status },
  );
}
