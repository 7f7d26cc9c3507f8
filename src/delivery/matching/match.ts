import { mapAhead } from "../../_internal/ahead.ts";
import type { KvEntry, KvKey } from "../../kv/kv.ts";
import { compileGlob, parseEventName } from "./glob.ts";
import type { IndexRow } from "../_rows.ts";
import { ancestors } from "./scope.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { keyAfter } from "../subscriptions/stored.ts";
import type { Subscription } from "../subscription.ts";
import type { EmittedEvent } from "../event.ts";
import { matchesFilter } from "./filter.ts";

/** A subscription that an event reaches. */
export interface Match {
  /** The subscription. */
  readonly id: string;
  /** What its row in the index holds. */
  readonly row: IndexRow;
}

/** What of an event decides whom it reaches. */
export type Matched = Pick<EmittedEvent, "name" | "scope" | "data">;

type Reader = Pick<SenderParts, "kv" | "keys" | "kinds">;
type Wanted = (row: IndexRow) => boolean;

// A store far away answers several buckets in the time of one.
const BUCKETS_AT_ONCE = 8;
const PAGE = 100;

/**
 * Finds the subscriptions that an event reaches, each once: those at its scope and above, for its noun, one of its kinds
 * or a glob over these, and for its verb or a glob over it, whose filter holds.
 *
 * Only the index is read, and of it only the buckets that the event can be in: for each scope and each noun of its
 * lineage two, for the verb and for globs. Patterns with a glob share one bucket per scope and are tried one by one.
 */
export async function* match(
  sender: Reader,
  event: Matched,
): AsyncGenerator<Match> {
  const isWanted = wantedBy(sender, event);
  const read = async (bucket: KvKey): Promise<Bucket> => ({
    bucket,
    first: await readPage(sender, bucket),
  });
  const source = bucketsOf(sender, event);
  const buckets = mapAhead(source, read, { atOnce: BUCKETS_AT_ONCE });
  for await (const { bucket, first } of buckets) {
    for await (const { key, value: row } of walk(sender, bucket, { first })) {
      if (isWanted(row)) yield { id: String(key.at(-1)), row };
    }
  }
}

type Page = readonly KvEntry<IndexRow>[];

interface Bucket {
  readonly bucket: KvKey;
  readonly first: Page;
}

async function* bucketsOf(
  { keys, kinds }: Reader,
  { name, scope }: Matched,
): AsyncGenerator<KvKey> {
  const { noun, verb } = parseEventName(name);
  for (const place of ancestors(scope)) {
    for (const kind of [...kinds.lineage(noun), "*"]) {
      yield [...keys.index, place, kind, verb];
      yield [...keys.index, place, kind, "*"];
    }
  }
}

/** The check that is left once a bucket is chosen: its globs, and the filter. */
export function wantedBy(
  { kinds }: Pick<Reader, "kinds">,
  event: Matched,
): Wanted {
  const { noun, verb } = parseEventName(event.name);
  const lineage = kinds.lineage(noun);
  return (row) =>
    compileGlob(row.when).matches(verb) &&
    lineage.some((kind) => compileGlob(row.for).matches(kind)) &&
    (row.filter === null || matchesFilter(row.filter, event.data));
}

/** Whether an event reaches a subscription as that is now. */
export function reaches(
  sender: Pick<Reader, "kinds">,
  { event, subscription }: {
    event: Matched;
    subscription: Pick<Subscription, "scope"> & IndexRow;
  },
): boolean {
  return ancestors(event.scope).includes(subscription.scope) &&
    wantedBy(sender, event)(subscription);
}

async function* walk(
  sender: Reader,
  bucket: KvKey,
  { first }: { first: Page },
): AsyncGenerator<KvEntry<IndexRow>> {
  for (let page = first;;) {
    yield* page;
    const last = page.at(-1);
    if (!last || page.length < PAGE) return;
    page = await readPage(sender, bucket, { after: last.key });
  }
}

async function readPage(
  { kv }: Reader,
  prefix: KvKey,
  { after }: { after?: KvKey } = {},
): Promise<Page> {
  const range = after ? { prefix, start: keyAfter(after) } : { prefix };
  const page: KvEntry<IndexRow>[] = [];
  for await (const entry of kv.list<IndexRow>(range, { limit: PAGE })) {
    page.push(entry);
  }
  return page;
}
