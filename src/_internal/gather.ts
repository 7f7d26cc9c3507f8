import { type Bytes, concatBytes } from "./bytes.ts";

/** Bytes that arrive bit by bit. */
export interface Gathered {
  /** Keeps a chunk. */
  add(chunk: Uint8Array): void;
  /** All that was kept, in its order and in few parts. */
  parts(): readonly Uint8Array[];
  /** All that was kept, as one. */
  whole(): Bytes;
}

// What a chunk may be to go through the block; larger ones are few.
const SMALL_BYTES = 8 * 1024;
const BLOCK_BYTES = 2 * SMALL_BYTES;

/**
 * Keeps the chunks of a stream in hardly more memory than twice their bytes, however small they are.
 *
 * A host gives each chunk as a view of the buffer that it read into, 64 KiB in Deno, so that the sender of single bytes
 * would have a whole buffer held for each of them.
 */
export function gather(): Gathered {
  const kept: Uint8Array[] = [];
  let block: Uint8Array | undefined;
  let used = 0;
  const closeBlock = (): void => {
    if (block && used > 0) kept.push(block.slice(0, used));
    used = 0;
  };
  const append = (chunk: Uint8Array): void => {
    block ??= new Uint8Array(BLOCK_BYTES);
    block.set(chunk, used);
    used += chunk.length;
  };
  const add = (chunk: Uint8Array): void => {
    const isSmall = chunk.length <= SMALL_BYTES;
    if (!isSmall || used + chunk.length > BLOCK_BYTES) closeBlock();
    if (isSmall) append(chunk);
    else kept.push(ownBytes(chunk));
  };
  const parts = (): readonly Uint8Array[] => {
    closeBlock();
    return kept;
  };
  return { add, parts, whole: () => concatBytes(parts()) };
}

function ownBytes(chunk: Uint8Array): Uint8Array {
  const isMostOfIt = 2 * chunk.length >= chunk.buffer.byteLength;
  return isMostOfIt ? chunk : chunk.slice();
}
