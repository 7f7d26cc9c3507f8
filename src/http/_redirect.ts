import { ApiError } from "../errors.ts";
import type { SendBody } from "./_exchange.ts";

/** The part of a request that a redirect may change. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: SendBody | undefined;
}

/** Where a request may be led. */
export interface RedirectRule {
  /** Redirects that are followed at most. */
  readonly most: number;
  /** Names of headers in lower case that go to no other origin, besides those that the Fetch Standard names. */
  readonly privateHeaders: readonly string[];
  /** Throws when the place must not be asked. */
  allow(url: URL): void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const PRIVATE = new Set(["authorization", "cookie", "proxy-authorization"]);

/** The request that a redirect asks for (Fetch Standard, HTTP-redirect fetch); `undefined` when it is none. */
export function nextHop(
  response: Response,
  { hop, rule }: { hop: Hop; rule: RedirectRule },
): Hop | undefined {
  const { status, type } = response;
  if (type === "opaqueredirect") {
    throw refusal(status, "this host does not tell where it leads");
  }
  const location = response.headers.get("location");
  if (!REDIRECTS.has(status) || location === null) return undefined;
  const url = URL.canParse(location, hop.url)
    ? new URL(location, hop.url)
    : undefined;
  if (!url || !isSafe(url, hop.url)) {
    throw refusal(status, "wanted an https URL, or http after http");
  }
  rule.allow(url);
  const headers = url.origin === hop.url.origin
    ? hop.headers
    : publicHeaders(hop.headers, rule);
  return turnsToGet(status, hop.method)
    ? { url, method: "GET", headers: withoutContent(headers) }
    : { ...hop, url, headers, body: replayable(hop.body, status) };
}

/** The error of a redirect that is not followed. */
export function refusal(status: number, state: string): ApiError {
  return new ApiError({
    status,
    errorKey: "http.redirect",
    apiMessage: `Cannot follow a redirect: ${state}`,
  });
}

function isSafe(url: URL, from: URL): boolean {
  return url.protocol === "https:" ||
    (url.protocol === "http:" && from.protocol === "http:");
}

function turnsToGet(status: number, method: string): boolean {
  if (status === 303) return method !== "GET" && method !== "HEAD";
  return (status === 301 || status === 302) && method === "POST";
}

function publicHeaders(
  headers: Hop["headers"],
  rule: RedirectRule,
): Hop["headers"] {
  return withoutHeaders(
    headers,
    (name) => PRIVATE.has(name) || rule.privateHeaders.includes(name),
  );
}

function withoutContent(headers: Hop["headers"]): Hop["headers"] {
  return withoutHeaders(headers, (name) => name.startsWith("content-"));
}

function withoutHeaders(
  headers: Hop["headers"],
  drops: (name: string) => boolean,
): Hop["headers"] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !drops(name.toLowerCase())),
  );
}

function replayable(
  body: SendBody | undefined,
  status: number,
): SendBody | undefined {
  if (!(body instanceof ReadableStream)) return body;
  throw refusal(status, "a stream cannot be sent again");
}
