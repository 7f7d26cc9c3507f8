import { encodeUtf8 } from "../_internal/bytes.ts";

const FIRST_BYTES = 4096;
const MOST_KEPT_BYTES = 2 * 1024 * 1024;
// A text takes at most three bytes for each unit; for a long one that would be too much to set aside.
const LONG_TEXT = 65_536;

const encoder = new TextEncoder();

/** Collects what one write takes, in memory that is used again: fresh pages cost more than a copy. */
export class WriteBuffer {
  #room: Uint8Array = new Uint8Array(FIRST_BYTES);
  #length = 0;

  /** All that was added, good until something else is. */
  get bytes(): Uint8Array {
    return this.#room.subarray(0, this.#length);
  }

  /** Begins anew. */
  clear(): void {
    this.#length = 0;
    if (this.#room.length > MOST_KEPT_BYTES) {
      this.#room = new Uint8Array(FIRST_BYTES);
    }
  }

  /** Adds the UTF-8 bytes of a text, and says how many these are. */
  addText(text: string): number {
    if (text.length > LONG_TEXT) return this.addBytes(encodeUtf8(text));
    this.#reserve(3 * text.length);
    const rest = this.#room.subarray(this.#length);
    const { written } = encoder.encodeInto(text, rest);
    this.#length += written;
    return written;
  }

  /** Adds bytes, and says how many these are. */
  addBytes(bytes: Uint8Array): number {
    this.#reserve(bytes.length);
    this.#room.set(bytes, this.#length);
    this.#length += bytes.length;
    return bytes.length;
  }

  #reserve(bytes: number): void {
    const length = this.#length + bytes;
    if (length <= this.#room.length) return;
    const grown = new Uint8Array(
      Math.max(length, 2 * this.#room.length),
    );
    grown.set(this.bytes);
    this.#room = grown;
  }
}
