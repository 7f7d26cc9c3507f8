import type { Bytes } from "../_internal/bytes.ts";

/** Makes the stream of a body. */
export type OpenBody = () => ReadableStream<Bytes>;

/**
 * A body of which a host announces the length, so that nothing is sent in chunks: presigned storage takes no upload
 * without `content-length`. A stream alone has none, and hosts drop a header that says it.
 */
export async function sizedBody(
  open: OpenBody,
  size: number,
): Promise<Bytes | Blob | ReadableStream> {
  // Whatever stands for an empty stream would be sent in chunks.
  if (size === 0) return await readAll(open);
  const { FixedLengthStream } = globalThis as FixedLength;
  if (FixedLengthStream) return open().pipeThrough(new FixedLengthStream(size));
  if (await streamsBlobs()) return new SizedBlob(open, size);
  return new Blob([await readAll(open)]);
}

/** What Workers have for this. */
interface FixedLength {
  readonly FixedLengthStream?: new (
    size: number,
  ) => ReadableWritablePair<Bytes, Bytes>;
}

/** A blob whose bytes are made when they are read. */
class SizedBlob extends Blob {
  readonly #open: OpenBody;
  readonly #size: number;

  constructor(open: OpenBody, size: number) {
    super();
    this.#open = open;
    this.#size = size;
  }

  override get size(): number {
    return this.#size;
  }

  override stream(): ReadableStream<Bytes> {
    return this.#open();
  }
}

let known: boolean | undefined;

/** Whether the host reads a body by `stream()` and `size`, as Deno and Node do, or past them, as browsers do. */
async function streamsBlobs(): Promise<boolean> {
  const open: OpenBody = () => new Blob(["a"]).stream();
  return known ??= await new Response(new SizedBlob(open, 1)).text()
    .then((text) => text === "a", () => false);
}

async function readAll(open: OpenBody): Promise<Bytes> {
  return new Uint8Array(await new Response(open()).arrayBuffer());
}
