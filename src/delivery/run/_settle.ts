import type { KvKey } from "../../kv/kv.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { addLog, type Ending } from "./_log.ts";
import { addToQueue, type EventPlace, type Queued } from "./_queue.ts";
import type { QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";

/** What changes of an endpoint. */
export type Patch = Parameters<Endpoint["change"]>[1];

interface Settled {
  readonly endpoint: Endpoint;
  readonly item: Queued;
  /** The row as it is now. */
  readonly row: QueuedRow;
}

interface Ended extends Settled {
  readonly ending: Ending;
  /** What it changes of the endpoint, asked for when it is written. */
  readonly patch?: () => Patch;
}

/** Puts a delivery back into the queue for later. */
export async function postpone(
  run: RunContext,
  { endpoint, item, row, delayMs, patch }: Settled & {
    delayMs: number;
    patch: () => Patch;
  },
): Promise<void> {
  run.tally.retried++;
  const draft = new Draft().delete(item.key);
  const dueAt = run.sender.now() + Math.ceil(delayMs);
  endpoint.change(draft, patch());
  addToQueue(run, draft, { endpoint, place: placeOf(item), row, dueAt });
  await run.ledger.write(draft);
}

/** Moves a delivery from the queue to the log, and the next of its lane into the queue. */
export async function end(run: RunContext, ended: Ended): Promise<void> {
  const { lane } = ended.item.row;
  if (lane === null) return await run.ledger.write(endDraft(run, ended));
  const { written } = await run.alone(async () => {
    // A walk does not see what is not committed.
    await run.ledger.flush();
    const next = await nextOfLane(run, ended.endpoint, lane);
    const draft = endDraft(run, ended);
    promote(run, draft, { endpoint: ended.endpoint, lane, next });
    return { written: run.ledger.write(draft) };
  });
  await written;
}

function endDraft(
  run: RunContext,
  { endpoint, item, row, ending, patch = () => ({}) }: Ended,
): Draft {
  const draft = new Draft().delete(item.key);
  addLog(run, { draft, endpoint, place: placeOf(item), row, ...ending });
  endpoint.change(draft, {
    ...patch(),
    queued: Math.max(0, endpoint.state.queued - 1),
  });
  return draft;
}

interface Waiting {
  readonly key: KvKey;
  readonly row: QueuedRow;
}

async function nextOfLane(
  { sender: { kv, keys } }: RunContext,
  { id }: Endpoint,
  lane: string,
): Promise<Waiting | undefined> {
  const prefix = [...keys.lanes, id, lane];
  for await (
    const { key, value } of kv.list<QueuedRow>({ prefix }, { limit: 1 })
  ) {
    return { key, row: value };
  }
  return undefined;
}

function promote(
  run: RunContext,
  draft: Draft,
  { endpoint, lane, next }: {
    endpoint: Endpoint;
    lane: string;
    next: Waiting | undefined;
  },
): void {
  if (!next) {
    draft.delete([...run.sender.keys.heads, endpoint.id, lane]);
    return;
  }
  const [at, event] = next.key.slice(-2) as [number, string];
  draft.delete(next.key);
  addToQueue(run, draft, { endpoint, place: { at, event }, row: next.row });
}

function placeOf({ at, event }: Queued): EventPlace {
  return { at, event };
}
