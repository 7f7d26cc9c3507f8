import { assertInteger, assertSignal } from "../_internal/assert.ts";
import type { JsonObject } from "../_internal/json.ts";
import type { Bytes } from "../_internal/bytes.ts";
import {
  createSpool,
  type Job,
  type Remembered,
  type RunOptions,
  type Spool,
} from "../spool/mod.ts";
import type { Decoder } from "./_decoder.ts";
import type { FeedTools } from "./_feed.ts";
import {
  bodyOf,
  deliveryItem,
  deliveryMeta,
  type InboxItem,
} from "./_inbox_item.ts";
import { splitPage } from "./_page.ts";
import { Pages } from "./_pages.ts";
import { type Platform, unusable } from "./_platform.ts";
import type { VerifiedDelivery } from "./_webhook_auth.ts";
import { type AccountKey, openRow, readBody } from "./_webhook_body.ts";
import { contentDigest } from "./_webhook_digest.ts";
import type { Change } from "./models.ts";
import { type ChangeHandler, changeJob, clampBatch, rowOf } from "./pump.ts";

/** What became of a delivery that was given to {@linkcode Client.storeWebhook}. */
export type StoreResult =
  | {
    /** It is durable: answer 200. */
    readonly stored: true;
  }
  | {
    /** Nothing of it was kept. */
    readonly stored: false;
    /** Missing or wrong credentials: answer 401. A body beyond `maxBodyBytes`: answer 413. */
    readonly reason: "unauthenticated" | "too_large";
  };

/** How {@linkcode Client.processInbox} works. */
export interface InboxOptions extends RunOptions {
  /**
   * Milliseconds for which a delivered event is remembered, so that the same one is skipped when it comes again; 0
   * remembers nothing. Default is ten minutes.
   *
   * The same means: all members but `id` are equal, the time `at` of the change among them, whichever webhook, format
   * or envelope it came in. Not recognised is an event without `at`, and one that the platform has encrypted anew.
   */
  readonly dedupeMs?: number;
}

/** How {@linkcode Client.drainWebhookBacklog} works. */
export interface BacklogOptions {
  /** Events to ask for at once, from 1 to 500. Default is 100. */
  readonly batchSize?: number;
  /** Ends the drain between two pages; it rejects with the signal's reason, and what was kept stays. */
  readonly signal?: AbortSignal;
}

/** What {@linkcode Client.drainWebhookBacklog} moved into the inbox. */
export interface BacklogReport {
  /** Pages that were kept. */
  readonly pages: number;
  /** Events on them. */
  readonly rows: number;
}

/** What an inbox reads deliveries with. */
export interface InboxParts {
  readonly platform: Platform;
  readonly decoder: Decoder;
  readonly accountKey: AccountKey | undefined;
}

const TEN_MINUTES_MS = 600_000;
const YEAR_MS = 366 * 24 * 3_600_000;

/** The time for which content is remembered. */
export function dedupeFor(options: InboxOptions): number {
  const { dedupeMs = TEN_MINUTES_MS } = options;
  assertInteger(dedupeMs, "dedupeMs", { min: 0, max: YEAR_MS });
  return dedupeMs;
}

/** The deliveries that were kept and not yet handed on. */
export class Inbox {
  readonly spool: Spool<InboxItem>;
  readonly #parts: InboxParts;
  readonly #tools: FeedTools;
  readonly #openings = new WeakMap<InboxItem, Opening>();
  readonly #backlogs = new Map<string, Backlog>();

  constructor(parts: InboxParts, tools: FeedTools) {
    this.#parts = parts;
    this.#tools = tools;
    this.spool = createSpool<InboxItem>({
      ...tools,
      split: (body, meta) => this.#split(body, meta),
    });
  }

  /** Keeps a delivery as it came; resolves once it is durable. */
  async store(delivery: VerifiedDelivery): Promise<void> {
    const { body } = delivery;
    const { clock, logger, tell } = this.#tools;
    const bytes = body.length;
    const began = tell ? clock.now() : 0;
    const segment = await this.spool.append(body, deliveryMeta(delivery));
    logger.info("Stored a webhook", { segment, bytes });
    if (!tell) return;
    const at = clock.now();
    const durationMs = Math.max(0, at - began);
    const stored = { type: "webhook.stored", segment, bytes } as const;
    tell({ source: "inbox", at, durationMs, ...stored });
  }

  /** The work of a run over the inbox; content is remembered for so long, by default not at all. */
  job(handler: ChangeHandler, rememberForMs = 0): Job<InboxItem, Change> {
    return changeJob<InboxItem>({
      read: async (item) =>
        await this.#parts.decoder.change(await this.#open(item).row, {
          eventHeader: eventHeaderOf(item),
        }),
      peek: (item) => this.#open(item).known,
      handler,
      ...(rememberForMs > 0 && {
        remember: (item) => this.#remember(item, rememberForMs),
      }),
    });
  }

  /** Moves the backlog of a webhook into the spool; a second call waits for the first. */
  async drain(
    webhookId: string,
    options: BacklogOptions,
  ): Promise<BacklogReport> {
    const { batchSize, signal } = options;
    assertSignal(signal);
    const limit = clampBatch(batchSize);
    const backlog = this.#backlog(webhookId);
    const drained = backlog.turn.then(() =>
      this.#drainAll(backlog.pages, limit, signal)
    );
    backlog.turn = drained.then(() => {}, () => {});
    return await drained;
  }

  /** Stores the pages that are held in memory, without trying again. */
  async flush(): Promise<void> {
    for (const webhookId of [...this.#tools.held.keys()]) {
      await this.#backlog(webhookId).pages.flush();
    }
  }

  async #drainAll(
    source: Pages,
    limit: number,
    signal: AbortSignal | undefined,
  ): Promise<BacklogReport> {
    let pages = 0;
    let rows = 0;
    let before: Bytes | undefined;
    for (;; pages++) {
      signal?.throwIfAborted();
      const page = await source.fetch(limit);
      if (!page) return { pages, rows };
      // A page is deleted as it is handed out; the same one again would come for ever.
      if (before && isEqual(before, page.body)) throw garbage();
      before = page.body;
      const items = await this.#splitPage(page.body, page.meta);
      rows += items.length;
      // Else it would be fetched for ever.
      if (items.some((item) => "page" in item)) throw garbage();
    }
  }

  #backlog(webhookId: string): Backlog {
    const known = this.#backlogs.get(webhookId);
    if (known) return known;
    const { platform } = this.#parts;
    const pages = new Pages({
      platform,
      webhookId,
      append: ({ body, meta }) =>
        this.spool.append(body, { ...meta, backlog: webhookId }),
    }, this.#tools);
    const backlog = { pages, turn: Promise.resolve() };
    this.#backlogs.set(webhookId, backlog);
    return backlog;
  }

  async #split(body: Bytes, meta: JsonObject): Promise<readonly InboxItem[]> {
    const items = "backlog" in meta
      ? await this.#splitPage(body, meta)
      : [deliveryItem(body, meta)];
    // Opened now, because the person in it says which lane it belongs to. A failure is met at delivery.
    await Promise.allSettled(items.map((item) => this.#open(item).row));
    return items;
  }

  #splitPage(body: Bytes, meta: JsonObject): ReturnType<typeof splitPage> {
    return splitPage(body, {
      meta,
      readXml: (xml) => this.#parts.platform.xml(xml),
    });
  }

  async #remember(
    item: InboxItem,
    forMs: number,
  ): Promise<Remembered | undefined> {
    const key = await this.#open(item).digest(eventHeaderOf(item));
    return key === undefined ? undefined : { key, forMs };
  }

  /** Beside the item and not in it: what a dead letter keeps is the item, and that must be what came. */
  #open(item: InboxItem): Opening {
    const known = this.#openings.get(item);
    if (known) return known;
    const opening = new Opening(this.#readRow(item));
    this.#openings.set(item, opening);
    return opening;
  }

  async #readRow(item: InboxItem): Promise<JsonObject> {
    const { accountKey } = this.#parts;
    return "webhookId" in item
      ? await readBody(bodyOf(item), accountKey)
      : await openRow(rowOf(item), accountKey);
  }
}

interface Backlog {
  readonly pages: Pages;
  /** Settles when the last call so far is done. */
  turn: Promise<void>;
}

/** The row of an item on its way out of XML, JSON or an envelope. */
class Opening {
  readonly row: Promise<JsonObject>;
  /** The row once it is there. */
  known: JsonObject | undefined;
  #digest: Promise<string | undefined> | undefined;

  constructor(row: Promise<JsonObject>) {
    this.row = row;
    row.then((known) => this.known = known, () => {});
  }

  /** Names the content; `undefined` for what could not be opened. */
  async digest(eventHeader: string | null): Promise<string | undefined> {
    this.#digest ??= this.row.then(
      (row) => contentDigest(row, eventHeader),
      () => undefined,
    );
    return await this.#digest;
  }
}

function eventHeaderOf(item: InboxItem): string | null {
  return "webhookId" in item ? item.eventHeader : null;
}

function isEqual(a: Bytes, b: Bytes): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function garbage(): ReturnType<typeof unusable> {
  return unusable(
    200,
    "the backlog answered with something that is no page of changes; it is kept in the inbox",
  );
}
