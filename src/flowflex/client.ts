import { assertFunction, assertInteger } from "../_internal/assert.ts";
import {
  checkRunOptions,
  dropDeadLetters,
  type RedriveReport,
  redriveSpool,
  type RunReport,
  runSpool,
  type RunTools,
  type SpoolHealth,
} from "../spool/mod.ts";
import { deliverKept } from "./_deliver.ts";
import { mintUploadUrl, readUploadUrlRequest } from "./_mint.ts";
import { Outbox } from "./_outbox.ts";
import { noStore, readSend, readTimeout } from "./_read_send.ts";
import { checkOf } from "./_check.ts";
import { readResume, resumedAssets } from "./_resume.ts";
import { runSend } from "./_send.ts";
import { Told } from "./_told.ts";
import { measure, type UploadTools } from "./_upload.ts";
import { missingFiles, uploadOne } from "./_uploads.ts";
import { withTools } from "./_with_tools.ts";
import {
  type FlowFlexOptions,
  type FlowFlexSettings,
  readFlowFlexOptions,
} from "./client_options.ts";
import {
  type DeadSend,
  type DurableSendOptions,
  type KeptEvent,
  listDeadSends,
  type ProcessSendsOptions,
  type RetrySendsOptions,
} from "./durable.ts";
import { file, type FileOptions, FileRef, type FileSource } from "./file.ts";
import type {
  EventCheck,
  EventPayloads,
  SendOptions,
  SendResult,
} from "./send.ts";
import type { CallOptions, UploadUrl, UploadUrlRequest } from "./upload.ts";

/**
 * Sends events with private files to FlowFlex.
 *
 * Files in a payload are uploaded first, then the event is sent with their ids. One idempotency key belongs to one
 * send, whatever has to be tried again, and the body under it stays the same to the byte while the uploaded files
 * live, which is 48 hours. Credentials go to the platform only, never to the storage, never along a redirect, and into
 * no error.
 *
 * @typeParam Events The payload of each event by its name.
 *
 * @example Send an event with a file
 * ```ts
 * import { file, FlowFlex } from "@sluice/edge/flowflex";
 *
 * const client = new FlowFlex<{ "invoice.ready": { to: string; invoice: unknown } }>({
 *   apiKey: "cik_example",
 *   apiSecret: "cisk_example",
 *   integrationCode: "ic_example",
 *   baseUrl: "https://flowflex.example",
 *   // The platform and its storage, in place of the network.
 *   fetch: (url) =>
 *     Promise.resolve(Response.json(
 *       url.pathname === "/v1/assets/upload-url"
 *         ? { assetId: "as_1", uploadUrl: "https://storage.example/as_1?signature=abc" }
 *         : { accepted: true },
 *     )),
 * });
 * const sent = await client.sendEvent("invoice.ready", {
 *   payload: {
 *     to: "+49 30 000000",
 *     invoice: file(new TextEncoder().encode("%PDF-1.7"), { filename: "invoice.pdf" }),
 *   },
 * });
 * console.log(sent.uploadedAssets); // { invoice: "as_1" }
 * ```
 */
export class FlowFlex<Events extends EventPayloads = EventPayloads> {
  readonly #settings: FlowFlexSettings;
  readonly #outbox: Outbox | undefined;

  /**
   * Creates a client. Nothing is sent.
   *
   * @throws {ConfigError} When a key, a secret, the code or the base URL cannot be used; `problems` names all of them.
   * @throws {TypeError} When another option has the wrong type.
   * @throws {RangeError} When a number among the options is out of bounds.
   */
  constructor(options: FlowFlexOptions) {
    const settings = readFlowFlexOptions(options);
    this.#settings = settings;
    this.#outbox = settings.store && new Outbox(settings.store, settings);
  }

  /** Makes a reference to a file, as the function {@linkcode file} does. */
  file(source: FileSource, options: FileOptions = {}): FileRef {
    return file(source, options);
  }

  /**
   * Uploads the files of the payload and sends the event.
   *
   * The payload is checked and copied before anything is sent, and all files are measured before the first one is
   * uploaded. The first failure ends the other uploads. After an error, `error.resume` finishes the send with the same
   * key and without uploading again what is there.
   *
   * @param event What happened; at most 255 visible ASCII characters, with spaces inside.
   * @param options Payload and how; every one has a default.
   * @returns The answer and the ids of the files.
   * @throws {UploadError} When a file cannot be read or uploaded, or the event is not taken; `step` says which.
   * @throws {TypeError} When the event, the key or the payload cannot be sent, or `resume` belongs to another send.
   *
   * @example Finish what failed
   * ```ts
   * import { UploadError } from "@sluice/edge/errors";
   * import type { FlowFlex } from "@sluice/edge/flowflex";
   *
   * export async function sendTwice(client: FlowFlex, payload: object): Promise<void> {
   *   try {
   *     await client.sendEvent("invoice.ready", { payload });
   *   } catch (error) {
   *     if (!(error instanceof UploadError) || !error.retryable) throw error;
   *     await client.sendEvent("invoice.ready", { payload, resume: error.resume });
   *   }
   * }
   * ```
   */
  async sendEvent<E extends keyof Events & string>(
    event: E,
    options: SendOptions<Events[E]> = {},
  ): Promise<SendResult> {
    const settings = this.#settings;
    const timeoutMs = readTimeout(options, settings);
    const { onProgress, signal } = options;
    if (onProgress !== undefined) assertFunction(onProgress, "onProgress");
    const resume = options.resume ? readResume(options.resume) : undefined;
    const send = readSend(event, { given: options, resume });
    const { bodyShape, tools: { clock } } = settings;
    const assets = resume
      ? await resumedAssets(resume, { send, bodyShape, now: clock.now() })
      : [];
    const job = { ...send, assets, timeoutMs, signal, onProgress };
    return await runSend(job, settings);
  }

  /**
   * Does all of {@linkcode FlowFlex.sendEvent} that needs no request: checks event, key and payload, and measures the
   * files. Whether the platform would take them is not known.
   *
   * @param event What happened.
   * @param options Payload, key and time.
   * @returns What would be uploaded.
   * @throws {UploadError} When a file cannot be read, or is longer than it may be.
   * @throws {TypeError} When the event, the key or the payload cannot be sent.
   */
  async checkEvent<E extends keyof Events & string>(
    event: E,
    options: DurableSendOptions<Events[E]> = {},
  ): Promise<EventCheck> {
    const { plan } = readSend(event, { given: options });
    return await this.#within(options, async (tools) => {
      const assets: undefined[] = [];
      return checkOf(plan, await missingFiles(plan.files, { assets, tools }));
    });
  }

  /**
   * Asks where to put a file, for those who upload by themselves: PUT the bytes with the header `content-type` and no
   * credentials within two hours, and send an event with the id within 48. The answer is the ticket of
   * {@linkcode uploadWithTicket}, by which a browser uploads a file; say who may get one, and for what.
   *
   * @throws {UploadError} When there is no usable answer, or `size` is above `maxFileBytes`.
   * @throws {TypeError} When the name or the media type cannot be used.
   * @throws {RangeError} When `size` is not a whole number from 0 up.
   */
  async createUploadUrl(
    request: UploadUrlRequest,
    options: CallOptions = {},
  ): Promise<UploadUrl> {
    const wanted = readUploadUrlRequest(request);
    return await this.#within(
      options,
      (tools) => mintUploadUrl(wanted, tools),
    );
  }

  /**
   * Uploads one file.
   *
   * @returns Its id, which an event must name within 48 hours.
   * @throws {UploadError} When it cannot be read or uploaded.
   * @throws {TypeError} When it is not what {@linkcode file} makes.
   */
  async uploadFile(ref: FileRef, options: CallOptions = {}): Promise<string> {
    if (!(ref instanceof FileRef)) {
      throw new TypeError("Cannot use ref: wanted what file() makes");
    }
    return await this.#within(options, async (tools) => {
      const measured = await measure(ref, tools);
      const { assetId } = await uploadOne(measured, { tools });
      return assetId;
    });
  }

  /**
   * Keeps an event, with the bytes of its files, sealed, and sends nothing. Once it resolves the event survives the end
   * of the process: {@linkcode FlowFlex.processSends} sends it, with the same key however often that takes.
   *
   * @param event What happened.
   * @param options Payload, key and time.
   * @returns What it is called and its key.
   * @throws {UploadError} When a file cannot be read, or not in time.
   * @throws {KvError} When the store failed.
   * @throws {TypeError} When the client has no store, or the event, the key or the payload cannot be sent.
   *
   * @example Keep now, send later
   * ```ts
   * import { generateSealingKey } from "@sluice/edge/crypto";
   * import { FlowFlex } from "@sluice/edge/flowflex";
   * import { memoryKv } from "@sluice/edge/kv";
   *
   * const client = new FlowFlex({
   *   apiKey: "cik_example",
   *   apiSecret: "cisk_example",
   *   integrationCode: "ic_example",
   *   baseUrl: "https://flowflex.example",
   *   kv: memoryKv(),
   *   sealingKey: generateSealingKey(),
   *   fetch: () => Promise.resolve(Response.json({ accepted: true })),
   * });
   * await client.sendEventDurably("order.shipped", { payload: { order: 42 } });
   *
   * const report = await client.processSends({ deadlineMs: 20_000 });
   * console.log(report.delivered); // 1
   * ```
   */
  async sendEventDurably<E extends keyof Events & string>(
    event: E,
    options: DurableSendOptions<Events[E]> = {},
  ): Promise<KeptEvent> {
    const outbox = this.#store();
    const send = readSend(event, { given: options });
    return await this.#within(options, async (tools) => {
      const { scope } = tools;
      const files = await Promise.all(
        send.plan.files.map((ref) => measure(ref, tools)),
      );
      const id = await outbox.add(send, { files, scope });
      new Told(this.#settings, send).kept(files.length);
      return { id, idempotencyKey: send.idempotencyKey };
    });
  }

  /**
   * Sends what {@linkcode FlowFlex.sendEventDurably} kept, oldest first, with the options, guarantees and report of any
   * run over a spool. Run it from a cron job or an alarm; another run at the same time is `stopped: "busy"`.
   *
   * What was uploaded before a crash is not uploaded again while the platform has it, so that the same key goes with
   * the same body. An event that fails more than `maxRetries` times becomes a dead letter and keeps its files.
   *
   * @throws {KvError} When the store failed.
   * @throws {TypeError} When the client has no store, or an option has the wrong type.
   * @throws {RangeError} When a number among the options is out of bounds.
   */
  async processSends(options: ProcessSendsOptions = {}): Promise<RunReport> {
    checkRunOptions(options);
    const outbox = this.#store();
    const job = deliverKept(outbox, this.#settings);
    const tools = { ...options, ...this.#runTools() };
    const report = await runSpool(outbox.spool, job, tools);
    const isIdle = report.stopped === "empty" && report.pending === 0;
    if (isIdle) await outbox.sweep();
    return report;
  }

  /**
   * Lists the events that were given up, oldest first.
   *
   * @throws {TypeError} When the client has no store.
   * @throws {RangeError} When `limit` is not a whole number from 1 up.
   * @throws {KvError} When the store failed.
   */
  async deadSends(
    options: { readonly limit?: number; readonly after?: string } = {},
  ): Promise<DeadSend[]> {
    const { limit = 1_000, after } = options;
    assertInteger(limit, "limit", { min: 1 });
    return await listDeadSends(this.#store(), { limit, after });
  }

  /**
   * Sends again what was given up. What succeeds is removed, what fails stays.
   *
   * @throws {KvError} When a run is at work, or the store failed.
   * @throws {TypeError} When the client has no store, or an option has the wrong type.
   */
  async retryDeadSends(
    options: RetrySendsOptions = {},
  ): Promise<RedriveReport> {
    const outbox = this.#store();
    const job = deliverKept(outbox, this.#settings);
    const tools = { ...options, ...this.#runTools() };
    return await redriveSpool(outbox.spool, job, tools);
  }

  /**
   * Deletes events that were given up, for good. The next idle run deletes their files, a day after they were kept at
   * the earliest.
   *
   * @returns How many there were.
   * @throws {KvError} When a run is at work, or the store failed.
   * @throws {TypeError} When the client has no store.
   */
  async dropDeadSends(ids: readonly string[] | "all"): Promise<number> {
    return await dropDeadLetters(this.#store().spool, ids);
  }

  /**
   * Tells how the kept events are doing: what waits, since when, what is dead, and what the last run did.
   *
   * @throws {TypeError} When the client has no store.
   */
  async health(): Promise<SpoolHealth> {
    return await this.#store().spool.health();
  }

  #store(): Outbox {
    if (this.#outbox) return this.#outbox;
    throw noStore();
  }

  #runTools(): RunTools {
    const { tell, tools: { clock } } = this.#settings;
    const source = "flowflex";
    return { clock, onEvent: tell && ((event) => tell({ source, ...event })) };
  }

  async #within<T>(
    options: CallOptions,
    work: (tools: UploadTools) => Promise<T>,
  ): Promise<T> {
    return await withTools(this.#settings, { options, work });
  }
}
