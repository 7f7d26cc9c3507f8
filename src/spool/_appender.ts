import { jitter } from "../_internal/backoff.ts";
import { KvError } from "../errors.ts";
import type { KvSet } from "../kv/kv.ts";
import { type Payload, type PlacedPayload, placePayload } from "./_payload.ts";
import { Room } from "./_room.ts";
import type { SpoolStore } from "./_store.ts";

interface Waiting {
  readonly placed: PlacedPayload;
  resolve(seq: number): void;
  reject(error: unknown): void;
}

interface Head {
  readonly next: number;
}

const MOST_TRIES = 100;

/** Appends segments in order. Whatever arrives while a commit is under way shares the next one. */
export class Appender {
  readonly #store: SpoolStore;
  #room = new Room();
  #waiting: Waiting[] = [];
  // May be old, after a commit that failed for instance: then the check of the next one fails, and it is read anew.
  #head: { readonly next: number; readonly version: string | null } | undefined;
  #running: Promise<void> | undefined;

  constructor(store: SpoolStore) {
    this.#store = store;
  }

  /** Resolves to the segment's sequence number once it is durable. */
  async append(payload: Payload): Promise<number> {
    const placed = await placePayload(this.#store, payload, {
      join: (parts) => this.#room.join(parts),
    });
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ placed, resolve, reject });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // What was appended in the same turn arrives first, and shares the first commit.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const batch = this.#takeBatch();
      try {
        const first = await this.#commit(batch);
        batch.forEach(({ placed }) => this.#room.giveBack(placed.value));
        batch.forEach((waiting, i) => waiting.resolve(first + i));
      } catch (error) {
        // A store that has not given up may still read the bytes.
        this.#room = new Room();
        batch.forEach((waiting) => waiting.reject(error));
      }
    }
    this.#running = undefined;
  }

  #takeBatch(): Waiting[] {
    const { maxCommitBytes, maxMutations, maxChecks } = this.#store.kv.limits;
    let bytes = 0;
    let mutations = 1;
    let checks = 1;
    let count = 0;
    for (const { placed } of this.#waiting) {
      bytes += placed.bytes;
      mutations += 1 + placed.change.sets.length + placed.change.deletes.length;
      checks += placed.checks.length;
      const full = bytes > maxCommitBytes * 0.75 ||
        mutations > maxMutations / 4 || checks > maxChecks;
      if (count > 0 && full) break;
      count++;
    }
    return this.#waiting.splice(0, count);
  }

  async #commit(batch: readonly Waiting[]): Promise<number> {
    const { clock, random } = this.#store;
    for (let attempt = 1; attempt <= MOST_TRIES; attempt++) {
      const first = await this.#tryCommit(batch);
      if (first !== undefined) return first;
      // Another process appended in between.
      await clock.sleep(jitter(Math.min(2 ** attempt, 100), random));
    }
    throw new KvError(
      `Cannot append: other processes were faster ${MOST_TRIES} times in a row`,
      { retryable: true },
    );
  }

  async #tryCommit(batch: readonly Waiting[]): Promise<number | undefined> {
    const { kv, keys: { head: key } } = this.#store;
    const { next, version } = this.#head ?? await this.#readHead();
    const value: Head = { next: next + batch.length };
    // Resolved means durable: from here on the batch survives, whatever dies.
    const result = await kv.commit({
      checks: [
        { key, version },
        ...batch.flatMap(({ placed }) => placed.checks),
      ],
      sets: [{ key, value }, ...this.#sets(batch, next)],
      deletes: batch.flatMap(({ placed }) => placed.change.deletes),
    });
    this.#head = result.ok
      ? { next: value.next, version: result.version }
      : undefined;
    return result.ok ? next : undefined;
  }

  async #readHead(): Promise<{ next: number; version: string | null }> {
    const entry = await this.#store.kv.get<Head>(this.#store.keys.head);
    return { next: entry?.value.next ?? 0, version: entry?.version ?? null };
  }

  #sets(batch: readonly Waiting[], first: number): KvSet[] {
    return batch.flatMap(({ placed }, i) => [
      { key: [...this.#store.keys.segments, first + i], value: placed.value },
      ...placed.change.sets,
    ]);
  }
}
