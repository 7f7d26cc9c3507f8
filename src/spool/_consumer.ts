import { DeadLetterBook } from "./_dead_letter_book.ts";
import {
  type DeadLetter,
  type DeadLetterNote,
  listDeadLetters,
  listDeadNotes,
  type Position,
  positionId,
} from "./_dead_letters.ts";
import { Ledger, type OpenSegment } from "./_ledger.ts";
import type { Parked } from "./_progress.ts";
import { Reader, type ReadSegment, type Split } from "./_reader.ts";
import { Seen } from "./_seen.ts";
import type { KvSet } from "../kv/kv.ts";
import type { SpoolStore } from "./_store.ts";
import type { Lease } from "./lease.ts";
import type { DeadLetterLimits } from "./retention.ts";
import type { LastRun } from "./spool.ts";

/** One piece of work. */
export interface SpoolItem<T> {
  /** Names it in logs; made from the sequence number, never from anything in the item. */
  readonly id: string;
  /** Sequence number of the segment that it came in. */
  readonly seq: number;
  /** What was appended. */
  readonly value: T;
  /** Failed attempts before this run; more than 0 only when it was parked. */
  readonly attempts: number;
  /** When it is due, in milliseconds since 1970; 0 when it was never parked. */
  readonly dueAt: number;
}

/** What to write together with an acknowledgement. */
export interface AckNote {
  /** What the item is about: dead letters of the same subject that are older become superseded. */
  readonly subject?: string | null;
  /** Remembers that this was delivered, for that many milliseconds. */
  readonly remember?:
    | { readonly key: string; readonly forMs: number }
    | undefined;
  /** Called after the commit that holds the acknowledgement; must not throw. */
  readonly committed?: (() => void) | undefined;
}

interface Handed<T> extends SpoolItem<T> {
  readonly position: Position;
  readonly segment: OpenSegment;
}

/**
 * The one consumer of a spool, from the moment it took the lease until it releases it.
 *
 * When one of its commits fails it is of no use any more: every later one is refused with the same error, and the next
 * consumer begins with what the store holds.
 */
export class SpoolConsumer<T> {
  readonly #store: SpoolStore;
  readonly #lease: Lease;
  readonly #ledger: Ledger;
  readonly #book: DeadLetterBook;
  readonly #seen: Seen;
  readonly #split: Split<T>;
  #reader: Reader<T>;

  private constructor(
    store: SpoolStore,
    parts: {
      lease: Lease;
      split: Split<T>;
      ackWindow: number;
      book: DeadLetterBook;
    },
  ) {
    this.#store = store;
    this.#lease = parts.lease;
    this.#ledger = new Ledger(store, parts.lease, parts.ackWindow);
    this.#book = parts.book;
    this.#seen = new Seen(store);
    this.#split = parts.split;
    this.#reader = new Reader(store, parts.split);
  }

  /** @ignore */
  static async open<T>(
    store: SpoolStore,
    parts: { lease: Lease; split: Split<T>; ackWindow: number },
  ): Promise<SpoolConsumer<T>> {
    const book = await DeadLetterBook.open(store, parts.lease);
    return new SpoolConsumer(store, { ...parts, book });
  }

  /** Aborts when another consumer has taken over; from then on every call that writes throws. */
  get signal(): AbortSignal {
    return this.#lease.signal;
  }

  /** The open items of the next segment, oldest first; `undefined` when all that there are were handed out. */
  async next(): Promise<readonly SpoolItem<T>[] | undefined> {
    for (;;) {
      const read = await this.#reader.next();
      if (!read) return undefined;
      const items = openItems(read);
      if (items.length > 0) return items;
      // A page without rows, or one whose last acknowledgement was cut short: nothing is in it any more.
      this.#ledger.drop(read.segment);
      await this.#ledger.flush();
    }
  }

  /** Begins again with the oldest open item. Items handed out before must have been settled. */
  rewind(): void {
    this.#reader = new Reader(this.#store, this.#split);
  }

  /** Takes an item off the spool. With an acknowledgement window it may be committed a little later. */
  ack(item: SpoolItem<T>, note: AckNote = {}): Promise<void> {
    const { segment, position } = handed(item);
    const mark = this.#book.overtake(note.subject, position);
    const seen = note.remember && this.#seen.add(note.remember);
    const { committed } = note;
    const finish = (sets: readonly KvSet[]): Promise<void> => {
      const hasMore = sets.length > 0 || committed !== undefined;
      const along = hasMore ? { sets, committed } : undefined;
      return this.#ledger.finish(segment, position.index, along);
    };
    const sets = seen ? [seen] : [];
    return mark ? mark.then((set) => finish([set, ...sets])) : finish(sets);
  }

  /** Whether an acknowledgement needs its subject: there is a dead letter that it may overtake. */
  get needsSubjects(): boolean {
    return this.#book.hasSubjects;
  }

  /** Acknowledgements that no commit holds yet. */
  get uncommitted(): number {
    return this.#ledger.uncommitted;
  }

  /** Leaves an item for a later run, not before `dueAt`. */
  park(item: SpoolItem<T>, parked: Parked): Promise<void> {
    const { segment, position } = handed(item);
    return this.#ledger.park(segment, position.index, parked);
  }

  /** Moves an item to the dead letters, in one commit. */
  async deadLetter(item: SpoolItem<T>, note: DeadLetterNote): Promise<void> {
    const { segment, position, value } = handed(item);
    const along = await this.#book.bury({ position, value, note });
    await this.#ledger.finishHeavy(segment, position.index, along);
  }

  /**
   * Puts something in as a dead letter that was given up elsewhere, and is older than everything in this spool. The
   * same index twice is put in once.
   */
  importDeadLetter(
    item: { index: number; value: T; note: DeadLetterNote },
  ): Promise<void> {
    const { index, value, note } = item;
    return this.#book.bringIn({ position: { seq: -1, index }, value, note });
  }

  /** Whether this was remembered as delivered, and the time has not passed. */
  wasSeen(key: string): Promise<boolean> {
    return this.#seen.has(key);
  }

  /** The dead letters in order, one read at a time. */
  deadLetters(): AsyncGenerator<DeadLetter<T>> {
    return listDeadLetters<T>(this.#store);
  }

  /** The ids of the dead letters in order. */
  async *deadLetterIds(): AsyncGenerator<string> {
    for await (const { position } of listDeadNotes(this.#store)) {
      yield positionId(position);
    }
  }

  /** Removes a dead letter that is not wanted any more; `false` when it is not there. */
  removeDeadLetter(id: string): Promise<boolean> {
    return this.#book.remove(id);
  }

  /** Removes a dead letter that was delivered. */
  deliveredDeadLetter({ id, subject }: DeadLetter<T>): Promise<void> {
    return this.#book.removeDelivered(id, subject);
  }

  /** Notes one more failure of a dead letter, where it stands. */
  rewriteDeadLetter(
    { id }: DeadLetter<T>,
    note: DeadLetterNote,
  ): Promise<void> {
    return this.#book.renote(id, note);
  }

  /** Deletes what is beyond the limits, oldest first, and gives back how many those were. */
  pruneDeadLetters(limits: DeadLetterLimits): Promise<number> {
    return this.#book.prune(limits);
  }

  /** Resolves once every acknowledgement is committed. */
  flush(): Promise<void> {
    return this.#ledger.flush();
  }

  /** Commits what is outstanding, notes the run, and lets others in. */
  async release(run?: Omit<LastRun, "at">): Promise<void> {
    try {
      if (!this.#lease.signal.aborted) await this.#ledger.flush();
    } finally {
      const value = run && { ...run, at: this.#store.now() };
      await this.#lease.release(
        value ? { sets: [{ key: this.#store.keys.lastRun, value }] } : {},
      );
    }
  }
}

function openItems<T>({ segment, values }: ReadSegment<T>): Handed<T>[] {
  const { seq, progress } = segment;
  const items: Handed<T>[] = [];
  for (const [index, value] of values.entries()) {
    if (progress.isDone(index)) continue;
    const position = { seq, index };
    const { attempts = 0, dueAt = 0 } = progress.parked(index) ?? {};
    const id = positionId(position);
    items.push({ id, seq, value, attempts, dueAt, position, segment });
  }
  return items;
}

function handed<T>(item: SpoolItem<T>): Handed<T> {
  return item as Handed<T>;
}
