import { mapAhead } from "../_internal/ahead.ts";
import {
  assertFunction,
  assertInteger,
  assertSignal,
} from "../_internal/assert.ts";
import { isObject } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";
import type { KvStore } from "../kv/kv.ts";
import {
  checkRunOptions,
  dropDeadLetters,
  type Job,
  type RedriveReport,
  redriveSpool,
  runSpool,
  type RunTools,
  type Spool,
} from "../spool/mod.ts";
import { type ClientParts, createParts } from "./_client_parts.ts";
import type { Feed } from "./_feed.ts";
import { walkRows } from "./_listing.ts";
import { splitPage } from "./_page.ts";
import { readDelivery, TOO_LARGE } from "./_webhook_delivery.ts";
import {
  type ClientHealth,
  type ClientOptions,
  type ConnectionsOptions,
  readClientOptions,
} from "./client_options.ts";
import { type Config, configFromEnv, loadConfig } from "./config.ts";
import {
  type DeadLetter,
  type DeadLetterOptions,
  type DeadLetterSource,
  readSource,
  type RetryOptions,
  toDeadLetter,
} from "./dead_letters.ts";
import {
  type BacklogOptions,
  type BacklogReport,
  dedupeFor,
  type InboxOptions,
  type StoreResult,
} from "./inbox.ts";
import type { Logger } from "./logger.ts";
import {
  type Change,
  type Connection,
  type LogEntry,
  readLogEntry,
  type RequestField,
} from "./models.ts";
import {
  type ChangeHandler,
  clampBatch,
  type ProcessOptions,
  type PumpReport,
  readOrKeep,
  rememberFor,
} from "./pump.ts";
import type { WebhookArguments } from "./webhook.ts";

/** The feed of a client, for parts of the package that work on its store. */
export let feedOf: (client: Client) => Promise<Feed>;

/**
 * A client of the company-data platform: reads connections, and drains the change feed without losing a change.
 *
 * Keys, passphrases and secrets come from the configuration only; no method takes one, and none is ever printed. A
 * key is opened when it is first needed, see {@linkcode Client.ready}.
 */
export class Client {
  static {
    feedOf = (client) => client.#parts.spools.feed();
  }

  readonly #parts: ClientParts;

  /** Takes a checked configuration; {@linkcode Client.fromConfig} reads one. */
  constructor(config: Config, options: ClientOptions = {}) {
    const settings = readClientOptions(options);
    this.#parts = createParts(
      config,
      settings,
      { openStore: () => this.openStore(config, settings.logger) },
    );
  }

  /**
   * Creates a client from a file, a `file:` URL or an object with the same keys; variables of the environment go
   * first.
   *
   * @throws {ConfigError} With everything that is wrong in `problems`.
   */
  static async fromConfig(
    source: string | URL | object,
    options: ClientOptions = {},
  ): Promise<Client> {
    return new this(await loadConfig(source, options.env), options);
  }

  /**
   * Creates a client from the environment alone.
   *
   * @throws {ConfigError} With everything that is wrong in `problems`.
   */
  static async fromEnv(
    env?: object,
    options: ClientOptions = {},
  ): Promise<Client> {
    return new this(await configFromEnv(env ?? options.env), options);
  }

  /**
   * Opens the service key now instead of at the first value, to learn early that the passphrase is wrong.
   *
   * @throws {ConfigError} When the key cannot be used; the message says how to convert it.
   */
  async ready(): Promise<void> {
    await this.#parts.serviceKey();
  }

  /** Fetches the catalog: what the company asks of people. Later reads of values use it. */
  async requestFields(): Promise<RequestField[]> {
    const fields = await this.#parts.platform.requestFields();
    this.#parts.catalog.replace(fields);
    return fields;
  }

  /**
   * Walks all connections in the order of the platform, decrypting ahead. A value that cannot be decrypted is an
   * error of that value alone.
   *
   * @param limit Rows to ask for at once. The platform may give fewer; nothing is skipped.
   * @param offset Rows to skip at the beginning.
   * @throws {ApiError} When the platform refuses; rows given before stay given.
   */
  async *connections(
    limit = 100,
    offset = 0,
    options: ConnectionsOptions = {},
  ): AsyncGenerator<Connection> {
    const { signal, concurrency = 16 } = options;
    assertInteger(limit, "limit", { min: 1 });
    assertInteger(offset, "offset", { min: 0 });
    assertInteger(concurrency, "concurrency", { min: 1, max: 1_000 });
    assertSignal(signal);
    const rows = walkRows(
      (query) => this.#parts.platform.list("connections", query, signal),
      {
        limit,
        offset,
        signal,
        clock: this.#parts.settings.clock,
      },
    );
    for await (
      const connection of mapAhead(
        rows,
        (row) => this.#parts.decoder.connection(row),
        { atOnce: concurrency },
      )
    ) {
      signal?.throwIfAborted();
      yield connection;
    }
  }

  /**
   * Fetches one connection.
   *
   * @throws {ApiError} 404 `company_data.connection_not_found` for an id that the service is not connected to.
   */
  async connection(id: string): Promise<Connection> {
    return await this.#parts.decoder.connection(
      await this.#parts.platform.connection(id),
    );
  }

  /** Fetches one page of the platform's log: e-mails, purges, webhooks. */
  async logs(limit = 50, offset = 0): Promise<LogEntry[]> {
    assertInteger(limit, "limit", { min: 1 });
    assertInteger(offset, "offset", { min: 0 });
    const { rows } = await this.#parts.platform.list("logs", { limit, offset });
    return rows.filter(isObject).map(readLogEntry);
  }

  /**
   * Delivers changes: first what an earlier run left, then page after page, until the feed is empty or the run must
   * stop.
   *
   * A page is durable in the store before anybody looks at it, since the platform deletes what it hands out. A change
   * is acknowledged after the handler has resolved, so a crash between the two delivers it again, with the same id.
   * What cannot be delivered moves to the dead letters; nothing is dropped. Another run at the same time is
   * `stopped: "busy"`, which is no error. Only ciphertext is stored.
   *
   * @param handler Does the work. It must bear to see a change twice.
   * @param options How; every one has a default.
   * @returns What was done, once all of it is committed.
   * @throws {ApiError} When the feed cannot be fetched or answers with something else.
   * @throws {ConfigError} When there is no store, or the key cannot be used.
   * @throws {KvError} When the store failed.
   */
  async processChanges(
    handler: ChangeHandler,
    options: ProcessOptions = {},
  ): Promise<PumpReport> {
    assertFunction(handler, "handler");
    checkRunOptions(options);
    const rememberForMs = rememberFor(options.dedupe);
    const limit = clampBatch(options.batchSize);
    const feed = await this.#parts.spools.feed();
    const job = feed.job(handler, { limit, rememberForMs });
    const report = await runSpool(feed.spool, job, {
      ...options,
      ...this.#runTools("pump"),
    });
    this.#parts.settings.logger.info("Run ended", { ...report });
    return report;
  }

  /**
   * Fetches one page and gives it, without a store and without a second chance: what the caller does not keep is
   * lost, because the platform has deleted it. {@linkcode Client.processChanges} is what you want.
   *
   * The key is opened and the catalog is there before the page is asked for, so a wrong passphrase costs nothing. A
   * value whose type is not in the catalog, and cannot be asked for, is its text.
   *
   * @param max Most changes to ask for, from 1 to 500.
   * @throws {ApiError} When the feed cannot be fetched; `sluice.feed_cut_off` when the page was lost on its way.
   * @throws {ConfigError} When the key cannot be used.
   * @returns The changes. One whose value cannot be decrypted throws when that is read; a row that is no object has
   * `event: null` and is `raw.unreadable`.
   */
  async drainBatch(max = 100): Promise<Change[]> {
    const limit = clampBatch(max);
    // Whatever can fail without the page must fail before it is asked for.
    await this.#parts.serviceKey();
    await this.#parts.decoder.ready();
    const { body, headers } = await this.#parts.platform.changes(limit);
    if (body.length === 0) return [];
    const format = this.#parts.platform.formatOf(headers);
    const items = await splitPage(body, {
      meta: { format },
      readXml: (xml) => this.#parts.platform.xml(xml),
    });
    return await Promise.all(
      items.map((item) =>
        this.#parts.decoder.change(readOrKeep(item), { last: true })
      ),
    );
  }

  /**
   * Tells whether a webhook delivery is genuine, by the one method that is configured: an HMAC over the raw bytes, a
   * bearer token, HTTP Basic, a header, or none. Credentials that are missing, wrong, repeated or malformed are
   * `false`, never an error, and so is every delivery when no method is configured. A wrong credential of any length
   * costs the same work.
   *
   * An HMAC says nothing about the headers and has no time in it: who recorded a delivery can send it again. So with an
   * HMAC the event is what the body calls it, in `event` or `action`, and `null` when the body does not say;
   * `X-Allus-Event` is not looked at.
   *
   * @param delivery The raw body and the headers, or the request.
   * @throws {TypeError} When the body is neither bytes nor text, or was read before.
   */
  async verifyWebhook(...delivery: WebhookArguments): Promise<boolean> {
    return await this.#parts.webhooks.verify(delivery);
  }

  /**
   * Reads a delivery without asking who sent it: {@linkcode Client.handleWebhook} is what you want. Takes JSON, XML
   * and the envelope for the account key; fetches the catalog when a value needs it.
   *
   * @param delivery The raw body and the headers, or the request.
   * @returns The change. Its value is read with `change.value`, which throws when it cannot be decrypted.
   * @throws {WebhookError} When the body holds no change, its envelope cannot be opened, or it is too large.
   * @throws {ApiError} When the catalog cannot be fetched.
   */
  async parseWebhook(...delivery: WebhookArguments): Promise<Change> {
    return await this.#parts.webhooks.parse(delivery);
  }

  /**
   * Reads a delivery that is genuine. Answer 200 whenever the sender is: after anything else the platform stops
   * sending and keeps the events back. {@linkcode Client.storeWebhook} keeps them first and works later.
   *
   * @param delivery The raw body and the headers, or the request.
   * @returns The change, as from {@linkcode Client.parseWebhook}.
   * @throws {WebhookError} When the credentials are missing or wrong, or the body cannot be read.
   * @throws {ApiError} When the catalog cannot be fetched.
   */
  async handleWebhook(...delivery: WebhookArguments): Promise<Change> {
    return await this.#parts.webhooks.handle(delivery);
  }

  /**
   * Keeps a delivery that is genuine, to the byte, whatever is in it. Once it resolves with `stored: true` the event
   * survives the process: answer 200. {@linkcode Client.processInbox} delivers it.
   *
   * @param delivery The raw body and the headers, or the request.
   * @throws {ConfigError} When there is no store.
   * @throws {KvError} When the store failed: answer 503, and the platform keeps the event.
   *
   * @example A webhook endpoint
   * ```ts
   * import type { Client } from "@sluice/edge/company-data";
   *
   * export async function receive(request: Request, client: Client): Promise<Response> {
   *   const result = await client.storeWebhook(request);
   *   if (result.stored) return new Response();
   *   return new Response(null, { status: result.reason === "too_large" ? 413 : 401 });
   * }
   * ```
   */
  async storeWebhook(...delivery: WebhookArguments): Promise<StoreResult> {
    const given = await readDelivery(delivery);
    if (given === TOO_LARGE) return this.#refuse("too_large");
    const genuine = await this.#parts.webhooks.verifier(given);
    if (!genuine) return this.#refuse("unauthenticated");
    await (await this.#parts.spools.inbox()).store(genuine);
    return { stored: true };
  }

  /**
   * Delivers what {@linkcode Client.storeWebhook} kept, with the options, guarantees and report of
   * {@linkcode Client.processChanges}. A delivery that cannot be read moves to the dead letters of the inbox; one
   * whose content was delivered within `dedupeMs` is skipped and counted in `duplicates`.
   *
   * @param handler Does the work. It must bear to see a change twice.
   * @param options How; every one has a default.
   * @throws {ApiError} When the catalog cannot be fetched.
   * @throws {ConfigError} When there is no store, or a key cannot be used.
   * @throws {KvError} When the store failed.
   */
  async processInbox(
    handler: ChangeHandler,
    options: InboxOptions = {},
  ): Promise<PumpReport> {
    assertFunction(handler, "handler");
    checkRunOptions(options);
    const rememberForMs = dedupeFor(options);
    const inbox = await this.#parts.spools.inbox();
    const report = await runSpool(
      inbox.spool,
      inbox.job(handler, rememberForMs),
      { ...options, ...this.#runTools("inbox") },
    );
    this.#parts.settings.logger.info("Run over the inbox ended", { ...report });
    return report;
  }

  /**
   * Moves what the platform keeps back for a webhook into the inbox, until there is no more. The platform deletes
   * what it hands out, so each page is durable before anybody looks at it, and no page is asked for twice.
   *
   * @param webhookId Whose backlog.
   * @param options How; every one has a default.
   * @throws {ApiError} When the backlog cannot be fetched or answers with something else; what was kept stays.
   * @throws {ConfigError} When there is no store.
   * @throws {KvError} When the store failed. The page is held in memory: call again before the process ends.
   */
  async drainWebhookBacklog(
    webhookId: string,
    options: BacklogOptions = {},
  ): Promise<BacklogReport> {
    if (typeof webhookId !== "string" || webhookId === "") {
      throw new TypeError("Cannot use webhookId: wanted a non-empty text");
    }
    const inbox = await this.#parts.spools.inbox();
    return await inbox.drain(webhookId, options);
  }

  /**
   * Tells how the feed and the inbox are doing: what waits, since when, what is dead, and what the last run did. The
   * backlog is counted by walking it.
   *
   * @throws {ConfigError} When there is no store.
   * @throws {KvError} When the store failed.
   */
  async health(): Promise<ClientHealth> {
    const [feed, inbox] = await Promise.all([
      this.#parts.spools.of("feed"),
      this.#parts.spools.of("inbox"),
    ]);
    return { feed: await feed.health(), inbox: await inbox.health() };
  }

  /** Lists the changes that were given up, oldest first. */
  async deadLetters(options: DeadLetterOptions = {}): Promise<DeadLetter[]> {
    const { limit = 1_000, after } = options;
    assertInteger(limit, "limit", { min: 1 });
    const spool = await this.#parts.spools.of(readSource(options));
    const letters = spool.deadLetters({
      limit,
      ...(after !== undefined && { after }),
    });
    return (await Array.fromAsync(letters)).map(toDeadLetter);
  }

  /**
   * Gives dead letters to the handler again. One that succeeds is removed; one that fails is written anew in its
   * place, and never goes back among the pending ones.
   *
   * One that a newer change of the same person and slug has overtaken is left alone, unless `includeSuperseded`.
   *
   * @returns How many the handler finished.
   * @throws {KvError} When a run is at work, or the store failed.
   */
  async retryDeadLetters(
    handler: ChangeHandler,
    options: RetryOptions = {},
  ): Promise<number> {
    assertFunction(handler, "handler");
    const { spools, settings } = this.#parts;
    const retry = <T>(
      place: { spool: Spool<T>; job(handler: ChangeHandler): Job<T, Change> },
      tools: RunTools,
    ): Promise<RedriveReport> =>
      redriveSpool(place.spool, place.job(handler), { ...options, ...tools });
    const report = readSource(options) === "feed"
      ? await retry(await spools.feed(), this.#runTools("pump"))
      : await retry(await spools.inbox(), this.#runTools("inbox"));
    settings.logger.info("Dead letters were tried again", {
      ...report,
    });
    return report.redriven;
  }

  /**
   * Writes the dead letters as NDJSON, one line each, oldest first. They hold ciphertext, as the store does.
   *
   * @returns An iterable of lines, each with its line feed.
   */
  async *exportDeadLetters(
    options: DeadLetterSource = {},
  ): AsyncGenerator<string> {
    const spool = await this.#parts.spools.of(readSource(options));
    for await (const letter of spool.deadLetters()) {
      yield `${JSON.stringify(toDeadLetter(letter))}\n`;
    }
  }

  /**
   * Deletes dead letters for good.
   *
   * @param ids Which, by their ids, or `"all"`.
   * @returns How many there were.
   * @throws {KvError} When a run is at work, or the store failed.
   */
  async dropDeadLetters(
    ids: readonly string[] | "all",
    options: DeadLetterSource = {},
  ): Promise<number> {
    const spool = await this.#parts.spools.of(readSource(options));
    return await dropDeadLetters<unknown>(spool, ids);
  }

  /**
   * Tries once more to store pages that a failing store has left in memory, then closes the store, if the client opened
   * it. The client can be used again; it opens its store anew.
   *
   * @throws {KvError} When such a page cannot be stored. It is kept for the next call of this client, and lost with the
   * process: the platform has deleted it.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#parts.spools.close();
  }

  /** Opens the store of a client that was given none. */
  protected openStore(_config: Config, _logger: Logger): Promise<KvStore> {
    const message = "kv: wanted a store, such as that of denoKv()";
    return Promise.reject(
      new ConfigError(`Cannot keep changes: ${message}`, {
        problems: [{ field: "kv", message }],
      }),
    );
  }

  #runTools(source: "pump" | "inbox"): RunTools {
    const { clock, tell } = this.#parts.settings;
    return { clock, onEvent: tell && ((event) => tell({ source, ...event })) };
  }

  #refuse(
    reason: "unauthenticated" | "too_large",
  ): Extract<StoreResult, { stored: false }> {
    const { clock, tell } = this.#parts.settings;
    const refused = { type: "webhook.refused", reason } as const;
    tell?.({ source: "inbox", at: clock.now(), ...refused });
    return { stored: false, reason };
  }
}
