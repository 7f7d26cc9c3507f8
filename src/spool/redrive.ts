import { assertBoolean } from "../_internal/assert.ts";
import { KvError } from "../errors.ts";
import { deliver } from "./_attempt.ts";
import type { SpoolConsumer } from "./_consumer.ts";
import type { DeadLetter } from "./_dead_letters.ts";
import { failureOf } from "./_failure.ts";
import { Thrown } from "./_thrown.ts";
import { readSettings, type RunSettings } from "./_settings.ts";
import { Streak } from "./_streak.ts";
import type { Job, RunOptions, RunTools, StopReason } from "./run.ts";
import type { Spool } from "./spool.ts";

/** How dead letters are given to the handler again, one after the other. */
export interface RedriveOptions extends
  Pick<
    RunOptions,
    | "backoff"
    | "deadlineMs"
    | "leaseMs"
    | "maxRetries"
    | "onError"
    | "outageThreshold"
    | "signal"
    | "storeMessages"
  > {
  /** Only these, by their ids. All by default. */
  readonly ids?: readonly string[];
  /** Also those that a newer item of the same subject has overtaken. Default is `false`. */
  readonly includeSuperseded?: boolean;
}

/** What a re-drive did. What is in none of the counts was not tried to the end, and is where it was. */
export interface RedriveReport {
  /** Dead letters that the handler finished; they are gone. */
  readonly redriven: number;
  /** Dead letters that failed again; they stay where they were. */
  readonly failed: number;
  /** Dead letters that were left alone because a newer item has overtaken them. */
  readonly skipped: number;
  /** Why it ended; `"empty"` when it has met all. */
  readonly stopped: StopReason;
}

/**
 * Gives dead letters to the handler again. One that succeeds is removed, one that fails is noted anew in its place;
 * at no moment is it gone without having been delivered.
 *
 * @param spool Where they lie.
 * @param job What to do with each.
 * @param options How; every one has a default.
 * @returns What became of them.
 * @throws {KvError} When another consumer is at work, or the store failed.
 * @throws {RangeError} When a number among the options is out of bounds.
 * @throws {TypeError} When an option has the wrong type.
 */
export async function redriveSpool<T, P>(
  spool: Spool<T>,
  job: Job<T, P>,
  options: RedriveOptions & RunTools = {},
): Promise<RedriveReport> {
  const { ids, includeSuperseded = false, ...given } = options;
  const settings = readSettings(given);
  assertBoolean(includeSuperseded, "includeSuperseded");
  const wanted = ids && new Set(ids);
  const consumer = await spool.consume(given);
  if (!consumer) {
    throw new KvError("Cannot re-drive: another consumer holds the lease", {
      retryable: true,
    });
  }
  const counts = { redriven: 0, failed: 0, skipped: 0 };
  const { told } = settings;
  told.redriveStarted();
  try {
    const redrive = { settings, counts, wanted, includeSuperseded };
    const report = await redriveAll(consumer, job, redrive);
    told.redriveEnded(report);
    return report;
  } catch (error) {
    told.redriveFailed(counts, error);
    throw error;
  }
}

async function redriveAll<T, P>(
  consumer: SpoolConsumer<T>,
  job: Job<T, P>,
  options: Which & { settings: RunSettings; counts: Counts },
): Promise<RedriveReport> {
  try {
    return await new Redrive(consumer, job, options).all(options);
  } finally {
    await consumer.release();
  }
}

/** Which dead letters are meant. */
interface Which {
  readonly wanted: ReadonlySet<string> | undefined;
  readonly includeSuperseded: boolean;
}

interface Counts {
  redriven: number;
  failed: number;
  skipped: number;
}

class Redrive<T, P> {
  readonly #consumer: SpoolConsumer<T>;
  readonly #job: Job<T, P>;
  readonly #settings: RunSettings;
  readonly #streak: Streak<never>;
  readonly #deadline: number;
  readonly #signal: AbortSignal;
  readonly #counts: Counts;

  constructor(
    consumer: SpoolConsumer<T>,
    job: Job<T, P>,
    { settings, counts }: { settings: RunSettings; counts: Counts },
  ) {
    this.#consumer = consumer;
    this.#job = job;
    this.#settings = settings;
    this.#counts = counts;
    this.#streak = new Streak(settings.outageThreshold);
    this.#deadline = settings.clock.now() + settings.deadlineMs;
    this.#signal = AbortSignal.any([
      consumer.signal,
      ...settings.signal ? [settings.signal] : [],
    ]);
  }

  async all({ wanted, includeSuperseded }: Which): Promise<RedriveReport> {
    for await (const letter of this.#consumer.deadLetters()) {
      if (this.#stopReason()) break;
      if (wanted && !wanted.has(letter.id)) continue;
      if (letter.superseded && !includeSuperseded) this.#counts.skipped++;
      else await this.#one(letter);
    }
    return { ...this.#counts, stopped: this.#stopReason() ?? "empty" };
  }

  async #one(letter: DeadLetter<T>): Promise<void> {
    const prepared = await this.#prepare(letter);
    if (prepared instanceof Thrown) return await this.#failed(letter, prepared);
    const outcome = await deliver({
      before: 0,
      deadline: this.#deadline,
      signal: this.#signal,
      handle: (attempt) =>
        this.#job.handle(prepared, {
          id: letter.id,
          attempt,
          signal: this.#signal,
        }),
      failed: (attempts, failed) =>
        this.#settings.told.failed({ id: letter.id, attempts }, failed),
      retried: () => {},
    }, this.#settings);
    if (outcome.kind === "exhausted") await this.#refused(letter, outcome);
    if (outcome.kind === "delivered") await this.#delivered(letter, outcome);
  }

  async #prepare(letter: DeadLetter<T>): Promise<P | Thrown> {
    try {
      return await this.#job.prepare(letter.value);
    } catch (error) {
      if (this.#job.isPoison(error)) return new Thrown(error);
      throw error;
    }
  }

  async #delivered(
    letter: DeadLetter<T>,
    { attempts, durationMs }: { attempts: number; durationMs: number },
  ): Promise<void> {
    // If the process dies before this commit, the dead letter stays and can be re-driven once more.
    await this.#consumer.deliveredDeadLetter(letter);
    this.#streak.end();
    this.#counts.redriven++;
    this.#settings.told.delivered({ id: letter.id, attempts }, durationMs);
  }

  /** The handler's failure: many in a row are an outage. */
  async #refused(
    letter: DeadLetter<T>,
    { error, attempts }: { error: unknown; attempts: number },
  ): Promise<void> {
    this.#streak.failed();
    await this.#note(letter, {
      error,
      attempts,
      message: this.#settings.storeMessages,
    });
  }

  /** It cannot be read, which says nothing about whether the handler works. */
  async #failed(letter: DeadLetter<T>, { error }: Thrown): Promise<void> {
    const item = { id: letter.id, attempts: 1 };
    this.#settings.told.failed(item, { error, durationMs: 0 });
    await this.#note(letter, { error, attempts: 1, message: true });
  }

  async #note(
    letter: DeadLetter<T>,
    failed: { error: unknown; attempts: number; message: boolean },
  ): Promise<void> {
    const { error, attempts, message } = failed;
    await this.#consumer.rewriteDeadLetter(letter, {
      failure: failureOf(error, { message }),
      attempts: Math.max(letter.attempts, attempts),
      subject: letter.subject,
    });
    this.#counts.failed++;
    if (this.#settings.onError === "halt") throw error;
  }

  #stopReason(): StopReason | undefined {
    if (this.#consumer.signal.aborted) return "busy";
    if (this.#signal.aborted) return "aborted";
    if (this.#streak.isOutage) return "outage";
    return this.#settings.clock.now() >= this.#deadline
      ? "deadline"
      : undefined;
  }
}
