import type { KvEntry, KvKey } from "../../kv/kv.ts";
import { heirOf } from "./_adopt.ts";
import { disableWhenMissing } from "./_disable.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { MOST_KEYS_BYTES } from "./_ledger.ts";
import { addLog, ENDINGS } from "./_log.ts";
import { addToQueue } from "./_queue.ts";
import type { IncomingEvent, QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";

/** One subscriber of an emitted event. */
interface Recipient {
  readonly id: string;
  readonly as: "to" | "ordered" | "denied" | "missing";
}

/** A subscriber with all that is known of it. */
interface Admission extends Recipient {
  readonly endpoint: Endpoint;
  /** Whether an earlier delivery of the entity is not through. */
  readonly waits: boolean;
  /** Whether it takes the event over from another one. */
  readonly adopted: boolean;
}

/** What became of a subscriber: its delivery waits, was never made, or it was removed. */
interface Admitted {
  readonly subscription: string;
  readonly as: "created" | "denied" | "missing" | "dropped" | "removed";
}

interface Parcel {
  readonly key: KvKey;
  readonly value: IncomingEvent;
  readonly place: { readonly at: number; readonly event: string };
}

// Writes for one recipient at most: queue, head, endpoint, two in the index, log.
const WRITES_EACH = 6;
const MOST_AT_ONCE = 100;

/**
 * Turns an emitted event into a delivery for each of its subscribers, some at a time. Each commit also takes them off
 * the event's row, so that a run that dies here goes on where it stopped. Resolves when all is asked for, so that the
 * next event can share the commit; `done` resolves when all is durable and told.
 */
export async function fanOut(
  run: RunContext,
  { key, value }: KvEntry<IncomingEvent>,
  { goesOn }: { goesOn: () => boolean },
): Promise<{ done: Promise<void> }> {
  const [at, event] = key.slice(-3) as [number, string];
  const parcel = { key, value, place: { at, event } };
  const atOnce = recipientsAtOnce(run, parcel);
  const recipients = recipientsOf(value);
  let done = Promise.resolve();
  for (let from = 0; from < recipients.length; from += atOnce) {
    await done;
    // What is left goes when the row is read again.
    if (from > 0 && !goesOn()) break;
    const some = recipients.slice(from, from + atOnce);
    const left = recipients.slice(from + atOnce);
    const asked = await run.alone(() => step(run, parcel, { some, left }));
    done = finish(run, event, { ...asked, some });
    // It is awaited later, perhaps behind another one that fails as well.
    done.catch(() => undefined);
    // They may be too many by now: nobody else's event comes between.
    if (some.some(({ as }) => as === "missing")) await done;
  }
  return { done };
}

interface Asked {
  readonly written: Promise<void>;
  readonly admitted: readonly Admitted[];
}

async function finish(
  run: RunContext,
  event: string,
  { written, admitted, some }: Asked & { some: readonly Recipient[] },
): Promise<void> {
  await written;
  for (const each of admitted) tell(run, event, each);
  await disableThoseMissing(run, some);
}

async function step(
  run: RunContext,
  parcel: Parcel,
  { some, left }: { some: readonly Recipient[]; left: readonly Recipient[] },
): Promise<Asked> {
  const { key, value } = parcel;
  const admissions = await Promise.all(
    some.map((recipient) => lookUp(run, value, recipient)),
  );
  const draft = new Draft();
  const admitted = admissions.map((admission) => ({
    subscription: admission.id,
    as: admit(run, draft, { parcel, admission }),
  }));
  if (left.length === 0) draft.delete(key);
  else draft.set(key, { ...value, ...byKind(left) });
  return { written: run.ledger.write(draft), admitted };
}

/** As many as one commit takes: no key of theirs is longer than that of a lane. */
function recipientsAtOnce(
  { sender: { kv, keys } }: RunContext,
  { place: { at, event }, value }: Parcel,
): number {
  const id = recipientsOf(value)[0]?.id ?? "";
  const lane = [...keys.lanes, id, value.entity ?? "", at, event];
  const longest = new Draft().delete(lane).keyBytes;
  const most = Math.min(
    (kv.limits.maxMutations - 1) / WRITES_EACH,
    MOST_KEYS_BYTES / (WRITES_EACH * longest),
  );
  return Math.max(1, Math.min(MOST_AT_ONCE, Math.floor(most)));
}

const KINDS = ["to", "ordered", "denied", "missing"] as const;

function recipientsOf(value: IncomingEvent): Recipient[] {
  return KINDS.flatMap((as) => value[as].map((id) => ({ id, as })));
}

function byKind(
  recipients: readonly Recipient[],
): Record<Recipient["as"], string[]> {
  const of = (kind: Recipient["as"]): string[] =>
    recipients.filter(({ as }) => as === kind).map(({ id }) => id);
  return {
    to: of("to"),
    ordered: of("ordered"),
    denied: of("denied"),
    missing: of("missing"),
  };
}

async function lookUp(
  run: RunContext,
  { entity, adopted: isAdopted }: IncomingEvent,
  recipient: Recipient,
): Promise<Admission> {
  const { id, as } = recipient;
  if (as === "denied" || as === "missing") {
    const endpoint = await run.endpoints.get(id);
    return { ...recipient, endpoint, waits: false, adopted: false };
  }
  const endpoint = await heirOf(run, id);
  const inOrder = entity !== null && (endpoint.subscription?.ordered ?? false);
  const waits = inOrder &&
    await run.ledger.get(headKey(run, endpoint, entity)) !== undefined;
  return {
    id: endpoint.id,
    as: inOrder ? "ordered" : "to",
    endpoint,
    waits,
    adopted: isAdopted ?? endpoint.id !== id,
  };
}

function admit(
  run: RunContext,
  draft: Draft,
  { parcel, admission }: { parcel: Parcel; admission: Admission },
): Admitted["as"] {
  const { as, endpoint } = admission;
  const { value, place } = parcel;
  const { subscription } = endpoint;
  // Removed since the event was emitted: its rows are gone, or will be.
  if (!subscription) return "removed";
  const row = newRow(value, admission);
  if (as === "denied" || as === "missing") {
    if (as === "missing") {
      endpoint.change(draft, { missing: endpoint.state.missing + 1 });
    }
    addLog(run, { draft, endpoint, place, row, ...ENDINGS[as] });
    return as;
  }
  if (endpoint.isFull) {
    addLog(run, { draft, endpoint, place, row, ...ENDINGS.dropped });
    return "dropped";
  }
  run.tally.created++;
  endpoint.change(draft, { queued: endpoint.state.queued + 1 });
  if (as === "to" || value.entity === null) {
    addToQueue(run, draft, { endpoint, place, row });
  } else {
    line(run, draft, { place, admission, row: { ...row, lane: value.entity } });
  }
  return "created";
}

/** Puts a delivery at the end of its lane, or into the queue when the lane is free. */
function line(
  run: RunContext,
  draft: Draft,
  { admission: { endpoint, waits }, place, row }: {
    admission: Admission;
    place: Parcel["place"];
    row: QueuedRow & { readonly lane: string };
  },
): void {
  if (waits) {
    const lane = [...run.sender.keys.lanes, endpoint.id, row.lane];
    draft.set([...lane, place.at, place.event], row);
    return;
  }
  draft.set(headKey(run, endpoint, row.lane), true);
  addToQueue(run, draft, { endpoint, place, row });
}

function headKey(run: RunContext, { id }: Endpoint, lane: string): KvKey {
  return [...run.sender.keys.heads, id, lane];
}

function newRow({ name }: IncomingEvent, { adopted }: Admission): QueuedRow {
  return {
    name,
    lane: null,
    trigger: "event",
    attempts: 0,
    message: "Pending",
    last: null,
    ...(adopted ? { adopted } : {}),
  };
}

async function disableThoseMissing(
  run: RunContext,
  some: readonly Recipient[],
): Promise<void> {
  for (const { id, as } of some) {
    if (as !== "missing") continue;
    await disableWhenMissing(run, await run.endpoints.get(id));
  }
}

function tell(
  run: RunContext,
  event: string,
  { subscription, as }: Admitted,
): void {
  if (as === "removed") return;
  const isCreated = as === "created";
  run.tell({
    type: isCreated ? "delivery.created" : "delivery.skipped",
    subscription,
    event,
    attempt: 0,
    durationMs: 0,
    httpStatus: 0,
    message: isCreated ? "Pending" : ENDINGS[as].message,
  });
}
