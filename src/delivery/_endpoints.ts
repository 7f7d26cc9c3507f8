import { Endpoint } from "./_endpoint.ts";
import type { EndpointRow, SubscriptionRow } from "./_rows.ts";
import type { DeliveryStore } from "./_store.ts";

// A change of a subscription is noticed at its next turn, and by the fan-out after this time.
const FRESH_MS = 1_000;
// Some kilobytes each: bounds the memory of a run over any number of subscriptions.
const MOST_KEPT = 1_000;

/** The endpoints that a run has met. */
export class Endpoints {
  readonly #store: DeliveryStore;
  readonly #known = new Map<string, Promise<Endpoint>>();

  constructor(store: DeliveryStore) {
    this.#store = store;
  }

  /** The endpoint of a subscription, which may have been removed, as it was at most `maxAgeMs` ago. */
  async get(
    id: string,
    { maxAgeMs = FRESH_MS }: { maxAgeMs?: number } = {},
  ): Promise<Endpoint> {
    const known = this.#known.get(id) ?? this.#open(id);
    this.#known.set(id, known);
    const endpoint = await known;
    const age = this.#store.now() - endpoint.readAt;
    if (age > maxAgeMs) await this.refresh(endpoint);
    return endpoint;
  }

  /** Reads the subscription once more. */
  async refresh(endpoint: Endpoint): Promise<void> {
    const { kv, keys } = this.#store;
    const now = this.#store.now();
    const key = [...keys.subscriptions, endpoint.id];
    endpoint.subscription = (await kv.get<SubscriptionRow>(key))?.value;
    endpoint.readAt = now;
  }

  /** Forgets one whose rows are gone. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Forgets what nobody works on, when there are many. Nothing may be waiting to be committed. */
  trim(isBusy: (id: string) => boolean): void {
    if (this.#known.size <= MOST_KEPT) return;
    for (const id of this.#known.keys()) {
      if (!isBusy(id)) this.#known.delete(id);
    }
  }

  async #open(id: string): Promise<Endpoint> {
    const { kv, keys } = this.#store;
    const state = await kv.get<EndpointRow>([...keys.endpoints, id]);
    return new Endpoint(keys, { id, state: state?.value });
  }
}
