import type { Bytes } from "../_internal/bytes.ts";
import type { Seal } from "../crypto/seal.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import { pieces } from "./_pieces.ts";

/** Where the bytes of files are kept. */
export interface FilePlace {
  readonly kv: KvStore;
  readonly seal: Seal;
  readonly prefix: KvKey;
}

/** One file of one send. */
export interface FileName {
  readonly send: string;
  readonly file: number;
}

// What a seal adds, and room for the key.
const OVERHEAD_BYTES = 512;
const MOST_CHUNK_BYTES = 512 * 1024;
const DELETED_AT_ONCE = 100;

/** Keeps the bytes of a file, sealed piece by piece, with no more than one piece in memory. */
export async function keepFile(
  place: FilePlace,
  { name, source }: { name: FileName; source: ReadableStream<Uint8Array> },
): Promise<void> {
  let chunk = 0;
  for await (const piece of pieces(source, chunkBytes(place.kv))) {
    const key = [...place.prefix, name.send, name.file, chunk];
    const value = await place.seal.seal(piece, contextOf(name, chunk));
    await place.kv.commit({ sets: [{ key, value }] });
    chunk++;
  }
}

/** Reads a kept file, piece by piece. */
export async function* readKeptFile(
  place: FilePlace,
  name: FileName,
): AsyncGenerator<Bytes> {
  const prefix = [...place.prefix, name.send, name.file];
  let chunk = 0;
  for await (const { value } of place.kv.list<Bytes>({ prefix })) {
    // One that is missing or moved does not open under its number.
    yield await place.seal.open(value, contextOf(name, chunk++));
  }
}

/** Deletes all that lies below a key. */
export async function dropBelow(kv: KvStore, prefix: KvKey): Promise<void> {
  const most = Math.min(DELETED_AT_ONCE, kv.limits.maxMutations);
  let deletes: KvKey[] = [];
  for await (const { key } of kv.list({ prefix })) {
    deletes.push(key);
    if (deletes.length < most) continue;
    await kv.commit({ deletes, relaxed: true });
    deletes = [];
  }
  if (deletes.length > 0) await kv.commit({ deletes, relaxed: true });
}

function chunkBytes({ limits }: KvStore): number {
  const { maxValueBytes, maxCommitBytes } = limits;
  const room = Math.min(maxValueBytes, Math.floor(maxCommitBytes / 2));
  return Math.max(1, Math.min(room - OVERHEAD_BYTES, MOST_CHUNK_BYTES));
}

function contextOf({ send, file }: FileName, chunk: number): string {
  return `flowflex file ${send}/${file}/${chunk}`;
}
