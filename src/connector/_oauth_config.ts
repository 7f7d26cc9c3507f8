import { assertFunction, assertMs } from "../_internal/assert.ts";
import { readBaseUrl } from "../http/base_url.ts";
import type { FetchLike } from "../http/send.ts";
import { ConnectorError } from "./connector_error.ts";
import type {
  OAuthCapabilities,
  OAuthRequest,
  OAuthScopes,
  OAuthSettings,
  OAuthValue,
} from "./oauth_settings.ts";

/** The settings of a flow as they were when they were given, with all defaults. */
export interface OAuthConfig {
  readonly authorizationUrl: OAuthValue<string> | undefined;
  readonly tokenUrl: OAuthValue<string>;
  readonly scopes: OAuthValue<OAuthScopes>;
  readonly method: "POST" | "GET";
  readonly data: "form" | "query" | "json";
  readonly clientAuth: "client_secret_post" | "client_secret_basic";
  readonly capabilities: Readonly<OAuthCapabilities>;
  readonly flowType: "code" | "client_credentials";
  readonly pkce: boolean;
  readonly timeoutMs: number;
  readonly fetch: FetchLike;
}

const TIMEOUT_MS = 30_000;

/** Checks and copies the settings, or throws what is wrong with them. */
export function readOAuthSettings(settings: OAuthSettings): OAuthConfig {
  const { authorizationUrl, tokenUrl, scopes = {}, requestType } = settings;
  const { method = "POST", data = "form" } = requestType ?? {};
  const { clientAuth = "client_secret_post", flowType = "code" } = settings;
  const { pkce = false, timeoutMs = TIMEOUT_MS } = settings;
  const fetch = settings.fetch ?? ((url, init) => globalThis.fetch(url, init));
  wantOneOf("oauth.requestType.method", method, ["POST", "GET"]);
  wantOneOf("oauth.requestType.data", data, ["form", "query", "json"]);
  wantOneOf("oauth.clientAuth", clientAuth, [
    "client_secret_post",
    "client_secret_basic",
  ]);
  wantOneOf("oauth.flowType", flowType, ["code", "client_credentials"]);
  if (method === "GET" && data !== "query") {
    throw new TypeError(
      'Cannot use oauth.requestType: a GET has no body, wanted data "query"',
    );
  }
  wantUrl("oauth.tokenUrl", tokenUrl);
  if (authorizationUrl !== undefined) {
    wantUrl("oauth.authorizationUrl", authorizationUrl);
  }
  assertMs(timeoutMs, "oauth.timeoutMs");
  assertFunction(fetch, "oauth.fetch");
  return {
    authorizationUrl,
    tokenUrl,
    scopes: typeof scopes === "function" ? scopes : { ...scopes },
    method,
    data,
    clientAuth,
    capabilities: { ...settings.capabilities },
    flowType,
    pkce,
    timeoutMs,
    fetch,
  };
}

/** The URL of an endpoint for one request. */
export async function endpointUrl(
  value: OAuthValue<string> | undefined,
  { name, args }: { name: string; args: OAuthRequest },
): Promise<URL> {
  const text = typeof value === "function" ? await value(args) : value;
  const problem = typeof text === "string" ? urlProblem(text) : "it is not set";
  if (problem === undefined) return new URL(text ?? "");
  throw new ConnectorError(`Cannot use the ${name}: ${problem}`, {
    errorCode: "bad_request",
  });
}

/** The scopes that a request asks for: its own, else the union of all configured ones in their order. */
export async function scopeText(
  config: OAuthConfig,
  { asked, args }: { asked: readonly string[]; args: OAuthRequest },
): Promise<string> {
  if (asked.length > 0) return asked.join(" ");
  const { scopes } = config;
  const byCapability = typeof scopes === "function"
    ? await scopes(args)
    : scopes;
  const all = Object.values(byCapability).flatMap((each) =>
    each?.split(" ").filter((scope) => scope !== "") ?? []
  );
  return [...new Set(all)].join(" ");
}

function wantOneOf(
  name: string,
  value: string,
  wanted: readonly string[],
): void {
  if (wanted.includes(value)) return;
  const list = wanted.map((each) => `"${each}"`).join(" or ");
  throw new TypeError(`Cannot use ${name}: wanted ${list}`);
}

function wantUrl(name: string, value: unknown): void {
  if (typeof value === "function") return;
  const problem = typeof value === "string"
    ? urlProblem(value)
    : "wanted a text or a function";
  if (problem === undefined) return;
  throw new TypeError(`Cannot use ${name}: ${problem}`);
}

// RFC 6749 sections 3.1 and 3.2: an endpoint may have a query, and must not have a fragment.
function urlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "wanted an absolute URL";
  const url = new URL(text);
  if (text.includes("#")) return "wanted a URL without a fragment";
  url.search = "";
  const read = readBaseUrl(url.href);
  return "problem" in read ? read.problem : undefined;
}
