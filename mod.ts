/**
 * Sluice moves business events safely through edge runtimes: this entry is the client that drains an encrypted
 * change feed, with its models and errors.
 *
 * The same client without the folder as its default store, for Workers and Deno Deploy, is `@sluice/edge/company-data`.
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
  Failure,
  FetchedFile,
  FetchLike,
  HandlerContext,
  InboxOptions,
  JsonObject,
  KeySource,
  LastRun,
  LeaseOptions,
  LogEntry,
  LogFields,
  Logger,
  ProcessOptions,
  PumpReport,
  Random,
  RedriveOptions,
  RequestField,
  RetryOptions,
  RunOptions,
  RunProgress,
  RunReport,
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
