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
  /** Called after that commit. */
  readonly committed?: (() => void) | undefined;
}

const DONE = Promise.resolve();

interface Dirty {
  readonly segment: OpenSegment;
  readonly along: Along[];
  marks: number;
  acks: number;
}

interface Gathered {
  readonly change: KvChange;
  readonly acks: number;
  readonly committed: readonly (() => void)[];
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
  #failure: { readonly error: unknown } | undefined;
  #uncommitted = 0;

  constructor(store: SpoolStore, lease: Lease, window: number) {
    this.#store = store;
    this.#lease = lease;
    this.#window = window;
  }

  /** Acknowledgements that no commit holds yet. */
  get uncommitted(): number {
    return this.#uncommitted;
  }

  /** Marks an item as done; resolves once that is committed, or at once while the window has room. */
  finish(
    segment: OpenSegment,
    index: number,
    along?: Along,
  ): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    segment.progress.finish(index);
    this.#mark(segment, along).acks++;
    this.#uncommitted++;
    return this.#marks >= this.#window ? this.flush() : DONE;
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
      if (this.#failure) throw this.#failure.error;
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
    this.#mark(segment);
  }

  /** Resolves once every mark made so far is committed. */
  async flush(): Promise<void> {
    while (this.#failure || this.#dirty.size > 0 || this.#committing) {
      if (this.#failure) throw this.#failure.error;
      // One commit at a time: a progress record is whole, an older one must never land on a newer one.
      this.#committing ??= this.#commit();
      await this.#committing;
    }
  }

  #mark(segment: OpenSegment, along?: Along): Dirty {
    const dirty = this.#dirty.get(segment.seq) ??
      { segment, along: [], marks: 0, acks: 0 };
    if (along) dirty.along.push(along);
    dirty.marks++;
    this.#dirty.set(segment.seq, dirty);
    this.#marks++;
    return dirty;
  }

  async #commit(): Promise<void> {
    const { change, acks, committed } = this.#gather();
    try {
      // If the process dies before this commit, the marked events are delivered again; after it, never.
      await this.#lease.commit(change);
    } catch (error) {
      // The marks are in memory and not in the store, and a dead letter that was to come with them is nowhere: one
      // more commit would lose it. So this was the last; the next consumer begins with what the store holds.
      this.#failure = { error };
      throw error;
    } finally {
      this.#committing = undefined;
    }
    this.#uncommitted -= acks;
    for (const tell of committed) tell();
  }

  #gather(): Gathered {
    const most = this.#store.kv.limits.maxMutations / 4;
    const pile = new Pile();
    let acks = 0;
    const committed: (() => void)[] = [];
    for (const [seq, dirty] of this.#dirty) {
      if (pile.size > most) break;
      this.#dirty.delete(seq);
      this.#marks -= dirty.marks;
      acks += dirty.acks;
      pile.add(this.#segmentChange(dirty.segment));
      for (const along of dirty.along) {
        pile.addOnce(along);
        if (along.committed) committed.push(along.committed);
      }
    }
    return { change: pile, acks, committed };
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

/** The writes of one commit. */
class Pile implements KvChange {
  readonly sets: KvSet[] = [];
  readonly deletes: KvKey[] = [];
  relaxed: boolean = true;
  #keys: Set<string> | undefined;

  get size(): number {
    return this.sets.length + this.deletes.length;
  }

  add({ sets = [], deletes = [], relaxed = true }: Along): void {
    this.sets.push(...sets);
    this.deletes.push(...deletes);
    this.relaxed &&= relaxed;
  }

  /** As `add`; what two acknowledgements both write, such as the mark of a subject, is written as the last one says. */
  addOnce(along: Along): void {
    const repeated = (along.sets ?? []).filter(({ key }) =>
      this.#isRepeated(key)
    );
    for (const { key } of repeated) this.#drop(key);
    this.add(along);
  }

  #isRepeated(key: KvKey): boolean {
    const name = JSON.stringify(key);
    this.#keys ??= new Set();
    const known = this.#keys.has(name);
    this.#keys.add(name);
    return known;
  }

  #drop(key: KvKey): void {
    const name = JSON.stringify(key);
    const at = this.sets.findIndex((set) => JSON.stringify(set.key) === name);
    if (at >= 0) this.sets.splice(at, 1);
  }
}
