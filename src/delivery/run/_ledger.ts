import type { KvKey, KvLimits, KvStore } from "../../kv/kv.ts";
import type { Lease } from "../../spool/lease.ts";
import { Draft } from "./_draft.ts";

interface Unit {
  readonly draft: Draft;
  resolve(): void;
  reject(error: unknown): void;
}

// Room for the check of the fencing token and for what the store counts besides.
const SPARE_BYTES = 4_096;
/** Bytes of keys in one commit: Deno KV takes 81,920 with those of the lease. */
export const MOST_KEYS_BYTES: number = 64 * 1024;

/**
 * The deliverer's commits, in the order in which they were asked for. What is asked for while a commit is under way
 * shares the next one; each draft is in one commit as a whole. After a failure nothing is committed any more, because
 * what came later was decided on what is not there.
 */
export class Ledger {
  readonly #kv: KvStore;
  readonly #lease: Lease;
  #waiting: Unit[] = [];
  #underWay: Draft | undefined;
  #working: Promise<void> = Promise.resolve();
  #isWorking = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(kv: KvStore, lease: Lease) {
    this.#kv = kv;
    this.#lease = lease;
  }

  /** Resolves when the draft is committed. A power cut may take it back, and then what it says happens again. */
  write(draft: Draft): Promise<void> {
    if (this.#failure) return Promise.reject(this.#failure.error);
    if (draft.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      if (!this.#isWorking) this.#working = this.#work();
    });
  }

  /** Resolves when nothing is waiting or under way. */
  async flush(): Promise<void> {
    while (this.#isWorking) await this.#working;
    if (this.#failure) throw this.#failure.error;
  }

  /** Reads a key as it is once all drafts are committed. */
  async get<T>(key: KvKey): Promise<T | undefined> {
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const found = this.#waiting[i]?.draft.peek(key);
      if (found) return found.value as T | undefined;
    }
    const found = this.#underWay?.peek(key);
    if (found) return found.value as T | undefined;
    return (await this.#kv.get<T>(key))?.value;
  }

  async #work(): Promise<void> {
    this.#isWorking = true;
    // What is asked for in the same turn of the event loop comes along.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const units = this.#take();
      try {
        await this.#commit(units);
      } catch (error) {
        this.#fail(error, units);
      }
    }
    this.#isWorking = false;
  }

  async #commit(units: readonly Unit[]): Promise<void> {
    const draft = new Draft();
    for (const unit of units) draft.add(unit.draft);
    this.#underWay = draft;
    // What a power cut takes back is done again: a request with the same id, or a fan-out with the same keys.
    await this.#lease.commit({ ...draft.change(), relaxed: true });
    this.#underWay = undefined;
    for (const unit of units) unit.resolve();
  }

  #take(): Unit[] {
    const { maxMutations, maxCommitBytes }: KvLimits = this.#kv.limits;
    let mutations = 0;
    let bytes = SPARE_BYTES;
    let keyBytes = 0;
    const index = this.#waiting.findIndex(({ draft }, i) => {
      mutations += draft.size;
      bytes += draft.bytes;
      keyBytes += draft.keyBytes;
      const isFull = mutations > maxMutations || bytes > maxCommitBytes ||
        keyBytes > MOST_KEYS_BYTES;
      return i > 0 && isFull;
    });
    return this.#waiting.splice(0, index < 0 ? this.#waiting.length : index);
  }

  #fail(error: unknown, units: readonly Unit[]): void {
    this.#failure = { error };
    for (const unit of [...units, ...this.#waiting]) unit.reject(error);
    this.#waiting = [];
    this.#underWay = undefined;
  }
}
