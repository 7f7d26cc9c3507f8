import { assert } from "@std/assert";

const BUFFER_BYTES = 64 * 1024;
const CHUNKS = 8_000;

/** A view of a buffer of its own, as Deno gives a chunk that it has read. */
export function chunkOf(length: number, fill: number): Uint8Array<ArrayBuffer> {
  return new Uint8Array(BUFFER_BYTES).subarray(0, length).fill(fill);
}

/** A body in chunks of a byte, all of them `x`, each of which is a view of 64 KiB. */
export interface SmallChunks {
  readonly stream: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly length: number;
  /** Fails if the reader held the buffers while it read. */
  assertLet(): void;
}

export function smallChunks(): SmallChunks {
  const before = Deno.memoryUsage().external;
  let most = 0;
  let left = CHUNKS;
  const stream = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller): void {
      if (left-- === 0) return controller.close();
      controller.enqueue(chunkOf(1, 0x78));
      most = Math.max(most, Deno.memoryUsage().external - before);
    },
  }, { highWaterMark: 0 });
  const assertLet = (): void => {
    assert(left < 0, "the body was read to its end");
    assert(most < CHUNKS * BUFFER_BYTES / 2, `${most} bytes were held`);
  };
  return { stream, length: CHUNKS, assertLet };
}
