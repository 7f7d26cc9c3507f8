import { assertFunction } from "../_internal/assert.ts";
import type { InboxOptions, ProcessOptions } from "../company_data/mod.ts";
import { checkRunOptions, type HandlerContext } from "../spool/mod.ts";
import { isSluiceError } from "../errors.ts";
import { assertToken, bearerCheck } from "./_bearer.ts";
import { tell } from "./_tell.ts";
import type { RouteHandler } from "./route.ts";

/** What the route needs of a client. `C` is what the handler gets, a `Change`; `R` is the report. */
export interface DrainClient<C, R> {
  /** Drains the feed. */
  processChanges(handler: DrainHandler<C>, options: ProcessOptions): Promise<R>;
  /** Drains the inbox. */
  processInbox(handler: DrainHandler<C>, options: InboxOptions): Promise<R>;
}

/** Is given each change. */
export type DrainHandler<C> = (change: C, context: HandlerContext) => unknown;

/** How {@linkcode drainRoute} works; the other members are options of the run. */
export interface DrainRouteOptions extends ProcessOptions, InboxOptions {
  /** What the caller must send as `Authorization: Bearer …`; at least 16 characters. */
  readonly token: string;
  /** What is drained: the feed, the inbox of webhooks, or both, the inbox first. Default is `"feed"`. */
  readonly source?: "feed" | "inbox" | "both";
  /** Milliseconds for the run. Default is 25,000, below the limits of the usual hosts and schedulers. */
  readonly deadlineMs?: number;
  /** Is told why a run failed; the caller is told no more than its code. The answer does not wait for it. */
  readonly onFailure?: (error: unknown) => unknown;
}

/**
 * Starts a drain over HTTPS, for any scheduler that can send a request.
 *
 * Answers 200 with the report as JSON (of both as `{ inbox, feed }`), also for `stopped: "busy"`, which is normal; 401
 * without the token; 502 or 503 with `{ error: { code, retryable } }` when the run failed. Nothing is lost by any of
 * them, nor by a caller that hangs up: the next run goes on.
 *
 * @param client Drains.
 * @param handler Is given each change.
 * @param options The token, and how to drain.
 * @returns A handler for `app.post`.
 * @throws {TypeError} When the token is too short or an option has the wrong type.
 *
 * @example A route for a scheduler
 * ```ts
 * import { Hono } from "hono";
 * import type { Client } from "@sluice/edge/company-data";
 * import { drainRoute } from "@sluice/edge/hono";
 *
 * export function routes(client: Client, token: string): Hono {
 *   const drain = drainRoute(client, (change) => console.log(change.event), { token });
 *   return new Hono().post("/drain", drain);
 * }
 * ```
 */
export function drainRoute<C, R extends object>(
  client: DrainClient<C, R>,
  handler: DrainHandler<C>,
  options: DrainRouteOptions,
): RouteHandler {
  const { token, source = "feed", deadlineMs = 25_000, onFailure, ...rest } =
    options;
  assertFunction(handler, "handler");
  assertToken(token);
  checkRunOptions({ ...rest, deadlineMs });
  if (onFailure !== undefined) assertFunction(onFailure, "onFailure");
  if (!["feed", "inbox", "both"].includes(source)) {
    throw new TypeError('Cannot use source: wanted "feed", "inbox" or "both"');
  }
  const isAllowed = bearerCheck(token);
  const drain = drainOf(source, {
    client,
    handler,
    options: { ...rest, deadlineMs },
  });
  return async function startDrain(c): Promise<Response> {
    if (!await isAllowed(c)) {
      return Response.json({ error: { code: "unauthorized" } }, {
        status: 401,
      });
    }
    try {
      return Response.json(await drain());
    } catch (error) {
      tell(onFailure, error);
      return failed(error);
    }
  };
}

type Drain<R> = () => Promise<R | { inbox: R; feed: R }>;

function drainOf<C, R>(
  source: "feed" | "inbox" | "both",
  parts: {
    client: DrainClient<C, R>;
    handler: DrainHandler<C>;
    options: ProcessOptions & InboxOptions;
  },
): Drain<R> {
  const { client, handler, options } = parts;
  const feed = (): Promise<R> => client.processChanges(handler, options);
  const inbox = (): Promise<R> => client.processInbox(handler, options);
  if (source === "both") {
    return async () => ({ inbox: await inbox(), feed: await feed() });
  }
  return source === "feed" ? feed : inbox;
}

/** Only what is ours is told, and of that only what a scheduler can act on. */
function failed(error: unknown): Response {
  const { code, retryable } = isSluiceError(error)
    ? error
    : { code: "failed", retryable: false };
  const status = code === "kv" ? 503 : 502;
  return Response.json({ error: { code, retryable } }, { status });
}
