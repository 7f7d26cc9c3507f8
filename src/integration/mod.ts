/**
 * Integrations: actions, polling triggers and connected accounts, described by a `config.json` and done by handlers.
 *
 * A platform sends inputs and credentials, and gets an envelope back. Inputs, credentials and outputs are judged by
 * JSON Schema draft 7; no message ever repeats a value of theirs. `context.fetch` sends the credentials, keeps to a
 * deadline and tries again where that is safe.
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
