import type { Random } from "../_internal/backoff.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type { Clock } from "../_internal/clock.ts";
import { ApiError, AuthError, RateLimitError } from "../errors.ts";
import { type Call, openCall } from "./_call.ts";
import { exchange, type FetchLike, type HttpAnswer } from "./_exchange.ts";
import {
  deadlineError,
  type Failure,
  failureError,
  type ParseErrorBody,
  readFailure,
  rebaseUrl,
} from "./_failure.ts";
import { assertAtHome, type Home, type Target } from "./_home.ts";
import { pause, readRetryAfter } from "./_retry.ts";
import { createScrub } from "./_scrub.ts";
import type { TokenSource } from "./token.ts";

// How much longer than any other a body may be that is lost unless it is read.
const DESTRUCTIVE_FACTOR = 4;
// How often its time may begin anew: who sends a byte now and then may not hold a run for ever.
const MOST_TIMES = 20;

/** A request as it was when it was given. */
export interface Plan {
  readonly method: string;
  readonly target: Target;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: string | Bytes | undefined;
  readonly retry: boolean;
  readonly destructive: boolean;
}

/** The part of the options that every run needs. */
export interface RunSettings {
  readonly clientSecret: string;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly random: Random;
  readonly maxResponseBytes: number;
  readonly parseErrorBody: ParseErrorBody;
}

/** A plan and all that it runs with. */
export interface Run {
  readonly settings: RunSettings;
  readonly home: Home;
  readonly tokens: TokenSource;
  readonly plan: Plan;
  readonly call: Call;
  /** Time for one attempt of a destructive plan. */
  readonly timeoutMs: number;
}

/** What was tried already. */
interface Tally {
  renewed: boolean;
  moved: boolean;
  limited: number;
  failed: number;
}

interface Refused {
  readonly token: string;
  readonly base: string;
  readonly answer: HttpAnswer;
  readonly failure: Failure;
}

type Attempt =
  | Refused
  | { readonly failure: null; readonly answer: HttpAnswer }
  | { readonly failure: ApiError };

/** Sends a plan until there is a 2xx answer, or nothing more to be tried. */
export async function runPlan(run: Run): Promise<HttpAnswer> {
  const tally = { renewed: false, moved: false, limited: 0, failed: 0 };
  for (;;) {
    run.call.throwIfOver();
    const attempt = await tryOnce(run);
    if (attempt.failure === null) return attempt.answer;
    if ("answer" in attempt) await recover(run, tally, attempt);
    else await tryLater(run, tally, { error: attempt.failure });
  }
}

async function tryOnce(run: Run): Promise<Attempt> {
  const { home, plan, call, settings } = run;
  const token = await run.tokens.get(call);
  const { base } = home;
  const url = plan.target(base);
  assertAtHome(url, base);
  const scrub = createScrub([settings.clientSecret, token]);
  const attempt = plan.destructive ? openAttempt(run) : call;
  try {
    const answer = await exchange(settings.fetch, {
      url,
      method: plan.method,
      headers: { ...plan.headers, authorization: `Bearer ${token}` },
      body: plan.content,
      signal: attempt.signal,
      maxBytes: longestBody(run),
      keepPartial: plan.destructive,
      ...(plan.destructive && { onProgress: () => attempt.restart() }),
      scrub,
    });
    const { status } = answer;
    if (status >= 200 && status < 300) return { failure: null, answer };
    const { parseErrorBody } = settings;
    const failure = await readFailure(answer, { parseErrorBody, scrub });
    return { token, base, answer, failure };
  } catch (error) {
    if (isNetworkError(error)) return { failure: error };
    throw error;
  } finally {
    if (plan.destructive) attempt.close();
  }
}

/**
 * A call within the call: its time begins when the request is sent, and anew with everything that arrives, but not
 * without end.
 */
function openAttempt({ call, timeoutMs, settings: { clock } }: Run): Call {
  const within = (parent: Call, timeoutMs: number): Call =>
    openCall({
      clock,
      timeoutMs,
      signal: parent.signal,
      expired: () => deadlineError(timeoutMs),
    });
  const whole = within(call, MOST_TIMES * timeoutMs);
  const attempt = within(whole, timeoutMs);
  const close = (): void => {
    attempt.close();
    whole.close();
  };
  attempt.throwIfOver();
  return { ...attempt, close };
}

function longestBody({ plan, settings: { maxResponseBytes } }: Run): number {
  return plan.destructive
    ? maxResponseBytes * DESTRUCTIVE_FACTOR
    : maxResponseBytes;
}

function isNetworkError(error: unknown): error is ApiError {
  return error instanceof ApiError && error.errorKey === "http.network";
}

/** Prepares the next attempt, or throws what the answer means. */
async function recover(
  run: Run,
  tally: Tally,
  refused: Refused,
): Promise<void> {
  switch (refused.failure.status) {
    case 401:
      return renew(run, tally, refused);
    case 421:
      return move(run, tally, refused);
    case 429:
      return await backOff(run, tally, refused);
    case 502:
    case 503:
    case 504:
      return await tryLater(run, tally, {
        error: failureError(refused.failure),
        headers: refused.answer.headers,
      });
    default:
      throw failureError(refused.failure);
  }
}

function renew(run: Run, tally: Tally, refused: Refused): void {
  run.tokens.drop(refused.token);
  if (tally.renewed) throw unauthorized(refused.failure);
  tally.renewed = true;
}

function move(run: Run, tally: Tally, refused: Refused): void {
  const { failure, base } = refused;
  const apiUrl = rebaseUrl(failure);
  if (apiUrl === undefined || tally.moved) throw failureError(failure);
  const moved = run.home.move(apiUrl, base);
  if (moved === "same") throw failureError(failure);
  tally.moved = true;
  if (moved === "moved") return;
  const apiMessage =
    `Cannot move to the region of this client: ${moved.problem}`;
  throw failureError({ ...failure, apiMessage });
}

async function backOff(
  run: Run,
  tally: Tally,
  refused: Refused,
): Promise<void> {
  const { failure, answer } = refused;
  // A full queue of challenges empties when people answer them, not by waiting a second.
  if (failure.errorKey === "twofa.pending_cap") throw failureError(failure);
  const { clock, random } = run.settings;
  const retryAfter = readRetryAfter(answer.headers, clock.now());
  const attempt = ++tally.limited;
  if (await pause(run.call, { attempt, retryAfter, random })) return;
  throw new RateLimitError({ ...failure, retryAfter });
}

async function tryLater(
  run: Run,
  tally: Tally,
  failed: { error: ApiError; headers?: Headers },
): Promise<void> {
  const { error, headers } = failed;
  const { plan, call, settings } = run;
  if (!plan.retry) throw error;
  const { clock, random } = settings;
  const retryAfter = headers ? readRetryAfter(headers, clock.now()) : null;
  const attempt = ++tally.failed;
  if (!(await pause(call, { attempt, retryAfter, random }))) throw error;
}

function unauthorized(failure: Failure): AuthError {
  const { status, errorKey, apiMessage } = failure;
  const key = errorKey === null ? "" : ` (${errorKey})`;
  const words = apiMessage === null ? "" : `: ${apiMessage}`;
  return new AuthError(
    `Cannot use the API: HTTP 401${key} even with a new token${words}`,
    { status, errorKey },
  );
}
