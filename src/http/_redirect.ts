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
  /** Names of headers in lower case that go to no other origin, besides those whose names tell of a credential. */
  readonly privateHeaders: readonly string[];
  /** Whether a body may go to another origin. Default is `false`: such a redirect is an error. */
  readonly forwardBody?: boolean | undefined;
  /** Throws when the place must not be asked. */
  allow(url: URL): void;
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);
// Those that the Fetch Standard names, and what services call theirs: X-Api-Key, Private-Token, X-Amz-Security-Token.
const PRIVATE =
  /auth|cookie|credential|token|secret|passw|session|signature|api_?key|(?<!idempotency)[-_]key$/;

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
  const isForeign = url.origin !== hop.url.origin;
  const headers = isForeign ? publicHeaders(hop.headers, rule) : hop.headers;
  if (turnsToGet(status, hop.method)) {
    return { url, method: "GET", headers: withoutContent(headers) };
  }
  // It may hold as much of a secret as any header.
  if (isForeign && hop.body !== undefined && !rule.forwardBody) {
    throw refusal(status, "the body is not for another origin");
  }
  return { ...hop, url, headers, body: replayable(hop.body, status) };
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
    (name) => PRIVATE.test(name) || rule.privateHeaders.includes(name),
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
