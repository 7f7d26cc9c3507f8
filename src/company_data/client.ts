import { mapAhead } from "../_internal/ahead.ts";
import { assertFunction, assertInteger } from "../_internal/assert.ts";
import { isObject } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";
import { createHttp } from "../http/request.ts";
import type { KvStore } from "../kv/kv.ts";
import {
  dropDeadLetters,
  type RedriveOptions,
  redriveSpool,
  runSpool,
} from "../spool/mod.ts";
import { Catalog } from "./_catalog.ts";
import { Decoder } from "./_decoder.ts";
import { Feed } from "./_feed.ts";
import { lazyKey } from "./_keys.ts";
import { walkRows } from "./_listing.ts";
import { splitPage } from "./_page.ts";
import { parseErrorBody, Platform } from "./_platform.ts";
import {
  type ClientOptions,
  type ClientSettings,
  readClientOptions,
} from "./client_options.ts";
import { type Config, configFromEnv, loadConfig } from "./config.ts";
import { type DeadLetter, toDeadLetter } from "./dead_letters.ts";
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
  feedJob,
  type ProcessOptions,
  type PumpReport,
  readOrKeep,
  rememberFor,
} from "./pump.ts";

/** How {@linkcode Client.connections} walks. */
export interface ConnectionsOptions {
  /** Ends the walk; the iterator rejects with the signal's reason. */
  readonly signal?: AbortSignal;
  /** Connections that are decrypted at once, ahead of the caller. Default is 16. */
  readonly concurrency?: number;
}

/** How {@linkcode Client.retryDeadLetters} works. */
export interface RetryOptions extends RedriveOptions {}

/** How {@linkcode Client.deadLetters} walks. */
export interface DeadLetterOptions {
  /** Most to give. Default is 1,000. */
  readonly limit?: number;
  /** The id of the last one of the page before. */
  readonly after?: string;
}

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
    feedOf = (client) => client.#openFeed();
  }

  readonly #config: Config;
  readonly #settings: ClientSettings;
  readonly #platform: Platform;
  readonly #catalog: Catalog;
  readonly #decoder: Decoder;
  readonly #serviceKey: () => Promise<CryptoKey>;
  #store: Promise<KvStore> | undefined;
  #feed: Promise<Feed> | undefined;

  /** Takes a checked configuration; {@linkcode Client.fromConfig} reads one. */
  constructor(config: Config, options: ClientOptions = {}) {
    const settings = readClientOptions(options);
    const { clock, maxPbkdf2Iterations } = settings;
    this.#config = config;
    this.#settings = settings;
    this.#platform = createPlatform(config, settings);
    this.#catalog = new Catalog(
      () => this.#platform.requestFields(),
      clock.now,
    );
    this.#serviceKey = lazyKey(config.servicePrivateKey, {
      hash: "SHA-256",
      maxIterations: maxPbkdf2Iterations,
    });
    this.#decoder = new Decoder({
      catalog: this.#catalog,
      platform: this.#platform,
      key: this.#serviceKey,
      now: clock.now,
    });
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
    await this.#serviceKey();
  }

  /** Fetches the catalog: what the company asks of people. Later reads of values use it. */
  async requestFields(): Promise<RequestField[]> {
    const fields = await this.#platform.requestFields();
    this.#catalog.replace(fields);
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
    const rows = walkRows(
      (query) => this.#platform.list("connections", query, signal),
      {
        limit,
        offset,
        signal,
        clock: this.#settings.clock,
      },
    );
    for await (
      const connection of mapAhead(
        rows,
        (row) => this.#decoder.connection(row),
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
    return await this.#decoder.connection(await this.#platform.connection(id));
  }

  /** Fetches one page of the platform's log: e-mails, purges, webhooks. */
  async logs(limit = 50, offset = 0): Promise<LogEntry[]> {
    assertInteger(limit, "limit", { min: 1 });
    assertInteger(offset, "offset", { min: 0 });
    const { rows } = await this.#platform.list("logs", { limit, offset });
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
    const rememberForMs = rememberFor(options.dedupe);
    const limit = clampBatch(options.batchSize);
    const feed = await this.#openFeed();
    const job = feedJob({
      read: (row) => this.#decoder.change(row),
      fetch: () => feed.fetch(limit),
      handler,
      rememberForMs,
    });
    const report = await runSpool(feed.spool, job, {
      ...options,
      clock: this.#settings.clock,
    });
    this.#settings.logger.info("Run ended", { ...report });
    return report;
  }

  /**
   * Fetches one page and gives it, without a store and without a second chance: what the caller does not keep is
   * lost, because the platform has deleted it. {@linkcode Client.processChanges} is what you want.
   *
   * @param max Most changes to ask for, from 1 to 500.
   * @returns The changes. One whose value cannot be decrypted throws when that is read; a row that is no object has
   * `event: null` and is `raw.unreadable`.
   */
  async drainBatch(max = 100): Promise<Change[]> {
    const { body, headers } = await this.#platform.changes(clampBatch(max));
    if (body.length === 0) return [];
    const format = this.#platform.formatOf(headers);
    const items = await splitPage(body, {
      meta: { format },
      readXml: (xml) => this.#platform.xml(xml),
    });
    return await Promise.all(
      items.map((item) => this.#decoder.change(readOrKeep(item))),
    );
  }

  /** Lists the changes that were given up, oldest first. */
  async deadLetters(options: DeadLetterOptions = {}): Promise<DeadLetter[]> {
    const { limit = 1_000, after } = options;
    assertInteger(limit, "limit", { min: 1 });
    const { spool } = await this.#openFeed();
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
    const { spool } = await this.#openFeed();
    const job = feedJob({
      read: (row) => this.#decoder.change(row),
      fetch: () => Promise.resolve(false),
      handler,
      rememberForMs: undefined,
    });
    const report = await redriveSpool(spool, job, {
      ...options,
      clock: this.#settings.clock,
    });
    this.#settings.logger.info("Dead letters were tried again", { ...report });
    return report.redriven;
  }

  /**
   * Writes the dead letters as NDJSON, one line each, oldest first. They hold ciphertext, as the store does.
   *
   * @returns An iterable of lines, each with its line feed.
   */
  async *exportDeadLetters(): AsyncGenerator<string> {
    const { spool } = await this.#openFeed();
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
  async dropDeadLetters(ids: readonly string[] | "all"): Promise<number> {
    const { spool } = await this.#openFeed();
    return await dropDeadLetters(spool, ids);
  }

  /** Closes the store, if the client opened it. */
  async [Symbol.asyncDispose](): Promise<void> {
    // One that could not be opened has nothing to close; whoever needed it was told why.
    const store = await this.#store?.catch(() => undefined);
    this.#store = undefined;
    this.#feed = undefined;
    await store?.close();
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

  #openFeed(): Promise<Feed> {
    this.#feed ??= this.#connectFeed().catch((error) => {
      // The next call tries again.
      this.#feed = undefined;
      throw error;
    });
    return this.#feed;
  }

  async #connectFeed(): Promise<Feed> {
    const { kv, clock, random, logger } = this.#settings;
    const store = kv ??
      await (this.#store = this.openStore(this.#config, logger));
    const prefix = ["sluice", this.#config.clientId, "feed"];
    return new Feed(this.#platform, {
      kv: store,
      prefix,
      clock,
      random,
      logger,
    });
  }
}

function createPlatform(config: Config, settings: ClientSettings): Platform {
  const { maxResponseBytes } = settings;
  const http = createHttp({
    ...settings,
    baseUrl: config.apiUrl,
    clientId: config.clientId,
    clientSecret: config.clientSecret.reveal(),
    parseErrorBody,
  });
  return new Platform(http, {
    format: config.format,
    maxBytes: maxResponseBytes,
  });
}
