import type { Clock } from "../_internal/clock.ts";
import { deliver } from "./_attempt.ts";
import type { SpoolConsumer } from "./_consumer.ts";
import type { DeadLetter } from "./_dead_letters.ts";
import { failureOf } from "./_failure.ts";
import { readSettings, type RunSettings } from "./_settings.ts";
import { Streak } from "./_streak.ts";
import { KvError } from "../errors.ts";
import type { Job, RunOptions } from "./run.ts";
import type { Spool } from "./spool.ts";

/** How dead letters are given to the handler again. */
export interface RedriveOptions extends RunOptions {
  /** Only these, by their ids. All by default. */
  readonly ids?: readonly string[];
  /** Also those that a newer item of the same subject has overtaken. Default is `false`. */
  readonly includeSuperseded?: boolean;
}

/** What a re-drive did. */
export interface RedriveReport {
  /** Dead letters that the handler finished; they are gone. */
  readonly redriven: number;
  /** Dead letters that failed again; they stay where they were. */
  readonly failed: number;
  /** Dead letters that were left alone because a newer item has overtaken them. */
  readonly skipped: number;
}

/**
 * Gives dead letters to the handler again. One that succeeds is removed, one that fails is written anew in its place;
 * at no moment is it gone without having been delivered.
 *
 * @param spool Where they lie.
 * @param job What to do with each.
 * @param options How; every one has a default.
 * @returns What became of them.
 * @throws {KvError} When another consumer is at work, or the store failed.
 */
export async function redriveSpool<T, P>(
  spool: Spool<T>,
  job: Job<T, P>,
  options: RedriveOptions & { readonly clock?: Clock } = {},
): Promise<RedriveReport> {
  const settings = readSettings(options, options.clock);
  const consumer = await spool.consume(options);
  if (!consumer) {
    throw new KvError("Cannot re-drive: another consumer holds the lease", {
      retryable: true,
    });
  }
  const redrive = new Redrive(consumer, job, settings);
  try {
    await redrive.all(options);
  } finally {
    await consumer.release();
  }
  return redrive.report;
}

class Redrive<T, P> {
  readonly #consumer: SpoolConsumer<T>;
  readonly #job: Job<T, P>;
  readonly #settings: RunSettings;
  readonly #streak: Streak<never>;
  readonly #deadline: number;
  readonly #signal: AbortSignal;
  readonly report = { redriven: 0, failed: 0, skipped: 0 };

  constructor(
    consumer: SpoolConsumer<T>,
    job: Job<T, P>,
    settings: RunSettings,
  ) {
    this.#consumer = consumer;
    this.#job = job;
    this.#settings = settings;
    this.#streak = new Streak(settings.outageThreshold);
    this.#deadline = settings.clock.now() + settings.deadlineMs;
    this.#signal = AbortSignal.any([
      consumer.signal,
      ...settings.signal ? [settings.signal] : [],
    ]);
  }

  async all(options: RedriveOptions): Promise<void> {
    const wanted = options.ids && new Set(options.ids);
    for await (const letter of this.#consumer.deadLetters()) {
      if (this.#mustStop()) return;
      if (wanted && !wanted.has(letter.id)) continue;
      if (letter.superseded && !options.includeSuperseded) {
        this.report.skipped++;
      } else await this.#one(letter);
    }
  }

  async #one(letter: DeadLetter<T>): Promise<void> {
    try {
      const prepared = await this.#job.prepare(letter.value);
      await this.#handle(letter, prepared);
    } catch (error) {
      if (error instanceof Rethrown) throw error.error;
      if (!this.#job.isPoison(error)) throw error;
      await this.#failed(letter, { error, attempts: 1, ours: true });
    }
  }

  async #handle(letter: DeadLetter<T>, prepared: P): Promise<void> {
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
      retried: () => {},
    }, this.#settings);
    if (outcome.kind === "exhausted") {
      await this.#failed(letter, { ...outcome, ours: false });
    }
    if (outcome.kind !== "delivered") return;
    // If the process dies before this commit, the dead letter stays and can be re-driven once more.
    await this.#consumer.removeDeadLetter(letter.id);
    this.#streak.end();
    this.report.redriven++;
  }

  async #failed(
    letter: DeadLetter<T>,
    outcome: { error: unknown; attempts: number; ours: boolean },
  ): Promise<void> {
    // What cannot be read says nothing about whether the handler works.
    if (!outcome.ours) this.#streak.failed();
    this.report.failed++;
    await this.#consumer.rewriteDeadLetter(letter, {
      failure: failureOf(outcome.error, {
        message: outcome.ours || this.#settings.storeMessages,
      }),
      attempts: Math.max(letter.attempts, outcome.attempts),
      subject: letter.subject,
    });
    if (this.#settings.onError === "halt") throw new Rethrown(outcome.error);
  }

  #mustStop(): boolean {
    return this.#signal.aborted || this.#streak.isOutage ||
      this.#settings.clock.now() >= this.#deadline;
  }
}

class Rethrown {
  readonly error: unknown;

  constructor(error: unknown) {
    this.error = error;
  }
}
