import { DecryptError } from "../../errors.ts";
import type { KvKey } from "../../kv/kv.ts";
import { heirOf } from "./_adopt.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { addLog, ENDINGS } from "./_log.ts";
import { loadEvent } from "../_event_store.ts";
import { reaches } from "../matching/match.ts";
import { addToQueue, type EventPlace, queueKey } from "./_queue.ts";
import type { IncomingCommand, LoggedRow, Replay } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";
import type { SenderParts } from "../_sender_parts.ts";

type Command = Extract<IncomingCommand, { type: "replay" }>;

/** Some of what is to be delivered again, and how to go on. */
interface Step {
  readonly found: readonly (EventPlace & { readonly name: string })[];
  readonly next: Replay | undefined;
}

/** What became of one: its delivery waits, or was never made. */
interface Outcome {
  readonly type: "delivery.created" | "delivery.skipped";
  readonly event: string;
  readonly message: string;
}

// Rows that are read for one commit, in a store that takes so many at once.
const PAGE = 50;
// Writes for one at most: the log, at both ends.
const WRITES_EACH = 2;
// Writes beside: the command, the endpoint, two in the index.
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
  const { subscription } = command;
  const endpoint = await heirOf(run, subscription, { maxAgeMs: -1 });
  const asked = await run.endpoints.get(subscription);
  let what: Replay | undefined = endpoint.subscription && command.what;
  if (!what) await run.ledger.write(new Draft().delete(key));
  for (let steps = 0; what && steps < MOST_STEPS && !run.isOver(); steps++) {
    const { found, next }: Step = await stepOf(run, { asked, endpoint, what });
    const dueAt = run.sender.now();
    const { id } = endpoint;
    const fresh = await missing(run, { found, id, dueAt });
    const draft = new Draft();
    const outcomes = fresh.map((each) =>
      again(run, { draft, endpoint, dueAt, each, adopted: endpoint !== asked })
    );
    if (next) draft.set(key, { ...command, what: next });
    else draft.delete(key);
    await run.ledger.write(draft);
    for (const outcome of outcomes) tell(run, endpoint, outcome);
    what = next;
  }
}

function stepOf(
  run: RunContext,
  { asked, endpoint, what }: {
    /** The one that was asked for, which may have been replaced since. */
    asked: Endpoint;
    endpoint: Endpoint;
    what: Replay;
  },
): Promise<Step> {
  switch (what.kind) {
    case "one":
      return oneEvent(run, endpoint, what);
    case "range":
      return someOfRange(run, endpoint, what);
    case "failed":
      return someFailed(run, asked, what);
  }
}

async function oneEvent(
  { sender }: RunContext,
  endpoint: Endpoint,
  { at, event }: Extract<Replay, { kind: "one" }>,
): Promise<Step> {
  const found = await wanted(sender, endpoint, { at, event });
  return { found: found ? [found] : [], next: undefined };
}

/** Those of a range. */
async function someOfRange(
  { sender }: RunContext,
  endpoint: Endpoint,
  what: Extract<Replay, { kind: "range" }>,
): Promise<Step> {
  const { events } = sender.keys;
  const limit = pageOf(sender);
  const range = {
    prefix: events,
    // Behind all chunks of that event, which may be more than a page.
    start: [...events, what.since, what.after, Number.MAX_SAFE_INTEGER],
    end: [...events, what.until],
  };
  const places = new Map<string, EventPlace>();
  let rows = 0;
  let last: EventPlace | undefined;
  for await (const { key } of sender.kv.list(range, { limit })) {
    const [at, event] = key.slice(-3) as [number, string];
    rows++;
    last = { at, event };
    places.set(event, last);
  }
  const found: Step["found"][number][] = [];
  for (const place of places.values()) {
    const each = await wanted(sender, endpoint, place);
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
  sender: SenderParts,
  { subscription }: Endpoint,
  place: EventPlace,
): Promise<Step["found"][number] | undefined> {
  const { at, event: id } = place;
  const event = await loadEvent(sender, { at, id }).catch(unlessSealed);
  const isWanted = event && subscription &&
    reaches(sender, { event, subscription });
  return isWanted ? { ...place, name: event.name } : undefined;
}

function unlessSealed(error: unknown): undefined {
  if (!(error instanceof DecryptError)) throw error;
}

function pageOf({ kv }: SenderParts): number {
  const most = (kv.limits.maxMutations - WRITES_BESIDE) / WRITES_EACH;
  return Math.max(1, Math.min(PAGE, Math.floor(most)));
}

/**
 * Those that had failed when the replay began, each where it did so last: then it is not met again when the walk goes
 * on from there.
 */
async function someFailed(
  { sender }: RunContext,
  { id, state }: Endpoint,
  what: Extract<Replay, { kind: "failed" }>,
): Promise<Step> {
  const { from } = what;
  const until = what.until ?? state.logged;
  const prefix = [...sender.keys.log, id];
  const range = { prefix, start: [...prefix, from] };
  const failed = new Map<string, Step["found"][number] & { number: number }>();
  // To the end of the log, which tells what was delivered since.
  for await (const { key, value } of sender.kv.list<LoggedRow>(range)) {
    const { status, at, event, name } = value;
    const number = Number(key.at(-1));
    const isMeant = status === "failed" && number < until;
    if (isMeant || status === "succeeded") failed.delete(event);
    if (isMeant) failed.set(event, { at, event, name, number });
  }
  const found = [...failed.values()].slice(0, pageOf(sender));
  const last = found.at(-1);
  const next = last && found.length < failed.size
    ? { ...what, until, from: last.number + 1 }
    : undefined;
  return { found, next };
}

/** Those that do not lie in the queue already, for the same moment. */
async function missing(
  { ledger, sender: { keys } }: RunContext,
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

/** Queues one, or logs it when as many are held as may be. */
function again(
  run: RunContext,
  { draft, endpoint, dueAt, each: { name, at, event }, adopted }: {
    adopted: boolean;
    draft: Draft;
    endpoint: Endpoint;
    dueAt: number;
    each: Step["found"][number];
  },
): Outcome {
  const place = { at, event };
  const row = {
    name,
    lane: null,
    trigger: "replay",
    attempts: 0,
    message: "Pending",
    last: null,
    ...(adopted ? { adopted } as const : {}),
  } as const;
  if (endpoint.isFull) {
    addLog(run, { draft, endpoint, place, row, ...ENDINGS.dropped });
    const { message } = ENDINGS.dropped;
    return { type: "delivery.skipped", event, message };
  }
  run.tally.created++;
  endpoint.change(draft, { queued: endpoint.state.queued + 1 });
  addToQueue(run, draft, { endpoint, place, row, dueAt });
  return { type: "delivery.created", event, message: row.message };
}

function tell(run: RunContext, { id }: Endpoint, outcome: Outcome): void {
  run.tell({
    ...outcome,
    subscription: id,
    attempt: 0,
    durationMs: 0,
    httpStatus: 0,
  });
}
