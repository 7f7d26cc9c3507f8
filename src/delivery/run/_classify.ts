import { ApiError, ValidationError } from "../../errors.ts";
import { type HttpAnswer, readRetryAfter } from "../../http/send.ts";
import { DialectFailure } from "./_render.ts";

/** What an answer means for the delivery. */
export interface Classified {
  readonly kind: "succeeded" | "failed" | "gone";
  /** The status in words, or where it leads. */
  readonly message: string;
  /** Whether the endpoint has more than it can do. */
  readonly throttled: boolean;
  /** How long it asked to be left alone, in milliseconds; `null` when it did not. */
  readonly retryAfterMs: number | null;
}

/** How far an attempt has come. */
export type Stage = "permission" | "target" | "dialect" | "signature" | "send";

/** Where and when an answer came from. */
export interface AnswerContext {
  /** What was asked: a redirect may be relative to it. */
  readonly url: URL;
  /** The time of the answer, in milliseconds since 1970. */
  readonly now: number;
}

const GONE = 410;
const THROTTLED = new Set([429, 502, 503, 504]);
const MOST_PLACE_CHARS = 300;

/** What an answer means: 2xx is success, 410 the end, all else a failure (Standard Webhooks 1.0.0, "Delivery"). */
export function classifyAnswer(
  { status, headers }: Pick<HttpAnswer, "status" | "headers">,
  { url, now }: AnswerContext,
): Classified {
  const isDone = status >= 200 && status < 300;
  const kind = isDone ? "succeeded" : status === GONE ? "gone" : "failed";
  const seconds = kind === "failed" ? readRetryAfter(headers, now) : null;
  return {
    kind,
    message: isRedirect(status)
      ? redirectText(status, { location: headers.get("location"), url })
      : statusText(status),
    throttled: THROTTLED.has(status),
    retryAfterMs: seconds === null ? null : seconds * 1000,
  };
}

/** Why there was no answer, in words that repeat nothing of the request. */
export function failureText(error: unknown, stage: Stage): string {
  if (error instanceof DialectFailure) return error.message;
  switch (stage) {
    case "permission":
      return "Permission check failed";
    case "target":
      return targetText(error);
    case "dialect":
      return "Dialect failed";
    case "signature":
      return "Signing failed";
    case "send":
      return "Connection failed";
  }
}

// 304 leads nowhere, and 0 is what a browser makes of a redirect.
function isRedirect(status: number): boolean {
  return status === 0 || (status >= 300 && status < 400 && status !== 304);
}

function redirectText(
  status: number,
  { location, url }: { location: string | null; url: URL },
): string {
  const head = status === 0 ? "Redirect" : `${status}, redirect`;
  const to = location !== null && URL.canParse(location, url)
    ? new URL(location, url)
    : undefined;
  const isHttp = to?.protocol === "https:" || to?.protocol === "http:";
  if (!to || !isHttp) return `${head} not followed`;
  // Without its user, query and fragment, which may hold a credential.
  const place = `${to.protocol}//${to.host}${to.pathname}`;
  return `${head} to ${place.slice(0, MOST_PLACE_CHARS)} not followed`;
}

// Its own words, from the check of the target, repeat nothing of the URL but its host.
function targetText(error: unknown): string {
  if (error instanceof ValidationError) {
    const state = error.message.replace(/^Cannot use [^:]*: /, "");
    return `Target refused: ${state}`;
  }
  if (error instanceof ApiError && error.errorKey === "http.no_address") {
    return "Target not found: its host has no address";
  }
  return "Target not found: the DNS gave no answer";
}

/** The status with the words of the standard, not those of the receiver. */
function statusText(status: number): string {
  const words = REASONS[status];
  return words === undefined ? `${status}` : `${status} ${words}`;
}

// RFC 9110 section 15, and RFC 6585 sections 3 to 6 for 428, 429, 431 and 511.
const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  202: "Accepted",
  203: "Non-Authoritative Information",
  204: "No Content",
  205: "Reset Content",
  206: "Partial Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  406: "Not Acceptable",
  407: "Proxy Authentication Required",
  408: "Request Timeout",
  409: "Conflict",
  410: "Gone",
  411: "Length Required",
  412: "Precondition Failed",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  416: "Range Not Satisfiable",
  417: "Expectation Failed",
  421: "Misdirected Request",
  422: "Unprocessable Content",
  426: "Upgrade Required",
  428: "Precondition Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  502: "Bad Gateway",
  503: "Service Unavailable",
  504: "Gateway Timeout",
  505: "HTTP Version Not Supported",
  511: "Network Authentication Required",
};
