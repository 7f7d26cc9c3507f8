import type { AttemptOutcome } from "./_attempt.ts";
import { brokenBy } from "./_circuit.ts";
import { disable, disableWhenMissing } from "./_disable.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { addAttempt } from "./_history.ts";
import { type Ending, ENDINGS } from "./_log.ts";
import type { Queued } from "./_queue.ts";
import type { QueuedRow } from "../_rows.ts";
import type { RunContext } from "./_run_context.ts";
import { end, type Patch, postpone } from "./_settle.ts";
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
      return await refuse(run, tried, ENDINGS.denied);
    case "missing":
      await refuse(run, tried, ENDINGS.missing);
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
  ending: Ending,
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
  { sender }: RunContext,
  { endpoint, item: { row, event }, outcome: { attempt } }: Tried,
): Promise<QueuedRow> {
  const last = await addAttempt(sender, {
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
  const removes = run.sender.dialects.get(dialect)?.onGone === "remove";
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
  const { sender } = run;
  const { endpoint, item, outcome } = tried;
  const { retryDelaysMs, maxRetryAfterMs } = sender.policy;
  const delayMs = nextDelayMs(retryDelaysMs, row.attempts, {
    random: sender.random,
    retryAfterMs: outcome.retryAfterMs,
    maxRetryAfterMs,
  });
  const patch = brokenBy(run, { endpoint, outcome });
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
