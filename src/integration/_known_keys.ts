import type { Clock } from "../_internal/clock.ts";
import type { KvKey, KvSet, KvStore } from "../kv/kv.ts";
import type { PollItem } from "./poll.ts";

/** What known keys are kept with. */
export interface KnownKeysOptions {
  readonly kv: KvStore;
  readonly clock: Clock;
  readonly prefix: KvKey;
  /** Milliseconds for which a key is known. */
  readonly forMs: number;
}

// Keys may be 600 bytes long, and stores bound the bytes of all keys of a commit.
const MOST_AT_ONCE = 50;

/** The keys of records that are in the spool or have left it, so that later polls do not append them again. */
export class KnownKeys {
  readonly #kv: KvStore;
  readonly #clock: Clock;
  readonly #prefix: KvKey;
  readonly #forMs: number;
  readonly #met = new Set<string>();
  readonly #marked = new Set<string>();

  /** Creates it; nothing is read. */
  constructor({ kv, clock, prefix, forMs }: KnownKeysOptions) {
    this.#kv = kv;
    this.#clock = clock;
    this.#prefix = [...prefix, "seen"];
    this.#forMs = forMs;
  }

  /** Knows a key while this object lives, whatever the store says. */
  met(key: string): void {
    this.#met.add(key);
  }

  /** The items that are new, each key once. One without a key is always new. */
  async without(items: readonly PollItem[]): Promise<PollItem[]> {
    for (const some of parts(keysOf(items), MOST_AT_ONCE)) {
      await Promise.all(some.map((key) => this.#look(key)));
    }
    const taken = new Set<string | null>();
    return items.filter(({ key }) => {
      if (key === null) return true;
      const isNew = !taken.has(key) && !this.#marked.has(key) &&
        !this.#met.has(key);
      taken.add(key);
      return isNew;
    });
  }

  /** Remembers the keys of items that {@linkcode without} was asked about; those marked already keep their time. */
  async add(items: readonly PollItem[]): Promise<void> {
    const unmarked = keysOf(items).filter((key) => !this.#marked.has(key));
    const size = Math.min(MOST_AT_ONCE, this.#kv.limits.maxMutations);
    for (const some of parts(unmarked, size)) {
      await this.#kv.commit({ sets: some.map((key) => this.#mark(key)) });
    }
  }

  async #look(key: string): Promise<void> {
    const until = await this.#kv.get<number>([...this.#prefix, key]);
    if (until && until.value > this.#clock.now()) this.#marked.add(key);
  }

  #mark(key: string): KvSet {
    const value = this.#clock.now() + this.#forMs;
    return { key: [...this.#prefix, key], value, expireInMs: this.#forMs };
  }
}

function keysOf(items: readonly PollItem[]): string[] {
  const keys = items.map(({ key }) => key).filter((key) => key !== null);
  return [...new Set(keys)];
}

function* parts<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let at = 0; at < all.length; at += size) yield all.slice(at, at + size);
}
