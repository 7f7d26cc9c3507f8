/** A row for the wire. A file's URL is made absolute when the row is answered, on the origin that was asked. */
export interface Stored {
  readonly row: unknown;
  readonly filePath?: string;
}

const COMPACT_ABOVE = 1024;

/** A first-in first-out queue: a page is taken in time that grows with the page, not with what is left. */
export class Feed {
  #items: Stored[] = [];
  #head = 0;
  #taken = 0;

  get size(): number {
    return this.#items.length - this.#head;
  }

  get taken(): number {
    return this.#taken;
  }

  push(item: Stored): void {
    this.#items.push(item);
  }

  /** The oldest row, left where it is. */
  peek(): Stored | undefined {
    return this.#items[this.#head];
  }

  /** Removes a row if it is still the oldest. */
  drop(item: Stored): void {
    if (this.peek() === item) this.take(1);
  }

  /** Removes and returns the oldest rows. */
  take(limit: number): Stored[] {
    const page = this.#items.slice(this.#head, this.#head + limit);
    this.#head += page.length;
    this.#taken += page.length;
    if (this.#head > COMPACT_ABOVE && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return page;
  }
}

/** The row as the wire shows it to one who asked on `origin`. */
export function wireRow(item: Stored, origin: string): unknown {
  const { row, filePath } = item;
  if (filePath === undefined) return row;
  return { ...row as object, value_url: origin + filePath };
}
