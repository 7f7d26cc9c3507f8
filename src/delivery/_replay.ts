import type { KvKey } from "../kv/kv.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { loadEvent } from "./_event_store.ts";
import { wantedBy } from "./_match.ts";
import { addToQueue, type EventPlace, queueKey } from "./_queue.ts";
import type { IncomingCommand, LoggedRow, Replay } from "./_rows.ts";
import type { RunContext } from "./_run_context.ts";
import { ancestors } from "./_scope.ts";

type Command = Extract<IncomingCommand, { type: "replay" }>;

/** Some of what is to be delivered again, and how to go on. */
interface Step {
  readonly found: readonly (EventPlace & { readonly name: string })[];
  readonly next: Replay | undefined;
}

// Rows that are read for one commit.
const PAGE = 50;

/**
 * Queues deliveries once more. Each commit also says in the command how far it has come, so that a run that dies here
 * goes on where it stopped.
 */
export async function replay(
  run: RunContext,
  { key, command }: { key: KvKey; command: Command },
): Promise<void> {
  const endpoint = await run.endpoints.get(command.subscription, {
    maxAgeMs: -1,
  });
  let what: Replay | undefined = endpoint.subscription && command.what;
  if (!what) await run.ledger.write(new Draft().delete(key));
  while (what) {
    const { found, next }: Step = await stepOf(run, endpoint, what);
    const dueAt = run.store.now();
    const { id } = endpoint;
    const fresh = await missing(run, { found, id, dueAt });
    const draft = new Draft();
    for (const each of fresh) again(run, { draft, endpoint, dueAt, each });
    if (next) draft.set(key, { ...command, what: next });
    else draft.delete(key);
    await run.ledger.write(draft);
    what = next;
  }
}

function stepOf(
  run: RunContext,
  endpoint: Endpoint,
  what: Replay,
): Promise<Step> {
  switch (what.kind) {
    case "one":
      return oneEvent(run, what);
    case "range":
      return someOfRange(run, endpoint, what);
    case "failed":
      return someFailed(run, endpoint, what);
  }
}

async function oneEvent(
  { store }: RunContext,
  { at, event }: Extract<Replay, { kind: "one" }>,
): Promise<Step> {
  const found = await loadEvent(store, { at, id: event });
  return {
    found: found ? [{ at, event, name: found.name }] : [],
    next: undefined,
  };
}

/** Those of a range that the subscription matches as it is now, whether or not it did when they were emitted. */
async function someOfRange(
  { store }: RunContext,
  { subscription }: Endpoint,
  what: Extract<Replay, { kind: "range" }>,
): Promise<Step> {
  const { events } = store.keys;
  const range = {
    prefix: events,
    start: [...events, what.since, what.after],
    end: [...events, what.until],
  };
  const places = new Map<string, EventPlace>();
  let rows = 0;
  let last: EventPlace | undefined;
  for await (const { key } of store.kv.list(range, { limit: PAGE })) {
    const [at, event] = key.slice(-3) as [number, string];
    rows++;
    last = { at, event };
    if (event !== what.after) places.set(event, last);
  }
  const found: { at: number; event: string; name: string }[] = [];
  for (const place of places.values()) {
    const event = await loadEvent(store, { at: place.at, id: place.event });
    const isWanted = event && subscription &&
      ancestors(event.scope).includes(subscription.scope) &&
      wantedBy(store, event)(subscription);
    if (isWanted) found.push({ ...place, name: event.name });
  }
  const next = last && rows === PAGE
    ? { ...what, since: last.at, after: last.event }
    : undefined;
  return { found, next };
}

async function someFailed(
  { store: { kv, keys } }: RunContext,
  { id }: Endpoint,
  what: Extract<Replay, { kind: "failed" }>,
): Promise<Step> {
  const prefix = [...keys.log, id];
  const range = { prefix, start: [...prefix, what.slot] };
  const found: { at: number; event: string; name: string }[] = [];
  let slot = what.slot;
  let rows = 0;
  for await (
    const { key, value } of kv.list<LoggedRow>(range, { limit: PAGE })
  ) {
    const { status, endedAt, at, event, name } = value;
    rows++;
    slot = Number(key.at(-1)) + 1;
    if (status === "failed" && endedAt < what.until) {
      found.push({
        at,
        event,
        name,
      });
    }
  }
  return { found, next: rows === PAGE ? { ...what, slot } : undefined };
}

/** Those that do not lie in the queue already, for the same moment. */
async function missing(
  { ledger, store: { keys } }: RunContext,
  { found, id, dueAt }: { found: Step["found"]; id: string; dueAt: number },
): Promise<Step["found"]> {
  const fresh: Step["found"][number][] = [];
  for (const each of found) {
    const { at, event } = each;
    const key = queueKey(keys, { id, dueAt, at, event, trigger: "replay" });
    if (await ledger.get(key) === undefined) fresh.push(each);
  }
  return fresh;
}

function again(
  run: RunContext,
  { draft, endpoint, dueAt, each: { name, ...place } }: {
    draft: Draft;
    endpoint: Endpoint;
    dueAt: number;
    each: Step["found"][number];
  },
): void {
  const row = {
    name,
    lane: null,
    trigger: "replay",
    attempts: 0,
    message: "Pending",
    last: null,
  } as const;
  run.tally.created++;
  endpoint.change(draft, { queued: endpoint.state.queued + 1 });
  addToQueue(run, draft, { endpoint, place, row, dueAt });
}
