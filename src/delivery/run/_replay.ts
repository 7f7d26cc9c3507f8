import { DecryptError } from "../../errors.ts";
import type { KvKey } from "../../kv/kv.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { loadEvent } from "../_event_store.ts";
import { wantedBy } from "../matching/match.ts";
import { addToQueue, type EventPlace, queueKey } from "./_queue.ts";
import type { IncomingCommand, LoggedRow, Replay } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";
import { ancestors } from "../matching/scope.ts";
import type { DeliveryStore } from "../_store.ts";

type Command = Extract<IncomingCommand, { type: "replay" }>;

/** Some of what is to be delivered again, and how to go on. */
interface Step {
  readonly found: readonly (EventPlace & { readonly name: string })[];
  readonly next: Replay | undefined;
}

// Rows that are read for one commit, in a store that takes so many at once.
const PAGE = 50;
// Writes beside those of the queue: the command, the endpoint, two in the index.
const WRITES_BESIDE = 4;
// After so many, what is due gets its turn.
const MOST_STEPS = 20;

/**
 * Queues deliveries once more. Each commit also says in the command how far it has come, so that a run that dies or
 * ends here goes on where it stopped.
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
  for (let steps = 0; what && steps < MOST_STEPS && !run.isOver(); steps++) {
    const { found, next }: Step = await stepOf(run, endpoint, what);
    const dueAt = run.store.now();
    const { id } = endpoint;
    const fresh = await missing(run, { found, id, dueAt });
    const draft = new Draft();
    for (const each of fresh) again(run, { draft, endpoint, dueAt, each });
    if (next) draft.set(key, { ...command, what: next });
    else draft.delete(key);
    await run.ledger.write(draft);
    for (const { event } of found) tell(run, endpoint, event);
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
      return oneEvent(run, endpoint, what);
    case "range":
      return someOfRange(run, endpoint, what);
    case "failed":
      return someFailed(run, endpoint, what);
  }
}

async function oneEvent(
  { store }: RunContext,
  endpoint: Endpoint,
  { at, event }: Extract<Replay, { kind: "one" }>,
): Promise<Step> {
  const found = await wanted(store, endpoint, { at, event });
  return { found: found ? [found] : [], next: undefined };
}

/** Those of a range. */
async function someOfRange(
  { store }: RunContext,
  endpoint: Endpoint,
  what: Extract<Replay, { kind: "range" }>,
): Promise<Step> {
  const { events } = store.keys;
  const limit = pageOf(store);
  const range = {
    prefix: events,
    // Behind all chunks of that event, which may be more than a page.
    start: [...events, what.since, what.after, Number.MAX_SAFE_INTEGER],
    end: [...events, what.until],
  };
  const places = new Map<string, EventPlace>();
  let rows = 0;
  let last: EventPlace | undefined;
  for await (const { key } of store.kv.list(range, { limit })) {
    const [at, event] = key.slice(-3) as [number, string];
    rows++;
    last = { at, event };
    places.set(event, last);
  }
  const found: Step["found"][number][] = [];
  for (const place of places.values()) {
    const each = await wanted(store, endpoint, place);
    if (each) found.push(each);
  }
  const next = last && rows === limit
    ? { ...what, since: last.at, after: last.event }
    : undefined;
  return { found, next };
}

/**
 * An event that the subscription matches as it is now, whether or not it did when it was emitted. One that does not
 * open is left out: it must not keep all that was asked for after it.
 */
async function wanted(
  store: DeliveryStore,
  { subscription }: Endpoint,
  place: EventPlace,
): Promise<Step["found"][number] | undefined> {
  const { at, event: id } = place;
  const event = await loadEvent(store, { at, id }).catch(unlessSealed);
  const isWanted = event && subscription &&
    ancestors(event.scope).includes(subscription.scope) &&
    wantedBy(store, event)(subscription);
  return isWanted ? { ...place, name: event.name } : undefined;
}

function unlessSealed(error: unknown): undefined {
  if (!(error instanceof DecryptError)) throw error;
}

function pageOf({ kv }: DeliveryStore): number {
  return Math.max(1, Math.min(PAGE, kv.limits.maxMutations - WRITES_BESIDE));
}

async function someFailed(
  { store }: RunContext,
  { id }: Endpoint,
  what: Extract<Replay, { kind: "failed" }>,
): Promise<Step> {
  const prefix = [...store.keys.log, id];
  const limit = pageOf(store);
  const range = { prefix, start: [...prefix, what.slot] };
  // An event that was delivered again may have failed twice.
  const found = new Map<string, Step["found"][number]>();
  let slot = what.slot;
  let rows = 0;
  for await (
    const { key, value } of store.kv.list<LoggedRow>(range, { limit })
  ) {
    const { status, endedAt, at, event, name } = value;
    rows++;
    slot = Number(key.at(-1)) + 1;
    if (status === "failed" && endedAt < what.until) {
      found.set(event, { at, event, name });
    }
  }
  return {
    found: [...found.values()],
    next: rows === limit ? { ...what, slot } : undefined,
  };
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

function tell(run: RunContext, { id }: Endpoint, event: string): void {
  run.tell({
    type: "delivery.created",
    subscription: id,
    event,
    attempt: 0,
    durationMs: 0,
    httpStatus: 0,
    message: "Pending",
  });
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
