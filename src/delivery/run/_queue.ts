import type { KvEntry, KvKey } from "../../kv/kv.ts";
import type { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { KEEP_EVENTS_MS } from "../_event_store.ts";
import type { DeliveryKeys } from "../_keys.ts";
import type { QueuedRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";

/** When an event was emitted, and its id: where it lies. */
export interface EventPlace {
  readonly at: number;
  readonly event: string;
}

/** A pending delivery and where it lies. */
export interface Queued extends EventPlace {
  readonly key: KvKey;
  readonly dueAt: number;
  readonly row: QueuedRow;
}

/** Reads a row of the queue. */
export function readQueued({ key, value }: KvEntry<QueuedRow>): Queued {
  const [dueAt, at, event] = key.slice(-4) as [number, number, string];
  return { key, dueAt, at, event, row: value };
}

/** Makes a delivery due, now unless told otherwise. */
export function addToQueue(
  { sender }: { sender: SenderParts },
  draft: Draft,
  item: {
    endpoint: Endpoint;
    place: EventPlace;
    row: QueuedRow;
    dueAt?: number;
  },
): void {
  const { endpoint, place, row, dueAt = sender.now() } = item;
  const { id } = endpoint;
  const { trigger } = row;
  draft.set(queueKey(sender.keys, { id, dueAt, trigger, ...place }), row);
  endpoint.expect(draft, endpoint.isActive ? dueAt : keptUntil(place));
}

/** When its event goes; until then somebody may activate the subscription that it waits for. */
export function keptUntil({ at }: EventPlace): number {
  return at + KEEP_EVENTS_MS;
}

/** Where a pending delivery lies: a replay beside the delivery that it repeats, which may head a lane. */
export function queueKey(
  { queue }: DeliveryKeys,
  { id, dueAt, at, event, trigger }: EventPlace & {
    id: string;
    dueAt: number;
    trigger: QueuedRow["trigger"];
  },
): KvKey {
  return [...queue, id, dueAt, at, event, trigger];
}
