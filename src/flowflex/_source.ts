import { fileState, hostFiles } from "../_internal/host.ts";
import { UploadError } from "../errors.ts";

/** Where the bytes of a file come from. Each opening begins at the first byte. */
export interface Source {
  /** All of it, when it is in memory. */
  readonly blob?: Blob;
  /** How many bytes there are; asks the filesystem where that has to tell. */
  size(): Promise<number>;
  /** Reads them. */
  open(): AsyncIterable<Uint8Array>;
}

/** Makes a stream of the same bytes each time it is called. */
export type StreamFactory = () =>
  | ReadableStream<Uint8Array>
  | Promise<ReadableStream<Uint8Array>>;

/** Bytes in memory. */
export function blobSource(blob: Blob): Source {
  return {
    blob,
    size: () => Promise.resolve(blob.size),
    open: () => blob.stream(),
  };
}

/** Bytes that a function makes a stream of. */
export function streamSource(factory: StreamFactory, size: number): Source {
  return {
    size: () => Promise.resolve(size),
    open: () => ({ [Symbol.asyncIterator]: () => new StreamReader(factory) }),
  };
}

/** Unlike a generator, it can be ended while it waits for a stream that hangs. */
class StreamReader implements AsyncIterator<Uint8Array, undefined> {
  readonly #factory: StreamFactory;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #isOver = false;

  constructor(factory: StreamFactory) {
    this.#factory = factory;
  }

  async next(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#reader ??= await this.#open();
    if (this.#isOver) this.#cancel();
    const { done, value } = await this.#reader.read();
    return done ? { done, value: undefined } : { done, value };
  }

  return(): Promise<IteratorResult<Uint8Array, undefined>> {
    this.#isOver = true;
    this.#cancel();
    return Promise.resolve({ done: true, value: undefined });
  }

  async #open(): Promise<ReadableStreamDefaultReader<Uint8Array>> {
    const stream = await this.#factory();
    if (stream instanceof ReadableStream) return stream.getReader();
    throw new TypeError(
      "Cannot use source: wanted a function that makes a ReadableStream",
    );
  }

  #cancel(): void {
    this.#reader?.cancel().catch(() => undefined); // it has failed already, or it hangs
  }
}

/** The part of `node:fs/promises` that is used; Deno has it under the same name. */
interface ReadableFiles {
  stat(path: string | URL): Promise<{ size: number; isFile(): boolean }>;
  open(path: string | URL, flags: "r"): Promise<ReadableFile>;
}

interface ReadableFile {
  read(
    buffer: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ bytesRead: number }>;
  close(): Promise<void>;
}

const PIECE_BYTES = 64 * 1024;

/** Bytes of a file of the host. */
export function pathSource(path: string | URL): Source {
  return {
    async size(): Promise<number> {
      const { size, isFile } = await attempt(() => {
        const files = requireFiles();
        return files.stat(path).then((stat) => ({
          size: stat.size,
          isFile: stat.isFile(),
        }));
      });
      if (isFile) return size;
      throw unreadable("it is not a file, wanted a path that names one");
    },
    async *open(): AsyncGenerator<Uint8Array> {
      const file = await attempt(() => requireFiles().open(path, "r"));
      try {
        for (;;) {
          const piece = new Uint8Array(PIECE_BYTES);
          const { bytesRead } = await attempt(() =>
            file.read(piece, 0, PIECE_BYTES, null)
          );
          if (bytesRead === 0) return;
          yield piece.subarray(0, bytesRead);
        }
      } finally {
        await file.close();
      }
    },
  };
}

function requireFiles(): ReadableFiles {
  const files = hostFiles() as ReadableFiles | undefined;
  if (files) return files;
  throw unreadable(
    "this host has no filesystem, wanted its bytes, a Blob or a function that makes a stream",
  );
}

async function attempt<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (cause) {
    if (cause instanceof UploadError) throw cause;
    throw unreadable(fileState(cause), { cause });
  }
}

function unreadable(
  state: string,
  evidence: { cause?: unknown } = {},
): UploadError {
  return new UploadError(`Cannot read the file: ${state}`, {
    step: "file",
    ...evidence,
  });
}
