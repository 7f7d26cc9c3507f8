import type { KvKey, KvStore } from "../kv/kv.ts";
import { createSpool, type Spool } from "../spool/mod.ts";
import { ImportMark } from "./_import_mark.ts";
import { type FeedItem, splitPage } from "./_page.ts";
import { Pages, type PageTools } from "./_pages.ts";
import type { Platform } from "./_platform.ts";

/** What a feed or an inbox is kept with. */
export interface FeedTools extends PageTools {
  readonly kv: KvStore;
  readonly prefix: KvKey;
}

/** The feed of the platform and the spool that it is drained into. */
export class Feed {
  readonly spool: Spool<FeedItem>;
  readonly importMark: ImportMark;
  readonly #pages: Pages;

  constructor(platform: Platform, tools: FeedTools) {
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
