import { encodeUtf8, toHex } from "../_internal/bytes.ts";
import { type JsonObject, text } from "../_internal/json.ts";
import { sha256 } from "../_internal/sha256.ts";
import {
  ApiError,
  DecryptError,
  ValidationError,
  WebhookError,
} from "../errors.ts";
import type {
  HandlerContext,
  Job,
  Remembered,
  RunOptions,
  RunReport,
} from "../spool/mod.ts";
import type { FeedItem } from "./_page.ts";
import { id } from "./_wire.ts";
import type { Change } from "./models.ts";

/**
 * Is given each change, one at a time unless `concurrency` says otherwise. When it resolves, the change is done; when
 * it rejects with anything, the change is tried again and in the end moves to the dead letters.
 */
export type ChangeHandler = (
  change: Change,
  context: HandlerContext,
) => unknown;

/** How {@linkcode Client.processChanges} works. */
export interface ProcessOptions extends RunOptions {
  /** Changes to ask for at once, from 1 to 500. Default is 100. */
  readonly batchSize?: number;
  /**
   * Remembers delivered changes for that many milliseconds, and skips one that comes again: one with the same id,
   * event, person, field and time. `true` means a week. Default is `false`.
   */
  readonly dedupe?: boolean | number;
}

/** What {@linkcode Client.processChanges} did. */
export type PumpReport = RunReport;

/** What a job over changes needs. */
export interface ChangeJobParts<T> {
  /** Decrypts and types the change of an item; may throw at once. */
  readonly read: (item: T) => Promise<Change>;
  /** The row of an item, as far as it is known without any work. */
  readonly peek: (item: T) => JsonObject | undefined;
  readonly handler: ChangeHandler;
  /** What to remember of a delivered item. */
  readonly remember?: Job<T, Change>["remember"];
}

/** What a job over the feed needs from the client. */
export interface FeedJobParts {
  /** Decrypts and types a row. */
  readonly read: (row: JsonObject) => Promise<Change>;
  /** Fetches a page into the spool; `false` when there is none. */
  readonly fetch: () => Promise<boolean>;
  readonly handler: ChangeHandler;
  readonly rememberForMs: number | undefined;
}

const WEEK_MS = 7 * 24 * 3_600_000;

/** Makes the work of a run out of anything that holds changes. */
export function changeJob<T>(parts: ChangeJobParts<T>): Job<T, Change> {
  const { read, peek, handler, remember } = parts;
  return {
    async prepare(item): Promise<Change> {
      const change = await read(item);
      if (change.error) throw change.error;
      return change;
    },
    isPoison: (error) =>
      error instanceof DecryptError || error instanceof ValidationError ||
      error instanceof WebhookError,
    handle: (change, context) => handler(change, context),
    lane: (item) => personOf(peek(item)) ?? "",
    subject: (item) => subjectOf(peek(item)),
    ...(remember && { remember }),
  };
}

/** Makes the work of a run out of the feed. */
export function feedJob(parts: FeedJobParts): Job<FeedItem, Change> {
  const health = new FeedHealth();
  const { rememberForMs } = parts;
  const job = changeJob<FeedItem>({
    read(item): Promise<Change> {
      health.met(item);
      return parts.read(rowOf(item));
    },
    peek: peekRow,
    handler: parts.handler,
    ...(rememberForMs !== undefined && {
      remember: (item) => rememberRow(peekRow(item), rememberForMs),
    }),
  });
  return {
    ...job,
    refill(): Promise<boolean> {
      health.refuseGarbage();
      return parts.fetch();
    },
  };
}

/** The milliseconds for which ids are remembered. */
export function rememberFor(
  dedupe: boolean | number | undefined,
): number | undefined {
  if (dedupe === undefined || dedupe === false) return undefined;
  if (dedupe === true) return WEEK_MS;
  if (Number.isFinite(dedupe) && dedupe > 0) return dedupe;
  throw new RangeError(
    `Cannot use dedupe: wanted milliseconds above 0 or a boolean, got ${dedupe}`,
  );
}

/** The limit that the platform is asked with, as in all clients of the family. */
export function clampBatch(batchSize: unknown, fallback = 100): number {
  const number = Math.trunc(Number(batchSize ?? fallback));
  return Number.isNaN(number) ? fallback : Math.min(Math.max(number, 1), 500);
}

/** The row of an item; a `ValidationError` with the reason for something that is none. */
export function rowOf(item: FeedItem): JsonObject {
  if ("row" in item) return item.row;
  throw new ValidationError(`Cannot deliver: ${item.reason}`, {
    field: "changes",
  });
}

/** The row of an item, or an object that holds what came in its place. */
export function readOrKeep(item: FeedItem): JsonObject {
  return "row" in item
    ? item.row
    : { unreadable: item.raw, reason: item.reason };
}

/** The row of an item that is one. */
function peekRow(item: FeedItem): JsonObject | undefined {
  return "row" in item ? item.row : undefined;
}

function personOf(row: JsonObject | undefined): string | null {
  return row ? id(row, "person_user_id", "person_id") : null;
}

/** What a row is about: a person and a field. A newer row of the same subject overtakes an older dead letter. */
export function subjectOf(row: JsonObject | undefined): string | null {
  const slug = row ? text(row, "slug") : null;
  const person = personOf(row);
  return slug !== null && person !== null
    ? JSON.stringify([person, slug])
    : null;
}

/** The id alone is not enough: a change must not be skipped because another one has the same id. */
async function rememberRow(
  row: JsonObject | undefined,
  forMs: number,
): Promise<Remembered | undefined> {
  if (row === undefined || id(row, "id") === null) return undefined;
  const { event, slug, at } = row;
  const identity = JSON.stringify([
    id(row, "id"),
    event,
    personOf(row),
    slug,
    at,
  ]);
  return { key: toHex(await sha256(encodeUtf8(identity))), forMs };
}

// Pages in a row that may hold nothing but rows that are none, before that counts as an answer of something else.
const MOST_BARREN_PAGES = 3;

/** Ends a run whose feed answers with pages that hold no change at all: it would fetch such pages for ever. */
class FeedHealth {
  #fetched = 0;
  #isPage = true;

  met(item: FeedItem): void {
    if ("row" in item) this.#fetched = 0;
    this.#isPage = !("page" in item);
  }

  refuseGarbage(): void {
    const most = this.#isPage ? MOST_BARREN_PAGES : 1;
    if (this.#fetched < most) {
      this.#fetched++;
      return;
    }
    throw new ApiError({
      status: 200,
      errorKey: "sluice.unusable_answer",
      apiMessage:
        "the feed answered with something that is no page of changes; it is kept as a dead letter",
    });
  }
}
