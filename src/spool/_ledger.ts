import type { KvChange, KvKey, KvSet } from "../kv/kv.ts";
import type { Lease } from "./lease.ts";
import { removePayload } from "./_payload.ts";
import type { Parked, Progress } from "./_progress.ts";
import type { SpoolStore } from "./_store.ts";

/** A segment that the consumer has read. */
export interface OpenSegment {
  readonly seq: number;
  /** The stored entry, needed to remove it. */
  readonly entry: { readonly key: KvKey; readonly value: unknown };
  readonly progress: Progress;
  /** Whether a progress record is in the store, or on its way there. */
  recorded: boolean;
}

/** What else must happen in the very commit that marks an item. */
export interface Along {
  readonly sets?: readonly KvSet[];
  readonly deletes?: readonly KvKey[];
  /** `false` when a power cut must not undo it. Default is `true`. */
  readonly relaxed?: boolean;
}

interface Dirty {
  readonly segment: OpenSegment;
  readonly along: Along[];
}

/** Writes what became of items: marks gather while a commit is under way and share the next one. */
export class Ledger {
  readonly #store: SpoolStore;
  readonly #lease: Lease;
  readonly #window: number;
  readonly #dirty = new Map<number, Dirty>();
  #marks = 0;
  #committing: Promise<void> | undefined;
  #heavy: Promise<void> = Promise.resolve();

  constructor(store: SpoolStore, lease: Lease, window: number) {
    this.#store = store;
    this.#lease = lease;
    this.#window = window;
  }

  /** Marks an item as done; resolves once that is committed, or at once while the window has room. */
  async finish(
    segment: OpenSegment,
    index: number,
    along: Along = {},
  ): Promise<void> {
    segment.progress.finish(index);
    this.#mark(segment, along);
    if (this.#marks >= this.#window) await this.flush();
  }

  /**
   * Marks an item as done together with writes that weigh. They must be in the very commit that has the mark, and two
   * of them might not fit one: so only one at a time is on its way.
   */
  async finishHeavy(
    segment: OpenSegment,
    index: number,
    along: Along,
  ): Promise<void> {
    const before = this.#heavy;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#heavy = promise;
    await before;
    try {
      segment.progress.finish(index);
      this.#mark(segment, { ...along, relaxed: false });
      await this.flush();
    } finally {
      resolve();
    }
  }

  /** Parks an item; resolves once that is committed. */
  async park(
    segment: OpenSegment,
    index: number,
    parked: Parked,
  ): Promise<void> {
    segment.progress.park(index, parked);
    this.#mark(segment, { relaxed: false });
    await this.flush();
  }

  /** Removes a segment that turned out to hold nothing. */
  drop(segment: OpenSegment): void {
    this.#mark(segment, {});
  }

  /** Resolves once every mark made so far is committed. */
  async flush(): Promise<void> {
    while (this.#dirty.size > 0 || this.#committing) {
      // One commit at a time: a progress record is whole, an older one must never land on a newer one.
      this.#committing ??= this.#commit().finally(() =>
        this.#committing = undefined
      );
      await this.#committing;
    }
  }

  #mark(segment: OpenSegment, along: Along): void {
    const dirty = this.#dirty.get(segment.seq) ?? { segment, along: [] };
    dirty.along.push(along);
    this.#dirty.set(segment.seq, dirty);
    this.#marks++;
  }

  async #commit(): Promise<void> {
    // If the process dies before this commit, the marked events are delivered again; after it, never.
    await this.#lease.commit(this.#gather());
  }

  #gather(): KvChange {
    const sets: KvSet[] = [];
    const deletes: KvKey[] = [];
    let relaxed = true;
    for (const [seq, dirty] of this.#dirty) {
      if (
        sets.length + deletes.length > this.#store.kv.limits.maxMutations / 4
      ) break;
      this.#dirty.delete(seq);
      this.#marks -= dirty.along.length;
      const own = this.#segmentChange(dirty.segment);
      for (const along of [own, ...dirty.along]) {
        sets.push(...along.sets ?? []);
        deletes.push(...along.deletes ?? []);
        relaxed &&= along.relaxed ?? true;
      }
    }
    return { sets, deletes, relaxed };
  }

  #segmentChange(segment: OpenSegment): Along {
    const key = [...this.#store.keys.progress, segment.seq];
    if (!segment.progress.finished) {
      segment.recorded = true;
      return { sets: [{ key, value: segment.progress.toRecord() }] };
    }
    const removed = removePayload(this.#store, segment.entry);
    return {
      ...removed,
      deletes: [...removed.deletes, ...segment.recorded ? [key] : []],
    };
  }
}
