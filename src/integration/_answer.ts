import { type Bytes, decodeUtf8Lossy } from "../_internal/bytes.ts";
import { isObject, parseJson, text } from "../_internal/json.ts";
import type { Scrub } from "../http/send.ts";
import { isJson } from "./_request_body.ts";
import { HTTPError, RateLimitError } from "./errors.ts";
import type { ResponseType } from "./fetch.ts";

/** An answer that arrived whole. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Bytes;
}

const MOST_MESSAGE_CHARS = 500;
const DEFAULT_RETRY_SECONDS = 60;
// Where nothing is expected, nothing is `null`; elsewhere it is an empty text.
const EMPTY_IS_NULL = new Set([200, 201, 204]);

/** The body in the form that is wanted. */
export function readData(
  answer: Answer,
  type: Exclude<ResponseType, "stream">,
): unknown {
  const { body, headers } = answer;
  const contentType = headers.get("content-type");
  if (type === "bytes") return body;
  if (type === "text") {
    return decode(body, contentType) ?? decodeUtf8Lossy(body);
  }
  if (type === "json" || isJson(contentType)) return readJson(answer);
  return readText(answer);
}

// What says that it is JSON and is none is given as the text it is.
function readJson(answer: Answer): unknown {
  const source = decode(answer.body, answer.headers.get("content-type"));
  if (source?.trim() === "") return null;
  const value = source === undefined ? undefined : parseJson(source);
  return value === undefined ? readText(answer) : value;
}

// What is no text in the charset it claims is given as the bytes it is.
function readText({ body, headers, status }: Answer): unknown {
  if (body.length === 0) return EMPTY_IS_NULL.has(status) ? null : "";
  return decode(body, headers.get("content-type")) ?? body;
}

function decode(body: Bytes, contentType: string | null): string | undefined {
  const label = /;\s*charset="?([^\s;"]+)/i.exec(contentType ?? "")?.[1];
  try {
    return new TextDecoder(label ?? "utf-8", { fatal: true }).decode(body);
  } catch {
    return undefined; // not in that charset, or a charset that nobody knows
  }
}

/** The error of a status from 400 up. */
export function answerError(
  answer: Answer,
  context: { scrub: Scrub; retryAfter: number | null },
): HTTPError {
  const { status, body } = answer;
  const { scrub, retryAfter } = context;
  if (status === 429) {
    return new RateLimitError({
      retryAfter: retryAfter ?? DEFAULT_RETRY_SECONDS,
      responseData: decodeUtf8Lossy(body),
    });
  }
  const responseData = readData(answer, "auto");
  return new HTTPError({
    status,
    responseData,
    apiMessage: scrub.text(wordsOf(responseData)).slice(0, MOST_MESSAGE_CHARS),
    retryable: status >= 500,
  });
}

function wordsOf(data: unknown): string {
  if (typeof data === "string") return oneLine(data);
  if (!isObject(data)) return "";
  const inner = isObject(data["error"]) ? data["error"] : data;
  const names = ["message", "error_description", "error", "detail", "title"];
  return oneLine(text(inner, ...names) ?? "");
}

// Line ends and controls must not reach a log.
function oneLine(raw: string): string {
  return raw.slice(0, 64 * 1024).replace(/[\s\p{Cc}]+/gu, " ").trim();
}
