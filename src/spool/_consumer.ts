import type { KvEntry, KvSet } from "../kv/kv.ts";
import {
  buryItem,
  countDeadLetters,
  type DeadLetter,
  type DeadLetterNote,
  deadSubjects,
  listDeadLetters,
  listDeadNotes,
  noteSubject,
  parsePositionId,
  type Position,
  positionId,
  removeDeadLetter,
  supersededKey,
} from "./_dead_letters.ts";
import { type Along, Ledger, type OpenSegment } from "./_ledger.ts";
import type { DeadLetterLimits } from "./retention.ts";
import type { Parked } from "./_progress.ts";
import { Reader, type Split } from "./_reader.ts";
import { removePayload } from "./_payload.ts";
import type { SpoolStore } from "./_store.ts";
import type { Lease } from "./lease.ts";
import type { LastRun } from "./spool.ts";

/** One piece of work. */
export interface SpoolItem<T> {
  /** Names it in logs; made from the sequence number, never from anything in the item. */
  readonly id: string;
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
}

interface Handed<T> extends SpoolItem<T> {
  readonly position: Position;
  readonly segment: OpenSegment;
}

/** The one consumer of a spool, from the moment it took the lease until it releases it. */
export class SpoolConsumer<T> {
  readonly #store: SpoolStore;
  readonly #lease: Lease;
  readonly #ledger: Ledger;
  readonly #split: Split<T>;
  #reader: Reader<T>;
  readonly #subjects: Map<string, Position[]>;

  private constructor(
    store: SpoolStore,
    parts: {
      lease: Lease;
      split: Split<T>;
      ackWindow: number;
      subjects: Map<string, Position[]>;
    },
  ) {
    this.#store = store;
    this.#lease = parts.lease;
    this.#ledger = new Ledger(store, parts.lease, parts.ackWindow);
    this.#split = parts.split;
    this.#reader = new Reader(store, parts.split);
    this.#subjects = parts.subjects;
  }

  /** @ignore */
  static async open<T>(
    store: SpoolStore,
    parts: { lease: Lease; split: Split<T>; ackWindow: number },
  ): Promise<SpoolConsumer<T>> {
    return new SpoolConsumer(store, {
      ...parts,
      subjects: await deadSubjects(store),
    });
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
      const items = read.values.flatMap((value, index) =>
        this.#item(read.segment, { value, index })
      );
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
    return this.#ledger.finish(
      segment,
      position.index,
      this.#ackAlong(position, note),
    );
  }

  /** Leaves an item for a later run, not before `dueAt`. */
  park(item: SpoolItem<T>, parked: Parked): Promise<void> {
    const { segment, position } = handed(item);
    return this.#ledger.park(segment, position.index, parked);
  }

  /** Moves an item to the dead letters, in one commit. */
  async deadLetter(item: SpoolItem<T>, note: DeadLetterNote): Promise<void> {
    const { segment, position, value } = handed(item);
    // First, so that an item of the same subject that is acknowledged meanwhile can mark it.
    if (note.subject) {
      noteSubject(this.#subjects, { subject: note.subject, position });
    }
    const along = await buryItem(this.#store, { position, value, note });
    await this.#ledger.finishHeavy(segment, position.index, along);
  }

  /** Whether this was remembered as delivered, and the time has not passed. */
  async wasSeen(key: string): Promise<boolean> {
    const entry = await this.#store.kv.get<number>([
      ...this.#store.keys.seen,
      key,
    ]);
    return entry !== undefined && entry.value > this.#store.now();
  }

  /** The dead letters in order, one read at a time. */
  async *deadLetters(): AsyncGenerator<DeadLetter<T>> {
    for await (const { letter } of listDeadLetters<T>(this.#store)) {
      yield letter;
    }
  }

  /** The ids of the dead letters in order. */
  async *deadLetterIds(): AsyncGenerator<string> {
    for await (const { id } of listDeadNotes(this.#store)) yield id;
  }

  /** Removes a dead letter, because it was delivered or is not wanted any more; `false` when it is not there. */
  async removeDeadLetter(id: string): Promise<boolean> {
    const entry = await this.#deadEntry(id);
    if (entry) await this.#lease.commit(removeDeadLetter(this.#store, entry));
    return entry !== undefined;
  }

  /** Deletes what is beyond the limits, oldest first, and gives back how many those were. */
  async pruneDeadLetters(limits: DeadLetterLimits): Promise<number> {
    const { maxAgeMs = Infinity, maxCount = Infinity } = limits;
    const oldest = this.#store.now() - maxAgeMs;
    let left = Number.isFinite(maxCount)
      ? await countDeadLetters(this.#store)
      : 0;
    let dropped = 0;
    for await (const { id, at } of listDeadNotes(this.#store)) {
      if (at >= oldest && left-- <= maxCount) continue;
      if (await this.removeDeadLetter(id)) dropped++;
    }
    return dropped;
  }

  /** Writes a dead letter anew in its place, after one more failure. */
  async rewriteDeadLetter(
    letter: DeadLetter<T>,
    note: DeadLetterNote,
  ): Promise<void> {
    const position = parsePositionId(letter.id);
    const entry = await this.#deadEntry(letter.id);
    if (!entry) return;
    const { sets = [], deletes = [] } = await buryItem(this.#store, {
      position,
      value: letter.value,
      note,
    });
    // The key itself is overwritten; only chunks of the old body go.
    const old = removePayload(this.#store, entry);
    const stale = old.deletes.filter((key) => key !== entry.key);
    await this.#lease.commit({
      sets: [...sets, ...old.sets],
      deletes: [...deletes, ...stale],
    });
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

  #item(segment: OpenSegment, at: { value: T; index: number }): Handed<T>[] {
    if (segment.progress.isDone(at.index)) return [];
    const position = { seq: segment.seq, index: at.index };
    const parked = segment.progress.parked(at.index);
    return [{
      id: positionId(position),
      value: at.value,
      attempts: parked?.attempts ?? 0,
      dueAt: parked?.dueAt ?? 0,
      position,
      segment,
    }];
  }

  #ackAlong(position: Position, note: AckNote): Along {
    const sets: KvSet[] = [];
    const overtaken = note.subject
      ? this.#subjects.get(note.subject)
      : undefined;
    for (const dead of overtaken ?? []) {
      if (isBefore(dead, position)) {
        sets.push({ key: supersededKey(this.#store, dead), value: true });
      }
    }
    if (overtaken && sets.length === overtaken.length) {
      this.#subjects.delete(note.subject ?? "");
    }
    if (note.remember) sets.push(this.#seen(note.remember));
    return sets.length > 0 ? { sets } : {};
  }

  #seen({ key, forMs }: { key: string; forMs: number }): KvSet {
    return {
      key: [...this.#store.keys.seen, key],
      value: this.#store.now() + forMs,
      expireInMs: forMs,
    };
  }

  #deadEntry(id: string): Promise<KvEntry<unknown> | undefined> {
    const { seq, index } = parsePositionId(id);
    return this.#store.kv.get([...this.#store.keys.dead, seq, index]);
  }
}

function handed<T>(item: SpoolItem<T>): Handed<T> {
  return item as Handed<T>;
}

function isBefore(a: Position, b: Position): boolean {
  return a.seq < b.seq || (a.seq === b.seq && a.index < b.index);
}
