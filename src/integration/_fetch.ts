import { assertMs } from "../_internal/assert.ts";
import { gather } from "../_internal/gather.ts";
import {
  createScrub,
  type OpenAnswer,
  readRetryAfter,
  type Scrub,
  send,
  sendOpen,
  type SendRequest,
  type SendTools,
} from "../http/send.ts";
import { answerError, readData } from "./_answer.ts";
import { requireAllowed } from "./_hosts.ts";
import { injectionOf } from "./_inject.ts";
import { withParams } from "./_query.ts";
import { encodeBody } from "./_request_body.ts";
import { readStatuses } from "./_request_config.ts";
import { querySecretsOf, secretsOf } from "./_secrets.ts";
import type { FetchOptions, FetchResponse } from "./fetch.ts";
import type { RequestSettings } from "./request_config.ts";

/** What the `fetch` of a context works with. */
export interface FetchParts {
  readonly auth: unknown;
  readonly config: RequestSettings;
  readonly signal: AbortSignal | undefined;
  readonly tools: SendTools;
}

const MOST_REDIRECTS = 10;
// Room for three within the deadline that a call has by default.
const ATTEMPT_MS = 8_000;
// RFC 9110 section 9.2.2.
const IDEMPOTENT = new Set([
  "DELETE",
  "GET",
  "HEAD",
  "OPTIONS",
  "PUT",
]);
// The Fetch Standard sends no others, and would tell it as a failed connection.
const FORBIDDEN = new Set(["CONNECT", "TRACE", "TRACK"]);

/** The `fetch` of one context. */
export function fetchFor(
  parts: FetchParts,
): (url: string | URL, options: FetchOptions) => Promise<FetchResponse> {
  return async (url, options) => {
    const request = requestOf(parts, parseUrl(url), options);
    const { responseType = "auto" } = options;
    const scrub = (): Scrub => createScrub(request.secrets ?? []);
    if (responseType === "stream") {
      const answer = await sendOpen(request, parts.tools);
      return await concludeOpen(answer, { parts, scrub });
    }
    const answer = await send(request, parts.tools);
    const { status, headers } = answer;
    if (status >= 400) throw errorOf(answer, { parts, scrub });
    return { status, headers, data: readData(answer, responseType) };
  };
}

async function concludeOpen(
  answer: OpenAnswer,
  context: { parts: FetchParts; scrub: () => Scrub },
): Promise<FetchResponse> {
  const { status, headers, body } = answer;
  if (status < 400) return { status, headers, data: body };
  const gathered = gather();
  for await (const chunk of body) gathered.add(chunk);
  throw errorOf({ status, headers, body: gathered.whole() }, context);
}

function errorOf(
  answer: Parameters<typeof answerError>[0],
  { parts, scrub }: { parts: FetchParts; scrub: () => Scrub },
): Error {
  const now = parts.tools.clock.now();
  const retryAfter = readRetryAfter(answer.headers, now);
  return answerError(answer, { scrub: scrub(), retryAfter });
}

function requestOf(
  parts: FetchParts,
  url: URL,
  options: FetchOptions,
): SendRequest {
  const { config } = parts;
  const method = methodOf(options);
  const { deadlineMs = config.deadlineMs } = options;
  const { retry = IDEMPOTENT.has(method) } = options;
  assertMs(deadlineMs, "deadlineMs");
  if (options.timeoutMs !== undefined) {
    assertMs(options.timeoutMs, "timeoutMs");
  }
  requireAllowed(url, config.allowedHosts);
  const content = contentOf(parts, options);
  if (content.body !== undefined && (method === "GET" || method === "HEAD")) {
    throw new TypeError(
      `Cannot send a body with ${method}: wanted another method or params`,
    );
  }
  const isOnce = !retry || config.maxRetries === 0 ||
    content.body instanceof ReadableStream;
  return {
    url: withParams(url, { ...options.params, ...content.params }),
    method,
    headers: content.headers,
    body: content.body,
    timeoutMs: deadlineMs,
    attemptTimeoutMs: options.timeoutMs ?? config.timeoutMs ??
      (isOnce ? undefined : ATTEMPT_MS),
    maxResponseBytes: config.maxResponseBytes,
    maxRetries: config.maxRetries,
    retry,
    retryStatuses: options.retryStatuses
      ? readStatuses(options.retryStatuses)
      : config.retryStatuses,
    redirect: {
      most: MOST_REDIRECTS,
      privateHeaders: content.privateHeaders,
      forwardBody: options.forwardBody,
      allow: (to) => requireAllowed(to, config.allowedHosts),
    },
    secrets: [
      ...secretsOf(parts.auth),
      ...content.secrets,
      ...querySecretsOf(url),
    ],
    signal: signalOf(parts.signal, options.signal),
  };
}

function methodOf(options: FetchOptions): string {
  const method = (options.method ?? "GET").toUpperCase();
  if (/^[A-Z]+$/.test(method) && !FORBIDDEN.has(method)) return method;
  throw new TypeError("Cannot use method: wanted one that fetch can send");
}

interface Content extends Pick<SendRequest, "headers" | "body"> {
  readonly params: Readonly<Record<string, string>>;
  readonly privateHeaders: readonly string[];
  /** What the credentials became in the headers. */
  readonly secrets: readonly string[];
}

function contentOf(parts: FetchParts, options: FetchOptions): Content {
  const own = ownHeaders(options.headers ?? {});
  const { body, contentType } = encodeBody(options, own.get("content-type"));
  const isSent = (options.credentials ?? true) && !own.has("authorization");
  const injected = isSent
    ? injectionOf(parts.auth, parts.config)
    : { headers: {}, params: {} };
  const headers = new Headers(injected.headers);
  if (contentType) headers.set("content-type", contentType);
  for (const [name, value] of own) headers.set(name, value);
  // Only `fetch` knows the boundary between the parts of a form.
  if (contentType === null) headers.delete("content-type");
  return {
    headers: Object.fromEntries(headers),
    body,
    params: injected.params,
    privateHeaders: Object.keys(injected.headers)
      .map((name) => name.toLowerCase()),
    secrets: [...Object.values(injected.headers), own.get("authorization")]
      .filter((value) => value !== null)
      .map(withoutScheme),
  };
}

// RFC 9110 section 11.4: the scheme is no secret, and a server may repeat the rest alone.
function withoutScheme(value: string): string {
  return value.replace(/^\S+ +/, "");
}

function ownHeaders(given: NonNullable<FetchOptions["headers"]>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === undefined) continue;
    // RFC 9110 section 5.1; the host's own error would repeat what may be a key in the wrong place.
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name)) {
      throw new TypeError("Cannot send a header: wanted a name of HTTP");
    }
    if (typeof value !== "string" || /[^\x20-\x7e\x80-\xff\t]/.test(value)) {
      throw new TypeError(
        `Cannot send the header ${name}: wanted a text of one line in Latin-1`,
      );
    }
    headers.set(name, value);
  }
  return headers;
}

// The message never repeats the text, which may hold a key.
function parseUrl(text: string | URL): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === "https:" || url?.protocol === "http:") return url;
  throw new TypeError(
    `Cannot fetch the URL: wanted an absolute http or https URL, got ${
      url?.protocol ?? "something else"
    }`,
  );
}

function signalOf(
  ...signals: (AbortSignal | undefined)[]
): AbortSignal | undefined {
  const given = signals.filter((signal) => signal !== undefined);
  return given.length > 1 ? AbortSignal.any(given) : given[0];
}
