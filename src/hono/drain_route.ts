import type { Context, Handler } from "hono";
import { assertFunction } from "../_internal/assert.ts";
import type {
  ChangeHandler,
  Client,
  InboxOptions,
  ProcessOptions,
  PumpReport,
} from "../company_data/mod.ts";
import { isSluiceError } from "../errors.ts";
import { assertToken, bearerCheck } from "./_bearer.ts";

/** What the route needs of a client. */
export type DrainClient = Pick<Client, "processChanges" | "processInbox">;

/** How {@linkcode drainRoute} works; the other members are options of the run. */
export interface DrainRouteOptions extends ProcessOptions, InboxOptions {
  /** What the caller must send as `Authorization: Bearer …`; at least 16 characters. */
  readonly token: string;
  /** What is drained: the feed, the inbox of webhooks, or both, the inbox first. Default is `"feed"`. */
  readonly source?: "feed" | "inbox" | "both";
  /** Milliseconds for the run. Default is 25,000, below the limits of the usual hosts and schedulers. */
  readonly deadlineMs?: number;
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
export function drainRoute(
  client: DrainClient,
  handler: ChangeHandler,
  options: DrainRouteOptions,
): Handler {
  const { token, source = "feed", deadlineMs = 25_000, ...rest } = options;
  assertFunction(handler, "handler");
  assertToken(token);
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
      return c.json({ error: { code: "unauthorized" } }, 401);
    }
    return await drain().then(
      (report) => c.json(report),
      (error) => failed(c, error),
    );
  };
}

type Drain = () => Promise<
  PumpReport | { inbox: PumpReport; feed: PumpReport }
>;

function drainOf(
  source: "feed" | "inbox" | "both",
  parts: {
    client: DrainClient;
    handler: ChangeHandler;
    options: ProcessOptions & InboxOptions;
  },
): Drain {
  const { client, handler, options } = parts;
  const feed = (): Promise<PumpReport> =>
    client.processChanges(handler, options);
  const inbox = (): Promise<PumpReport> =>
    client.processInbox(handler, options);
  if (source === "both") {
    return async () => ({ inbox: await inbox(), feed: await feed() });
  }
  return source === "feed" ? feed : inbox;
}

/** Only what is ours is told, and of that only what a scheduler can act on. */
function failed(c: Context, error: unknown): Response {
  const { code, retryable } = isSluiceError(error)
    ? error
    : { code: "failed", retryable: false };
  return c.json({ error: { code, retryable } }, code === "kv" ? 503 : 502);
}
