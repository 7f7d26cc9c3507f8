/**
 * Routes for Hono: receive webhooks, start a drain, tell the health.
 *
 * | route | method | what it does |
 * |---|---|---|
 * | {@linkcode webhookReceiver} | POST | keeps a genuine delivery, then answers 200; `processInbox` delivers it later |
 * | {@linkcode drainRoute} | POST | starts a run, for any scheduler that can send a request; wants a bearer token |
 * | {@linkcode healthRoute} | GET | says what waits, since when, what is dead, and how the last run ended |
 *
 * A handler is all they need of Hono, so any release of it fits. No answer of the receiver loses anything: after any
 * but 200 the platform keeps the event. Nothing is lost by a caller of the drain that hangs up: the next run goes on.
 *
 * The routes of integrations and connectors have entries of their own, `@sluice/edge/hono/integration-routes` and
 * `@sluice/edge/hono/connector-routes`.
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
 * @example A webhook of the sandbox, kept and delivered
 * ```ts
 * import { Hono } from "hono";
 * import { Client } from "@sluice/edge/company-data";
 * import { webhookReceiver } from "@sluice/edge/hono";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { createSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * const app = new Hono();
 * await using sandbox = await createSandbox();
 * await sandbox.addWebhook({ url: "https://service.example/webhook", fetch: (request) => app.fetch(request) });
 * await using client = await Client.fromConfig(sandbox.config(), { kv: memoryKv(), fetch: sandbox.clientFetch });
 * app.post("/webhook", webhookReceiver(client));
 *
 * const person = await sandbox.connect();
 * await sandbox.deliver({ event: "field_updated", person, slug: "email", value: "anna@example.com" });
 * const { delivered } = await client.processInbox(({ value }) => assertEquals(value, "anna@example.com"));
 * assertEquals(delivered, 1);
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
  StoreResult,
  WebhookClient,
  WebhookReceiverOptions,
} from "./webhook_receiver.ts";
