import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import { isObject, parseJson, text } from "../_internal/json.ts";
import { ApiError, UploadError, type UploadErrorInit } from "../errors.ts";
import { type HttpAnswer, readRetryAfter, type Scrub } from "../http/send.ts";
import { platformWords } from "./_platform_words.ts";
import type { Tries } from "./_tries.ts";

/** What a call was for. */
export interface Purpose {
  readonly step: UploadError["step"];
  /** What cannot be done, for the message. */
  readonly doing: string;
  readonly filename?: string;
  /** The attempts of the request, when it is about one. */
  readonly tries?: Tries;
}

/** The code of an event that names an asset which is not there, or not any more. */
export const ASSET_MISSING = "ASSET_FILE_MISSING";

// Request timeout, too early, too many requests, and whatever the server says of itself: a repeat under the same key
// changes nothing.
const FLEETING: readonly number[] = [
  408,
  425,
  429,
  ...Array.from({ length: 100 }, (_, n) => 500 + n),
];

/** The statuses after which a call is made again. */
export const RETRY_STATUSES: readonly number[] = FLEETING;

const KEY = /^[\w.:-]{1,100}$/;

/** The error of an answer of the platform that is no success. No value of the payload, a JSON text, is in its words. */
export function refusal(
  answer: HttpAnswer,
  options: {
    purpose: Purpose;
    scrub: Scrub;
    payload: string | undefined;
    now: number;
  },
): UploadError {
  const { purpose, scrub, payload, now } = options;
  const { status } = answer;
  const body = parseJson(decodeUtf8Lossy(answer.body));
  const object = isObject(body) ? body : {};
  const key = text(object, "code", "name");
  const errorKey = key !== null && KEY.test(key) ? scrub.text(key) : null;
  const said = text(object, "error", "message");
  const words = said === null ? null : platformWords(said, { scrub, payload });
  const state = `HTTP ${status}${errorKey === null ? "" : ` (${errorKey})`}`;
  return failure(
    words === null ? state : `${state}: ${words}`,
    purpose,
    {
      status,
      errorKey,
      retryAfter: readRetryAfter(answer.headers, now),
      retryable: FLEETING.includes(status),
    },
  );
}

/**
 * The error of a storage that did not take the file. Its words are left out, since it may explain a signature by
 * repeating it; its code is kept.
 */
export function storageRefusal(
  { status, headers, body }: HttpAnswer,
  { purpose, now }: { purpose: Purpose; now: number },
): UploadError {
  const [, code] = /<Code>([A-Za-z0-9]{1,64})<\/Code>/
    .exec(decodeUtf8Lossy(body)) ?? [];
  const named = code === undefined ? "" : ` (${code})`;
  return failure(`the storage answered HTTP ${status}${named}`, purpose, {
    status,
    errorKey: code ?? null,
    retryAfter: readRetryAfter(headers, now),
    retryable: FLEETING.includes(status),
  });
}

/** The error of a call without a usable answer; whatever else was thrown stays as it is. */
export function unanswered(error: unknown, purpose: Purpose): unknown {
  if (!(error instanceof ApiError)) return error;
  const { status, errorKey, apiMessage, retryable, cause } = error;
  const key = errorKey === null ? "" : ` (${errorKey})`;
  const state = apiMessage ?? "no answer";
  return failure(`${state}${key}`, purpose, {
    status,
    errorKey,
    retryable,
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Whether the other side has taken it, and only its answer is too long to be read: no other status has a limit. */
export function isTaken(error: unknown): boolean {
  return (error instanceof ApiError || error instanceof UploadError) &&
    error.errorKey === "http.too_large";
}

/** The error of an answer that does not say what it must. */
export function unusable(
  status: number,
  { purpose, wanted }: { purpose: Purpose; wanted: string },
): UploadError {
  return failure(`the answer is not usable, wanted ${wanted}`, purpose, {
    status,
    errorKey: "sluice.unusable_answer",
  });
}

/** The same error with what finishes the send; `requests` is how many that made. */
export function withResume(
  error: UploadError,
  { resume, requests }: { resume: UploadError["resume"]; requests: number },
): UploadError {
  const { step, status, errorKey, retryAfter, filename, retryable } = error;
  return new UploadError(error.message, {
    step,
    status,
    errorKey,
    retryAfter,
    filename,
    attempts: step === "send" ? requests : error.attempts,
    requestId: error.requestId,
    retryable,
    resume,
    ...(error.cause === undefined ? {} : { cause: error.cause }),
  });
}

/** Makes the error of a step. */
export function failure(
  state: string,
  purpose: Purpose,
  init: Omit<UploadErrorInit, "step"> = {},
): UploadError {
  const { step, doing, filename = null, tries } = purpose;
  return new UploadError(`Cannot ${doing}: ${state}`, {
    step,
    filename,
    attempts: tries?.count ?? 0,
    requestId: tries?.requestId ?? null,
    ...init,
  });
}
