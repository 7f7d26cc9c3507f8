import { frozen } from "../../_internal/frozen.ts";
import { Endpoint } from "./_endpoint.ts";
import type { EndpointRow, SubscriptionRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";

// A change of a subscription is noticed at its next turn, and by the fan-out after this time.
const FRESH_MS = 1_000;
// Some kilobytes each. With the subscribers of one row of what comes in, at most twice as many are known at a time.
const MOST_KEPT = 1_000;

/** The endpoints that a run has met. */
export class Endpoints {
  readonly #sender: SenderParts;
  readonly #known = new Map<string, Promise<Endpoint>>();
  #reads = 0;

  constructor(sender: SenderParts) {
    this.#sender = sender;
  }

  /** Whether there are so many that {@linkcode trim} would forget some. */
  get isCrowded(): boolean {
    return this.#known.size > MOST_KEPT;
  }

  /** The endpoint of a subscription, which may have been removed, as it was at most `maxAgeMs` ago. */
  async get(
    id: string,
    { maxAgeMs = FRESH_MS }: { maxAgeMs?: number } = {},
  ): Promise<Endpoint> {
    const known = this.#known.get(id) ?? this.#open(id);
    this.#known.set(id, known);
    const endpoint = await known;
    const age = this.#sender.now() - endpoint.readAt;
    // A clock that was set back says nothing about the age.
    if (age < 0 || age > maxAgeMs) await this.refresh(endpoint);
    return endpoint;
  }

  /** Reads the subscription once more. */
  async refresh(endpoint: Endpoint): Promise<void> {
    const { kv, keys } = this.#sender;
    const now = this.#sender.now();
    const read = ++this.#reads;
    const key = [...keys.subscriptions, endpoint.id];
    const row = (await kv.get<SubscriptionRow>(key))?.value;
    // A later read, which may have seen a change, was answered first.
    if (read < endpoint.read) return;
    endpoint.read = read;
    endpoint.subscription = row && frozen(row);
    endpoint.readAt = now;
  }

  /** Forgets one whose rows are gone. */
  forget(id: string): void {
    this.#known.delete(id);
  }

  /** Forgets what nobody works on, when there are many; nothing of it may be waiting to be committed. */
  trim(isBusy: (id: string) => boolean): void {
    if (!this.isCrowded) return;
    for (const id of this.#known.keys()) {
      if (!isBusy(id)) this.#known.delete(id);
    }
  }

  async #open(id: string): Promise<Endpoint> {
    const { kv, keys } = this.#sender;
    const state = await kv.get<EndpointRow>([...keys.endpoints, id]);
    return new Endpoint(keys, { id, state: state?.value });
  }
}
