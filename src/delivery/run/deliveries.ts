import type { KvKey } from "../../kv/kv.ts";
import { readAttempts } from "./_history.ts";
import { readQueued } from "./_queue.ts";
import type { LoggedRow, QueuedRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { isId } from "../subscriptions/stored.ts";
import type { Delivery } from "../delivery.ts";

/** Which deliveries are listed. */
export interface DeliveriesOptions {
  /** Only those that still wait, or only those that have ended. Default is both, those that wait first. */
  readonly only?: "pending" | "ended";
}

/** Walks the deliveries of a subscription: those that wait in the order of their time, then those that have ended. */
export function deliveries(
  sender: SenderParts,
  subscription: string,
  { only }: DeliveriesOptions = {},
): AsyncGenerator<Delivery> {
  if (only !== undefined && only !== "pending" && only !== "ended") {
    throw new TypeError('Cannot use only: wanted "pending" or "ended"');
  }
  return walk(sender, subscription, { only });
}

async function* walk(
  sender: SenderParts,
  subscription: string,
  { only }: { only: DeliveriesOptions["only"] | undefined },
): AsyncGenerator<Delivery> {
  if (!isId(subscription)) return;
  if (only !== "ended") {
    yield* pending(sender, subscription);
    yield* waiting(sender, subscription);
  }
  if (only !== "pending") yield* ended(sender, subscription);
}

async function* pending(
  sender: SenderParts,
  subscription: string,
): AsyncGenerator<Delivery> {
  const prefix = [...sender.keys.queue, subscription];
  for await (const entry of sender.kv.list<QueuedRow>({ prefix })) {
    const { dueAt, at, event, row } = readQueued(entry);
    yield await pendingDelivery(sender, {
      subscription,
      dueAt,
      at,
      event,
      row,
    });
  }
}

/** Those that wait for an earlier one of their entity. */
async function* waiting(
  sender: SenderParts,
  subscription: string,
): AsyncGenerator<Delivery> {
  const prefix = [...sender.keys.lanes, subscription];
  for await (const { key, value } of sender.kv.list<QueuedRow>({ prefix })) {
    const [at, event] = key.slice(-2) as [number, string];
    yield await pendingDelivery(sender, {
      subscription,
      dueAt: null,
      at,
      event,
      row: value,
    });
  }
}

async function pendingDelivery(
  sender: SenderParts,
  { subscription, dueAt, at, event, row }: {
    subscription: string;
    dueAt: number | null;
    at: number;
    event: string;
    row: QueuedRow;
  },
): Promise<Delivery> {
  const { name, trigger, attempts, message, last } = row;
  return {
    subscription,
    event,
    name,
    emittedAt: at,
    status: "pending",
    message,
    trigger,
    dueAt,
    endedAt: null,
    attempts,
    lastAttempts: await readAttempts(sender, { subscription, event, last }),
  };
}

async function* ended(
  sender: SenderParts,
  subscription: string,
): AsyncGenerator<Delivery> {
  const prefix: KvKey = [...sender.keys.log, subscription];
  const rows: LoggedRow[] = [];
  // At most a thousand. Read before any is given: what ends meanwhile would make the walk longer and longer.
  for await (const { value } of sender.kv.list<LoggedRow>({ prefix })) {
    rows.push(value);
  }
  for (const row of rows) yield await endedDelivery(sender, subscription, row);
}

async function endedDelivery(
  sender: SenderParts,
  subscription: string,
  row: LoggedRow,
): Promise<Delivery> {
  const { name, event, trigger, attempts, message, last, status } = row;
  return {
    subscription,
    event,
    name,
    emittedAt: row.at,
    status,
    message,
    trigger,
    dueAt: null,
    endedAt: row.endedAt,
    attempts,
    lastAttempts: await readAttempts(sender, { subscription, event, last }),
  };
}
