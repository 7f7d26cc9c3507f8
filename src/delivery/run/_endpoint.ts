import type { KvKey } from "../../kv/kv.ts";
import type { Draft } from "./_draft.ts";
import type { DeliveryKeys } from "../_keys.ts";
import type { EndpointRow, SubscriptionRow } from "../_rows.ts";

const NEW: EndpointRow = {
  readyAt: null,
  queued: 0,
  logged: 0,
  streak: 0,
  openings: 0,
  notBefore: 0,
  pacedUntil: 0,
  missing: 0,
};

// Without a reason the host makes an exception with its stack.
const REMOVED = "removed";

/**
 * One subscription as the deliverer sees it: its row, and how its endpoint is doing. A change of the state must reach
 * the ledger in the same turn of the event loop, so that commits come in the order of the changes.
 */
export class Endpoint {
  readonly id: string;
  /** The subscription as it was read last; `undefined` when it was removed. */
  subscription: SubscriptionRow | undefined;
  /** When `subscription` was read, in milliseconds since 1970. */
  readAt: number = -Infinity;
  /** Which of the run's reads that was. */
  read = 0;
  readonly #keys: DeliveryKeys;
  #state: EndpointRow;
  #added = Infinity;
  readonly #cut = new AbortController();

  constructor(
    keys: DeliveryKeys,
    found: { id: string; state: EndpointRow | undefined },
  ) {
    this.#keys = keys;
    this.id = found.id;
    this.#state = found.state ?? NEW;
  }

  get state(): EndpointRow {
    return this.#state;
  }

  get isActive(): boolean {
    return this.subscription?.active ?? false;
  }

  /** Aborts when its requests are of no use any more. */
  get signal(): AbortSignal {
    return this.#cut.signal;
  }

  /** Ends its requests that are under way, as if they had not been made. */
  cut(): void {
    this.#cut.abort(REMOVED);
  }

  /** Whether it is inactive and holds as many deliveries as it may. */
  get isFull(): boolean {
    if (!this.subscription || this.isActive) return false;
    return this.#state.queued >= this.subscription.limits.heldLimit;
  }

  /** The earliest delivery that was added since {@linkcode watchAdded}. */
  get added(): number {
    return this.#added;
  }

  /** From now on `added` tells what a walk over the queue may have missed. */
  watchAdded(): void {
    this.#added = Infinity;
  }

  /** Writes a changed state. */
  change(draft: Draft, patch: Partial<EndpointRow>): void {
    this.#state = { ...this.#state, ...patch };
    draft.set([...this.#keys.endpoints, this.id], this.#state);
  }

  /** No request before this time. */
  get opensAt(): number {
    return Math.max(this.#state.notBefore, this.#state.pacedUntil);
  }

  /** Spends the rate up to a time; in the store with the next change, which comes with the outcome of the request. */
  pace(until: number): void {
    this.#state = { ...this.#state, pacedUntil: Math.ceil(until) };
  }

  /** Sees to it that the endpoint is looked at when something is due. */
  expect(draft: Draft, dueAt: number): void {
    this.#added = Math.min(this.#added, dueAt);
    const { readyAt } = this.#state;
    const at = Math.max(dueAt, this.opensAt);
    if (readyAt === null || readyAt > at) this.moveTo(draft, at);
  }

  /** Moves the endpoint in the index; `null` takes it out. */
  moveTo(draft: Draft, at: number | null): void {
    const { readyAt } = this.#state;
    if (readyAt === at) return;
    if (readyAt !== null) draft.delete(this.#readyKey(readyAt));
    if (at !== null) draft.set(this.#readyKey(at), true);
    this.change(draft, { readyAt: at });
  }

  /** Deletes its state and its row in the index. */
  forget(draft: Draft): void {
    this.moveTo(draft, null);
    draft.delete([...this.#keys.endpoints, this.id]);
  }

  #readyKey(at: number): KvKey {
    return [...this.#keys.ready, at, this.id];
  }
}
