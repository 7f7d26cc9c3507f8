import { decodeUtf8Lossy } from "../_internal/bytes.ts";
import type { Clock } from "../_internal/clock.ts";
import { isObject, member, parseJson, text } from "../_internal/json.ts";
import { ApiError, AuthError } from "../errors.ts";
import { type Call, openCall } from "./_call.ts";
import { exchange, type FetchLike, type HttpAnswer } from "./_exchange.ts";
import {
  type Failure,
  type ParseErrorBody,
  readFailure,
  rebaseUrl,
} from "./_failure.ts";
import type { Home } from "./_home.ts";
import { readRetryAfter } from "./_retry.ts";
import { createScrub } from "./_scrub.ts";

/** What the token endpoint is asked with. */
export interface GrantOptions {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly fetch: FetchLike;
  readonly clock: Clock;
  readonly home: Home;
  readonly parseErrorBody: ParseErrorBody;
}

/** A token and how long it may be used from the moment it was asked for. */
export interface Grant {
  readonly value: string;
  readonly lifetimeMs: number;
}

const SKEW_SECONDS = 30;
const DEFAULT_LIFETIME_SECONDS = 3600;
const MOST_TOKEN_BYTES = 1024 * 1024;

/**
 * Asks for a token once (RFC 6749 section 4.4), following one move to another region.
 *
 * @throws {AuthError} for whatever goes wrong; or the signal's reason.
 */
export async function requestGrant(
  options: GrantOptions,
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<Grant> {
  const { clock, home } = options;
  const state = `no answer within ${limits.timeoutMs} ms`;
  const expired = (): Error => tokenError(state, { retryable: true });
  const call = openCall({ clock, ...limits, expired });
  try {
    const first = await ask(options, call);
    const last = first.failure && follows(home, first)
      ? await ask(options, call)
      : first;
    if (last.failure) throw refused(last, clock.now());
    return readGrant(last.answer, home);
  } finally {
    call.close();
  }
}

interface Refused {
  readonly answer: HttpAnswer;
  readonly base: string;
  readonly failure: Failure;
}

type Asked = Refused | { readonly answer: HttpAnswer; readonly failure: null };

async function ask(options: GrantOptions, call: Call): Promise<Asked> {
  const { fetch, home, parseErrorBody } = options;
  const scrub = createScrub([options.clientSecret]);
  const { base } = home;
  const answer = await exchange(fetch, {
    url: new URL(`${base}/oauth2/token`),
    method: "POST",
    headers: {
      "accept": "application/json",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: formOf(options),
    signal: call.signal,
    maxBytes: MOST_TOKEN_BYTES,
    keepPartial: false,
    scrub,
  }).catch(throwAsAuthError);
  const { status } = answer;
  if (status >= 200 && status < 300) return { answer, failure: null };
  const failure = await readFailure(answer, { parseErrorBody, scrub });
  return { answer, base, failure };
}

function formOf(options: GrantOptions): string {
  return new URLSearchParams({
    grant_type: "client_credentials",
    client_id: options.clientId,
    client_secret: options.clientSecret,
  }).toString();
}

function throwAsAuthError(error: unknown): never {
  if (!(error instanceof ApiError)) throw error;
  const { status, errorKey, apiMessage, retryable, cause } = error;
  throw tokenError(apiMessage ?? "no answer", {
    status,
    errorKey,
    retryable,
    ...(cause === undefined ? {} : { cause }),
  });
}

function follows(home: Home, asked: Refused): boolean {
  const apiUrl = rebaseUrl(asked.failure);
  if (apiUrl === undefined) return false;
  const moved = home.move(apiUrl, asked.base);
  if (typeof moved === "string") return moved === "moved";
  throw regionError(asked.failure.status, moved.problem);
}

function refused(asked: Refused, now: number): AuthError {
  const { status, errorKey, apiMessage } = asked.failure;
  const key = errorKey === null ? "" : ` (${errorKey})`;
  const words = apiMessage === null ? "" : `: ${apiMessage}`;
  return tokenError(`HTTP ${status}${key}${words}`, {
    status,
    errorKey,
    retryAfter: readRetryAfter(asked.answer.headers, now),
    retryable: status === 429 || status >= 500,
  });
}

function readGrant(answer: HttpAnswer, home: Home): Grant {
  const { status } = answer;
  const grant = parseJson(decodeUtf8Lossy(answer.body));
  if (!isObject(grant)) {
    const state = `HTTP ${status} with a body that is not a JSON object`;
    throw tokenError(state, { status });
  }
  const value = text(grant, "access_token");
  // Visible ASCII is all that an Authorization header can carry (RFC 6750 section 2.1).
  if (value === null || !/^[\x21-\x7e]+$/.test(value)) {
    const state = `HTTP ${status} without a usable "access_token"`;
    throw tokenError(state, { status });
  }
  const apiUrl = text(grant, "api_url");
  const moved = apiUrl === null ? "same" : home.move(apiUrl, home.base);
  if (typeof moved !== "string") throw regionError(status, moved.problem);
  const seconds = readSeconds(member(grant, "expires_in"));
  return { value, lifetimeMs: Math.max(0, seconds - SKEW_SECONDS) * 1000 };
}

function readSeconds(value: unknown): number {
  const isText = typeof value === "string" && value.trim() !== "";
  const seconds = isText ? Number(value) : value;
  return typeof seconds === "number" && Number.isFinite(seconds)
    ? seconds
    : DEFAULT_LIFETIME_SECONDS;
}

function regionError(status: number, problem: string): AuthError {
  return tokenError(`cannot move to the region of this client: ${problem}`, {
    status,
    errorKey: "region.rebase_required",
  });
}

function tokenError(
  state: string,
  options: ConstructorParameters<typeof AuthError>[1],
): AuthError {
  return new AuthError(`Cannot get an access token: ${state}`, options);
}
