/**
 * Routes for Hono: receive webhooks, start a drain, tell the health.
 *
 * @example All three
 * ```ts
 * import { Hono } from "hono";
 * import { type Client } from "@sluice/edge/company-data";
 * import { drainRoute, healthRoute, webhookReceiver } from "@sluice/edge/hono";
 *
 * export function app(client: Client, token: string): Hono {
 *   return new Hono()
 *     .post("/webhook", webhookReceiver(client))
 *     .post("/drain", drainRoute(client, (change) => console.log(change.event), { token, source: "both" }))
 *     .get("/health", healthRoute(client, { token }));
 * }
 * ```
 *
 * @module
 */
export type { Bytes } from "../_internal/bytes.ts";
export type { InboxOptions, ProcessOptions } from "../company_data/mod.ts";
export type {
  ConsumeOptions,
  DeadLetterLimits,
  HandlerContext,
  LastRun,
  LeaseOptions,
  RunOptions,
  RunProgress,
  SpoolHealth,
} from "../spool/mod.ts";
export { drainRoute } from "./drain_route.ts";
export type {
  DrainClient,
  DrainHandler,
  DrainRouteOptions,
} from "./drain_route.ts";
export { healthRoute } from "./health_route.ts";
export type {
  HealthClient,
  HealthRouteOptions,
  SpoolHealthAnswer,
} from "./health_route.ts";
export type { RouteContext, RouteHandler } from "./route.ts";
export { webhookReceiver } from "./webhook_receiver.ts";
export type {
  ReceivedChange,
  WebhookClient,
  WebhookReceiverOptions,
  WebhookStored,
} from "./webhook_receiver.ts";
