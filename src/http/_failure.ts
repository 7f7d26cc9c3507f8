import { type Bytes, decodeUtf8Lossy } from "../_internal/bytes.ts";
import { isObject, type JsonObject, text } from "../_internal/json.ts";
import { ApiError } from "../errors.ts";
import type { Scrub } from "./_scrub.ts";

/** What an error answer says. */
export interface Failure {
  readonly status: number;
  readonly errorKey: string | null;
  readonly apiMessage: string | null;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Reads an object out of an error body in JSON or XML; `undefined` when it is neither. */
export type ParseErrorBody = (
  bytes: Uint8Array,
) => Promise<JsonObject | undefined>;

const MOST_MESSAGE_CHARS = 500;
const MOST_KEY_CHARS = 100;
const MOST_CAUSES = 4;

/** Reads an error answer; never throws, whatever the body is. */
export async function readFailure(
  answer: { status: number; body: Bytes },
  options: { parseErrorBody: ParseErrorBody; scrub: Scrub },
): Promise<Failure> {
  const { status, body } = answer;
  const { parseErrorBody, scrub } = options;
  const parsed = await attempt(parseErrorBody, body);
  if (!isObject(parsed)) {
    const apiMessage = pageText(scrub.text(decodeUtf8Lossy(body)));
    return { status, errorKey: null, apiMessage, details: {} };
  }
  const { error_key: _key, error: _error, message: _message, ...rest } = parsed;
  const key = text(parsed, "error_key");
  const words = text(parsed, "error", "message");
  return {
    status,
    errorKey: key && oneLine(scrub.text(key), MOST_KEY_CHARS),
    apiMessage: words && oneLine(scrub.text(words), MOST_MESSAGE_CHARS),
    details: scrub.value(rest) as Record<string, unknown>,
  };
}

async function attempt(
  parse: ParseErrorBody,
  body: Bytes,
): Promise<JsonObject | undefined> {
  try {
    return await parse(body);
  } catch {
    return undefined; // what cannot be parsed is shown as text
  }
}

/** The error of an answer that is not retried, or not any more. */
export function failureError(failure: Failure): ApiError {
  const { status } = failure;
  return new ApiError({
    ...failure,
    retryable: status === 429 || status >= 500,
  });
}

/** The base that a 421 asks to move to, when it does. */
export function rebaseUrl(failure: Failure): string | undefined {
  if (failure.status !== 421) return undefined;
  if (failure.errorKey !== "region.rebase_required") return undefined;
  return text(failure.details, "api_url") ?? undefined;
}

/** The error of a connection that failed; `url` tells only its host. */
export function networkError(
  cause: unknown,
  options: { url: URL; scrub: Scrub; state: string },
): ApiError {
  return new ApiError({
    status: 0,
    errorKey: "http.network",
    apiMessage: `Cannot reach ${options.url.host}: ${options.state}`,
    retryable: true,
    ...(cause === undefined ? {} : { cause: cleanCause(cause, options.scrub) }),
  });
}

/** The error of a call whose time is up. */
export function deadlineError(timeoutMs: number): ApiError {
  return new ApiError({
    status: 0,
    errorKey: "http.deadline",
    apiMessage:
      `Cannot finish the call: the deadline of ${timeoutMs} ms passed`,
    retryable: true,
  });
}

// A fetch error quotes the whole URL, and one from a custom fetch may hold the request: only cleaned words are kept.
function cleanCause(cause: unknown, scrub: Scrub): Error {
  const words: string[] = [];
  let next = cause;
  while (next instanceof Error && words.length < MOST_CAUSES) {
    words.push(`${next.name}: ${next.message}`);
    next = next.cause;
  }
  const joined = words.length > 0 ? words.join("; ") : typeof cause;
  const bare = joined.replace(/\bhttps?:\/\/[^\s"'<>)]*/gi, "(URL)");
  return new Error(scrub.text(bare).slice(0, MOST_MESSAGE_CHARS));
}

// HTML error pages shrink to their words.
function pageText(raw: string): string | null {
  const words = raw.slice(0, 64 * 1024)
    .replace(/<(script|style)\b[^<>]*>[^<]*/gi, " ")
    .replace(/<[^<>]*>/g, " ");
  return oneLine(words, MOST_MESSAGE_CHARS);
}

// Line ends and controls must reach neither a log nor a terminal.
function oneLine(text: string, most: number): string | null {
  const words = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return words === "" ? null : words.slice(0, most);
}
