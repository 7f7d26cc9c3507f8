import { exponentialMs, jitter, type Random } from "../_internal/backoff.ts";
import type { Clock } from "../_internal/clock.ts";
import { KvError } from "../errors.ts";
import type {
  InboxEvent,
  PagePersisted,
  PumpEvent,
} from "../observe/events.ts";
import type { SafeObserver } from "../observe/observer.ts";
import type { HeldPages, Page } from "./_held_pages.ts";
import { isEmptyPage } from "./_page.ts";
import type { Platform } from "./_platform.ts";
import type { Logger } from "./logger.ts";

/** What pages are moved with. */
export interface PageTools {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly tell: SafeObserver<PumpEvent | InboxEvent> | undefined;
  /** Where a page is between its arrival and its commit. */
  readonly held: HeldPages;
}

/** Where pages come from and where they go. */
export interface PageRoute {
  readonly platform: Platform;
  /** The webhook whose backlog is read; the feed when there is none. */
  readonly webhookId?: string;
  /** Stores a page; resolved means durable. */
  readonly append: (page: Page) => Promise<number>;
}

const STORE_TRIES = 6;
const LOSSES = {
  cut_off: "A page of the feed broke off, what was not sent of it is lost",
  too_long:
    "A page of the feed is longer than four times maxResponseBytes, the rest of it is lost: raise maxResponseBytes or ask for fewer changes at once",
};

/** The way of pages from the platform into a spool. One call at a time. */
export class Pages {
  readonly #route: PageRoute;
  readonly #tools: PageTools;

  constructor(route: PageRoute, tools: PageTools) {
    this.#route = route;
    this.#tools = tools;
  }

  /**
   * Fetches a page and stores it as it came; `undefined` when there is nothing more.
   *
   * The server deletes what it hands out. A process that dies between that and the end of this call loses the page:
   * no client can close that window. Whatever arrived is stored before anybody looks at it.
   */
  async fetch(limit: number): Promise<Page | undefined> {
    const held = this.#tools.held.get(this.#name);
    if (held) return await this.#save(held);
    const { platform, webhookId } = this.#route;
    const { body, headers, broken } = await platform.changes(limit, webhookId);
    if (isEmptyPage(body)) return undefined;
    const format = platform.formatOf(headers);
    const cut = broken === false ? {} : { cut: broken };
    const page = await this.#save({ body, meta: { format, ...cut } });
    if (broken) this.#tools.logger.warn(LOSSES[broken], { bytes: body.length });
    return page;
  }

  /** Stores the page that is held in memory, if there is one, without trying again. */
  async flush(): Promise<void> {
    const { held } = this.#tools;
    const page = held.get(this.#name);
    if (page) this.#stored(page, await this.#route.append(page));
  }

  get #name(): string {
    return this.#route.webhookId ?? "";
  }

  async #save(page: Page): Promise<Page> {
    // From here to the end of append() the page is in memory only, so a store that fails is asked again.
    this.#tools.held.set(this.#name, page);
    this.#stored(page, await this.#append(page));
    return page;
  }

  #stored(page: Page, segment: number): void {
    const { held, logger } = this.#tools;
    held.delete(this.#name);
    const bytes = page.body.length;
    logger.info("Stored a page of the feed", { segment, bytes });
    this.#tell(page, segment);
  }

  #tell({ body, meta }: Page, segment: number): void {
    const { tell, clock } = this.#tools;
    const { webhookId: webhook } = this.#route;
    tell?.({
      source: webhook === undefined ? "pump" : "inbox",
      type: "page.persisted",
      at: clock.now(),
      segment,
      bytes: body.length,
      cut: cutOf(meta),
      webhook: webhook ?? null,
    });
  }

  async #append(page: Page): Promise<number> {
    for (let tries = 1;; tries++) {
      try {
        return await this.#route.append(page);
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

function cutOf({ cut }: Page["meta"]): PagePersisted["cut"] {
  return cut === "cut_off" || cut === "too_long" ? cut : null;
}

function notStored(page: Page, cause: unknown): KvError {
  return new KvError(
    `Cannot store a page of the feed: ${page.body.length} bytes are held in memory, mend the store and call again, or dispose of the client, before the process ends`,
    { cause, retryable: true },
  );
}
