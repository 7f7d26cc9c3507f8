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
  BinaryContext,
  BinaryReadOptions,
  BinarySource,
  Bytes,
  Change,
  ChangeHandler,
  ChangeHead,
  ClientOptions,
  Config,
  Connection,
  ConnectionsOptions,
  ConsumeOptions,
  DeadLetter,
  DeadLetterLimits,
  DeadLetterOptions,
  Failure,
  FetchedFile,
  FetchLike,
  HandlerContext,
  JsonObject,
  KeySource,
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
  StopReason,
  TypedValue,
  Value,
  WebhookAuth,
} from "./src/company_data/mod.ts";
export { importCacheDir } from "./src/import_cache_dir.ts";
export type { ImportReport } from "./src/import_cache_dir.ts";
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
} from "./src/errors.ts";
export type {
  AnySluiceError,
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorCode,
  SluiceErrorOptions,
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
