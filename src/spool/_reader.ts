import type { JsonObject } from "../_internal/json.ts";
import type { Bytes } from "../_internal/bytes.ts";
import type { KvEntry } from "../kv/kv.ts";
import type { OpenSegment } from "./_ledger.ts";
import { payloadMeta, readPayload } from "./_payload.ts";
import { Progress, type ProgressRecord } from "./_progress.ts";
import type { SpoolStore } from "./_store.ts";

/** Turns a stored segment into its items; the same bytes always give the same items in the same order. */
export type Split<T> = (
  body: Bytes,
  meta: JsonObject,
) => readonly T[] | Promise<readonly T[]>;

/** A segment with what it holds. */
export interface ReadSegment<T> {
  readonly segment: OpenSegment;
  readonly values: readonly T[];
}

/** Walks the segments once, oldest first, and goes on where it ended when more were appended. */
export class Reader<T> {
  readonly #store: SpoolStore;
  readonly #split: Split<T>;
  #after = -1;
  #segments: AsyncIterator<KvEntry<unknown>> | undefined;
  #records: ProgressWalk;

  constructor(store: SpoolStore, split: Split<T>) {
    this.#store = store;
    this.#split = split;
    this.#records = new ProgressWalk(store);
  }

  /** The next segment, or `undefined` when all that there are were read. */
  async next(): Promise<ReadSegment<T> | undefined> {
    this.#segments ??= this.#store.kv.list({
      prefix: this.#store.keys.segments,
      start: [...this.#store.keys.segments, this.#after + 1],
    })[Symbol.asyncIterator]();
    const { done, value: entry } = await this.#segments.next();
    if (done) {
      this.#segments = undefined;
      return undefined;
    }
    return await this.#open(entry);
  }

  async #open(entry: KvEntry<unknown>): Promise<ReadSegment<T>> {
    const seq = sequenceOf(entry);
    this.#after = seq;
    const { meta, body } = await readPayload(this.#store, entry);
    const values = await this.#split(body, meta);
    const record = await this.#records.of(seq);
    const progress = new Progress(values.length, record);
    return {
      segment: { seq, entry, progress, recorded: record !== undefined },
      values,
    };
  }
}

/** Items of all segments that are not done, without changing anything. */
export async function countOpen<T>(
  store: SpoolStore,
  split: Split<T>,
): Promise<number> {
  const records = new ProgressWalk(store);
  let open = 0;
  for await (const entry of store.kv.list({ prefix: store.keys.segments })) {
    const record = await records.of(sequenceOf(entry));
    const total = record?.t ?? await countItems(store, { entry, split });
    open += new Progress(total, record).open;
  }
  return open;
}

/** When the oldest segment that is still there was appended. */
export async function oldestSegmentAt(
  store: SpoolStore,
): Promise<number | null> {
  for await (
    const entry of store.kv.list({ prefix: store.keys.segments }, { limit: 1 })
  ) {
    return payloadMeta(entry)["at"] as number;
  }
  return null;
}

async function countItems<T>(
  store: SpoolStore,
  segment: { entry: KvEntry<unknown>; split: Split<T> },
): Promise<number> {
  const { items } = payloadMeta(segment.entry) as { items?: unknown };
  if (typeof items === "number") return items;
  const { body, meta } = await readPayload(store, segment.entry);
  return (await segment.split(body, meta)).length;
}

/** Walks the progress records beside the segments; both lie in the order of their sequence numbers. */
class ProgressWalk {
  readonly #store: SpoolStore;
  #records: AsyncIterator<KvEntry<ProgressRecord>> | undefined;
  #current: KvEntry<ProgressRecord> | undefined;
  #ended = false;

  constructor(store: SpoolStore) {
    this.#store = store;
  }

  async of(seq: number): Promise<ProgressRecord | undefined> {
    this.#records ??= this.#store.kv
      .list<ProgressRecord>({ prefix: this.#store.keys.progress })
      [Symbol.asyncIterator]();
    while (
      !this.#ended && (!this.#current || sequenceOf(this.#current) < seq)
    ) {
      const { done, value } = await this.#records.next();
      this.#ended = done ?? false;
      this.#current = value;
    }
    const found = this.#current;
    return found && sequenceOf(found) === seq ? found.value : undefined;
  }
}

function sequenceOf(entry: KvEntry<unknown>): number {
  return entry.key[entry.key.length - 1] as number;
}
