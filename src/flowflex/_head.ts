import { HEAD_BYTES } from "./_type_differs.ts";

/** Collects the first bytes of a file, and gives them out once. */
export class Head {
  readonly #onHead: (head: Uint8Array) => void;
  #bytes: number[] = [];
  #isOver = false;

  constructor(onHead: (head: Uint8Array) => void) {
    this.#onHead = onHead;
  }

  /** The file is read from its begin once more. */
  restart(): void {
    this.#bytes = [];
  }

  /** Takes what comes next. A file that is shorter than a head tells nothing. */
  add(piece: Uint8Array): void {
    if (this.#isOver) return;
    this.#bytes.push(...piece.subarray(0, HEAD_BYTES - this.#bytes.length));
    if (this.#bytes.length < HEAD_BYTES) return;
    this.#isOver = true;
    this.#onHead(Uint8Array.from(this.#bytes));
  }

  /** Takes the first bytes of a blob. */
  async read(blob: Blob): Promise<void> {
    if (this.#isOver) return;
    const start = blob.slice(0, HEAD_BYTES).arrayBuffer();
    // Why it cannot be read is told by the upload.
    const bytes = await start.catch(() => undefined);
    this.restart();
    if (bytes) this.add(new Uint8Array(bytes));
  }
}
