/**
 * The client for edge runtimes: reads connections, drains the change feed, and keeps and delivers webhooks, with a
 * store that the caller gives.
 *
 * Nothing here touches a filesystem unless the configuration names a path. Scripts that want a folder as their store
 * import the root entry instead, whose client is the same.
 *
 * ### What holds after a crash
 *
 * The platform deletes a change as soon as it has handed it out. So each page is durable in the store, as it came and
 * still encrypted, before anybody looks at it, and a webhook is durable before it is answered with 200. A change is
 * acknowledged after your handler has resolved. When the process dies, the next run begins with everything that was not
 * finished, in the same order and with the same `context.id`; what the handler had in hand comes a second time. What
 * cannot be delivered moves to the dead letters, in one commit. A page that was on its way and had not reached the
 * store is lost with the process, which no client can mend; a smaller `batchSize` loses less.
 *
 * ### The usual pattern
 *
 * | host | store | what starts a run |
 * |---|---|---|
 * | Deno Deploy | `denoKv`, or `postgresKv` | `Deno.cron` at the top of the module, once a minute, with a `deadlineMs` below it |
 * | Cloudflare | `durableObjectKv` in a Durable Object | the alarm of the object, and a cron trigger for the feed |
 * | a machine of your own | `fsKv` (the root entry opens it), `denoKv`, `postgresKv` | cron, systemd, a loop |
 * | anything that can send a request | any | `drainRoute` of `@sluice/edge/hono` |
 *
 * Runs that overlap are no harm: one has the lease, the others report `"busy"`. The folder `examples` has each of them.
 *
 * ### Configuration
 *
 * `Client.fromConfig` takes a path, a `file:` URL or an object; `Client.fromEnv` takes the environment, which a Worker
 * passes itself. A variable goes before the file. {@linkcode loadConfig} has the rules.
 *
 * | key | variable | meaning |
 * |---|---|---|
 * | `api_url`, `client_id`, `client_secret` | `ALLUS_API_URL`, … | the platform, and the client of the service |
 * | `service_private_key`, `key_passphrase` | `ALLUS_SERVICE_PRIVATE_KEY`, … | the key that values are encrypted for |
 * | `account_private_key`, `account_passphrase` | `ALLUS_ACCOUNT_PRIVATE_KEY`, … | opens encrypted webhook envelopes |
 * | `webhooks` or `webhook_secret` | `ALLUS_WEBHOOKS`, … | HMAC secrets: an object of id and secret, or one for all |
 * | `webhook_bearer_token`, `webhook_basic`, `webhook_header`, `webhook_auth_none` | `ALLUS_WEBHOOK_…` | the other methods |
 * | `cache_dir`, `format` | `ALLUS_CACHE_DIR`, `ALLUS_FORMAT` | folder of the root entry's store; `json` or `xml` |
 *
 * One method for webhooks, not several. Without one no delivery is accepted.
 *
 * ### How a run works
 *
 * `client.processChanges(handler, options)`; every option has a default.
 *
 * | option | default | meaning |
 * |---|---|---|
 * | `batchSize` | 100 | changes to ask for at once, 1 to 500 |
 * | `concurrency` | 1 | changes in hand at once; those of one person stay in order |
 * | `maxRetries` | 3 | attempts after the first; 0 means one attempt |
 * | `backoff` | 0.5, 1, 2 … 30 | a function: seconds to wait after the n-th failed attempt |
 * | `onError` | `"deadletter"` | or `"halt"`: throw the handler's error and leave the change where it is |
 * | `outageThreshold` | 10 | different changes in a row that fail before the run stops, since the fault is not theirs |
 * | `deadlineMs` | none | stop between changes after that time; a retry that would be later waits for another run |
 * | `signal` | none | stop between changes |
 * | `dedupe` | `false` | skip changes that were delivered before: `true` for a week, or milliseconds |
 * | `ackWindow` | 1 | acknowledgements that may share a commit; as many changes may come twice after a crash |
 * | `leaseMs` | 30,000 | how long a killed run blocks others in a store that processes share |
 * | `storeMessages` | `false` | keep the message of a handler's error in the dead letter; it may hold personal data |
 * | `deadLetterLimits` | none | `{ maxAgeMs, maxCount }`: delete dead letters beyond that when a run begins |
 * | `onProgress` | none | called after every change and every page |
 *
 * It resolves to a report once all of it is committed:
 *
 * | member | meaning |
 * |---|---|
 * | `delivered` | changes that the handler finished |
 * | `retried` | attempts that followed a failed one |
 * | `deadLettered` | changes that were given up; see `deadLetters()` and `retryDeadLetters(handler)` |
 * | `duplicates` | changes that `dedupe` skipped |
 * | `drained` | changes that this run fetched |
 * | `dropped` | dead letters that `deadLetterLimits` deleted |
 * | `pending` | changes that wait for a later run |
 * | `stopped` | `"empty"`, `"deadline"`, `"aborted"`, `"outage"`, or `"busy"`: another run is at work |
 *
 * ### Webhooks
 *
 * `webhookReceiver` of `@sluice/edge/hono` is the endpoint. Without Hono: `client.storeWebhook(request)`, and 200 when
 * it is `stored`. `client.processInbox(handler, options)` then delivers what was kept, with the options and the report
 * above; in place of `dedupe` it has `dedupeMs`, ten minutes by default, which goes by content, because the platform
 * sends the same event under a new id. `client.drainWebhookBacklog(id)` fetches what the platform held back for a
 * webhook.
 *
 * ### Bad input
 *
 * - A configuration that cannot be used is a `ConfigError` that lists everything that is wrong, each with its field,
 *   and never a value.
 * - An option that cannot be meant is a `TypeError` or `RangeError` before anything is sent.
 * - A value that cannot be decrypted makes its change a dead letter. In a connection it is an error of that value
 *   alone: reading `.value` throws it, `.error` holds it.
 * - A row that is no object is a dead letter. Of a page that broke off, the rows that are whole are delivered and the
 *   rest is a dead letter, as it came.
 * - An answer that is no page at all is kept as a dead letter, and the run ends with an `ApiError` when nothing better
 *   follows.
 * - Every failure of the outside world has a literal `code` (`"config"`, `"auth"`, `"api"`, `"rate_limited"`,
 *   `"decrypt"`, `"kv"`, …) and says in `retryable` whether the same call can succeed later.
 *
 * @example Drain a feed, here that of a sandbox
 * ```ts
 * import { Client } from "@sluice/edge/company-data";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { createSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * await using sandbox = await createSandbox();
 * const person = await sandbox.connect({ displayName: "Anna" });
 * await sandbox.publish({ event: "field_updated", person, slug: "email", value: "anna@example.com" });
 *
 * await using client = await Client.fromConfig(sandbox.config(), {
 *   kv: memoryKv(), // in earnest one that survives the process
 *   fetch: sandbox.clientFetch,
 * });
 * const seen: unknown[] = [];
 * const report = await client.processChanges(({ slug, value }, { id }) => {
 *   console.log(id); // the same when the change comes again
 *   seen.push([slug, value]);
 * });
 * assertEquals(seen, [["email", "anna@example.com"]]);
 * assertEquals([report.delivered, report.pending, report.stopped], [1, 0, "empty"]);
 * ```
 *
 * @example Look at what was given up, and try it again
 * ```ts
 * import { Client } from "@sluice/edge/company-data";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { createSandbox } from "@sluice/edge/sandbox";
 * import { assertEquals } from "@std/assert";
 *
 * await using sandbox = await createSandbox();
 * const person = await sandbox.connect();
 * await sandbox.publish({ event: "field_updated", person, slug: "email", value: "anna@example.com" });
 * await using client = await Client.fromConfig(sandbox.config(), { kv: memoryKv(), fetch: sandbox.clientFetch });
 *
 * const failing = () => Promise.reject(new TypeError("the CRM does not know the field"));
 * await client.processChanges(failing, { maxRetries: 0 });
 * for (const { id, error, attempts } of await client.deadLetters()) {
 *   console.log(id, error.name, attempts); // … TypeError 1
 * }
 * assertEquals(await client.retryDeadLetters((change) => console.log(change.event)), 1);
 * ```
 *
 * @example Drain the feed from a cron job on Deno Deploy
 * ```ts
 * import { Client } from "@sluice/edge/company-data";
 * import { denoKv } from "@sluice/edge/kv/deno";
 *
 * export async function schedule(): Promise<void> {
 *   const kv = denoKv(await Deno.openKv());
 *   const client = await Client.fromEnv(undefined, { kv });
 *   Deno.cron("drain", "* * * * *", async () => {
 *     const report = await client.processChanges(async (change) => {
 *       console.log(change.event, change.slug);
 *     }, { deadlineMs: 50_000 });
 *     console.log(report.stopped, report.pending);
 *   });
 * }
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
  DeliveryError,
  isSluiceError,
  KvError,
  RateLimitError,
  SluiceError,
  UploadError,
  ValidationError,
  WebhookError,
} from "../errors.ts";
export type {
  AnySluiceError,
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorCode,
  SluiceErrorOptions,
  UploadedAsset,
  UploadErrorInit,
  UploadResume,
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
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  InboxEvent,
  ItemMember,
  PagePersisted,
  PumpEvent,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  WebhookRefused,
  WebhookStored,
  WorkEvent,
} from "../observe/events.ts";
export type { Observer } from "../observe/observer.ts";
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
