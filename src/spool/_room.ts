import { type Bytes, concatBytes } from "../_internal/bytes.ts";

const MOST_KEPT_BYTES = 2 * 1024 * 1024;

/** Memory for one payload at a time that is used again: the fresh pages of a large one cost more than its copy. */
export class Room {
  #bytes: Bytes = new Uint8Array(0);
  #lent: Bytes | undefined;

  /** One array that holds all parts in order; it stays as it is until it is given back. */
  join(parts: readonly Uint8Array[]): Bytes {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    if (this.#lent || length > MOST_KEPT_BYTES) return concatBytes(parts);
    if (length > this.#bytes.length) this.#bytes = this.#grown(length);
    const joined = this.#bytes.subarray(0, length);
    let offset = 0;
    for (const part of parts) {
      joined.set(part, offset);
      offset += part.length;
    }
    this.#lent = joined;
    return joined;
  }

  /** Says that nobody needs what `join` gave any more. */
  giveBack(value: unknown): void {
    if (value === this.#lent) this.#lent = undefined;
  }

  #grown(length: number): Bytes {
    return new Uint8Array(Math.min(2 * length, MOST_KEPT_BYTES));
  }
}
