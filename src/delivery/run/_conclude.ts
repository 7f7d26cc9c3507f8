import { exponentialMs, jitter } from "../../_internal/backoff.ts";
import type { KvKey } from "../../kv/kv.ts";
import type { AttemptOutcome } from "./_attempt.ts";
import { disable, disableWhenMissing } from "./_disable.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { addAttempt } from "./_history.ts";
import { addLog, type Ending } from "./_log.ts";
import { addToQueue, type Queued } from "./_queue.ts";
import type { QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";
import { nextDelayMs } from "./schedule.ts";
import type { Step } from "./_told.ts";

/** A delivery that was attempted. */
export interface Tried {
  readonly endpoint: Endpoint;
  readonly item: Queued;
  readonly outcome: AttemptOutcome;
}

// Long enough for somebody to notice, and little beside the time for which events are kept.
const UNREADABLE_MS = 3_600_000;

/** Makes durable what became of an attempt. Until then the delivery is pending, and will be attempted again. */
export async function conclude(run: RunContext, tried: Tried): Promise<void> {
  const { endpoint, item, outcome } = tried;
  switch (outcome.kind) {
    case "stopped":
      return;
    case "succeeded":
      return await succeed(run, tried);
    case "denied":
      return await refuse(run, tried, {
        status: "denied",
        message: "Not permitted",
      });
    case "missing":
      await refuse(run, tried, {
        status: "missing",
        message: "No such principal or permission",
      });
      return await disableWhenMissing(run, endpoint);
    case "gone":
    case "failed": {
      const row = await attempted(run, tried);
      return outcome.kind === "gone"
        ? await leave(run, tried, row)
        : await fail(run, { endpoint, item, outcome }, row);
    }
  }
}

/** Ends a delivery whose event is no longer kept. */
export async function expire(
  run: RunContext,
  given: Pick<Tried, "endpoint" | "item">,
): Promise<void> {
  await drop(run, { ...given, message: "The event is no longer kept" });
}

/** Ends a delivery that was taken over from a subscription that matched its event, as this one does not. */
export async function disown(
  run: RunContext,
  given: Pick<Tried, "endpoint" | "item">,
): Promise<void> {
  await drop(run, {
    ...given,
    message: "The declaration no longer matches the event",
  });
}

async function drop(
  run: RunContext,
  { endpoint, item, message }: Pick<Tried, "endpoint" | "item"> & {
    message: string;
  },
): Promise<void> {
  const ending: Ending = { status: "dropped", message };
  await end(run, { endpoint, item, row: item.row, ending });
  tell(run, { endpoint, item }, { type: "delivery.skipped", message });
}

/** Puts off a delivery that cannot be opened, until somebody has mended the key; no attempt is spent on it. */
export async function putOff(
  run: RunContext,
  { endpoint, item }: Pick<Tried, "endpoint" | "item">,
): Promise<void> {
  const message = "What is sealed does not open, wanted the key that sealed it";
  const row = { ...item.row, message };
  const patch = (): Patch => ({});
  await postpone(run, { endpoint, item, row, delayMs: UNREADABLE_MS, patch });
  tell(run, { endpoint, item }, { type: "delivery.failed", message });
}

async function succeed(run: RunContext, tried: Tried): Promise<void> {
  const { endpoint, item, outcome } = tried;
  const row = await attempted(run, tried);
  const wasBroken = endpoint.state.openings > 0;
  const { message } = outcome.attempt;
  await end(run, {
    endpoint,
    item,
    row,
    ending: { status: "succeeded", message },
    patch: () => ({ streak: 0, openings: 0 }),
  });
  tell(run, tried, { type: "delivery.succeeded", message });
  if (wasBroken) tell(run, tried, { type: "subscription.recovered", message });
}

async function refuse(
  run: RunContext,
  { endpoint, item }: Tried,
  ending: Ending & { status: "denied" | "missing" },
): Promise<void> {
  const isMissing = ending.status === "missing";
  const patch = (): Patch => ({
    missing: endpoint.state.missing + Number(isMissing),
  });
  await end(run, { endpoint, item, row: item.row, ending, patch });
  tell(run, { endpoint, item }, {
    type: "delivery.skipped",
    message: ending.message,
  });
}

/** The row of the delivery with one attempt more. */
async function attempted(
  { store }: RunContext,
  { endpoint, item: { row, event }, outcome: { attempt } }: Tried,
): Promise<QueuedRow> {
  const last = await addAttempt(store, {
    subscription: endpoint.id,
    event,
    last: row.last,
    attempt,
  });
  return { ...row, attempts: attempt.number, message: attempt.message, last };
}

/** The endpoint is gone: the delivery stays where it is, for the case that somebody activates it again. */
async function leave(
  run: RunContext,
  tried: Tried,
  row: QueuedRow,
): Promise<void> {
  const { endpoint, item, outcome } = tried;
  const { message } = outcome.attempt;
  await run.ledger.write(new Draft().set(item.key, row));
  tell(run, tried, { type: "delivery.failed", message });
  const dialect = endpoint.subscription?.dialect ?? "";
  const removes = run.store.dialects.get(dialect)?.onGone === "remove";
  await disable(run, endpoint, {
    message: "Delivery suspended: the endpoint answered 410 Gone.",
    removes,
  });
}

async function fail(
  run: RunContext,
  tried: Tried,
  row: QueuedRow,
): Promise<void> {
  const { store } = run;
  const { endpoint, item, outcome } = tried;
  const { retryDelaysMs, mostRetryAfterMs } = store.policy;
  const delayMs = nextDelayMs(retryDelaysMs, row.attempts, {
    random: store.random,
    retryAfterMs: outcome.retryAfterMs,
    mostRetryAfterMs,
  });
  const patch = brokenBy(run, tried);
  const { message } = row;
  if (delayMs === undefined) {
    await end(run, {
      endpoint,
      item,
      row,
      ending: { status: "failed", message },
      patch,
    });
  } else {
    await postpone(run, { endpoint, item, row, delayMs, patch });
  }
  tell(run, tried, { type: "delivery.failed", message });
  if (delayMs === undefined) {
    tell(run, tried, { type: "delivery.exhausted", message });
  }
  if (
    endpoint.state.streak <
      (endpoint.subscription?.limits.attemptLimit ?? Infinity)
  ) return;
  await disable(run, endpoint, {
    message: "Delivery suspended due to too many delivery failures.",
  });
}

type Patch = Parameters<Endpoint["change"]>[1];

/** What a failure does to the endpoint: a pause that it asked for, or an open circuit. */
function brokenBy(run: RunContext, { endpoint, outcome }: Tried): () => Patch {
  return () => {
    const { store } = run;
    const { policy } = store;
    const { streak, openings, notBefore } = endpoint.state;
    const now = store.now();
    const asked = outcome.throttled ? outcome.retryAfterMs ?? 0 : 0;
    const pauseMs = Math.ceil(Math.min(asked, policy.mostRetryAfterMs));
    const pausedUntil = now + pauseMs;
    const patch = {
      streak: streak + 1,
      notBefore: asked > 0 ? Math.max(notBefore, pausedUntil) : notBefore,
    };
    // Requests that were under way when the circuit opened tell nothing new.
    const opens = streak + 1 >= policy.circuitFailures && notBefore <= now;
    if (!opens) return patch;
    const waitMs = exponentialMs(openings + 1, {
      first: policy.circuitFirstMs,
      most: policy.circuitMostMs,
    });
    const probeAt = now + jitter(waitMs, store.random);
    return {
      ...patch,
      openings: openings + 1,
      notBefore: Math.max(patch.notBefore, Math.ceil(probeAt)),
    };
  };
}

async function postpone(
  run: RunContext,
  { endpoint, item, row, delayMs, patch }: {
    endpoint: Endpoint;
    item: Queued;
    row: QueuedRow;
    delayMs: number;
    patch: () => Patch;
  },
): Promise<void> {
  run.tally.retried++;
  const draft = new Draft().delete(item.key);
  const dueAt = run.store.now() + Math.ceil(delayMs);
  endpoint.change(draft, patch());
  addToQueue(run, draft, { endpoint, place: placeOf(item), row, dueAt });
  await run.ledger.write(draft);
}

/** Moves a delivery from the queue to the log, and the next of its lane into the queue. */
async function end(
  run: RunContext,
  ended: {
    endpoint: Endpoint;
    item: Queued;
    row: QueuedRow;
    ending: Ending;
    /** What it changes of the endpoint, asked for when it is written. */
    patch?: () => Patch;
  },
): Promise<void> {
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
  { endpoint, item, row, ending, patch = () => ({}) }: Parameters<
    typeof end
  >[1],
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
  { store: { kv, keys } }: RunContext,
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
    draft.delete([...run.store.keys.heads, endpoint.id, lane]);
    return;
  }
  const [at, event] = next.key.slice(-2) as [number, string];
  draft.delete(next.key);
  addToQueue(run, draft, { endpoint, place: { at, event }, row: next.row });
}

function placeOf({ at, event }: Queued): { at: number; event: string } {
  return { at, event };
}

function tell(
  run: RunContext,
  { endpoint, item, outcome }:
    & Pick<Tried, "endpoint" | "item">
    & Partial<Tried>,
  told: Pick<Step, "type" | "message">,
): void {
  const { attempt } = outcome ?? {};
  run.tell({
    ...told,
    subscription: endpoint.id,
    event: item.event,
    attempt: attempt?.number ?? item.row.attempts,
    durationMs: attempt?.tookMs ?? 0,
    httpStatus: attempt?.response?.status ?? 0,
  });
}
