import { unlessAborted } from "../../_internal/abort.ts";
import { systemClock } from "../../_internal/clock.ts";
import type { KvEntry } from "../../kv/kv.ts";
import type { Lease } from "../../spool/lease.ts";
import { obey } from "./_commands.ts";
import { Endpoints } from "./_endpoints.ts";
import { fanOut } from "./_fan_out.ts";
import { Ledger } from "./_ledger.ts";
import { OpenedCache } from "./_opened_cache.ts";
import type { Incoming } from "../_rows.ts";
import { newTally, type RunContext, type Tally } from "./_run_context.ts";
import { Slots } from "./_slots.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { Told } from "./_told.ts";
import { takeTurn } from "./_turn.ts";

/** Why a run ended. */
export type DeliveryStop = "empty" | "deadline" | "aborted" | "busy";

/** How a run goes about its time; checked. */
export interface RunLimits {
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly waitMs: number;
}

// Rows of what comes in that are taken at a time, so that what is due gets its turn between them.
const INCOMING_PAGE = 50;
// What a host leaves a process that it asked to stop, with room for the last commit.
const GRACE_MS = 3_000;
// What was due before may be due again: for so long it waits for what comes in.
const INTAKE_MS = 500;
// Another process may have emitted something while all turns are slow, or while nothing is due.
const LOOK_AGAIN_MS = 500;

/** One run, from the lease to its release. */
export class Deliverer {
  readonly #sender: SenderParts;
  readonly #lease: Lease;
  readonly #limits: RunLimits;
  readonly #run: RunContext;
  readonly #told: Told;
  readonly #turns = new Map<string, Promise<void>>();
  readonly #cut = new AbortController();
  readonly #deadline: number;
  #reason: DeliveryStop | undefined;
  #failure: { readonly error: unknown } | undefined;
  readonly #halted = new AbortController();

  readonly tally: Tally = newTally();

  constructor(sender: SenderParts, lease: Lease, limits: RunLimits) {
    this.#sender = sender;
    this.#lease = lease;
    this.#limits = limits;
    this.#deadline = sender.now() + limits.deadlineMs;
    this.#told = new Told(sender, this.tally);
    this.#run = this.#context();
  }

  /** Delivers until there is a reason to stop; every request that was begun has ended then, and its outcome is durable. */
  async toEnd(): Promise<DeliveryStop> {
    const unwatch = this.#watch();
    this.#told.started();
    try {
      await this.#deliverAll();
    } catch (error) {
      this.#fail(error);
    }
    await this.#finish();
    await unwatch();
    if (this.#failure && this.#reason !== "busy") {
      this.#told.failed(this.#failure.error);
      throw this.#failure.error;
    }
    const stopped = this.#reason ?? "empty";
    this.#told.ended(stopped);
    return stopped;
  }

  async #deliverAll(): Promise<void> {
    while (!this.#isOver()) {
      const took = await this.#takeIn();
      const began = await this.#beginTurns();
      if (took || began) continue;
      if (this.#turns.size > 0) await this.#anyTurn();
      else if (!await this.#waitForDue()) return;
    }
  }

  /** Takes in events and commands, in the order of their commits. */
  async #takeIn(): Promise<boolean> {
    await this.#run.ledger.flush();
    const rows = await this.#page();
    const asked: Promise<void>[] = [];
    const goesOn = this.#intake();
    for (const row of await this.#settled(rows)) {
      if (!goesOn()) break;
      if (row.value.type !== "event" || this.#run.endpoints.isCrowded) {
        await this.#written(asked.splice(0));
      }
      asked.push((await this.#take(row, goesOn)).done);
    }
    await this.#written(asked);
    return rows.length > 0 && !this.#isOver();
  }

  /** Says no for good once it has: of an event that was broken off the rest comes before all that follows. */
  #intake(): () => boolean {
    const until = this.#sender.now() + INTAKE_MS;
    let isOver = false;
    return () => {
      isOver ||= this.#isOver() || this.#sender.now() >= until;
      return !isOver;
    };
  }

  /** Once what was taken in is committed, only the turns have something to commit. */
  async #written(asked: readonly Promise<void>[]): Promise<void> {
    await Promise.all(asked);
    this.#run.endpoints.trim((id) => this.#turns.has(id));
  }

  async #page(): Promise<KvEntry<Incoming>[]> {
    const { kv, keys } = this.#sender;
    const rows: KvEntry<Incoming>[] = [];
    const range = { prefix: keys.incoming };
    const options = { limit: INCOMING_PAGE };
    for await (const row of kv.list<Incoming>(range, options)) rows.push(row);
    return rows;
  }

  /**
   * The rows up to the first one before which something was committed meanwhile. A walk is no snapshot: it may give an
   * event and not the earlier one of its entity, which a process with a late clock has committed behind the walk.
   */
  async #settled(
    rows: readonly KvEntry<Incoming>[],
  ): Promise<readonly KvEntry<Incoming>[]> {
    // What these put into the intake comes before what follows them.
    const adoptions = rows.filter(({ value }) => value.type === "adopt");
    if (adoptions.length > 0) return adoptions;
    if (!rows.some(({ value }) => isOrdered(value))) return rows;
    const again = await this.#page();
    const known = new Set(rows.map(nameOf));
    const end = again.findIndex((row) => !known.has(nameOf(row)));
    return end < 0 ? again : again.slice(0, end);
  }

  async #take(
    row: KvEntry<Incoming>,
    goesOn: () => boolean,
  ): Promise<{ done: Promise<void> }> {
    const { value } = row;
    if (value.type === "event") {
      return await fanOut(this.#run, { ...row, value }, { goesOn });
    }
    await obey(this.#run, { ...row, value });
    return { done: Promise.resolve() };
  }

  /** Begins a turn for each endpoint with something due, as far as there is room. */
  async #beginTurns(): Promise<boolean> {
    const { kv, keys } = this.#sender;
    const room = this.#limits.concurrency - this.#turns.size;
    if (room <= 0) return false;
    const range = {
      prefix: keys.ready,
      end: [...keys.ready, this.#sender.now() + 1],
    };
    let began = false;
    const limit = room + this.#turns.size;
    for await (const { key } of kv.list(range, { limit })) {
      const [readyAt, id] = key.slice(-2) as [number, string];
      if (this.#turns.has(id) || this.#turns.size >= this.#limits.concurrency) {
        continue;
      }
      began = true;
      this.#begin(id, readyAt);
    }
    return began;
  }

  #begin(id: string, readyAt: number): void {
    const turn = takeTurn(this.#run, { id, readyAt })
      .catch((error) => this.#fail(error))
      .finally(() => this.#turns.delete(id));
    this.#turns.set(id, turn);
  }

  async #anyTurn(): Promise<void> {
    const over = new AbortController();
    const look = systemClock.sleep(LOOK_AGAIN_MS, over.signal).catch(() => {});
    await unlessAborted(
      Promise.race([...this.#turns.values(), look]),
      this.#halted.signal,
    ).catch(() => {});
    over.abort();
    await look;
  }

  async #waitForDue(): Promise<boolean> {
    const { clock } = this.#sender;
    const dueAt = await nextDueAt(this.#sender) ?? Infinity;
    const began = clock.now();
    const wait = Math.max(0, dueAt - began);
    if (wait > this.#limits.waitMs || dueAt >= this.#deadline) return false;
    const nap = Math.min(wait, LOOK_AGAIN_MS);
    await clock.sleep(nap, this.#halted.signal).catch(() => {});
    // A sleep that does not wait would make this a loop without an end; a timer may be early by a little.
    return clock.now() - began >= nap / 2;
  }

  async #finish(): Promise<void> {
    await Promise.all(this.#turns.values());
    await this.#run.ledger.flush().catch((error) => this.#fail(error));
    await this.#lease.release().catch((error) => this.#fail(error));
  }

  #isOver(): boolean {
    if (this.#sender.now() >= this.#deadline) this.#halt("deadline");
    return this.#reason !== undefined || this.#failure !== undefined;
  }

  #halt(reason: DeliveryStop): void {
    this.#reason ??= reason;
    this.#halted.abort();
  }

  #fail(error: unknown): void {
    if (this.#lease.signal.aborted) this.#reason = "busy";
    this.#failure ??= { error };
    this.#cut.abort(error);
    this.#halted.abort();
  }

  /** Listens to what ends a run from outside. Requests under way get a short grace, then they are cut. */
  #watch(): () => Promise<void> {
    const { signal, deadlineMs } = this.#limits;
    const over = new AbortController();
    const listen = { once: true, signal: over.signal };
    const timers: Promise<void>[] = [];
    const after = (ms: number, then: () => void): void => {
      timers.push(systemClock.sleep(ms, over.signal).then(then, () => {}));
    };
    const halt = (reason: DeliveryStop): void => {
      this.#halt(reason);
      after(GRACE_MS, () => this.#cut.abort(reason));
    };
    if (signal?.aborted) halt("aborted");
    signal?.addEventListener("abort", () => halt("aborted"), listen);
    this.#lease.signal.addEventListener("abort", () => {
      this.#fail(this.#lease.signal.reason);
    }, listen);
    if (Number.isFinite(deadlineMs)) after(deadlineMs, () => halt("deadline"));
    return async () => {
      over.abort();
      await Promise.all(timers);
    };
  }

  #context(): RunContext {
    const sender = this.#sender;
    const slots = new Slots(this.#limits.concurrency);
    const opened = new OpenedCache(sender);
    const single = new Slots(1);
    return {
      sender,
      ledger: new Ledger(sender.kv, this.#lease),
      endpoints: new Endpoints(sender),
      tally: this.tally,
      signal: this.#cut.signal,
      isOver: () => this.#isOver(),
      slot: (signal?: AbortSignal) => slots.take(signal),
      async alone<T>(work: () => Promise<T>): Promise<T> {
        const release = await single.take();
        try {
          return await work();
        } finally {
          release();
        }
      },
      quiet: async (id): Promise<void> => await this.#turns.get(id),
      event: (place) => opened.event(place),
      credentials: (row) => opened.credentials(row),
      tell: (step) => this.#told.step(step),
    };
  }
}

function isOrdered(row: Incoming): boolean {
  return row.type === "event" && row.ordered.length > 0;
}

function nameOf({ key }: KvEntry<Incoming>): string {
  return JSON.stringify(key);
}

/**
 * When the next endpoint has something due, and now when something waits to be taken in; `undefined` when nothing
 * waits. An alarm that is set by it must come even if the run ended before it looked at what had been emitted.
 */
export async function nextDueAt(
  sender: SenderParts,
): Promise<number | undefined> {
  const { kv, keys } = sender;
  for await (const _ of kv.list({ prefix: keys.incoming }, { limit: 1 })) {
    return sender.now();
  }
  for await (const { key } of kv.list({ prefix: keys.ready }, { limit: 1 })) {
    return Number(key.at(-2));
  }
  return undefined;
}
