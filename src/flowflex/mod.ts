/**
 * Events with private files for FlowFlex: presigned uploads, one idempotency key per send, and an outbox that survives
 * the end of the process.
 *
 * @example
 * ```ts
 * import { deriveIdempotencyKey, FlowFlex } from "@sluice/edge/flowflex";
 *
 * const client = new FlowFlex({
 *   apiKey: "cik_example",
 *   apiSecret: "cisk_example",
 *   integrationCode: "ic_example",
 *   baseUrl: "https://flowflex.example",
 *   fetch: () => Promise.resolve(Response.json({ accepted: true })),
 * });
 * const sent = await client.sendEvent("order.shipped", {
 *   payload: { order: 42 },
 *   idempotencyKey: await deriveIdempotencyKey("order.shipped", "42"),
 * });
 * console.log(sent.response); // { accepted: true }
 * ```
 *
 * @module
 */
export type { Random } from "../_internal/backoff.ts";
export type { Clock } from "../_internal/clock.ts";
export { ConfigError, KvError, SluiceError, UploadError } from "../errors.ts";
export type {
  ConfigProblem,
  SluiceErrorOptions,
  UploadedAsset,
  UploadErrorInit,
  UploadResume,
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
  ConsumeOptions,
  DeadLetterLimits,
  Failure,
  LastRun,
  LeaseOptions,
  RedriveOptions,
  RedriveReport,
  RunOptions,
  RunProgress,
  RunReport,
  SpoolHealth,
  StopReason,
} from "../spool/mod.ts";
export { FlowFlex } from "./client.ts";
export type { BodyShape, FlowFlexOptions, KeyPair } from "./client_options.ts";
export type {
  DeadSend,
  DurableSendOptions,
  KeptEvent,
  ProcessSendsOptions,
  RetrySendsOptions,
} from "./durable.ts";
export { file, FileRef } from "./file.ts";
export type { FileOptions, FileSource, StreamFactory } from "./file.ts";
export { deriveIdempotencyKey } from "./idempotency_key.ts";
export type {
  EventPayloads,
  FileProgress,
  SendOptions,
  SendResult,
  SentFile,
} from "./send.ts";
export type { CallOptions, UploadUrl, UploadUrlRequest } from "./upload.ts";
