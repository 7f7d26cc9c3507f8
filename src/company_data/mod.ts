/**
 * The client for edge runtimes: reads connections, and drains the change feed into a store that the caller gives.
 *
 * Nothing here touches a filesystem unless the configuration names a path. Scripts that want a folder as their store
 * import the root entry instead, whose client is the same.
 *
 * @example Drain the feed from a cron job on Deno Deploy
 * ```ts ignore
 * import { Client } from "@sluice/edge/company-data";
 * import { denoKv } from "@sluice/edge/kv/deno";
 *
 * const kv = denoKv(await Deno.openKv());
 * const client = await Client.fromEnv(undefined, { kv });
 * Deno.cron("drain", "* * * * *", async () => {
 *   const report = await client.processChanges(async (change) => {
 *     console.log(change.event, change.slug);
 *   }, { deadlineMs: 50_000 });
 *   console.log(report.stopped, report.pending);
 * });
 * ```
 *
 * @module
 */
export type { Random } from "../_internal/backoff.ts";
export type { Bytes } from "../_internal/bytes.ts";
export type { JsonObject } from "../_internal/json.ts";
export {
  ApiError,
  AuthError,
  ConfigError,
  DecryptError,
  isSluiceError,
  KvError,
  RateLimitError,
  SluiceError,
  ValidationError,
  WebhookError,
} from "../errors.ts";
export type {
  AnySluiceError,
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorCode,
  SluiceErrorOptions,
} from "../errors.ts";
export type { FetchLike } from "../http/request.ts";
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
  ConsumeOptions,
  DeadLetterLimits,
  Failure,
  HandlerContext,
  LastRun,
  LeaseOptions,
  RedriveOptions,
  RunOptions,
  RunProgress,
  RunReport,
  SpoolHealth,
  StopReason,
} from "../spool/mod.ts";
export { BinaryHandle } from "./binary.ts";
export type {
  BinaryContext,
  BinaryReadOptions,
  BinarySource,
  FetchedFile,
} from "./binary.ts";
export { Client } from "./client.ts";
export type {
  ClientHealth,
  ClientOptions,
  ConnectionsOptions,
} from "./client_options.ts";
export { configFromEnv, loadConfig } from "./config.ts";
export type { Config, KeySource, Secret, WebhookAuth } from "./config.ts";
export type {
  ChangeSource,
  DeadLetter,
  DeadLetterOptions,
  DeadLetterSource,
  RetryOptions,
} from "./dead_letters.ts";
export type {
  BacklogOptions,
  BacklogReport,
  InboxOptions,
  StoreResult,
} from "./inbox.ts";
export type { LogFields, Logger } from "./logger.ts";
export type {
  Change,
  ChangeHead,
  Connection,
  LogEntry,
  RequestField,
} from "./models.ts";
export type { ChangeHandler, ProcessOptions, PumpReport } from "./pump.ts";
export type { TypedValue, Value } from "./values.ts";
export type {
  WebhookArguments,
  WebhookBody,
  WebhookHeaders,
  WebhookHeaderValue,
  WebhookReadOptions,
} from "./webhook.ts";
