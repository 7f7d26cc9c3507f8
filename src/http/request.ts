import {
  assertFunction,
  assertInteger,
  assertMs,
} from "../_internal/assert.ts";
import type { Random } from "../_internal/backoff.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type { Clock } from "../_internal/clock.ts";
import { openCall } from "./_call.ts";
import type { FetchLike, HttpAnswer } from "./_exchange.ts";
import { deadlineError, type ParseErrorBody } from "./_failure.ts";
import {
  createHome,
  type Home,
  type HttpPath,
  type HttpQuery,
} from "./_home.ts";
import { type Plan, runPlan } from "./_run.ts";
import { TokenSource } from "./token.ts";

export type { FetchLike, HttpAnswer, HttpPath, HttpQuery, ParseErrorBody };

/** What the HTTP layer of one client works with. */
export interface HttpOptions {
  /** Base of the platform; https, or http on a loopback host. */
  readonly baseUrl: string;
  /** The client's id. */
  readonly clientId: string;
  /** The client's secret; goes into token requests only. */
  readonly clientSecret: string;
  /** Sends requests. */
  readonly fetch: FetchLike;
  /** Measures deadlines and waits between attempts. */
  readonly clock: Clock;
  /** Spreads waits and renewals. */
  readonly random: Random;
  /** Time for one call, with token, waits and retries; `Infinity` for no limit. */
  readonly timeoutMs: number;
  /** Longest body of a 2xx answer. */
  readonly maxResponseBytes: number;
  /** Origins that the platform may move the client to, besides that of `baseUrl`. */
  readonly rebaseOrigins: readonly string[];
  /** Reads the object of an error body. */
  readonly parseErrorBody: ParseErrorBody;
}

/** A body that is sent. */
export interface HttpBody {
  /** Its media type. */
  readonly contentType: string;
  /** Its content. */
  readonly content: string | Bytes;
}

/** One call to the platform. */
export interface HttpRequest {
  /** The method; `"GET"` by default. */
  readonly method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Segments below the base, each of which is percent-encoded, or a URL that the platform handed out. Of a URL, path
   * and query are asked from the current base, and only if its origin is the configured or the current one.
   */
  readonly path: HttpPath;
  /** Parameters, added to those of a URL. */
  readonly query?: HttpQuery;
  /** The media type that is wanted. */
  readonly accept: string;
  /** What is sent; nothing by default. */
  readonly body?: HttpBody;
  /** Ends the call; it rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Time for this call; that of the options by default. See `destructive` for what it means there. */
  readonly timeoutMs?: number;
  /** Whether a failed connection and 502, 503 and 504 are tried again. Only where a repeat changes nothing. */
  readonly retry: boolean;
  /**
   * Whether the server forgets what it answers, so that what is not read to its end is lost. Then
   *
   * - the token and the waits of a 429 do not count against `timeoutMs`: the request has all of it for the head of the
   *   answer, and after that as much for each piece of the body, so that a body that flows is not cut before twenty
   *   times as long;
   * - a body may be four times as long as `maxResponseBytes`, and one chunk more;
   * - a 2xx body that ends early is given out as `broken` instead of thrown, whatever ended it: the connection, the
   *   length, the time or the signal.
   */
  readonly destructive?: boolean;
}

/** The HTTP layer of one client. */
export interface Http {
  /**
   * Sends a request and gives out its 2xx answer.
   *
   * A 401 is answered by one new token and one replay, a 421 by one move to the named base if that is allowed. A 429
   * is retried up to three times after the wait that the platform asks for; a wait above 60 s, or one that would end
   * after the deadline, is not begun.
   *
   * @throws {AuthError} when there is no token, or a new one is refused too.
   * @throws {RateLimitError} when the platform limits the rate and waiting is no option.
   * @throws {ApiError} for all other answers; with status 0 and the key `http.network`, `http.deadline` or
   * `http.foreign_url` when there was none; with the key `http.redirect` or `http.too_large` when it is not usable.
   * @throws {TypeError} for a path that names nothing.
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
}

/**
 * Creates the HTTP layer: tokens, retries, limits and the rule that the token goes to no foreign host.
 *
 * @throws {TypeError} for a base or an origin that credentials must not be sent to.
 * @throws {RangeError} for a limit that is none.
 */
export function createHttp(options: HttpOptions): Http {
  const settings = { ...options };
  assertFunction(settings.fetch, "fetch");
  assertFunction(settings.parseErrorBody, "parseErrorBody");
  assertMs(settings.timeoutMs, "timeoutMs");
  assertInteger(settings.maxResponseBytes, "maxResponseBytes", { min: 1 });
  const home = createHome(settings);
  const tokens = new TokenSource({ ...settings, home });
  return { send: (request) => send({ settings, home, tokens }, request) };
}

interface Parts {
  readonly settings: HttpOptions;
  readonly home: Home;
  readonly tokens: TokenSource;
}

async function send(parts: Parts, request: HttpRequest): Promise<HttpAnswer> {
  const { settings, home } = parts;
  const { signal, timeoutMs = settings.timeoutMs } = request;
  assertMs(timeoutMs, "timeoutMs");
  const plan = planOf(home, request);
  const { clock } = settings;
  const expired = (): Error => deadlineError(timeoutMs);
  const call = openCall({
    clock,
    timeoutMs: plan.destructive ? Infinity : timeoutMs,
    signal,
    expired,
  });
  try {
    return await runPlan({ ...parts, plan, call, timeoutMs });
  } finally {
    call.close();
  }
}

function planOf(home: Home, request: HttpRequest): Plan {
  const { method = "GET", path, query = {}, accept, body } = request;
  const { retry, destructive = false } = request;
  const target = home.target(path, query);
  const content = body?.content;
  const contentType = body && { "content-type": body.contentType };
  return {
    method,
    target,
    headers: { accept, ...contentType },
    content: typeof content === "string" ? content : content?.slice(),
    retry,
    destructive,
  };
}
