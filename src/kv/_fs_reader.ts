import type { LogFile } from "./_fs_file.ts";

const READ_AHEAD = 256 * 1024;

/** Reads pieces of a file, ahead where they follow each other. Nothing that it gave is ever overwritten. */
export class LogReader {
  readonly file: LogFile;
  #start = 0;
  #bytes: Uint8Array = new Uint8Array();

  constructor(file: LogFile) {
    this.file = file;
  }

  /** The bytes from `offset` on: `length` of them, or fewer where the file ends. */
  view(offset: number, length: number): Uint8Array {
    const end = this.#start + this.#bytes.length;
    if (offset < this.#start || offset + length > end) {
      const follows = offset >= this.#start && offset <= end;
      this.#fill(offset, follows ? Math.max(length, READ_AHEAD) : length);
    }
    const at = offset - this.#start;
    return this.#bytes.subarray(at, at + length);
  }

  #fill(offset: number, length: number): void {
    const target = new Uint8Array(length);
    const count = this.file.readAt(offset, target);
    this.#start = offset;
    this.#bytes = target.subarray(0, count);
  }
}
