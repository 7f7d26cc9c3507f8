/**
 * Events with private files for FlowFlex: presigned uploads, one idempotency key per send, and an outbox that survives
 * the end of the process.
 *
 * ### Two ways to send
 *
 * `sendEvent` uploads the files of a payload, sends the event, and resolves with the answer. One key belongs to one
 * send, whatever has to be tried again; when it fails, `error.resume` of the {@linkcode UploadError} finishes it later,
 * with the same key and without uploading again what is there. It can be kept as JSON, and holds no bytes and no
 * credential.
 *
 * `sendEventDurably` keeps the event, with the bytes of its files, sealed, in a store; `processSends` sends what was
 * kept. Use it whenever the event must not be lost: with a store, a `sealingKey` of `generateSealingKey`
 * (`@sluice/edge/crypto`), and a cron job or an alarm that calls `processSends`.
 *
 * ### What holds after a crash
 *
 * Once `sendEventDurably` has resolved, the event is sent sooner or later, or becomes a dead letter: see `deadSends`
 * and `retryDeadSends`. Every attempt carries the same key. What was uploaded before a crash is not uploaded again
 * while the platform has it, so that the same key goes with the same body; the ids are stored before the event is sent.
 * Runs at the same time are no harm: one works, the others report `"busy"`. With `sendEvent` alone a crash leaves
 * nothing behind; send again with a key of {@linkcode deriveIdempotencyKey}, which a later process finds again.
 *
 * ### Files
 *
 * {@linkcode file} takes a path or `file:` URL (on Deno and Node), a `Blob` or `File`, bytes, or a function that makes
 * a stream of known length. It may stand anywhere in a payload. Files are measured before the first one is uploaded,
 * streamed with their length declared, and not held in memory as a whole unless they came that way or the host cannot
 * stream (a browser).
 *
 * | option | default | meaning |
 * |---|---|---|
 * | `timeoutMs` | 30,000 | for one call with all its uploads, waits and retries |
 * | `attemptTimeoutMs` | none | for one attempt of one request |
 * | `maxRetries` | 3 | after a lost connection, 408, 425, 429 and 5xx |
 * | `maxFileBytes` | 25 MiB | longest file |
 * | `concurrency` | 8 | files of one event that are uploaded at once |
 * | `dedupeFiles` | `false` | whether files of one event with the same name, media type and bytes are uploaded once |
 * | `credentials` | | in place of `apiKey` and `apiSecret`: several pairs, or a function that gives one |
 * | `onEvent` | none | is told of sends, retries, uploads and runs; see `@sluice/edge/observe` |
 * | `bodyShape` | `"bare"` | or `"wrapped"`: the payload as the member `payload` of the body |
 *
 * `checkEvent` does all of a send that needs no request. A file whose first bytes are those of another media type is
 * uploaded all the same, and told as `file.type_differs`. An {@linkcode UploadError} has `attempts`, and in `requestId`
 * what the platform or its storage calls the request, for their support.
 *
 * ### Credentials
 *
 * The platform refuses an old pair the moment there is a new one. So give a function that asks where secrets are kept:
 * it is asked once for each send, and once more after a 401, when it must not answer from a cache.
 *
 * Credentials go to `baseUrl` only, never to the storage and never along a redirect. An upload URL lets its holder
 * write the file; neither it nor its query is in any error. The platform's words are in one only when they are short and
 * repeat no value of the payload.
 *
 * @example Send an event
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
 * @example Keep an event with a file while the platform is down
 * ```ts
 * import { generateSealingKey } from "@sluice/edge/crypto";
 * import { file, FlowFlex } from "@sluice/edge/flowflex";
 * import { memoryKv } from "@sluice/edge/kv";
 * import { assertEquals } from "@std/assert";
 *
 * let isDown = true;
 * const client = new FlowFlex({
 *   apiKey: "cik_example",
 *   apiSecret: "cisk_example",
 *   integrationCode: "ic_example",
 *   baseUrl: "https://flowflex.example",
 *   kv: memoryKv(), // in earnest one that survives the process
 *   sealingKey: generateSealingKey(), // in earnest one that you keep with your secrets
 *   fetch: ({ pathname }) => {
 *     if (isDown) return Promise.resolve(new Response(null, { status: 503 }));
 *     return Promise.resolve(Response.json(
 *       pathname === "/v1/assets/upload-url"
 *         ? { assetId: "as_1", uploadUrl: "https://storage.example/as_1?signature=abc" }
 *         : { accepted: true },
 *     ));
 *   },
 *   maxRetries: 0,
 * });
 * const invoice = file(new TextEncoder().encode("%PDF-1.7"), { filename: "invoice.pdf" });
 * await client.sendEventDurably("invoice.ready", { payload: { invoice } });
 *
 * // What a cron job does. Without a deadline it would wait for the retry itself.
 * const down = await client.processSends({ deadlineMs: 100 });
 * assertEquals([down.delivered, down.pending], [0, 1]);
 *
 * isDown = false;
 * const up = await client.processSends();
 * assertEquals([up.delivered, up.pending], [1, 0]);
 * ```
 *
 * @example Take credentials from where secrets are kept
 * ```ts
 * import { FlowFlex, type KeyPair } from "@sluice/edge/flowflex";
 *
 * export function createClient(readSecret: () => Promise<KeyPair>): FlowFlex {
 *   let cached: Promise<KeyPair> | undefined;
 *   return new FlowFlex({
 *     credentials: async ({ isRefused }) => {
 *       if (isRefused) cached = undefined;
 *       return await (cached ??= readSecret());
 *     },
 *     integrationCode: "ic_example",
 *     baseUrl: "https://flowflex.example",
 *   });
 * }
 * ```
 *
 * @example Let a browser upload a file, without credentials
 * ```ts
 * import { type FetchLike, FlowFlex, uploadWithTicket } from "@sluice/edge/flowflex";
 * import { assertEquals } from "@std/assert";
 *
 * // The platform and its storage, in place of the network.
 * const fetch: FetchLike = ({ pathname }) =>
 *   Promise.resolve(Response.json(
 *     pathname === "/v1/assets/upload-url"
 *       ? { assetId: "as_1", uploadUrl: "https://storage.example/as_1?signature=abc" }
 *       : { accepted: true },
 *   ));
 * const server = new FlowFlex({
 *   apiKey: "cik_example",
 *   apiSecret: "cisk_example",
 *   integrationCode: "ic_example",
 *   baseUrl: "https://flowflex.example",
 *   fetch,
 * });
 *
 * // On the server, for whom it has let in: a ticket for one file.
 * const scan = { filename: "scan.png", mime: "image/png", size: 3 };
 * const ticket = JSON.stringify(await server.createUploadUrl(scan));
 *
 * // In the browser, with what the user chose.
 * const chosen = new File([new Uint8Array(3)], "scan.png");
 * const asset = await uploadWithTicket(JSON.parse(ticket), chosen, { fetch });
 *
 * // On the server again, within 48 hours.
 * const sent = await server.sendEvent("scan.ready", { payload: { scan: asset } });
 * assertEquals([asset, sent.response], ["as_1", { accepted: true }]);
 * ```
 *
 * @example Receive what a flow posts, signed as Standard Webhooks 1.0.0 says
 * ```ts
 * import { generateSecret, sign, verifySignature } from "@sluice/edge/delivery";
 * import { assertEquals } from "@std/assert";
 *
 * const { secret } = await generateSecret(); // in earnest the one that both sides know
 *
 * export async function receive(request: Request): Promise<Response> {
 *   try {
 *     const { id, body } = await verifySignature(request, { secrets: secret });
 *     const reply = JSON.parse(new TextDecoder().decode(body));
 *     console.log(id, reply.status); // keep the id: the same one may come again
 *     return new Response(null, { status: 204 });
 *   } catch {
 *     return new Response(null, { status: 401 });
 *   }
 * }
 *
 * const body = JSON.stringify({ status: "delivered" });
 * const headers = { ...await sign({ id: "msg_1", body }, { secrets: secret }) };
 * const post = (body: string): Request =>
 *   new Request("https://us.example/flowflex", { method: "POST", body, headers });
 * assertEquals((await receive(post(body))).status, 204);
 * assertEquals((await receive(post("{}"))).status, 401);
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
  ErrorNote,
  EventDeadLettered,
  EventDelivered,
  EventDuplicate,
  EventFailed,
  EventParked,
  EventTime,
  FileTypeDiffers,
  FileUploaded,
  FlowFlexEvent,
  ItemMember,
  RedriveEnded,
  RedriveStarted,
  RunEnded,
  RunMember,
  RunStarted,
  SendFailed,
  SendKept,
  SendMember,
  SendRetried,
  SendSucceeded,
  WorkEvent,
} from "../observe/events.ts";
export type { Observer } from "../observe/observer.ts";
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
export type {
  BodyShape,
  FlowFlexOptions,
  FlowFlexSetup,
} from "./client_options.ts";
export type {
  CredentialProvider,
  CredentialRequest,
  Credentials,
  KeyPair,
  SignInOptions,
} from "./credentials.ts";
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
  CheckedFile,
  EventCheck,
  EventPayloads,
  FileProgress,
  SendOptions,
  SendResult,
  SentFile,
} from "./send.ts";
export { uploadWithTicket } from "./ticket.ts";
export type { TicketOptions } from "./ticket.ts";
export type { CallOptions, UploadUrl, UploadUrlRequest } from "./upload.ts";
