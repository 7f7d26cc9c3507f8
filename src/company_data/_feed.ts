import { exponentialMs, jitter, type Random } from "../_internal/backoff.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type { Clock } from "../_internal/clock.ts";
import type { JsonObject } from "../_internal/json.ts";
import { ApiError, KvError } from "../errors.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import { createSpool, type Spool } from "../spool/mod.ts";
import { type FeedItem, isEmptyPage, splitPage } from "./_page.ts";
import type { Platform } from "./_platform.ts";
import type { Logger } from "./logger.ts";

interface Page {
  readonly body: Bytes;
  readonly meta: JsonObject;
}

const STORE_TRIES = 6;

/** What a feed is kept with. */
export interface FeedTools {
  readonly kv: KvStore;
  readonly prefix: KvKey;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** The way of a page from the platform into the spool. */
export class Feed {
  readonly spool: Spool<FeedItem>;
  readonly #platform: Platform;
  readonly #tools: FeedTools;
  #unsaved: Page | undefined;

  constructor(platform: Platform, tools: FeedTools) {
    this.#platform = platform;
    this.#tools = tools;
    this.spool = createSpool<FeedItem>({
      ...tools,
      split: (body, meta) => splitPage(body, meta, (xml) => platform.xml(xml)),
    });
  }

  /**
   * Fetches a page and stores it as it came; `false` when the feed is empty.
   *
   * The server deletes what it hands out. A process that dies between that and the end of this call loses the page:
   * no client can close that window. Whatever arrived is stored before anybody looks at it.
   */
  async fetch(limit: number): Promise<boolean> {
    if (this.#unsaved) return await this.#save(this.#unsaved);
    const { body, headers, broken } = await this.#platform.changes(limit);
    if (broken && body.length === 0) {
      throw new ApiError({
        status: 0,
        errorKey: "sluice.feed_cut_off",
        apiMessage: "the connection ended before a page arrived",
        retryable: true,
      });
    }
    if (isEmptyPage(body)) return false;
    if (broken) {
      this.#tools.logger.warn("A page of the feed broke off", {
        bytes: body.length,
      });
    }
    return await this.#save({
      body,
      meta: { format: this.#platform.formatOf(headers) },
    });
  }

  async #save(page: Page): Promise<true> {
    // From here to the end of append() the page is in memory only, so a store that fails is asked again.
    this.#unsaved = page;
    for (let tries = 1;; tries++) {
      try {
        const segment = await this.spool.append(page.body, page.meta);
        this.#unsaved = undefined;
        this.#tools.logger.info("Stored a page of the feed", {
          segment,
          bytes: page.body.length,
        });
        return true;
      } catch (cause) {
        if (tries === STORE_TRIES) throw notStored(page, cause);
        const { clock, random } = this.#tools;
        await clock.sleep(
          jitter(exponentialMs(tries, { first: 200, most: 3_000 }), random),
        );
      }
    }
  }
}

function notStored(page: Page, cause: unknown): KvError {
  return new KvError(
    `Cannot store a page of the feed: ${page.body.length} bytes are held in memory, mend the store and call again before the process ends`,
    { cause, retryable: true },
  );
}
