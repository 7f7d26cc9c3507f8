import { systemClock } from "../_internal/clock.ts";
import type { SpoolHealth } from "../spool/mod.ts";
import { isSluiceError } from "../errors.ts";
import { assertToken, bearerCheck } from "./_bearer.ts";
import type { RouteHandler } from "./route.ts";

/** What the route needs of a client. */
export interface HealthClient {
  /** Tells how the feed and the inbox are doing. */
  health(): Promise<{
    readonly feed: SpoolHealth;
    readonly inbox: SpoolHealth;
  }>;
}

/** How {@linkcode healthRoute} works. */
export interface HealthRouteOptions {
  /** What the caller must send as `Authorization: Bearer …`; at least 16 characters. Anybody may ask by default. */
  readonly token?: string;
}

/** How one spool is doing, as JSON. */
export interface SpoolHealthAnswer {
  /** Changes that wait. */
  readonly pending: number;
  /** Milliseconds since the oldest of them came; `null` when none waits. */
  readonly oldestAgeMs: number | null;
  /** Dead letters. */
  readonly deadLetters: number;
  /** The run that ended last; `null` when there was none. */
  readonly lastRun: SpoolHealth["lastRun"];
}

/**
 * Tells how the client is doing: 200 with `{ feed, inbox }`, each with `pending`, `oldestAgeMs`, `deadLetters` and
 * `lastRun`; 503 with `{ error: { code } }` when the store does not answer; 401 without the token, if there is one.
 *
 * The backlog is counted by walking it, so ask now and then, not all the time.
 *
 * @param client Is asked.
 * @param options A token, if not everybody may ask.
 * @returns A handler for `app.get`.
 * @throws {TypeError} When the token is too short.
 *
 * @example A route for a monitor
 * ```ts
 * import { Hono } from "hono";
 * import type { Client } from "@sluice/edge/company-data";
 * import { healthRoute } from "@sluice/edge/hono";
 *
 * export function routes(client: Client): Hono {
 *   return new Hono().get("/health", healthRoute(client));
 * }
 * ```
 */
export function healthRoute(
  client: HealthClient,
  options: HealthRouteOptions = {},
): RouteHandler {
  const { token } = options;
  if (token !== undefined) assertToken(token);
  const isAllowed = token === undefined
    ? (): boolean => true
    : bearerCheck(token);
  return async function tellHealth(c): Promise<Response> {
    if (!await isAllowed(c)) {
      return Response.json({ error: { code: "unauthorized" } }, {
        status: 401,
      });
    }
    try {
      const { feed, inbox } = await client.health();
      return Response.json({ feed: answerOf(feed), inbox: answerOf(inbox) });
    } catch (error) {
      const code = isSluiceError(error) ? error.code : "failed";
      return Response.json({ error: { code } }, { status: 503 });
    }
  };
}

function answerOf({ oldestAt, ...rest }: SpoolHealth): SpoolHealthAnswer {
  return {
    ...rest,
    oldestAgeMs: oldestAt === null
      ? null
      : Math.max(0, systemClock.now() - oldestAt),
  };
}
