import { systemClock } from "../../_internal/clock.ts";
import type { KvKey } from "../../kv/kv.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { MOST_KEYS_BYTES } from "./_ledger.ts";
import { type EventPlace, readQueued } from "./_queue.ts";
import type { IncomingCommand, IncomingEvent, QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";
import { commandSet } from "../subscriptions/stored.ts";

type Command = Extract<IncomingCommand, { type: "adopt" }>;

/** From whom to whom something goes. */
interface Adoption {
  readonly old: Endpoint;
  readonly by: string;
}

/** A delivery that waits, in the queue or in a lane. */
interface Waiting extends EventPlace {
  readonly key: KvKey;
  readonly row: QueuedRow;
  /** The lane that waits for it; `null` for none. */
  readonly leads: string | null;
}

// Rows that are moved in one commit, in a store that takes so many at once.
const PAGE = 50;
// Writes for one: its row and its head go, and it comes in.
const WRITES_EACH = 3;
// Writes beside: the endpoint.
const WRITES_BESIDE = 1;
// After so many, what is due gets its turn.
const MOST_STEPS = 20;
// What takes longer is cut, and made again for the successor with the same id: others wait to be taken in.
const QUIET_MS = 500;

/**
 * A subscription was replaced: what waits for it is taken in once more, for its successor alone. It comes in where its
 * event came in first, and nothing is taken in before all of it is there, so that the order of an entity holds. A
 * replay is asked for once more.
 *
 * Each commit takes away what it puts elsewhere; the row of the command goes with the last one, which also notes where
 * to send what is still to be taken in. Lanes go before their heads, so that what is left can go on at any moment.
 */
export async function adopt(
  run: RunContext,
  { key, command }: { key: KvKey; command: Command },
): Promise<void> {
  const { subscription: id, by } = command;
  // A turn that is under way begins nothing more once it sees that the subscription is no longer active.
  const old = await run.endpoints.get(id, { maxAgeMs: -1 });
  if (!await isQuiet(run, id)) {
    old.cut();
    await run.quiet(id);
  }
  for (let steps = 0; await moveSome(run, { old, by });) {
    if (++steps === MOST_STEPS || run.isOver()) return;
  }
  const draft = new Draft().delete(key);
  // Nobody will find out any more whether it still fails.
  old.change(draft, { successor: by, streak: 0, openings: 0 });
  old.moveTo(draft, null);
  await run.ledger.write(draft);
}

/** Who gets what is for a subscription: the one that took its place, if one did. */
export async function heirOf(
  { endpoints }: RunContext,
  id: string,
  options: { maxAgeMs?: number } = {},
): Promise<Endpoint> {
  let endpoint = await endpoints.get(id, options);
  while (endpoint.state.successor !== undefined) {
    endpoint = await endpoints.get(endpoint.state.successor, options);
  }
  return endpoint;
}

async function isQuiet(run: RunContext, id: string): Promise<boolean> {
  const over = new AbortController();
  const nap = systemClock.sleep(QUIET_MS, over.signal)
    .then(() => false, () => false);
  const quiet = run.quiet(id).then(() => true);
  const first = await Promise.race([quiet, nap]);
  over.abort();
  await nap;
  return first;
}

/** Moves a page; `false` when nothing was left. */
async function moveSome(
  run: RunContext,
  { old, by }: Adoption,
): Promise<boolean> {
  const draft = new Draft();
  let moved = 0;
  for (const item of await pageOf(run, old)) {
    if (draft.keyBytes > MOST_KEYS_BYTES / 2) break;
    move(run, draft, { old, by, item });
    moved++;
  }
  if (moved === 0) return false;
  old.change(draft, { queued: Math.max(0, old.state.queued - moved) });
  await run.ledger.write(draft);
  return true;
}

async function pageOf(
  { sender: { kv, keys } }: RunContext,
  { id }: Endpoint,
): Promise<Waiting[]> {
  const most = (kv.limits.maxMutations - WRITES_BESIDE) / WRITES_EACH;
  const limit = Math.max(1, Math.min(PAGE, Math.floor(most)));
  const page: Waiting[] = [];
  const lanes = { prefix: [...keys.lanes, id] };
  for await (const { key, value } of kv.list<QueuedRow>(lanes, { limit })) {
    const [at, event] = key.slice(-2) as [number, string];
    page.push({ key, at, event, row: value, leads: null });
  }
  if (page.length > 0) return page;
  const queue = { prefix: [...keys.queue, id] };
  for await (const entry of kv.list<QueuedRow>(queue, { limit })) {
    const item = readQueued(entry);
    page.push({ ...item, leads: item.row.lane });
  }
  return page;
}

function move(
  { sender }: RunContext,
  draft: Draft,
  { old, by, item }: Adoption & { item: Waiting },
): void {
  const { keys } = sender;
  const { key, at, event, row, leads } = item;
  draft.delete(key);
  if (leads !== null) draft.delete([...keys.heads, old.id, leads]);
  if (row.trigger === "replay") {
    const what = { kind: "one", at, event } as const;
    const again = { type: "replay", subscription: by, what } as const;
    const { key, value } = commandSet(sender, again);
    draft.set(key, value);
  } else {
    // The parts of an emitted event are numbered: the name of a successor is none of them.
    draft.set([...keys.incoming, at, event, by], comingIn(row, by));
  }
}

function comingIn({ name, lane }: QueuedRow, by: string): IncomingEvent {
  return {
    type: "event",
    name,
    entity: lane,
    to: lane === null ? [by] : [],
    ordered: lane === null ? [] : [by],
    denied: [],
    missing: [],
    adopted: true,
  };
}
