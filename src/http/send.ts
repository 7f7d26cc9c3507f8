import { assertInteger, assertMs } from "../_internal/assert.ts";
import type { Random } from "../_internal/backoff.ts";
import type { Clock } from "../_internal/clock.ts";
import { ApiError } from "../errors.ts";
import { discard } from "./_body.ts";
import { type Call, type CallOptions, openCall } from "./_call.ts";
import {
  type Exchange,
  fetchHead,
  type FetchLike,
  type HttpAnswer,
  readAnswer,
  type SendBody,
} from "./_exchange.ts";
import { deadlineError } from "./_failure.ts";
import { type Hop, nextHop, type RedirectRule, refusal } from "./_redirect.ts";
import { MOST_RETRIES, pause, readRetryAfter } from "./_retry.ts";
import { createScrub, type Scrub } from "./_scrub.ts";
import { callStream } from "./_stream.ts";

export { createScrub, openCall, readRetryAfter };
export type {
  Call,
  CallOptions,
  FetchLike,
  HttpAnswer,
  RedirectRule,
  Scrub,
  SendBody,
};

/** What calls are made with. */
export interface SendTools {
  /** Sends requests. */
  readonly fetch: FetchLike;
  /** Measures deadlines and waits between attempts. */
  readonly clock: Clock;
  /** Spreads waits. */
  readonly random: Random;
}

/** One call to any host. */
export interface SendRequest {
  /** Where to. */
  readonly url: URL;
  /** The method, in upper case. */
  readonly method: string;
  /** All headers, credentials among them. */
  readonly headers: Readonly<Record<string, string>>;
  /** What is sent; nothing by default. A stream is sent once, whatever `retry` says. */
  readonly body?: SendBody | undefined;
  /** Time for all of it, with waits and retries; `Infinity` for no limit. */
  readonly timeoutMs: number;
  /** Time for one attempt; that of the whole call by default. */
  readonly attemptTimeoutMs?: number | undefined;
  /** Longest body of a 2xx answer. */
  readonly maxResponseBytes: number;
  /**
   * Whether the status is all that matters. Then what comes of the body of any answer is given out up to
   * `maxResponseBytes`, with `broken` saying why it is not whole, also when the time is up or the signal aborts before
   * its end; and a redirect is an answer. Only for {@linkcode send}. Default is `false`.
   */
  readonly headCounts?: boolean;
  /**
   * Whether a failed connection, an attempt out of time and the statuses of `retryStatuses` are tried again. Only
   * where a repeat changes nothing. Default is `false`.
   */
  readonly retry?: boolean;
  /** Attempts after the first one. Default is 3. */
  readonly maxRetries?: number;
  /** Statuses that are tried again, after the time of their `Retry-After`. None by default. */
  readonly retryStatuses?: readonly number[];
  /** Which redirects are followed; none by default, and one that comes is an error. */
  readonly redirect?: RedirectRule;
  /** Texts that no error may repeat. */
  readonly secrets?: readonly string[];
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is still arriving. */
export interface OpenAnswer {
  /** The status. */
  readonly status: number;
  /** Its headers. */
  readonly headers: Headers;
  /** Its body. Read it to its end or cancel it: until then the connection and the time limit are held. */
  readonly body: ReadableStream<Uint8Array<ArrayBuffer>>;
}

/**
 * Makes a call and reads its answer, whatever its status; of an answer outside 2xx the first 64 KiB.
 *
 * @throws {ApiError} `http.network`, `http.timeout` or `http.deadline` when there was no answer, `http.redirect` or
 * `http.too_large` when it cannot be used.
 * @throws {RangeError} for a limit that is none.
 */
export async function send(
  request: SendRequest,
  tools: SendTools,
): Promise<HttpAnswer> {
  const run = open(request, tools);
  try {
    return await attempts(run, readAnswer);
  } finally {
    run.call.close();
  }
}

/** Makes a call as {@linkcode send} does and gives the body as a stream, with the same limits of time and length. */
export async function sendOpen(
  request: SendRequest,
  tools: SendTools,
): Promise<OpenAnswer> {
  const run = open(request, tools);
  try {
    const response = await attempts(run, (each) => Promise.resolve(each));
    const { status, headers } = response;
    const maxBytes = request.maxResponseBytes;
    return {
      status,
      headers,
      body: callStream(response, run.call, { maxBytes }),
    };
  } catch (error) {
    run.call.close();
    throw error;
  }
}

interface Run {
  readonly request: SendRequest;
  readonly tools: SendTools;
  readonly call: Call;
}

type Take<T> = (response: Response, exchange: Exchange) => Promise<T>;

function open(request: SendRequest, tools: SendTools): Run {
  const { timeoutMs, attemptTimeoutMs, signal } = request;
  assertMs(timeoutMs, "timeoutMs");
  if (attemptTimeoutMs !== undefined) {
    assertMs(attemptTimeoutMs, "attemptTimeoutMs");
  }
  assertInteger(request.maxResponseBytes, "maxResponseBytes", { min: 1 });
  assertInteger(request.maxRetries ?? MOST_RETRIES, "maxRetries", { min: 0 });
  const expired = (): Error => deadlineError(timeoutMs);
  const call = openCall({ clock: tools.clock, timeoutMs, signal, expired });
  return { request, tools, call };
}

async function attempts<T extends { status: number; headers: Headers }>(
  run: Run,
  take: Take<T>,
): Promise<T> {
  for (let failed = 1;; failed++) {
    run.call.throwIfOver();
    const outcome = await attemptOnce(run, take).catch(fleetingError);
    const isError = outcome instanceof ApiError;
    if (!isError && !isFleetingStatus(run.request, outcome)) return outcome;
    if (await waits(run, failed, { outcome })) continue;
    if (isError) throw outcome;
    return outcome;
  }
}

async function waits(
  run: Run,
  attempt: number,
  { outcome }: { outcome: ApiError | { headers: Headers } },
): Promise<boolean> {
  const { request, tools: { clock, random }, call } = run;
  const { retry = false, body, maxRetries: most = MOST_RETRIES } = request;
  if (!retry || body instanceof ReadableStream) return false;
  const retryAfter = outcome instanceof ApiError
    ? null
    : readRetryAfter(outcome.headers, clock.now());
  let goesOn = true;
  try {
    goesOn = await pause(call, { attempt, retryAfter, random, most });
  } finally {
    // Only an answer whose body was not read holds a connection.
    if (goesOn && outcome instanceof Response) discard(outcome);
  }
  return goesOn;
}

async function attemptOnce<T>(run: Run, take: Take<T>): Promise<T> {
  const { request, tools, call } = run;
  const { attemptTimeoutMs: timeoutMs } = request;
  if (timeoutMs === undefined) {
    const { response, exchange } = await follow(run, call.signal);
    return await take(response, exchange);
  }
  const expired = (): Error => timeoutError(timeoutMs);
  const { clock } = tools;
  const attempt = openCall({ clock, timeoutMs, signal: call.signal, expired });
  try {
    const { response, exchange } = await follow(run, attempt.signal);
    return await take(response, exchange);
  } finally {
    attempt.close();
  }
}

async function follow(
  run: Run,
  signal: AbortSignal,
): Promise<{ response: Response; exchange: Exchange }> {
  const { request, tools } = run;
  const { redirect = NOWHERE, maxResponseBytes: maxBytes } = request;
  const { headCounts = false } = request;
  const { secrets = [] } = request;
  const scrub = secrets.length > 0 ? createScrub(secrets) : NO_SECRETS;
  let { url, method, headers, body } = request;
  for (let left = redirect.most;; left--) {
    const hop = { url, method, headers, body };
    const limits = { signal, maxBytes, keepPartial: false, headCounts };
    const exchange = { ...hop, ...limits, scrub };
    const response = await fetchHead(tools.fetch, exchange);
    if (headCounts) return { response, exchange };
    const next = leadOn(response, { hop, rule: redirect });
    if (!next) return { response, exchange };
    discard(response);
    if (left === 0) throw tooMany(response, redirect);
    ({ url, method, headers, body } = { body: undefined, ...next });
  }
}

const NO_SECRETS = createScrub([]);

const NOWHERE: RedirectRule = { most: 0, privateHeaders: [], allow: () => {} };

function leadOn(
  response: Response,
  from: { hop: Hop; rule: RedirectRule },
): Hop | undefined {
  try {
    return nextHop(response, from);
  } catch (error) {
    discard(response);
    throw error;
  }
}

function tooMany({ status }: Response, { most }: RedirectRule): ApiError {
  const state = most === 0 ? "none is wanted" : "there were too many";
  return refusal(status, state);
}

function isFleetingStatus(
  request: SendRequest,
  { status }: { status: number },
): boolean {
  return request.retryStatuses?.includes(status) ?? false;
}

function fleetingError(error: unknown): ApiError {
  const isFleeting = error instanceof ApiError &&
    (error.errorKey === "http.network" || error.errorKey === "http.timeout");
  if (isFleeting) return error;
  throw error;
}

function timeoutError(timeoutMs: number): ApiError {
  return new ApiError({
    status: 0,
    errorKey: "http.timeout",
    apiMessage:
      `Cannot get an answer: no attempt may take over ${timeoutMs} ms`,
    retryable: true,
  });
}
