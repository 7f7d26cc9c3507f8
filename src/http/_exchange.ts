import type { Bytes } from "../_internal/bytes.ts";
import { ApiError } from "../errors.ts";
import { type BodyRead, discard, readBody } from "./_body.ts";
import { unlessAborted } from "./_call.ts";
import { networkError } from "./_failure.ts";
import type { Scrub } from "./_scrub.ts";

/** The part of `fetch` that is used. */
export type FetchLike = (url: URL, init: RequestInit) => Promise<Response>;

/** One request as it goes out. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Bytes | undefined;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly keepPartial: boolean;
  readonly scrub: Scrub;
}

/** One answer, whatever its status. */
export interface HttpAnswer {
  /** The status: any 2xx, once `send` has given it out. */
  readonly status: number;
  /** Its headers. */
  readonly headers: Headers;
  /** Its body, empty when there was none. */
  readonly body: Bytes;
  /** Whether the body is only the start of what was sent; happens with `keepPartial` alone. */
  readonly broken: boolean;
}

// Room for any error object and for the first words of any error page.
const MOST_ERROR_BYTES = 64 * 1024;

/**
 * Sends one request and reads its answer. A status outside 2xx is an answer too, save for a redirect.
 *
 * @throws {ApiError} `http.network`, `http.redirect` or `http.too_large`; or the signal's reason.
 */
export async function exchange(
  fetch: FetchLike,
  request: Exchange,
): Promise<HttpAnswer> {
  const response = await fetchHead(fetch, request);
  const { status, headers, ok } = response;
  if (response.type === "opaqueredirect" || (status >= 300 && status < 400)) {
    discard(response);
    throw redirectError(response, request.url);
  }
  const keep = !ok || request.keepPartial;
  const read = await readBody(response, {
    maxBytes: ok ? request.maxBytes : MOST_ERROR_BYTES,
    keepStart: keep,
    signal: request.signal,
  });
  if (!ok) request.signal.throwIfAborted();
  if (read.end !== "whole" && !keep) throw bodyError(read, { status, request });
  return { status, headers, body: read.body, broken: read.end !== "whole" };
}

async function fetchHead(
  fetch: FetchLike,
  request: Exchange,
): Promise<Response> {
  const { url, method, headers, body, signal } = request;
  // A followed redirect would carry the token to a host that nobody chose.
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  const response = start(fetch, { url, init });
  try {
    return await unlessAborted(response, signal);
  } catch (cause) {
    response.then(discard, () => undefined); // in case `fetch` ignores the signal and answers after all
    signal.throwIfAborted();
    const state = "the request failed";
    throw networkError(cause, { url, scrub: request.scrub, state });
  }
}

// As a plain call: Workers refuse a `fetch` that is called as a method of something else.
async function start(
  fetch: FetchLike,
  request: { url: URL; init: RequestInit },
): Promise<Response> {
  return await fetch(request.url, request.init);
}

function bodyError(
  read: BodyRead,
  context: { status: number; request: Exchange },
): ApiError {
  const { url, scrub, signal, maxBytes } = context.request;
  if (read.end === "too_long") {
    return new ApiError({
      status: context.status,
      errorKey: "http.too_large",
      apiMessage:
        `Cannot read the answer: it is longer than "maxResponseBytes", which is ${maxBytes}`,
    });
  }
  signal.throwIfAborted();
  return networkError(read.cause, {
    url,
    scrub,
    state: "the answer broke off",
  });
}

function redirectError(response: Response, asked: URL): ApiError {
  const location = response.headers.get("location") ?? "";
  const to = URL.canParse(location, asked)
    ? new URL(location, asked).host
    : "an unknown place";
  return new ApiError({
    status: response.status,
    errorKey: "http.redirect",
    apiMessage:
      `Cannot follow a redirect to ${to}: the token goes to the configured host only`,
  });
}
