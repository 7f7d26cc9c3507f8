import type { Bytes } from "../_internal/bytes.ts";
import { UploadError } from "../errors.ts";

// One that gives them without end would let no timer run, that of the deadline neither.
const MOST_EMPTY = 1_000;

/** What a stream is held to. */
export interface CountOptions {
  /** Bytes that there must be. */
  readonly size: number;
  /** Is told how many bytes were given so far. */
  onBytes(count: number): void;
  /** Is told what is given. */
  onPiece?(piece: Uint8Array): void;
  /** Is told why the stream breaks, before whoever reads it. */
  onFailure(error: unknown): void;
}

/** A stream that breaks when there are more or fewer bytes than were declared. */
export interface CountedStream {
  readonly stream: ReadableStream<Bytes>;
  /** Lets the source go, however far it was read. */
  close(): Promise<void>;
}

/** Reads a source when asked, and holds the last bytes back until it is known that they are the last. */
export function countedStream(
  source: AsyncIterable<Uint8Array>,
  options: CountOptions,
): CountedStream {
  const { size, onBytes, onPiece, onFailure } = options;
  const iterator = source[Symbol.asyncIterator]();
  let count = 0;
  let isClosed = false;
  const close = async (): Promise<void> => {
    isClosed = true;
    // A source that breaks while it is closed has given all that is wanted.
    await iterator.return?.().catch(() => undefined);
  };
  const pull = async (): Promise<Bytes | undefined> => {
    const piece = await nextPiece(iterator);
    count += piece?.length ?? 0;
    if (count > size || (!piece && count < size)) {
      throw mismatch(size, count > size ? "more" : "fewer");
    }
    if (piece && count === size && await nextPiece(iterator)) {
      throw mismatch(size, "more");
    }
    if (piece) {
      onPiece?.(piece);
      onBytes(count);
    }
    return piece;
  };
  const stream = new ReadableStream<Bytes>({
    async pull(controller): Promise<void> {
      try {
        const piece = await pull();
        if (piece) controller.enqueue(piece);
        if (count === size) controller.close();
      } catch (error) {
        // An attempt that was given up may still be read for a moment: that is nobody's failure.
        if (!isClosed) onFailure(error);
        await close();
        throw error;
      }
    },
    cancel: close,
  }, { highWaterMark: 0 });
  return { stream, close };
}

async function nextPiece(
  iterator: AsyncIterator<Uint8Array>,
): Promise<Bytes | undefined> {
  for (let i = 0; i < MOST_EMPTY; i++) {
    const { done, value } = await iterator.next();
    if (done) return undefined;
    if (!(value instanceof Uint8Array)) {
      throw new TypeError("Cannot use source: wanted a stream of bytes");
    }
    if (value.length > 0) return value as Bytes;
  }
  throw new TypeError(
    `Cannot use source: wanted bytes, got ${MOST_EMPTY} empty pieces in a row`,
  );
}

function mismatch(size: number, than: "more" | "fewer"): UploadError {
  return new UploadError(
    `Cannot upload the file: ${size} bytes were declared, and there are ${than}`,
    { step: "file" },
  );
}
