import { unlessAborted } from "../_internal/abort.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { ApiError } from "../errors.ts";
import { discard, readBody } from "./_body.ts";
import { networkError } from "./_failure.ts";
import type { BodyRead } from "./read_stream.ts";
import type { Scrub } from "./_scrub.ts";
import { tooLarge } from "./_stream.ts";

/** The part of `fetch` that is used. */
export type FetchLike = (url: URL, init: RequestInit) => Promise<Response>;

/** What can be sent; all but a stream can be sent again. */
export type SendBody = string | Bytes | Blob | FormData | ReadableStream;

/** One request as it goes out. */
export interface Exchange {
  readonly url: URL;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: SendBody | undefined;
  readonly signal: AbortSignal;
  readonly maxBytes: number;
  readonly keepPartial: boolean;
  /** Whether the status is what counts: what comes of the body, up to the limit, is given whatever the status. */
  readonly headCounts?: boolean;
  /** Is called for the head of the answer and for each piece of its body. */
  readonly onProgress?: (() => void) | undefined;
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
  /** Why the body is only the start of what was sent; of a 2xx only where the call asks for such a start. */
  readonly broken: false | "cut_off" | "too_long";
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
  request.onProgress?.();
  if (isRedirect(response)) {
    discard(response);
    throw redirectError(response, request.url);
  }
  return await readAnswer(response, request);
}

/** Tells whether the answer leads elsewhere, or nowhere: a 3xx of whatever kind. */
function isRedirect({ status, type }: Response): boolean {
  return type === "opaqueredirect" || (status >= 300 && status < 400);
}

/**
 * Reads the body of an answer; of one outside 2xx only the start, as far as it arrives.
 *
 * @throws {ApiError} `http.network` or `http.too_large`; or the signal's reason.
 */
export async function readAnswer(
  response: Response,
  request: Exchange,
): Promise<HttpAnswer> {
  const { status, headers, ok } = response;
  const { headCounts = false } = request;
  const keep = headCounts || !ok || request.keepPartial;
  const read = await readBody(response, {
    maxBytes: ok || headCounts ? request.maxBytes : MOST_ERROR_BYTES,
    keepStart: keep,
    atOnce: headCounts || !keep,
    signal: request.signal,
    onProgress: request.onProgress,
  });
  if (!ok && !headCounts) request.signal.throwIfAborted();
  if (read.end !== "whole" && !keep) throw bodyError(read, { status, request });
  return { status, headers, body: read.body, broken: brokenBy(read) };
}

function brokenBy({ end }: BodyRead): HttpAnswer["broken"] {
  if (end === "whole") return false;
  return end === "broken" ? "cut_off" : end;
}

/**
 * Sends one request and gives its answer as soon as the headers are there. Redirects are not followed.
 *
 * @throws {ApiError} `http.network`; or the signal's reason.
 */
export async function fetchHead(
  fetch: FetchLike,
  request: Exchange,
): Promise<Response> {
  const { url, method, headers, body, signal } = request;
  // A followed redirect would carry the token to a host that nobody chose.
  const init: RequestInit = { method, headers, redirect: "manual", signal };
  if (body !== undefined) init.body = body;
  // The Fetch Standard asks for this word with a stream; the types of some hosts do not know it.
  if (body instanceof ReadableStream) Object.assign(init, { duplex: "half" });
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
  if (read.end === "too_long") return tooLarge(context.status, maxBytes);
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
