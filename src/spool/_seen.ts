import type { KvSet } from "../kv/kv.ts";
import type { SpoolStore } from "./_store.ts";

// A window of acknowledgements is at most 400 long, so whatever is not committed yet is among these.
const MOST_KEPT = 1_000;

/** What was delivered lately: in the store, and here what may not be in the store yet. */
export class Seen {
  readonly #store: SpoolStore;
  readonly #recent = new Map<string, number>();

  constructor(store: SpoolStore) {
    this.#store = store;
  }

  /** Whether a key was added, and its time has not passed. */
  async has(key: string): Promise<boolean> {
    const until = this.#recent.get(key) ??
      (await this.#store.kv.get<number>([...this.#store.keys.seen, key]))
        ?.value;
    return until !== undefined && until > this.#store.now();
  }

  /** Adds a key; gives back what to commit for it. */
  add({ key, forMs }: { key: string; forMs: number }): KvSet {
    const until = this.#store.now() + forMs;
    this.#recent.set(key, until);
    if (this.#recent.size > MOST_KEPT) this.#forgetOldest();
    return {
      key: [...this.#store.keys.seen, key],
      value: until,
      expireInMs: forMs,
    };
  }

  #forgetOldest(): void {
    for (const key of this.#recent.keys()) {
      this.#recent.delete(key);
      return;
    }
  }
}
