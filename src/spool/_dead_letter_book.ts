import type { KvSet } from "../kv/kv.ts";
import {
  buryItem,
  countDeadLetters,
  type DeadLetterNote,
  exhumeItem,
  isBefore,
  listDeadNotes,
  overtakenKey,
  parsePositionId,
  type Position,
  positionId,
  renoteItem,
} from "./_dead_letters.ts";
import type { Along } from "./_ledger.ts";
import type { SpoolStore } from "./_store.ts";
import type { Lease } from "./lease.ts";
import type { DeadLetterLimits } from "./retention.ts";

/** The dead letters as their one consumer sees and changes them. */
export class DeadLetterBook {
  readonly #store: SpoolStore;
  readonly #lease: Lease;
  /** How many dead letters each subject has. */
  readonly #counts = new Map<string, number>();

  private constructor(store: SpoolStore, lease: Lease) {
    this.#store = store;
    this.#lease = lease;
  }

  static async open(store: SpoolStore, lease: Lease): Promise<DeadLetterBook> {
    const book = new DeadLetterBook(store, lease);
    for await (const { subject } of listDeadNotes(store)) {
      book.#count(subject, 1);
    }
    return book;
  }

  /** Whether there is a dead letter that an item may overtake. */
  get hasSubjects(): boolean {
    return this.#counts.size > 0;
  }

  /** What the acknowledgement of an item must write besides, when it overtakes dead letters of its subject. */
  overtake(
    subject: string | null | undefined,
    position: Position,
  ): Promise<KvSet> | undefined {
    if (!subject || !this.#counts.has(subject)) return undefined;
    return this.#mark(subject, position);
  }

  /** What a commit must do to keep an item as a dead letter. */
  bury(
    item: { position: Position; value: unknown; note: DeadLetterNote },
  ): Promise<Along> {
    // First, so that an item of the same subject that is acknowledged meanwhile can mark it.
    this.#count(item.note.subject ?? null, 1);
    return buryItem(this.#store, item);
  }

  /** Puts something in as a dead letter that never was an item of this spool; doing it twice does it once. */
  async bringIn(
    item: { position: Position; value: unknown; note: DeadLetterNote },
  ): Promise<void> {
    const known = await exhumeItem(this.#store, item.position);
    if (!known) await this.#lease.commit(await this.bury(item));
  }

  /** Notes one more failure of a dead letter, where it stands. */
  async renote(id: string, note: DeadLetterNote): Promise<void> {
    await this.#lease.commit(
      renoteItem(this.#store, { position: parsePositionId(id), note }),
    );
  }

  /** Removes a dead letter; `false` when it is not there. */
  async remove(id: string): Promise<boolean> {
    return await this.#remove(parsePositionId(id), []);
  }

  /** Removes a dead letter that was delivered: those of its subject that are older are overtaken now. */
  async removeDelivered(id: string, subject: string | null): Promise<void> {
    const position = parsePositionId(id);
    await this.#remove(
      position,
      subject === null ? [] : [await this.#mark(subject, position)],
    );
  }

  /** Deletes what is beyond the limits, oldest first, and gives back how many those were. */
  async prune(limits: DeadLetterLimits): Promise<number> {
    const { maxAgeMs = Infinity, maxCount = Infinity } = limits;
    const oldest = this.#store.now() - maxAgeMs;
    const tooOld = await this.#pruneWhile(({ at }) => at < oldest);
    let left = maxCount === Infinity ? 0 : await countDeadLetters(this.#store);
    return tooOld + await this.#pruneWhile(() => left-- > maxCount);
  }

  async #pruneWhile(
    isWanted: (note: { at: number }) => boolean,
  ): Promise<number> {
    let pruned = 0;
    for await (const note of listDeadNotes(this.#store)) {
      if (isWanted(note) && await this.remove(positionId(note.position))) {
        pruned++;
      }
    }
    return pruned;
  }

  async #remove(position: Position, sets: readonly KvSet[]): Promise<boolean> {
    const exhumed = await exhumeItem(this.#store, position);
    if (!exhumed) return false;
    const { along, subject } = exhumed;
    const isLast = subject !== null && this.#counts.get(subject) === 1;
    // The mark of a subject is of no use without dead letters.
    const stale = isLast ? [await overtakenKey(this.#store, subject)] : [];
    await this.#lease.commit({
      sets: [...along.sets ?? [], ...isLast ? [] : sets],
      deletes: [...along.deletes ?? [], ...stale],
    });
    this.#count(subject, -1);
    return true;
  }

  async #mark(subject: string, position: Position): Promise<KvSet> {
    const key = await overtakenKey(this.#store, subject);
    const mark = await this.#store.kv.get<Position>(key);
    return {
      key,
      value: mark && isBefore(position, mark.value) ? mark.value : position,
    };
  }

  #count(subject: string | null, change: 1 | -1): void {
    if (subject === null) return;
    const count = (this.#counts.get(subject) ?? 0) + change;
    if (count > 0) this.#counts.set(subject, count);
    else this.#counts.delete(subject);
  }
}
