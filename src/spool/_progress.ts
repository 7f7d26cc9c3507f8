/** When a parked item is due, and how often it failed. */
export interface Parked {
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  /** Failed attempts so far. */
  readonly attempts: number;
}

/** What of a segment is done, as it is stored. */
export interface ProgressRecord {
  /** All items below this index are done. */
  readonly n: number;
  /** Items of the segment. */
  readonly t: number;
  /** Items at or above `n` that are done. */
  readonly x?: readonly number[];
  /** Parked items: index to due time and attempts. */
  readonly p?: Readonly<Record<string, readonly [number, number]>>;
}

/** Which items of one segment are done or parked. */
export class Progress {
  readonly total: number;
  #low: number;
  readonly #done: Set<number>;
  readonly #parked: Map<number, Parked>;

  constructor(total: number, record?: ProgressRecord) {
    this.total = total;
    this.#low = record?.n ?? 0;
    this.#done = new Set(record?.x);
    this.#parked = new Map(
      Object.entries(record?.p ?? {}).map(([index, [dueAt, attempts]]) => [
        Number(index),
        { dueAt, attempts },
      ]),
    );
  }

  get finished(): boolean {
    return this.#low >= this.total;
  }

  get open(): number {
    return Math.max(0, this.total - this.#low - this.#done.size);
  }

  isDone(index: number): boolean {
    return index < this.#low || this.#done.has(index);
  }

  parked(index: number): Parked | undefined {
    return this.#parked.get(index);
  }

  finish(index: number): void {
    if (this.isDone(index)) return;
    this.#parked.delete(index);
    this.#done.add(index);
    while (this.#done.delete(this.#low)) this.#low++;
  }

  park(index: number, parked: Parked): void {
    if (!this.isDone(index)) this.#parked.set(index, parked);
  }

  toRecord(): ProgressRecord {
    return {
      n: this.#low,
      t: this.total,
      ...(this.#done.size > 0 && { x: [...this.#done] }),
      ...(this.#parked.size > 0 && { p: this.#parkedRecord() }),
    };
  }

  #parkedRecord(): Record<string, [number, number]> {
    return Object.fromEntries(
      [...this.#parked].map((
        [index, { dueAt, attempts }],
      ) => [index, [dueAt, attempts]]),
    );
  }
}
