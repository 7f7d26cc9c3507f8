import {
  type Bytes,
  concatBytes,
  decodeUtf8,
  encodeUtf8,
} from "../_internal/bytes.ts";
import { frozen } from "../_internal/frozen.ts";
import { ValidationError } from "../errors.ts";
import type { KvKey, KvSet } from "../kv/kv.ts";
import type { SenderParts } from "./_sender_parts.ts";
import type { EmittedEvent } from "./event.ts";

/** Milliseconds for which events are kept, for retries, for what is held, and for replays. */
export const KEEP_EVENTS_MS: number = 30 * 86_400_000;

// What a commit may hold of one event, so that there is room for the application's own change.
const MOST_EVENT_BYTES = 256 * 1024;

/** Seals an event for the store. */
export async function sealEvent(
  sender: SenderParts,
  event: EmittedEvent,
): Promise<Bytes> {
  const bytes = encodeUtf8(JSON.stringify(event));
  const most = Math.min(MOST_EVENT_BYTES, sender.kv.limits.maxCommitBytes / 2);
  if (bytes.length > most) {
    throw new ValidationError(
      `Cannot emit the event: data: comes to ${bytes.length} bytes with the rest, wanted at most ${most}`,
      { field: "data" },
    );
  }
  return await sender.seal.seal(bytes, contextOf(event.id));
}

/** The rows of a sealed event. */
export function eventSets(
  sender: SenderParts,
  event: { at: number; id: string; sealed: Bytes },
): KvSet[] {
  const { maxValueBytes } = sender.kv.limits;
  const sets: KvSet[] = [];
  for (let from = 0; from < event.sealed.length; from += maxValueBytes) {
    sets.push({
      key: [...sender.keys.events, event.at, event.id, sets.length],
      value: event.sealed.subarray(from, from + maxValueBytes),
      expireInMs: KEEP_EVENTS_MS,
    });
  }
  return sets;
}

/** Reads an event; `undefined` when it is no longer kept. */
export async function loadEvent(
  sender: SenderParts,
  { at, id }: { at: number; id: string },
): Promise<EmittedEvent | undefined> {
  if (at + KEEP_EVENTS_MS <= sender.now()) return undefined;
  const chunks: Bytes[] = [];
  const prefix: KvKey = [...sender.keys.events, at, id];
  for await (const { value } of sender.kv.list<Bytes>({ prefix })) {
    chunks.push(value);
  }
  if (chunks.length === 0) return undefined;
  const sealed = chunks.length === 1 ? chunks[0] as Bytes : concatBytes(chunks);
  const opened = await sender.seal.open(sealed, contextOf(id));
  return frozen(JSON.parse(decodeUtf8(opened)));
}

function contextOf(id: string): string {
  return `event:${id}`;
}
