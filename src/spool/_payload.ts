import {
  type Bytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
} from "../_internal/bytes.ts";
import type { JsonObject } from "../_internal/json.ts";
import { KvError } from "../errors.ts";
import type { KvChange, KvEntry, KvKey, KvStore } from "../kv/kv.ts";
import type { SpoolKeys } from "./_keys.ts";

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
  /** What the commit will weigh, roughly. */
  readonly bytes: number;
}

/** How long chunks without a marker are left alone: longer than any write takes. */
export const LOOSE_FOR_MS = 3_600_000;

const KEY_BYTES = 256;

/**
 * Makes a payload fit the store. What is too large for one commit is written in chunks first, under a fresh id that
 * only the marker names, so that a reader sees all of it or nothing.
 */
export async function placePayload(
  store: { kv: KvStore; keys: SpoolKeys; now: () => number },
  payload: Payload,
): Promise<PlacedPayload> {
  const { limits } = store.kv;
  const whole = joinHead(payload.meta, payload.body);
  const room = limits.maxCommitBytes / 2;
  if (whole.length <= Math.min(limits.maxValueBytes, room)) {
    return {
      value: whole,
      change: { sets: [], deletes: [] },
      bytes: whole.length + KEY_BYTES,
    };
  }
  const id = crypto.randomUUID();
  const parts = split(payload.body, Math.min(limits.maxValueBytes, room));
  const sets = parts.map((value, n) => ({
    key: [...store.keys.chunks, id, n],
    value,
  }));
  const value: Marker = {
    meta: payload.meta,
    chunks: parts.length,
    bytes: payload.body.length,
    id,
  };
  const bytes = payload.body.length + KEY_BYTES * (parts.length + 1);
  if (bytes <= room && sets.length < limits.maxMutations / 2) {
    return { value, change: { sets, deletes: [] }, bytes };
  }
  const loose = [...store.keys.loose, id];
  await commitChunks(store, {
    key: loose,
    value: { at: store.now(), chunks: parts.length },
  }, sets);
  return { value, change: { sets: [], deletes: [loose] }, bytes: KEY_BYTES };
}

/** Reads what {@linkcode placePayload} placed. */
export async function readPayload(
  store: { kv: KvStore; keys: SpoolKeys },
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
  store: { kv: KvStore; keys: SpoolKeys },
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
export async function sweepLoose(
  store: { kv: KvStore; keys: SpoolKeys; now: () => number },
): Promise<void> {
  const oldest = store.now() - LOOSE_FOR_MS;
  for await (
    const entry of store.kv.list<{ at: number; chunks: number }>({
      prefix: store.keys.loose,
    })
  ) {
    if (entry.value.at >= oldest) continue;
    const id = entry.key[entry.key.length - 1] as string;
    const keys = chunkKeys(store.keys, { id, chunks: entry.value.chunks });
    const step = Math.min(100, store.kv.limits.maxMutations);
    for (let i = 0; i < keys.length; i += step) {
      await store.kv.commit({
        deletes: keys.slice(i, i + step),
        relaxed: true,
      });
    }
    await store.kv.commit({ deletes: [entry.key], relaxed: true });
  }
}

async function commitChunks(
  store: { kv: KvStore },
  intent: { key: KvKey; value: unknown },
  sets: readonly { key: KvKey; value: Bytes }[],
): Promise<void> {
  // If the process dies between two of these, the intent names all chunks and the sweep removes them.
  await store.kv.commit({ sets: [intent] });
  const { maxCommitBytes, maxValueBytes, maxMutations } = store.kv.limits;
  const size = Math.min(maxValueBytes, maxCommitBytes / 2) + KEY_BYTES;
  const step = Math.max(
    1,
    Math.min(Math.floor(maxCommitBytes / size), maxMutations),
  );
  for (let i = 0; i < sets.length; i += step) {
    await store.kv.commit({ sets: sets.slice(i, i + step) });
  }
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
function joinHead(meta: JsonObject, body: Bytes): Bytes {
  return concatBytes([encodeUtf8(JSON.stringify(meta) + "\n"), body]);
}

function splitHead(whole: Bytes): Payload {
  const end = whole.indexOf(NEWLINE);
  return {
    meta: JSON.parse(decodeUtf8(whole.subarray(0, end))),
    body: whole.subarray(end + 1),
  };
}
