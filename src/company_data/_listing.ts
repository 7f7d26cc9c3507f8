import type { Clock } from "../_internal/clock.ts";
import { isObject, type JsonObject } from "../_internal/json.ts";
import { RateLimitError } from "../errors.ts";
import { type ListPage, unusable } from "./_platform.ts";

/** How a listing is walked. */
export interface WalkOptions {
  readonly limit: number;
  readonly offset: number;
  readonly clock: Clock;
  readonly signal: AbortSignal | undefined;
}

const MOST_EXTRA_TRIES = 5;
const LONGEST_WAIT_SECONDS = 120;

/**
 * Walks all rows of a listing. It counts rows received, and ends by `total` or an empty page: a server that caps
 * pages below the asked limit is no reason to stop. Rows that are no objects are counted and left out.
 */
export async function* walkRows(
  fetchPage: (query: { limit: number; offset: number }) => Promise<ListPage>,
  options: WalkOptions,
): AsyncGenerator<JsonObject> {
  const { limit } = options;
  let offset = options.offset;
  let before: string | undefined;
  for (;;) {
    options.signal?.throwIfAborted();
    const { total, rows } = await patiently(
      () => fetchPage({ limit, offset }),
      options,
    );
    if (rows.length === 0) return;
    before = refuseRepeat(rows, before);
    yield* rows.filter(isObject);
    offset += rows.length;
    if (total !== undefined && offset >= total) return;
  }
}

/** A page equal to the one before means that the server ignores the offset: the walk would never end. */
function refuseRepeat(
  rows: readonly unknown[],
  before: string | undefined,
): string {
  const page = JSON.stringify(rows);
  if (page !== before) return page;
  throw unusable(200, "the listing gives the same page again and again");
}

/** The listing is heavily limited: beyond the retries of a call it waits as long as the platform asks. */
async function patiently<R>(
  call: () => Promise<R>,
  options: WalkOptions,
): Promise<R> {
  for (let tries = 1;; tries++) {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof RateLimitError) || tries > MOST_EXTRA_TRIES) {
        throw error;
      }
      const seconds = Math.min(
        error.retryAfter ?? 5 * 2 ** (tries - 1),
        LONGEST_WAIT_SECONDS,
      );
      await options.clock.sleep(seconds * 1000, options.signal);
    }
  }
}
