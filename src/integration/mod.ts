/**
 * Integrations: actions, polling triggers and connected accounts, described by a `config.json` and done by handlers.
 *
 * A platform sends inputs and credentials, and gets an envelope back. Inputs, credentials and outputs are judged by
 * JSON Schema draft 7; no message ever repeats a value of theirs. `context.fetch` sends the credentials, keeps to a
 * deadline and tries again where that is safe.
 *
 * ### The parts
 *
 * | part | registered with | called by |
 * |---|---|---|
 * | action | `integration.action(name)` | `executeAction(name, inputs, context)` |
 * | polling trigger | `integration.pollingTrigger(name)` | `executePollingTrigger`, or {@linkcode runPollingTrigger}, which remembers |
 * | connected account | `integration.connectedAccount()` | `getConnectedAccount(context)` |
 *
 * `integration.check()` finds what is missing or wrong in the configuration and its schemas, without any network; put
 * it into a test. `integrationRoutes` of `@sluice/edge/hono/integration-routes` serves an integration over HTTP.
 *
 * An action returns {@linkcode ActionResult}, or {@linkcode ActionError} for what it could not do. What it throws,
 * besides a {@linkcode ValidationError}, is thrown on; with the option `safe` it becomes an `error` envelope without
 * the credentials.
 *
 * ### What holds after a crash
 *
 * An action has no state: whoever called it has to call again. A run of {@linkcode runPollingTrigger} stores all
 * records of a poll before the first is delivered, and the time of the poll after them, so that nothing a poll found is
 * lost. Each record is delivered at least once. A record is known by its `id` for `rememberMs`, a year by default,
 * counted from the poll that found it first, whatever became of it; seeing it again does not prolong that. One whose
 * `id` is `null` is delivered by every poll that finds it. Runs that overlap are no harm.
 *
 * ### Requests
 *
 * `context.fetch` works as `requestConfig` of the context says; every member has a default.
 *
 * | member | default | meaning |
 * |---|---|---|
 * | `maxRetries` | 3 | attempts after the first, for methods that are idempotent, or with `retry: true` |
 * | `timeoutMs` | 8,000, or `deadlineMs` | for one attempt; `deadlineMs` for a call that is not tried again |
 * | `deadlineMs` | 25,000 | for a call with waits and retries |
 * | `retryStatuses` | none | statuses that are tried again; `true` for 429, 502, 503 and 504 |
 * | `maxResponseBytes` | 50 MiB | longest answer |
 * | `allowedHosts` | all | hosts that may be asked, redirects among them: `example.com`, `example.com:8443`, `*.example.com` |
 * | `apiKey`, `basic` | not sent | where an API key goes, and which fields are user and password |
 *
 * Up to ten redirects are followed. To another origin goes neither a header that carries a credential nor the body: a
 * redirect that would take the body there is an error, unless the call has `forwardBody`. Set `allowedHosts` wherever a
 * URL is made of inputs. An entry of it that is no host is a `TypeError`.
 *
 * @example An action, registered by a decorator, and its envelope
 * ```ts
 * import {
 *   ActionError,
 *   ActionResult,
 *   ExecutionContext,
 *   Integration,
 * } from "@sluice/edge/integration";
 *
 * const integration = await Integration.load({
 *   name: "Greetings",
 *   version: "1.0.0",
 *   description: "Says hello",
 *   actions: {
 *     greet: {
 *       description: "Greets somebody",
 *       input_schema: {
 *         type: "object",
 *         properties: { name: { type: "string", minLength: 1 } },
 *         required: ["name"],
 *       },
 *       output_schema: { type: "string" },
 *     },
 *   },
 * });
 *
 * @integration.action("greet")
 * class Greet {
 *   execute(inputs: { name: string }): ActionResult | ActionError {
 *     if (inputs.name === "Bob") return new ActionError("Bob is not here");
 *     return new ActionResult(`Hello ${inputs.name}`, { costUsd: 0 });
 *   }
 * }
 *
 * const context = new ExecutionContext();
 * const result = await integration.executeAction("greet", { name: "Anna" }, context);
 * console.log(JSON.stringify(result));
 * // {"version":"2.0.0","type":"action","result":{"data":"Hello Anna","cost_usd":0}}
 * const wrong = await integration.executeAction("greet", {}, context);
 * if (wrong.type === "validation_error") console.log(wrong.result.property); // /name
 * ```
 *
 * @example Poll, and deliver each record once
 * ```ts
 * import { ExecutionContext, Integration, runPollingTrigger } from "@sluice/edge/integration";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * const integration = await Integration.load({
 *   name: "Tickets",
 *   version: "1.0.0",
 *   description: "Tells of new tickets",
 *   actions: {},
 *   polling_triggers: {
 *     new_tickets: {
 *       description: "Finds what is new",
 *       polling_interval: "5m",
 *       input_schema: { type: "object" },
 *       output_schema: { type: "object", required: ["title"] },
 *     },
 *   },
 * });
 * integration.pollingTrigger("new_tickets")(async (_inputs, lastPollTs, context) => {
 *   const { data } = await context.fetch("https://tickets.example/api/tickets", {
 *     params: { since: lastPollTs },
 *   });
 *   return data as { id: number; data: { title: string } }[];
 * });
 *
 * const store = memoryKv(); // in earnest one that survives the process
 * const seen: unknown[] = [];
 * let now = Date.UTC(2026, 0, 1);
 * const poll = () =>
 *   runPollingTrigger(integration, "new_tickets", {
 *     kv: store,
 *     account: "anna",
 *     clock: { now: () => now, sleep: () => Promise.resolve() },
 *     context: new ExecutionContext({
 *       auth: { auth_type: "PlatformOauth2", credentials: { access_token: "secret-token" } },
 *       requestConfig: { allowedHosts: ["tickets.example"] },
 *       fetch: () => Promise.resolve(Response.json([{ id: 7, data: { title: "It broke" } }])),
 *     }),
 *     handler: ({ id }) => seen.push(id),
 *   });
 *
 * await poll();
 * now += 5 * 60_000; // an alarm for report.nextPollAt
 * const { polled, delivered } = await poll();
 * assertEquals([polled, delivered, seen], [true, 0, [7]]);
 * ```
 *
 * @module
 */
export type { Random } from "../_internal/backoff.ts";
export type { Bytes } from "../_internal/bytes.ts";
export type { Clock } from "../_internal/clock.ts";
export type { JsonObject } from "../_internal/json.ts";
export type { LogFields, Logger } from "../company_data/logger.ts";
export {
  ApiError,
  AuthError,
  ConfigError,
  ConfigError as ConfigurationError,
  SluiceError,
  ValidationError as SluiceValidationError,
} from "../errors.ts";
export type {
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorOptions,
} from "../errors.ts";
export type { FetchLike } from "../http/send.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "../kv/mod.ts";
export type {
  AccountRead,
  ActionExecuted,
  CallMember,
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  ExecutionOutcome,
  IntegrationEvent,
  ItemMember,
  PollRan,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  WorkEvent,
} from "../observe/events.ts";
export type { Observer } from "../observe/observer.ts";
export type { SchemaError } from "../schema/mod.ts";
export { SpoolConsumer } from "../spool/mod.ts";
export type {
  AckNote,
  ConsumeOptions,
  DeadLetter,
  DeadLetterLimits,
  DeadLetterNote,
  Failure,
  HandlerContext,
  LastRun,
  LeaseOptions,
  Parked,
  RunOptions,
  RunProgress,
  RunReport,
  Spool,
  SpoolHealth,
  SpoolItem,
  StopReason,
} from "../spool/mod.ts";
export { AuthType } from "./auth_type.ts";
export type { IntegrationProblem } from "./check.ts";
export type {
  ActionConfig,
  IntegrationConfig,
  PollingTriggerConfig,
} from "./config.ts";
export { ExecutionContext } from "./context.ts";
export type { ContextLike, ExecutionContextInit } from "./context.ts";
export { readCredentials } from "./credentials.ts";
export type { Credentials } from "./credentials.ts";
export { HTTPError, RateLimitError, ValidationError } from "./errors.ts";
export type {
  HTTPErrorInit,
  ValidationErrorInit,
  ValidationSource,
} from "./errors.ts";
export type {
  FetchOptions,
  FetchResponse,
  RequestData,
  ResponseType,
} from "./fetch.ts";
export type {
  ActionFunction,
  ActionHandler,
  ActionOutcome,
  ConnectedAccountFunction,
  ConnectedAccountHandler,
  HandlerClass,
  PollingTriggerFunction,
  PollingTriggerHandler,
  PollRecord,
  Register,
} from "./handlers.ts";
export { Integration } from "./integration.ts";
export type { ExecutionOptions } from "./options.ts";
export { pollingTriggerSpool, runPollingTrigger } from "./poll.ts";
export type {
  PollHandler,
  PollItem,
  PollOptions,
  PollPlace,
  PollReport,
} from "./poll.ts";
export type {
  ApiKeyInjection,
  BasicInjection,
  RequestConfig,
  RequestSettings,
} from "./request_config.ts";
export { ResultType } from "./result_type.ts";
export { ActionError, ActionResult, ConnectedAccountInfo } from "./results.ts";
export type {
  ConnectedAccountInit,
  CostOptions,
  Envelope,
  ErrorFailure,
  IntegrationResult,
  ValidationFailure,
} from "./results.ts";
