/**
 * Sluice moves business events safely through edge runtimes: this entry is the client that drains an encrypted change
 * feed, with its models and errors.
 *
 * Its client keeps changes in the folder `cache_dir` when it is given no store, which suits scripts and single
 * services. The same client without the folder, for Workers and Deno Deploy, is `@sluice/edge/company-data`; its page
 * has the guide: configuration, options, reports, webhooks, what survives a crash. {@linkcode importCacheDir} takes
 * over the buffer folder of another client of the SDK family.
 *
 * | entry | what it is for |
 * |---|---|
 * | `./company-data`, `./hono` | drain a feed, receive webhooks |
 * | `./integration`, `./connector` | act on behalf of a tenant: actions, polling triggers, capabilities |
 * | `./delivery`, `./flowflex` | tell others: webhooks of your own, events with files |
 * | `./spool`, `./kv` and its stores | the durable work list under all of them, and where it lies |
 * | `./crypto`, `./errors`, `./observe`, `./otel` | keys and seals, error classes, events and logs, OpenTelemetry |
 * | `./sandbox`, `./cli` | a platform to test against, and the `sluice` command |
 *
 * @example Drain a feed into a file
 * ```ts
 * import { type Change, Client } from "@sluice/edge";
 *
 * export async function drain(): Promise<void> {
 *   await using client = await Client.fromConfig("allus.json");
 *   const report = await client.processChanges(async ({ id, slug, value }: Change) => {
 *     const line = JSON.stringify({ id, slug, value });
 *     await Deno.writeTextFile("rows.jsonl", `${line}\n`, { append: true });
 *   });
 *   console.log(`${report.delivered} delivered, ${report.pending} wait`);
 * }
 * ```
 *
 * @module
 */
export { Client } from "./src/client.ts";
export { BinaryHandle, Client as StoreClient } from "./src/company_data/mod.ts";
export type {
  BacklogOptions,
  BacklogReport,
  BinaryContext,
  BinaryReadOptions,
  BinarySource,
  Bytes,
  Change,
  ChangeHandler,
  ChangeHead,
  ChangeSource,
  ClientHealth,
  ClientOptions,
  Config,
  Connection,
  ConnectionsOptions,
  ConsumeOptions,
  DeadLetter,
  DeadLetterLimits,
  DeadLetterOptions,
  DeadLetterSource,
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  Failure,
  FetchedFile,
  FetchLike,
  HandlerContext,
  InboxEvent,
  InboxOptions,
  ItemMember,
  JsonObject,
  KeySource,
  LastRun,
  LeaseOptions,
  LogEntry,
  LogFields,
  Logger,
  Observer,
  PagePersisted,
  ProcessOptions,
  PumpEvent,
  PumpReport,
  Random,
  RedriveEnded,
  RedriveOptions,
  RedriveStarted,
  RequestField,
  RetryOptions,
  RunEnded,
  RunMember,
  RunOptions,
  RunProgress,
  RunReport,
  RunStarted,
  Secret,
  SpoolHealth,
  StopReason,
  StoreResult,
  TypedValue,
  Value,
  WebhookArguments,
  WebhookAuth,
  WebhookBody,
  WebhookHeaders,
  WebhookHeaderValue,
  WebhookReadOptions,
  WebhookRefused,
  WebhookStored,
  WorkEvent,
} from "./src/company_data/mod.ts";
export { importCacheDir } from "./src/import/import_cache_dir.ts";
export type { ImportReport } from "./src/import/import_cache_dir.ts";
export {
  ApiError,
  AuthError,
  ConfigError,
  DecryptError,
  DeliveryError,
  isSluiceError,
  KvError,
  RateLimitError,
  SluiceError,
  UploadError,
  ValidationError,
  WebhookError,
} from "./src/errors.ts";
export type {
  AnySluiceError,
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorCode,
  SluiceErrorOptions,
  UploadedAsset,
  UploadErrorInit,
  UploadResume,
} from "./src/errors.ts";
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
} from "./src/kv/mod.ts";
