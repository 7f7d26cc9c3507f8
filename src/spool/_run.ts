import { deliver, type Outcome } from "./_attempt.ts";
import type { SpoolConsumer } from "./_consumer.ts";
import { failureOf } from "./_failure.ts";
import { type Entry, Intake } from "./_intake.ts";
import { Thrown } from "./_thrown.ts";
import type { Told, Tried } from "./_told.ts";
import { Turns } from "./_turns.ts";
import { watchEnds } from "./_watch_ends.ts";
import type { RunSettings } from "./_settings.ts";
import { Streak } from "./_streak.ts";
import type { Job, Remembered, RunProgress, StopReason } from "./run.ts";

/** An event without attempts left. */
interface Suspect<T, P> {
  readonly entry: Entry<T, P>;
  readonly attempts: number;
  readonly error: unknown;
}

// A run without a deadline waits for a parked item no longer than this; what is due later stays for a later run.
const LONGEST_WAIT_MS = 60_000;
// Enough to keep all cores busy with decryption, little enough to hold in memory.
const AHEAD = 32;

/** One run over a spool, from the lease to its release. */
export class Run<T, P> {
  readonly #consumer: SpoolConsumer<T>;
  readonly #job: Job<T, P>;
  readonly #settings: RunSettings;
  readonly #intake: Intake<T, P>;
  readonly #streak: Streak<Suspect<T, P>>;
  readonly #counts = {
    delivered: 0,
    retried: 0,
    deadLettered: 0,
    duplicates: 0,
    dropped: 0,
  };
  readonly #turns = new Turns();
  readonly #stop = new AbortController();
  #deadline = Infinity;
  #reason: StopReason | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(
    consumer: SpoolConsumer<T>,
    job: Job<T, P>,
    settings: RunSettings,
  ) {
    this.#consumer = consumer;
    this.#job = job;
    this.#settings = settings;
    this.#streak = new Streak(settings.outageThreshold);
    this.#intake = new Intake(consumer, {
      lane: (value) => job.lane(value),
      prepare: (value) => prepareSafely(job, value),
      ahead: AHEAD + settings.concurrency,
      now: () => settings.clock.now(),
      refill: () => this.#refill(),
      stopped: () => this.#mustStop(),
    });
  }

  get #told(): Told {
    return this.#settings.told;
  }

  get progress(): RunProgress {
    return { ...this.#counts, drained: this.#intake.drained };
  }

  /** Delivers until there is a reason to stop, then commits and lets others in. */
  async toEnd(): Promise<StopReason> {
    let unwatch = (): Promise<void> => Promise.resolve();
    try {
      const { clock, deadlineMs, signal } = this.#settings;
      this.#deadline = clock.now() + deadlineMs;
      unwatch = watchEnds({
        signal,
        deadlineMs,
        lost: this.#consumer.signal,
        halt: (reason) => this.#halt(reason),
      });
      await this.#prune();
      await this.#deliverAll();
    } catch (error) {
      this.#fail(error);
    }
    await unwatch();
    await this.#intake.settle();
    await this.#release().catch((error) => this.#fail(error));
    if (this.#failure) throw this.#failure.error;
    return this.#reason ?? "empty";
  }

  async #release(): Promise<void> {
    // What no commit holds was delivered, and will be once more: it does not count.
    await this.#consumer.flush().catch((error) => this.#fail(error));
    this.#counts.delivered -= this.#consumer.uncommitted;
    const { delivered, deadLettered } = this.#counts;
    const stopped = this.#failure ? "failed" : this.#reason ?? "empty";
    await this.#consumer.release({ stopped, delivered, deadLettered });
  }

  async #deliverAll(): Promise<void> {
    do {
      await Promise.all(
        Array.from({ length: this.#settings.concurrency }, () => this.#work()),
      );
      await this.#settleSuspects();
    } while (await this.#waitForParked());
  }

  async #prune(): Promise<void> {
    const { deadLetterLimits } = this.#settings;
    if (deadLetterLimits) {
      this.#counts.dropped = await this.#consumer.pruneDeadLetters(
        deadLetterLimits,
      );
    }
  }

  async #work(): Promise<void> {
    try {
      for (
        let entry = await this.#intake.take();
        entry;
        entry = await this.#intake.take()
      ) {
        await this.#settle(entry);
        this.#intake.done(entry);
        if (this.#settings.onProgress) {
          await this.#settings.onProgress(this.progress);
        }
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #settle(entry: Entry<T, P>): Promise<void> {
    return this.#job.remember
      ? this.#settleOnce(entry)
      : this.#attempt(entry, undefined);
  }

  async #settleOnce(entry: Entry<T, P>): Promise<void> {
    const remembered = await this.#job.remember?.(entry.item.value);
    if (!remembered) return await this.#attempt(entry, undefined);
    await this.#turns.take(remembered.key, async () => {
      if (!await this.#consumer.wasSeen(remembered.key)) {
        return await this.#attempt(entry, remembered);
      }
      this.#counts.duplicates++;
      // Begun ahead and wanted no more, but nothing outlives its run.
      await Promise.allSettled([entry.prepared]);
      await this.#consumer.ack(entry.item, {
        committed: this.#told.later((told) => told.duplicate(entry.item)),
      });
    });
  }

  async #attempt(
    entry: Entry<T, P>,
    remember: Remembered | undefined,
  ): Promise<void> {
    let prepared: P;
    try {
      prepared = await entry.prepared;
    } catch (error) {
      return await this.#poison(entry, error);
    }
    const outcome = await this.#deliver(entry, prepared);
    if (outcome.kind === "delivered") {
      return await this.#succeed(entry, { remember, outcome });
    }
    await this.#conclude(entry, outcome);
  }

  #deliver(entry: Entry<T, P>, prepared: P): Promise<Outcome> {
    const { signal } = this.#stop;
    const { id, attempts } = entry.item;
    return deliver({
      before: attempts,
      deadline: this.#deadline,
      signal,
      handle: (attempt) => this.#job.handle(prepared, { id, attempt, signal }),
      failed: (attempts, failed) => this.#told.failed({ id, attempts }, failed),
      retried: () => this.#counts.retried++,
    }, this.#settings);
  }

  async #conclude(
    entry: Entry<T, P>,
    outcome: Exclude<Outcome, { kind: "delivered" }>,
  ): Promise<void> {
    switch (outcome.kind) {
      case "parked":
        return await this.#park(entry, outcome);
      case "exhausted":
        return this.#suspect({ entry, ...outcome });
      case "stopped":
        return;
    }
  }

  async #succeed(
    entry: Entry<T, P>,
    { remember, outcome }: {
      remember: Remembered | undefined;
      outcome: Extract<Outcome, { kind: "delivered" }>;
    },
  ): Promise<void> {
    const suspects = this.#streak.end();
    // Before the acknowledgement, so that it marks those that this item has overtaken; all at once, so that none of
    // another lane slips in between.
    if (suspects.length > 0) {
      await Promise.all(suspects.map((suspect) => this.#bury(suspect)));
    }
    const subject = this.#consumer.needsSubjects
      ? this.#job.subject?.(entry.item.value) ?? null
      : null;
    // Taken back at the end if no commit holds it by then.
    this.#counts.delivered++;
    await this.#consumer.ack(entry.item, {
      subject,
      remember,
      committed: this.#told.later((told) =>
        told.delivered(tried(entry, outcome), outcome.durationMs)
      ),
    });
  }

  async #park(
    entry: Entry<T, P>,
    parked: { dueAt: number; attempts: number },
  ): Promise<void> {
    this.#intake.block(entry.lane, parked.dueAt);
    await this.#parkItem(entry, parked);
    this.#streak.failed();
    if (this.#streak.isOutage) this.#halt("outage");
  }

  async #parkItem(
    entry: Entry<T, P>,
    { dueAt, attempts }: { dueAt: number; attempts: number },
  ): Promise<void> {
    await this.#consumer.park(entry.item, { dueAt, attempts });
    this.#told.parked(tried(entry, { attempts }), dueAt);
  }

  #suspect(suspect: Suspect<T, P>): void {
    if (this.#settings.onError === "halt") throw new Thrown(suspect.error);
    this.#streak.failed(suspect);
    if (this.#streak.isOutage) this.#halt("outage");
  }

  async #poison(entry: Entry<T, P>, error: unknown): Promise<void> {
    if (!this.#job.isPoison(error)) throw error;
    if (this.#settings.onError === "halt") throw new Thrown(error);
    this.#told.failed(tried(entry, ONE), { error, durationMs: 0 });
    await this.#deadLetter(entry, { error, attempts: 1, message: true });
  }

  async #bury({ entry, attempts, error }: Suspect<T, P>): Promise<void> {
    const message = this.#settings.storeMessages;
    await this.#deadLetter(entry, { error, attempts, message });
  }

  async #deadLetter(
    entry: Entry<T, P>,
    failed: { error: unknown; attempts: number; message: boolean },
  ): Promise<void> {
    const { error, attempts, message } = failed;
    const failure = failureOf(error, { message });
    const subject = this.#job.subject?.(entry.item.value) ?? null;
    await this.#consumer.deadLetter(entry.item, { failure, attempts, subject });
    this.#counts.deadLettered++;
    this.#told.deadLettered(tried(entry, { attempts }), error);
  }

  /** At the end of the work the suspects are to blame; when the run was cut short they get another run. */
  async #settleSuspects(): Promise<void> {
    if (this.#failure || this.#reason === "outage" || this.#reason === "busy") {
      return;
    }
    for (const suspect of this.#streak.end()) {
      if (!this.#reason) await this.#bury(suspect);
      else {
        const dueAt = this.#settings.clock.now();
        const { entry, attempts } = suspect;
        await this.#parkItem(entry, { dueAt, attempts });
      }
    }
  }

  async #waitForParked(): Promise<boolean> {
    const { clock } = this.#settings;
    const dueAt = this.#intake.nextDueAt;
    const wait = dueAt - clock.now();
    if (this.#mustStop() || wait > LONGEST_WAIT_MS || dueAt >= this.#deadline) {
      return false;
    }
    await clock.sleep(Math.max(0, wait), this.#stop.signal).catch(() => {});
    // A sleep that does not wait would make this a loop without an end.
    if (this.#mustStop() || clock.now() < dueAt) return false;
    await this.#consumer.flush();
    this.#intake.rewind();
    return true;
  }

  async #refill(): Promise<boolean> {
    if (!this.#job.refill) return false;
    const left = this.#deadline - this.#settings.clock.now();
    // What the other side hands out is gone there: not begun when there may be no time to keep it.
    if (left < this.#settings.deadlineMs / 10) this.#halt("deadline");
    if (this.#mustStop()) return false;
    const more = await this.#job.refill();
    if (more) await this.#settings.onProgress?.(this.progress);
    return more;
  }

  #mustStop(): boolean {
    if (!this.#reason && this.#settings.clock.now() >= this.#deadline) {
      this.#halt("deadline");
    }
    return this.#reason !== undefined || this.#failure !== undefined;
  }

  #halt(reason: StopReason): void {
    this.#reason ??= reason;
    this.#stop.abort();
    this.#intake.wake();
  }

  #fail(error: unknown): void {
    if (
      this.#consumer.signal.aborted && error === this.#consumer.signal.reason
    ) return this.#halt("busy");
    this.#failure ??= { error: error instanceof Thrown ? error.error : error };
    this.#stop.abort();
    this.#intake.wake();
  }
}

const ONE = { attempts: 1 };

function tried(
  { item }: Entry<unknown, unknown>,
  { attempts }: { attempts: number },
): Tried {
  return { id: item.id, attempts };
}

function prepareSafely<T, P>(job: Job<T, P>, value: T): P | Promise<P> {
  try {
    return job.prepare(value);
  } catch (error) {
    return Promise.reject(error);
  }
}
