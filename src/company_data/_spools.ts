import { KvError } from "../errors.ts";
import type { KvStore } from "../kv/kv.ts";
import type { Spool } from "../spool/mod.ts";
import { Feed, type FeedTools } from "./_feed.ts";
import { bytesHeld, type HeldPages } from "./_held_pages.ts";
import type { InboxItem } from "./_inbox_item.ts";
import type { FeedItem } from "./_page.ts";
import type { ClientSettings } from "./client_options.ts";
import type { ChangeSource } from "./dead_letters.ts";
import { Inbox, type InboxParts } from "./inbox.ts";

/** What the spools of a client are made of. */
export interface SpoolParts extends InboxParts {
  readonly clientId: string;
  readonly settings: ClientSettings;
  /** Opens the store of a client that was given none. */
  readonly openStore: () => Promise<KvStore>;
}

/** The spools of one client in its one store, opened when first needed. */
export class Spools {
  readonly #parts: SpoolParts;
  readonly #held: Readonly<Record<ChangeSource, HeldPages>> = {
    feed: new Map(),
    inbox: new Map(),
  };
  #own: Promise<KvStore> | undefined;
  #feed: Promise<Feed> | undefined;
  #inbox: Promise<Inbox> | undefined;

  constructor(parts: SpoolParts) {
    this.#parts = parts;
  }

  /** What is drained from the feed. */
  feed(): Promise<Feed> {
    return this.#feed ??= this.#tools("feed").then(
      (tools) => new Feed(this.#parts, tools),
    ).catch((error) => {
      // The next call tries again.
      this.#feed = undefined;
      throw error;
    });
  }

  /** What webhooks brought. */
  inbox(): Promise<Inbox> {
    return this.#inbox ??= this.#tools("inbox").then(
      (tools) => new Inbox(this.#parts, tools),
    ).catch((error) => {
      this.#inbox = undefined;
      throw error;
    });
  }

  /** The spool of either. */
  async of(source: ChangeSource): Promise<Spool<FeedItem> | Spool<InboxItem>> {
    return source === "feed"
      ? (await this.feed()).spool
      : (await this.inbox()).spool;
  }

  /**
   * Stores what is held in memory and closes the store if it was opened here. A store of ours that has failed is opened
   * anew for that. What cannot be stored stays held, so that the next call can store it first.
   *
   * @throws {KvError} When pages stay in memory, or the store cannot be closed.
   */
  async close(): Promise<void> {
    let failed = await this.#storeHeld();
    if (failed && !this.#parts.settings.kv) {
      await this.#closeOwn().catch(() => {}); // it has failed already, which is told if the next try fails too
      failed = await this.#storeHeld();
    }
    if (failed) {
      await this.#closeOwn().catch(() => {}); // the pages are the greater loss
      throw this.#notStored(failed.cause);
    }
    await this.#closeOwn();
  }

  async #storeHeld(): Promise<{ readonly cause: unknown } | undefined> {
    const { feed, inbox } = this.#held;
    try {
      if (feed.size > 0) await (await this.feed()).flush();
      if (inbox.size > 0) await (await this.inbox()).flush();
      return undefined;
    } catch (cause) {
      return { cause };
    }
  }

  #notStored(cause: unknown): KvError {
    const bytes = bytesHeld(this.#held.feed) + bytesHeld(this.#held.inbox);
    return new KvError(
      `Cannot store what is held in memory: ${bytes} bytes of changes, which the platform has deleted, are lost when the process ends, mend the store and use this client again`,
      { cause, retryable: true },
    );
  }

  async #closeOwn(): Promise<void> {
    // One that could not be opened has nothing to close; whoever needed it was told why.
    const store = await this.#own?.catch(() => undefined);
    this.#own = undefined;
    this.#feed = undefined;
    this.#inbox = undefined;
    await store?.close();
  }

  async #tools(name: ChangeSource): Promise<FeedTools> {
    const { clientId, settings } = this.#parts;
    const { kv, clock, random, logger, tell } = settings;
    return {
      kv: kv ?? await this.#open(),
      prefix: ["sluice", clientId, name],
      clock,
      random,
      logger,
      tell,
      held: this.#held[name],
    };
  }

  #open(): Promise<KvStore> {
    return this.#own ??= this.#parts.openStore().catch((error) => {
      this.#own = undefined;
      throw error;
    });
  }
}
