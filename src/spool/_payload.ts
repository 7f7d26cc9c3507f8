import {
  type Bytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
} from "../_internal/bytes.ts";
import type { JsonObject } from "../_internal/json.ts";
import { KvError } from "../errors.ts";
import type { KvChange, KvCheck, KvEntry, KvKey, KvStore } from "../kv/kv.ts";
import type { SpoolKeys } from "./_keys.ts";

/** Where payloads are kept. */
export interface PayloadStore {
  readonly kv: KvStore;
  readonly keys: SpoolKeys;
  now(): number;
}

/** Bytes with a small JSON head, stored under one key or as a marker with chunks. */
export interface Payload {
  /** What the caller wants to know without reading the body. */
  readonly meta: JsonObject;
  /** The bytes exactly as they came. */
  readonly body: Bytes;
}

/** A value that stands for a payload whose body lies in chunks. */
interface Marker {
  readonly meta: JsonObject;
  readonly chunks: number;
  readonly bytes: number;
  readonly id: string;
}

/** A payload ready to be committed: `value` goes under the key, together with the rest of `change`. */
export interface PlacedPayload {
  /** What to set under the payload's own key. */
  readonly value: unknown;
  /** What the same commit must do besides. */
  readonly change: Required<Pick<KvChange, "sets" | "deletes">>;
  /** What must hold then: that the sweep has not taken the chunks for left behind. */
  readonly checks: readonly KvCheck[];
  /** What the commit will weigh, roughly. */
  readonly bytes: number;
}

/** How long chunks without a marker are left alone: longer than any write takes. */
const LOOSE_FOR_MS = 3_600_000;

const KEY_BYTES = 256;

/**
 * Makes a payload fit the store. What is too large for one commit is written in chunks first, under a fresh id that
 * only the marker names, so that a reader sees all of it or nothing. What fits one value is put together by `join`.
 */
export async function placePayload(
  store: PayloadStore,
  payload: Payload,
  { join = concatBytes }: { join?: typeof concatBytes } = {},
): Promise<PlacedPayload> {
  const { limits } = store.kv;
  const room = limits.maxCommitBytes / 2;
  const head = encodeUtf8(JSON.stringify(payload.meta) + "\n");
  const bytes = head.length + payload.body.length;
  if (bytes <= Math.min(limits.maxValueBytes, room)) {
    const value = join([head, payload.body]);
    return {
      value,
      change: { sets: [], deletes: [] },
      checks: [],
      bytes: bytes + KEY_BYTES,
    };
  }
  const chunked = cut(store, payload);
  const weight = bytes + KEY_BYTES * (chunked.sets.length + 1);
  if (weight <= room && chunked.sets.length < limits.maxMutations / 2) {
    return {
      value: chunked.marker,
      change: { sets: chunked.sets, deletes: [] },
      checks: [],
      bytes: weight,
    };
  }
  return await placeAhead(store, chunked);
}

interface Chunked {
  readonly marker: Marker;
  readonly sets: readonly { readonly key: KvKey; readonly value: Bytes }[];
}

function cut(store: PayloadStore, { meta, body }: Payload): Chunked {
  const { maxValueBytes, maxCommitBytes } = store.kv.limits;
  const id = crypto.randomUUID();
  const sets = split(body, Math.min(maxValueBytes, maxCommitBytes / 2))
    .map((value, n) => ({ key: [...store.keys.chunks, id, n], value }));
  return {
    marker: { meta, chunks: sets.length, bytes: body.length, id },
    sets,
  };
}

/** Writes the chunks now; the caller's commit makes them count. */
async function placeAhead(
  store: PayloadStore,
  { marker, sets }: Chunked,
): Promise<PlacedPayload> {
  const key = [...store.keys.loose, marker.id];
  // If the process dies between two of these commits, this entry names all chunks and a sweep removes them.
  const intent = await store.kv.commit({
    sets: [{ key, value: { at: store.now(), chunks: marker.chunks } }],
  });
  const step = chunksAtOnce(store);
  for (let i = 0; i < sets.length; i += step) {
    await store.kv.commit({ sets: sets.slice(i, i + step) });
  }
  // Should a sweep have taken the chunks meanwhile, the caller's commit must not happen.
  const checks = [{ key, version: intent.ok ? intent.version : null }];
  return {
    value: marker,
    change: { sets: [], deletes: [key] },
    checks,
    bytes: KEY_BYTES,
  };
}

function chunksAtOnce({ kv: { limits } }: PayloadStore): number {
  const { maxValueBytes, maxCommitBytes, maxMutations } = limits;
  const size = Math.min(maxValueBytes, maxCommitBytes / 2) + KEY_BYTES;
  return Math.max(1, Math.min(Math.floor(maxCommitBytes / size), maxMutations));
}

/** Reads what {@linkcode placePayload} placed. */
export async function readPayload(
  store: PayloadStore,
  entry: KvEntry<unknown>,
): Promise<Payload> {
  if (entry.value instanceof Uint8Array) return splitHead(entry.value as Bytes);
  const marker = entry.value as Marker;
  const parts: Bytes[] = [];
  for await (
    const chunk of store.kv.list<Bytes>({
      prefix: [...store.keys.chunks, marker.id],
    })
  ) {
    parts.push(chunk.value);
  }
  const body = concatBytes(parts);
  if (body.length === marker.bytes) return { meta: marker.meta, body };
  throw new KvError(
    `Cannot read ${
      JSON.stringify(entry.key)
    }: ${body.length} of ${marker.bytes} bytes are in the store`,
  );
}

/** The head of a stored payload, without reading its chunks. */
export function payloadMeta(entry: KvEntry<unknown>): JsonObject {
  return entry.value instanceof Uint8Array
    ? splitHead(entry.value as Bytes).meta
    : (entry.value as Marker).meta;
}

/** What a commit does to remove a payload: its key, and its chunks now or, where they are too many, by the sweep. */
export function removePayload(
  store: PayloadStore,
  entry: { key: KvKey; value: unknown },
): Required<Pick<KvChange, "sets" | "deletes">> {
  if (entry.value instanceof Uint8Array) {
    return { sets: [], deletes: [entry.key] };
  }
  const { id, chunks } = entry.value as Marker;
  if (chunks <= store.kv.limits.maxMutations / 8) {
    return {
      sets: [],
      deletes: [entry.key, ...chunkKeys(store.keys, { id, chunks })],
    };
  }
  // at: 0 is older than any LOOSE_FOR_MS, so the next sweep takes it.
  return {
    sets: [{ key: [...store.keys.loose, id], value: { at: 0, chunks } }],
    deletes: [entry.key],
  };
}

/** Deletes chunks that no marker refers to and that nobody can still be writing. */
export async function sweepLoose(store: PayloadStore): Promise<void> {
  const oldest = store.now() - LOOSE_FOR_MS;
  const range = { prefix: store.keys.loose };
  for await (const entry of store.kv.list<LooseEntry>(range)) {
    if (entry.value.at < oldest) await sweepOne(store, entry);
  }
}

interface LooseEntry {
  readonly at: number;
  readonly chunks: number;
}

async function sweepOne(
  store: PayloadStore,
  { key, value, version }: KvEntry<LooseEntry>,
): Promise<void> {
  // First a new version, so that an append that comes very late finds its check failed and not its chunks gone.
  const claimed = await store.kv.commit({
    checks: [{ key, version }],
    sets: [{ key, value: { ...value, at: 0 } }],
  });
  if (!claimed.ok) return;
  const id = key[key.length - 1] as string;
  const keys = chunkKeys(store.keys, { id, chunks: value.chunks });
  const step = Math.min(100, store.kv.limits.maxMutations);
  for (let i = 0; i < keys.length; i += step) {
    const deletes = keys.slice(i, i + step);
    await store.kv.commit({ deletes, relaxed: true });
  }
  await store.kv.commit({ deletes: [key], relaxed: true });
}

function chunkKeys(
  keys: SpoolKeys,
  blob: { id: string; chunks: number },
): KvKey[] {
  return Array.from(
    { length: blob.chunks },
    (_, n) => [...keys.chunks, blob.id, n],
  );
}

function split(body: Bytes, size: number): Bytes[] {
  const parts: Bytes[] = [];
  for (let i = 0; i < body.length; i += size) {
    parts.push(body.subarray(i, i + size));
  }
  return parts;
}

const NEWLINE = 0x0a;

// JSON text has no raw line feed, so the first one ends the head.
function splitHead(whole: Bytes): Payload {
  const end = whole.indexOf(NEWLINE);
  return {
    meta: JSON.parse(decodeUtf8(whole.subarray(0, end))),
    body: whole.subarray(end + 1),
  };
}
