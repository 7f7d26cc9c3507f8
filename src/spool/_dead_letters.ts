import { decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import type { JsonObject } from "../_internal/json.ts";
import type { KvEntry, KvKey } from "../kv/kv.ts";
import type { Along } from "./_ledger.ts";
import {
  payloadMeta,
  placePayload,
  readPayload,
  removePayload,
} from "./_payload.ts";
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
  /** Sequence number of the segment. */
  readonly seq: number;
  /** Index in the segment. */
  readonly index: number;
}

/** Names a position in text. */
export function positionId(position: Position): string {
  return `${position.seq}.${position.index}`;
}

/** Reads what {@linkcode positionId} wrote; a `TypeError` on anything else. */
export function parsePositionId(id: string): Position {
  const match = /^(\d{1,15})\.(\d{1,15})$/.exec(id);
  if (match) return { seq: Number(match[1]), index: Number(match[2]) };
  throw new TypeError(
    `Cannot use the dead-letter id ${
      JSON.stringify(id)
    }: wanted the id of a listed one`,
  );
}

/** The key of a dead letter. */
export function deadKey(store: SpoolStore, position: Position): KvKey {
  return [...store.keys.dead, position.seq, position.index];
}

/** The key of the mark that a newer item overtook a dead letter. */
export function supersededKey(store: SpoolStore, position: Position): KvKey {
  return [...store.keys.superseded, position.seq, position.index];
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
  const { note } = item;
  const meta: JsonObject = {
    failure: note.failure,
    attempts: note.attempts,
    at: store.now(),
    subject: note.subject ?? null,
  };
  const body = encodeUtf8(JSON.stringify(item.value));
  const placed = await placePayload(store, { meta, body });
  return {
    sets: [
      { key: deadKey(store, item.position), value: placed.value },
      ...placed.change.sets,
    ],
    deletes: placed.change.deletes,
  };
}

/** What a commit must do to remove a dead letter. */
export function removeDeadLetter(
  store: SpoolStore,
  entry: KvEntry<unknown>,
): Along {
  const removed = removePayload(store, entry);
  return {
    ...removed,
    deletes: [...removed.deletes, supersededKey(store, positionOf(entry))],
  };
}

/** A dead letter with the entry that holds it. */
export interface StoredDeadLetter<T> {
  readonly entry: KvEntry<unknown>;
  readonly letter: DeadLetter<T>;
}

/** Walks the dead letters in order. */
export async function* listDeadLetters<T>(
  store: SpoolStore,
  options: { limit?: number | undefined; after?: string | undefined } = {},
): AsyncGenerator<StoredDeadLetter<T>> {
  const range = {
    prefix: store.keys.dead,
    ...startAfter(store, options.after),
  };
  const limit = options.limit === undefined ? {} : { limit: options.limit };
  for await (const entry of store.kv.list(range, limit)) {
    yield { entry, letter: await readDeadLetter<T>(store, entry) };
  }
}

/** The id of each dead letter and when it was given up, in order. */
export async function* listDeadNotes(
  store: SpoolStore,
): AsyncGenerator<{ id: string; at: number }> {
  for await (const entry of store.kv.list({ prefix: store.keys.dead })) {
    yield {
      id: positionId(positionOf(entry)),
      at: payloadMeta(entry)["at"] as number,
    };
  }
}

/** How many dead letters there are. */
export async function countDeadLetters(store: SpoolStore): Promise<number> {
  let count = 0;
  for await (const _ of store.kv.list({ prefix: store.keys.dead })) count++;
  return count;
}

/** The subjects of all dead letters, and where they stand; empty when there are none. */
export async function deadSubjects(
  store: SpoolStore,
): Promise<Map<string, Position[]>> {
  const subjects = new Map<string, Position[]>();
  for await (const entry of store.kv.list({ prefix: store.keys.dead })) {
    const { subject } = payloadMeta(entry);
    if (typeof subject === "string") {
      noteSubject(subjects, { subject, position: positionOf(entry) });
    }
  }
  return subjects;
}

/** Remembers one more dead letter of a subject. */
export function noteSubject(
  subjects: Map<string, Position[]>,
  { subject, position }: { subject: string; position: Position },
): void {
  const known = subjects.get(subject);
  if (known) known.push(position);
  else subjects.set(subject, [position]);
}

async function readDeadLetter<T>(
  store: SpoolStore,
  entry: KvEntry<unknown>,
): Promise<DeadLetter<T>> {
  const { meta, body } = await readPayload(store, entry);
  const position = positionOf(entry);
  return {
    id: positionId(position),
    value: JSON.parse(decodeUtf8(body)),
    failure: meta["failure"] as Failure,
    attempts: meta["attempts"] as number,
    at: meta["at"] as number,
    subject: meta["subject"] as string | null,
    superseded:
      await store.kv.get(supersededKey(store, position)) !== undefined,
  };
}

function startAfter(
  store: SpoolStore,
  after: string | undefined,
): { start?: KvKey } {
  if (after === undefined) return {};
  const { seq, index } = parsePositionId(after);
  return { start: deadKey(store, { seq, index: index + 1 }) };
}

function positionOf(entry: KvEntry<unknown>): Position {
  const [seq, index] = entry.key.slice(-2) as [number, number];
  return { seq, index };
}
