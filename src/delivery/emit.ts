import type { Bytes } from "../_internal/bytes.ts";
import { DeliveryError, ValidationError } from "../errors.ts";
import type { KvChange, KvCheck, KvKey, KvSet } from "../kv/kv.ts";
import { assertFits, snapshotOf } from "./_change.ts";
import { type Draft, readEvent } from "./_event.ts";
import { isNearId } from "./_event_place.ts";
import { eventSets, KEEP_EVENTS_MS, sealEvent } from "./_event_store.ts";
import { type Route, route } from "./_route.ts";
import type { IncomingEvent } from "./_rows.ts";
import { laneName } from "./_lane_name.ts";
import { Lanes } from "./_lanes.ts";
import type { SenderParts } from "./_sender_parts.ts";
import type { OutboundEvent } from "./event.ts";

/** How events are emitted. */
export interface EmitOptions {
  /**
   * The application's own change, as it is when `emit` is called: it is committed together with the events, or neither
   * is. Its values are copied for that, which takes some ten milliseconds for each megabyte of JSON.
   */
  readonly commit?: KvChange;
}

/** What became of an emitted event. */
export interface Emitted {
  /** Its id: the `webhook-id` of its requests. */
  readonly id: string;
  /** Subscriptions that will get it. */
  readonly matched: number;
  /** Subscriptions that do not get it because somebody may not. */
  readonly denied: number;
}

/** The outcome of {@linkcode WebhookSender.emit}. */
export type EmitResult =
  | {
    /** The change and the events are durable. */
    readonly ok: true;
    /** The version that the commit gave; `null` when there was nothing to commit. */
    readonly version: string | null;
    /** The events, in the order in which they were given. */
    readonly events: readonly Emitted[];
  }
  | {
    /** Nothing was committed. */
    readonly ok: false;
    /** A check of the application's change did not hold, or an event of that id was emitted before. */
    readonly reason: "check" | "duplicate";
  };

/** An event with all that a commit needs of it. */
interface Parcel {
  readonly draft: Draft;
  readonly route: Route;
  readonly sealed: Bytes | undefined;
  readonly lane: string | null;
}

/** What the sender adds to a commit, and by what its own checks are told from the application's. */
interface Rows {
  readonly sets: readonly KvSet[];
  readonly checks: readonly KvCheck[];
}

// Entities that many emit for at once: each round one of them gets through.
const MOST_ROUNDS = 50;
// Some thirty bytes each: a part of the fan-out stays below the 64 KiB of the smallest store.
const IDS_IN_A_ROW = 1_000;

/** Commits events together with the application's change. */
export async function emit(
  sender: SenderParts,
  input: OutboundEvent | readonly OutboundEvent[],
  options: EmitOptions = {},
): Promise<EmitResult> {
  const change = snapshotOf(options.commit ?? {});
  const now = sender.now();
  const inputs = Array.isArray(input)
    ? input as OutboundEvent[]
    : [input as OutboundEvent];
  const drafts = inputs.map((each) => readEvent(each, now));
  refuseTwins(drafts);
  let routed = await routeAll(sender, drafts);
  for (let round = 1;; round++) {
    const { parcels, unmoved } = routed;
    const rows = await place(sender, parcels);
    const result = await commit(sender, { change, rows, unmoved });
    if (result.ok) return { ...result, events: parcels.map(emitted) };
    if (await wasEmitted(sender, drafts)) {
      return { ok: false, reason: "duplicate" };
    }
    const isRouted = await holds(sender, unmoved);
    if (isRouted && !await lostRace(sender, rows)) {
      return { ok: false, reason: "check" };
    }
    if (round === MOST_ROUNDS) throw outrun();
    if (!isRouted) routed = await routeAll(sender, drafts);
  }
}

async function commit(
  sender: SenderParts,
  { change, rows, unmoved }: {
    change: KvChange;
    rows: Rows;
    unmoved: KvCheck;
  },
): Promise<{ ok: true; version: string | null } | { ok: false }> {
  if (isEmpty(change) && isEmpty(rows)) {
    const isRouted = await holds(sender, unmoved);
    return isRouted ? { ok: true, version: null } : { ok: false };
  }
  const checks = [...rows.checks, unmoved];
  const merged = merge(change, { ...rows, checks });
  assertFits(merged, sender.kv.limits);
  return await sender.kv.commit(merged);
}

interface Routed {
  readonly parcels: readonly Parcel[];
  /** That no subscription was replaced since before the walk, which is no snapshot: it may have met neither of the two. */
  readonly unmoved: KvCheck;
}

async function routeAll(
  sender: SenderParts,
  drafts: readonly Draft[],
): Promise<Routed> {
  const key = sender.keys.moves;
  const { version = null } = await sender.kv.get(key) ?? {};
  const parcels = await Promise.all(drafts.map((draft) => pack(sender, draft)));
  return { parcels, unmoved: { key, version } };
}

async function holds(
  { kv }: SenderParts,
  { key, version }: KvCheck,
): Promise<boolean> {
  return ((await kv.get(key))?.version ?? null) === version;
}

function outrun(): DeliveryError {
  return new DeliveryError(
    `Cannot emit the event: other events of its entity were committed first ${MOST_ROUNDS} times in a row, wanted a turn; nothing was committed`,
    { retryable: true },
  );
}

function refuseTwins(drafts: readonly Draft[]): void {
  const ids = new Set(drafts.map(({ event }) => event.id));
  if (ids.size === drafts.length) return;
  throw new ValidationError(
    "Cannot emit the events: id: two of them have the same, wanted one for each",
    { field: "id" },
  );
}

async function pack(sender: SenderParts, draft: Draft): Promise<Parcel> {
  const { event } = draft;
  const routed = await route(sender, event);
  const isWanted = routed.to.length + routed.ordered.length > 0;
  return {
    draft,
    route: routed,
    sealed: isWanted ? await sealEvent(sender, event) : undefined,
    lane: event.entity !== null && routed.ordered.length > 0
      ? await laneName(sender, event.entity)
      : null,
  };
}

/** Reads the counters of the entities, and puts every event behind the last one of its own. */
async function place(
  sender: SenderParts,
  parcels: readonly Parcel[],
): Promise<Rows> {
  const lanes = await Lanes.read(sender, parcels.map(({ lane }) => lane));
  const sets: KvSet[] = [];
  const checks: KvCheck[] = [];
  for (const parcel of parcels) {
    const { draft: { event, named } } = parcel;
    if (isQuiet(parcel) && !named) continue;
    const at = lanes.next(parcel.lane);
    if (parcel.sealed) {
      sets.push(
        ...eventSets(sender, { at, id: event.id, sealed: parcel.sealed }),
      );
    }
    sets.push(...incomingSets(sender, parcel, at));
    const key = onceKey(sender, event.id);
    if (named || !isNearId({ at, id: event.id })) {
      sets.push({ key, value: at, expireInMs: KEEP_EVENTS_MS });
    }
    if (named) checks.push({ key, version: null });
  }
  return {
    sets: [...sets, ...lanes.sets()],
    checks: [...checks, ...lanes.checks],
  };
}

function isQuiet({ route: { to, ordered, denied, missing } }: Parcel): boolean {
  return to.length + ordered.length + denied.length + missing.length === 0;
}

function incomingSets(
  sender: SenderParts,
  { draft: { event }, route: routed, lane }: Parcel,
  at: number,
): KvSet[] {
  return partsOf(routed).map((part, i) => {
    const value: IncomingEvent = {
      type: "event",
      name: event.name,
      entity: lane,
      ...part,
    };
    return { key: [...sender.keys.incoming, at, event.id, i], value };
  });
}

/** Cuts a route into parts that fit a value each. */
function partsOf(whole: Route): Route[] {
  const left = {
    to: [...whole.to],
    ordered: [...whole.ordered],
    denied: [...whole.denied],
    missing: [...whole.missing],
  };
  const parts: Route[] = [];
  for (;;) {
    let room = IDS_IN_A_ROW;
    const take = (ids: string[]): string[] => {
      const taken = ids.splice(0, room);
      room -= taken.length;
      return taken;
    };
    const part = {
      to: take(left.to),
      ordered: take(left.ordered),
      denied: take(left.denied),
      missing: take(left.missing),
    };
    if (room === IDS_IN_A_ROW) return parts;
    parts.push(part);
  }
}

function merge(change: KvChange, rows: Rows): KvChange {
  return {
    ...change,
    sets: [...change.sets ?? [], ...rows.sets],
    checks: [...change.checks ?? [], ...rows.checks],
    // An event must not be lost in a power cut because the change beside it may be.
    ...(rows.sets.length > 0 ? { relaxed: false } : {}),
  };
}

function isEmpty({ sets = [], checks = [], deletes = [] }: KvChange): boolean {
  return sets.length + checks.length + deletes.length === 0;
}

async function wasEmitted(
  sender: SenderParts,
  drafts: readonly Draft[],
): Promise<boolean> {
  for (const { named, event } of drafts) {
    if (named && await sender.kv.get(onceKey(sender, event.id))) return true;
  }
  return false;
}

/** Whether a check of ours is why the commit was refused. */
async function lostRace(sender: SenderParts, rows: Rows): Promise<boolean> {
  for (const check of rows.checks) {
    if (!await holds(sender, check)) return true;
  }
  return false;
}

function onceKey(sender: SenderParts, id: string): KvKey {
  return [...sender.keys.once, id];
}

function emitted({ draft, route: { to, ordered, denied } }: Parcel): Emitted {
  return {
    id: draft.event.id,
    matched: to.length + ordered.length,
    denied: denied.length,
  };
}
