import type { KvKey, KvStore } from "../kv/kv.ts";
import { createSpool, type Job, type Spool } from "../spool/mod.ts";
import type { Decoder } from "./_decoder.ts";
import { ImportMark } from "./_import_mark.ts";
import { type FeedItem, splitPage } from "./_page.ts";
import { Pages, type PageTools } from "./_pages.ts";
import type { Platform } from "./_platform.ts";
import type { Change } from "./models.ts";
import { type ChangeHandler, feedJob } from "./pump.ts";

/** What a feed is read with. */
export interface FeedParts {
  readonly platform: Platform;
  readonly decoder: Decoder;
}

/** What a feed or an inbox is kept with. */
export interface FeedTools extends PageTools {
  readonly kv: KvStore;
  readonly prefix: KvKey;
}

/** The feed of the platform and the spool that it is drained into. */
export class Feed {
  readonly spool: Spool<FeedItem>;
  readonly importMark: ImportMark;
  readonly #decoder: Decoder;
  readonly #pages: Pages;

  constructor({ platform, decoder }: FeedParts, tools: FeedTools) {
    this.#decoder = decoder;
    this.importMark = new ImportMark(tools.kv, tools.prefix);
    this.spool = createSpool<FeedItem>({
      ...tools,
      split: (body, meta) =>
        splitPage(body, { meta, readXml: (xml) => platform.xml(xml) }),
    });
    this.#pages = new Pages({
      platform,
      append: ({ body, meta }) => this.spool.append(body, meta),
    }, tools);
  }

  /** The work of a run over the feed, which asks for `limit` changes at once; nothing is remembered by default. */
  job(
    handler: ChangeHandler,
    { limit = 100, rememberForMs }: {
      limit?: number;
      rememberForMs?: number | undefined;
    } = {},
  ): Job<FeedItem, Change> {
    return feedJob({
      read: (row) => this.#decoder.change(row),
      fetch: () => this.fetch(limit),
      handler,
      rememberForMs,
    });
  }

  /** Stores the page that is held in memory, if there is one, without trying again. */
  async flush(): Promise<void> {
    await this.#pages.flush();
  }

  /** Fetches a page into the spool; `false` when the feed is empty. */
  async fetch(limit: number): Promise<boolean> {
    await this.importMark.refuseFetch();
    return await this.#pages.fetch(limit) !== undefined;
  }
}
