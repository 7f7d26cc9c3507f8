import type { KvEntry, KvKey } from "../kv/kv.ts";
import type { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import type { DeliveryKeys } from "./_keys.ts";
import type { QueuedRow } from "./_rows.ts";
import type { DeliveryStore } from "./_store.ts";

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
  const [dueAt, at, event] = key.slice(-3) as [number, number, string];
  return { key, dueAt, at, event, row: value };
}

/** Makes a delivery due, now unless told otherwise. */
export function addToQueue(
  { store }: { store: DeliveryStore },
  draft: Draft,
  item: {
    endpoint: Endpoint;
    place: EventPlace;
    row: QueuedRow;
    dueAt?: number;
  },
): void {
  const { endpoint, place, row, dueAt = store.now() } = item;
  draft.set(queueKey(store.keys, { id: endpoint.id, dueAt, ...place }), row);
  if (endpoint.isActive) endpoint.expect(draft, dueAt);
}

/** Where a pending delivery lies. */
export function queueKey(
  keys: DeliveryKeys,
  item: EventPlace & { id: string; dueAt: number },
): KvKey {
  return [...keys.queue, item.id, item.dueAt, item.at, item.event];
}
