import { assertFunction, assertInteger } from "../_internal/assert.ts";
import { type Random, systemRandom } from "../_internal/backoff.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import type { JsonObject } from "../_internal/json.ts";
import { assertPrefix, assertStore } from "../kv/assert_store.ts";
import type { KvKey, KvStore } from "../kv/kv.ts";
import { Appender } from "./_appender.ts";
import { SpoolConsumer } from "./_consumer.ts";
import {
  countDeadLetters,
  type DeadLetter,
  listDeadLetters,
} from "./_dead_letters.ts";
import { spoolKeys } from "./_keys.ts";
import { sweepLoose } from "./_payload.ts";
import { countOpen, oldestSegmentAt, type Split } from "./_reader.ts";
import type { SpoolStore } from "./_store.ts";
import { acquireLease, type LeaseOptions } from "./lease.ts";

/** What a spool is made of. */
export interface SpoolOptions<T> {
  /** The store that holds it. */
  readonly kv: KvStore;
  /** Where in the store it lies; two spools must not share it. */
  readonly prefix: KvKey;
  /** Turns an appended segment into its items. Must give the same items for the same bytes, always. */
  readonly split: Split<T>;
  /** Time and waiting; the host's by default. */
  readonly clock?: Clock;
  /** Spreads retries; the host's by default. */
  readonly random?: Random;
}

/** How a consumer works. */
export interface ConsumeOptions extends LeaseOptions {
  /**
   * Acknowledgements that may wait for a common commit. A process that dies delivers at most that many events, plus
   * the one in hand, once more.
   *
   * @default {1}
   */
  readonly ackWindow?: number;
}

/** The run that ended last. */
export interface LastRun {
  /** When it ended, in milliseconds since 1970. */
  readonly at: number;
  /** Why it ended; `"failed"` when it rejected. */
  readonly stopped: string;
  /** Items that the handler finished. */
  readonly delivered: number;
  /** Items moved to the dead letters. */
  readonly deadLettered: number;
}

/** How a spool is doing. */
export interface SpoolHealth {
  /** Items that wait. */
  readonly pending: number;
  /** When the oldest of them was appended, in milliseconds since 1970; `null` when none waits. */
  readonly oldestAt: number | null;
  /** Dead letters. */
  readonly deadLetters: number;
  /** The last run; `null` when there was none. */
  readonly lastRun: LastRun | null;
}

/** An ordered work list that survives the end of the process. Every item is handed out at least once. */
export interface Spool<T> {
  /**
   * Stores a segment: all of it becomes visible at once, or none. Appends that come together share a commit.
   *
   * @param body The bytes as they came; nobody has to have looked at them.
   * @param meta A small JSON object that `split` gets too. `items` in it saves counting a segment by splitting it.
   * @returns The sequence number, once the segment is durable.
   * @throws {KvError} When the store failed.
   */
  append(body: Bytes, meta?: JsonObject): Promise<number>;
  /** Takes the lease and becomes the consumer, or resolves to `undefined` when another one is at work. */
  consume(options?: ConsumeOptions): Promise<SpoolConsumer<T> | undefined>;
  /** Counts the items that are neither acknowledged nor dead. Walks the backlog in pages. */
  pending(): Promise<number>;
  /** Tells how the spool is doing. Walks the backlog in pages. */
  health(): Promise<SpoolHealth>;
  /** Walks the dead letters in order. */
  deadLetters(
    options?: { limit?: number; after?: string },
  ): AsyncGenerator<DeadLetter<T>>;
}

/**
 * Opens a spool in a store. Nothing is read or written before the first call.
 *
 * @typeParam T The items; JSON values, because a dead letter is stored as JSON.
 * @param options Store, place and meaning.
 * @returns The spool.
 * @throws {TypeError} When `kv`, `prefix` or `split` has the wrong type.
 *
 * @example Append, consume, acknowledge
 * ```ts
 * import { memoryKv } from "@sluice/edge/kv";
 * import { createSpool } from "@sluice/edge/spool";
 *
 * const spool = createSpool<string>({
 *   kv: memoryKv(),
 *   prefix: ["work"],
 *   split: (body) => JSON.parse(new TextDecoder().decode(body)),
 * });
 * await spool.append(new TextEncoder().encode('["first","second"]'));
 *
 * const consumer = await spool.consume();
 * for (const item of await consumer?.next() ?? []) {
 *   console.log(item.value);
 *   await consumer?.ack(item);
 * }
 * await consumer?.release();
 * ```
 */
export function createSpool<T>(options: SpoolOptions<T>): Spool<T> {
  const { kv, prefix, split, clock = systemClock, random = systemRandom } =
    options;
  assertStore(kv);
  assertPrefix(prefix);
  assertFunction(split, "split");
  const store: SpoolStore = {
    kv,
    keys: spoolKeys(prefix),
    clock,
    random,
    now: () => clock.now(),
  };
  const appender = new Appender(store);
  return {
    append: (body, meta = {}) =>
      appender.append({ meta: { ...meta, at: clock.now() }, body }),
    consume: (consumeOptions = {}) => consume(store, split, consumeOptions),
    pending: () => countOpen(store, split),
    health: () => readHealth(store, split),
    async *deadLetters(listOptions = {}): AsyncGenerator<DeadLetter<T>> {
      yield* listDeadLetters<T>(store, listOptions);
    },
  };
}

async function readHealth<T>(
  store: SpoolStore,
  split: Split<T>,
): Promise<SpoolHealth> {
  const lastRun = await store.kv.get<LastRun>(store.keys.lastRun);
  return {
    pending: await countOpen(store, split),
    oldestAt: await oldestSegmentAt(store),
    deadLetters: await countDeadLetters(store),
    lastRun: lastRun?.value ?? null,
  };
}

async function consume<T>(
  store: SpoolStore,
  split: Split<T>,
  options: ConsumeOptions,
): Promise<SpoolConsumer<T> | undefined> {
  const { ackWindow = 1, ...leaseOptions } = options;
  assertInteger(ackWindow, "ackWindow", { min: 1, max: 400 });
  const lease = await acquireLease(store, leaseOptions);
  if (!lease) return undefined;
  try {
    await sweepLoose(store);
    return await SpoolConsumer.open(store, { lease, split, ackWindow });
  } catch (error) {
    await lease.release();
    throw error;
  }
}
