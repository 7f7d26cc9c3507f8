import { attemptDelivery, type AttemptOutcome } from "./_attempt.ts";
import { DecryptError } from "../../errors.ts";
import { conclude, disown, expire, putOff } from "./_conclude.ts";
import { Draft } from "./_draft.ts";
import type { Endpoint } from "./_endpoint.ts";
import { reaches } from "../matching/match.ts";
import { keptUntil, type Queued, readQueued } from "./_queue.ts";
import type { QueuedRow, SubscriptionRow } from "../_rows.ts";
import type { Credentials, RunContext } from "./_run_context.ts";
import { shown } from "../subscriptions/stored.ts";
import type { EmittedEvent } from "../event.ts";

// After so many, or so long, another endpoint with something due gets its turn.
const PAGE = 64;
const TURN_MS = 2_000;

/**
 * Delivers some of what is due at one endpoint, and puts it back into the index for the rest. `readyAt` is where its
 * row in the index was found: until the last commit of the turn it stays there, so that a run that dies comes back.
 */
export async function takeTurn(
  run: RunContext,
  { id, readyAt }: { id: string; readyAt: number },
): Promise<void> {
  const endpoint = await run.endpoints.get(id, { maxAgeMs: -1 });
  await dropStray(run, endpoint, readyAt);
  if (mayBegin(run, endpoint)) await deliverPage(run, endpoint);
  if (isHeld(endpoint)) await dropUnkept(run, endpoint);
  await putBack(run, endpoint);
}

/** A row of the index that the endpoint does not know of: of a store that was restored, for instance. */
async function dropStray(
  run: RunContext,
  endpoint: Endpoint,
  readyAt: number,
): Promise<void> {
  if (endpoint.state.readyAt === readyAt) return;
  const key = [...run.sender.keys.ready, readyAt, endpoint.id];
  await run.ledger.write(new Draft().delete(key));
}

async function deliverPage(
  run: RunContext,
  endpoint: Endpoint,
): Promise<void> {
  const isProbe = endpoint.state.openings > 0;
  const items = await queued(run, endpoint, {
    limit: isProbe ? 1 : PAGE,
    before: run.sender.now() + 1,
  });
  const { concurrency } = endpoint.subscription?.limits ?? { concurrency: 1 };
  const workers = Math.min(concurrency, items.length);
  const next = items.values();
  const signal = AbortSignal.any([run.signal, endpoint.signal]);
  const until = run.sender.now() + TURN_MS;
  await Promise.all(Array.from({ length: workers }, async () => {
    for (const item of next) {
      if (run.sender.now() >= until || !mayBegin(run, endpoint)) return;
      await deliverOne(run, { endpoint, item, signal });
    }
  }));
}

function mayBegin(run: RunContext, endpoint: Endpoint): boolean {
  return !run.isOver() && endpoint.isActive &&
    endpoint.opensAt <= run.sender.now();
}

interface Errand {
  readonly endpoint: Endpoint;
  readonly item: Queued;
  /** Cuts the request: the run is over, or the subscription was removed. */
  readonly signal: AbortSignal;
}

async function deliverOne(run: RunContext, errand: Errand): Promise<void> {
  const { endpoint } = errand;
  const release = await run.slot(errand.signal);
  try {
    // It may have been changed or taken out of service since the turn began.
    await run.endpoints.get(endpoint.id);
    if (mayBegin(run, endpoint)) await attempt(run, errand);
  } finally {
    release();
  }
}

async function attempt(
  run: RunContext,
  { endpoint, item, signal }: Errand,
): Promise<void> {
  const { sender } = run;
  const { subscription } = endpoint;
  if (!subscription) return;
  spendRate(run, endpoint);
  const opened = await open(run, { subscription, item });
  if (opened === "unreadable") return await putOff(run, { endpoint, item });
  const { event, credentials: { sealed, signer } } = opened;
  if (!event) return await expire(run, { endpoint, item });
  if (item.row.adopted && !reaches(sender, { event, subscription })) {
    return await disown(run, { endpoint, item });
  }
  const outcome = await attemptDelivery(sender, {
    event,
    subscription: shown(subscription),
    sealed,
    signer,
    attempt: item.row.attempts + 1,
    signal,
    timeoutMs: sender.policy.timeoutMs,
  });
  await conclude(run, { endpoint, item, outcome: counted(run, outcome) });
}

/**
 * A request that the deadline of the run has cut is an attempt: else one that is always slower than the run would be
 * made for ever, without a record and without an end.
 */
function counted(
  { signal }: RunContext,
  outcome: AttemptOutcome,
): AttemptOutcome {
  const isCut = outcome.kind === "stopped" && signal.reason === "deadline";
  if (!isCut) return outcome;
  const message = "No answer before the end of the run";
  return {
    ...outcome,
    kind: "failed",
    attempt: { ...outcome.attempt, message },
  };
}

/** Opens what was sealed for a delivery, which fails for a key that is not there and for a damaged row. */
async function open(
  run: RunContext,
  { subscription, item }: { subscription: SubscriptionRow; item: Queued },
): Promise<Opened | "unreadable"> {
  try {
    return {
      event: await run.event({ at: item.at, id: item.event }),
      credentials: await run.credentials(subscription),
    };
  } catch (error) {
    if (error instanceof DecryptError) return "unreadable";
    throw error;
  }
}

interface Opened {
  readonly event: EmittedEvent | undefined;
  readonly credentials: Credentials;
}

/** Not before its share of a second may the endpoint be asked again. */
function spendRate(run: RunContext, endpoint: Endpoint): void {
  const perSecond = endpoint.subscription?.limits.perSecond ?? null;
  if (perSecond === null) return;
  endpoint.pace(run.sender.now() + 1_000 / perSecond);
}

/** What is queued for it waits for somebody to activate it; what was removed is cleared by a command. */
function isHeld({ subscription }: Endpoint): boolean {
  return subscription !== undefined && !subscription.active;
}

/** Ends what has waited too long for somebody to activate the subscription; of a lane its head, and then the next. */
async function dropUnkept(run: RunContext, endpoint: Endpoint): Promise<void> {
  if (run.isOver()) return;
  const items = await queued(run, endpoint, { limit: PAGE });
  const now = run.sender.now();
  const unkept = items.filter((item) => keptUntil(item) <= now);
  await Promise.all(unkept.map((item) => expire(run, { endpoint, item })));
}

async function putBack(run: RunContext, endpoint: Endpoint): Promise<void> {
  endpoint.watchAdded();
  await run.ledger.flush();
  const dueAt = Math.min(await firstDueAt(run, endpoint), endpoint.added);
  const isWaiting = endpoint.subscription !== undefined && dueAt < Infinity;
  const draft = new Draft();
  // Behind those that are due already, however old its own deliveries are.
  const readyAt = Math.max(dueAt, endpoint.opensAt, run.sender.now());
  endpoint.moveTo(draft, isWaiting ? readyAt : null);
  await run.ledger.write(draft);
}

/**
 * When there is something to do for it. Of what is held the first page is looked at, which goes before what lies behind
 * it: nothing stays for longer than its event is kept, and the time that it had been put off.
 */
async function firstDueAt(
  run: RunContext,
  endpoint: Endpoint,
): Promise<number> {
  const held = isHeld(endpoint);
  const items = await queued(run, endpoint, { limit: held ? PAGE : 1 });
  const times = items.map((item) => held ? keptUntil(item) : item.dueAt);
  return Math.min(...times);
}

async function queued(
  { sender: { kv, keys } }: RunContext,
  { id }: Endpoint,
  { limit, before }: { limit: number; before?: number },
): Promise<Queued[]> {
  const prefix = [...keys.queue, id];
  const end = before === undefined ? {} : { end: [...prefix, before] };
  const items: Queued[] = [];
  for await (const entry of kv.list<QueuedRow>({ prefix, ...end }, { limit })) {
    items.push(readQueued(entry));
  }
  return items;
}
