import { decodeUtf8, encodeUtf8, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";

import type { KvKey } from "../kv/kv.ts";
import type { Along } from "./_ledger.ts";
import { placePayload, readPayload, removePayload } from "./_payload.ts";
import type { SpoolStore } from "./_store.ts";

/** Why an item was given up: its class and code, and a message only where that cannot hold personal data. */
export interface Failure {
  /** The class of the error. */
  readonly name: string;
  /** Its literal code, where it has one. */
  readonly code?: string;
  /** What happened, where the message is our own or the user opted in. */
  readonly message?: string;
}

/** An item that was given up and waits for somebody to look at it. */
export interface DeadLetter<T> {
  /** Names it in a later call; sorts in the order of the items. */
  readonly id: string;
  /** The item exactly as it was stored. */
  readonly value: T;
  /** Why it was given up. */
  readonly failure: Failure;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up last, in milliseconds since 1970. */
  readonly at: number;
  /** What it is about; a newer item of the same subject overtakes it. */
  readonly subject: string | null;
  /** Whether a newer item of the same subject was delivered since. */
  readonly superseded: boolean;
}

/** What is known when an item is given up. */
export interface DeadLetterNote {
  /** Why. */
  readonly failure: Failure;
  /** How often it was tried. */
  readonly attempts: number;
  /** What it is about. */
  readonly subject?: string | null;
}

/** Where an item stands: the sequence number of its segment, and its index in it. */
export interface Position {
  /** Sequence number of the segment; -1 for what was brought in from elsewhere and is older than all segments. */
  readonly seq: number;
  /** Index in the segment. */
  readonly index: number;
}

/** The note of a dead letter as it is stored; its body lies under a key of its own, so that notes are quick to walk. */
interface StoredNote extends Required<DeadLetterNote> {
  readonly at: number;
}

/** Names a position in text. */
export function positionId(position: Position): string {
  return `${position.seq}.${position.index}`;
}

/** Reads what {@linkcode positionId} wrote; a `TypeError` on anything else. */
export function parsePositionId(id: string): Position {
  const match = /^(-1|\d{1,15})\.(\d{1,16})$/.exec(id);
  if (match) return { seq: Number(match[1]), index: Number(match[2]) };
  throw new TypeError(
    `Cannot use the dead-letter id ${
      JSON.stringify(id)
    }: wanted the id of a listed one`,
  );
}

/** Tells whether one item stands before another. */
export function isBefore(a: Position, b: Position): boolean {
  return a.seq < b.seq || (a.seq === b.seq && a.index < b.index);
}

/** What a commit must do to keep an item as a dead letter. */
export async function buryItem(
  store: SpoolStore,
  item: {
    readonly position: Position;
    readonly value: unknown;
    readonly note: DeadLetterNote;
  },
): Promise<Along> {
  const note = noteOf(store, item.note);
  const body = encodeUtf8(JSON.stringify(item.value));
  const placed = await placePayload(store, { meta: {}, body });
  return {
    sets: [
      { key: noteKey(store, item.position), value: note },
      { key: bodyKey(store, item.position), value: placed.value },
      ...placed.change.sets,
    ],
    deletes: placed.change.deletes,
  };
}

/** What a commit must do to note one more failure of a dead letter. */
export function renoteItem(
  store: SpoolStore,
  item: { readonly position: Position; readonly note: DeadLetterNote },
): Along {
  const value = noteOf(store, item.note);
  return { sets: [{ key: noteKey(store, item.position), value }] };
}

/** What a commit must do to remove a dead letter; `undefined` when it is not there. */
export async function exhumeItem(
  store: SpoolStore,
  position: Position,
): Promise<{ along: Along; subject: string | null } | undefined> {
  const note = await store.kv.get<StoredNote>(noteKey(store, position));
  const body = await store.kv.get(bodyKey(store, position));
  if (!note) return undefined;
  const removed = body ? removePayload(store, body) : NOTHING;
  return {
    along: { ...removed, deletes: [note.key, ...removed.deletes] },
    subject: note.value.subject,
  };
}

const NOTHING = { sets: [], deletes: [] };

/** The note of each dead letter in order; their bodies are not read. */
export async function* listDeadNotes(
  store: SpoolStore,
  range: { limit?: number | undefined; after?: string | undefined } = {},
): AsyncGenerator<StoredNote & { position: Position }> {
  const { limit, after } = range;
  const start = after === undefined ? {} : { start: keyAfter(store, after) };
  const options = limit === undefined ? {} : { limit };
  const notes = store.kv.list<StoredNote>(
    { prefix: store.keys.dead, ...start },
    options,
  );
  for await (const { key, value } of notes) {
    yield { ...value, position: positionOf(key) };
  }
}

/** Walks the dead letters in order. */
export async function* listDeadLetters<T>(
  store: SpoolStore,
  range: { limit?: number | undefined; after?: string | undefined } = {},
): AsyncGenerator<DeadLetter<T>> {
  for await (const { position, ...note } of listDeadNotes(store, range)) {
    const value = await readBody<T>(store, position);
    // Gone since its note was read: somebody has removed it.
    if (value === undefined) continue;
    const superseded = await isOvertaken(store, { position, ...note });
    yield { id: positionId(position), value: value.body, ...note, superseded };
  }
}

/** How many dead letters there are. */
export async function countDeadLetters(store: SpoolStore): Promise<number> {
  let count = 0;
  for await (const _ of listDeadNotes(store)) count++;
  return count;
}

/** Where the mark of a subject lies; it holds the position of the newest item that was delivered. */
export async function overtakenKey(
  store: SpoolStore,
  subject: string,
): Promise<KvKey> {
  // A subject may be longer than a key can be.
  const digest = await sha256(encodeUtf8(subject));
  return [...store.keys.superseded, toHex(digest)];
}

async function isOvertaken(
  store: SpoolStore,
  note: { position: Position; subject: string | null },
): Promise<boolean> {
  if (note.subject === null) return false;
  const mark = await store.kv.get<Position>(
    await overtakenKey(store, note.subject),
  );
  return mark !== undefined && isBefore(note.position, mark.value);
}

async function readBody<T>(
  store: SpoolStore,
  position: Position,
): Promise<{ body: T } | undefined> {
  const entry = await store.kv.get(bodyKey(store, position));
  if (!entry) return undefined;
  try {
    const { body } = await readPayload(store, entry);
    return { body: JSON.parse(decodeUtf8(body)) };
  } catch (error) {
    const still = await store.kv.get(bodyKey(store, position));
    if (still?.version === entry.version) throw error;
    return undefined;
  }
}

function noteOf(store: SpoolStore, note: DeadLetterNote): StoredNote {
  const { failure, attempts, subject = null } = note;
  return { failure, attempts, subject, at: store.now() };
}

function noteKey(store: SpoolStore, position: Position): KvKey {
  return [...store.keys.dead, position.seq, position.index];
}

function bodyKey(store: SpoolStore, position: Position): KvKey {
  return [...store.keys.deadBodies, position.seq, position.index];
}

function keyAfter(store: SpoolStore, after: string): KvKey {
  const { seq, index } = parsePositionId(after);
  return noteKey(store, { seq, index: index + 1 });
}

function positionOf(key: KvKey): Position {
  const [seq, index] = key.slice(-2) as [number, number];
  return { seq, index };
}
