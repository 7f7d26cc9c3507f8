import { type JsonObject, text } from "../_internal/json.ts";
import { ApiError, DecryptError, ValidationError } from "../errors.ts";
import type {
  HandlerContext,
  Job,
  RunOptions,
  RunReport,
} from "../spool/mod.ts";
import type { FeedItem } from "./_page.ts";
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
   * Remembers the ids of delivered changes for that many milliseconds, and skips a change that comes again; `true`
   * means a week. Default is `false`.
   */
  readonly dedupe?: boolean | number;
}

/** What {@linkcode Client.processChanges} did. */
export type PumpReport = RunReport;

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
// A longer id is not remembered, so its change may be delivered twice, which is what a handler must bear anyway.
const LONGEST_ID = 200;

/** Makes the work of a run out of the feed. */
export function feedJob(parts: FeedJobParts): Job<FeedItem, Change> {
  const health = new FeedHealth();
  return {
    async prepare(item) {
      health.met(item);
      const change = await parts.read(rowOf(item));
      if (change.error) throw change.error;
      return change;
    },
    isPoison: (error) =>
      error instanceof DecryptError || error instanceof ValidationError,
    handle: (change, context) => parts.handler(change, context),
    lane: (item) => personOf(item) ?? "",
    subject: subjectOf,
    remember: (item) => remember(item, parts.rememberForMs),
    refill() {
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

function personOf(item: FeedItem): string | null {
  return "row" in item ? text(item.row, "person_user_id", "person_id") : null;
}

function subjectOf(item: FeedItem): string | null {
  const slug = "row" in item ? text(item.row, "slug") : null;
  const person = personOf(item);
  return slug !== null && person !== null
    ? JSON.stringify([person, slug])
    : null;
}

function remember(
  item: FeedItem,
  forMs: number | undefined,
): { key: string; forMs: number } | undefined {
  if (forMs === undefined || !("row" in item)) return undefined;
  const id = text(item.row, "id");
  return id !== null && id.length <= LONGEST_ID
    ? { key: id, forMs }
    : undefined;
}

/** Ends a run whose feed answers with pages that hold no change at all: it would fetch such pages for ever. */
class FeedHealth {
  #unreadable = false;
  #fetched = false;

  met(item: FeedItem): void {
    this.#unreadable = "page" in item;
  }

  refuseGarbage(): void {
    const garbage = this.#fetched && this.#unreadable;
    this.#fetched = true;
    if (!garbage) return;
    throw new ApiError({
      status: 200,
      errorKey: "sluice.unusable_answer",
      apiMessage:
        "the feed answered with something that is no page of changes; it is kept as a dead letter",
    });
  }
}
