import type { Clock } from "../_internal/clock.ts";
import type { WorkEvent } from "../observe/events.ts";
import type { Observer } from "../observe/observer.ts";
import { readSettings } from "./_settings.ts";
import type { DeadLetterLimits } from "./retention.ts";
import { Run } from "./_run.ts";
import type { ConsumeOptions, Spool } from "./spool.ts";

/** What a handler is told besides the item. */
export interface HandlerContext {
  /** Names the item in logs; the same on every redelivery. */
  readonly id: string;
  /** 1 for the first attempt; goes on counting when the item was parked by an earlier run. */
  readonly attempt: number;
  /** Aborts when the run is to stop: the caller's signal, the deadline, or a lost lease. */
  readonly signal: AbortSignal;
}

/** Counts of a run so far. */
export interface RunProgress {
  /** Items that the handler finished. */
  readonly delivered: number;
  /** Attempts that followed a failed one. */
  readonly retried: number;
  /** Items moved to the dead letters. */
  readonly deadLettered: number;
  /** Items skipped because they were delivered before. */
  readonly duplicates: number;
  /** Items of the pages that this run fetched and read. */
  readonly drained: number;
  /** Dead letters deleted because they were beyond `deadLetterLimits`. */
  readonly dropped: number;
}

/**
 * Why a run ended: nothing left, the deadline, the caller's signal, too many failures in a row, or another consumer.
 */
export type StopReason = "empty" | "deadline" | "aborted" | "outage" | "busy";

/** What a run did. */
export interface RunReport extends RunProgress {
  /** Items that wait for a later run. */
  readonly pending: number;
  /** Why it ended. */
  readonly stopped: StopReason;
}

/** How a run delivers. */
export interface RunOptions extends ConsumeOptions {
  /** Attempts after the first one before an item is given up; 0 means one attempt. Default is 3. */
  readonly maxRetries?: number;
  /** An item that is given up moves to the dead letters, or halts the run and stays. Default is `"deadletter"`. */
  readonly onError?: "deadletter" | "halt";
  /** Seconds to wait after the n-th failed attempt. Default is 0.5, doubled each time, at most 30. */
  readonly backoff?: (attempt: number) => number;
  /** Stops the run between items. */
  readonly signal?: AbortSignal;
  /**
   * Milliseconds after which the run stops between items. A retry that would have to wait longer is parked, and
   * nothing is fetched any more in the last tenth. No limit by default.
   */
  readonly deadlineMs?: number;
  /** Items in hand at once; those of one lane stay in order. Default is 1: all items in order. */
  readonly concurrency?: number;
  /**
   * Different items in a row that fail, with no success between, before the run stops and leaves all of them
   * pending. Default is 10.
   */
  readonly outageThreshold?: number;
  /** Called after every item and every fetch, and awaited; when it fails, the run ends and rejects. */
  readonly onProgress?: (progress: RunProgress) => unknown;
  /** Keeps the message of a handler's error in the dead letter; it may hold personal data. Default is `false`. */
  readonly storeMessages?: boolean;
  /** Deletes dead letters that are too old or too many when the run begins. None are deleted by default. */
  readonly deadLetterLimits?: DeadLetterLimits;
}

/** What a run works with besides its options. */
export interface RunTools {
  /** Time and waiting. Default is the host's. */
  readonly clock?: Clock | undefined;
  /** Is told what the run does; what it throws changes nothing. Nobody by default. */
  readonly onEvent?: Observer<WorkEvent> | undefined;
}

/** What to remember of a delivered item, and for how long. */
export interface Remembered {
  /** The same for an item that comes again. */
  readonly key: string;
  /** Milliseconds. */
  readonly forMs: number;
}

/** The work that a run does. */
export interface Job<T, P> {
  /** Makes of an item what the handler gets. Begins ahead of the handler. */
  prepare(value: T): P | Promise<P>;
  /** Tells whether an error of `prepare` is the item's own fault; any other one ends the run. */
  isPoison(error: unknown): boolean;
  /** Delivers. */
  handle(prepared: P, context: HandlerContext): unknown;
  /** Items of one lane keep their order. */
  lane(value: T): string;
  /** What the item is about, for the order across dead letters. */
  subject?(value: T): string | null;
  /** What to remember of a delivered item, so that a repeat within that time is skipped. */
  remember?(
    value: T,
  ): Remembered | undefined | Promise<Remembered | undefined>;
  /** Appends more when the spool is empty; `false` when there is no more. */
  refill?(): Promise<boolean>;
}

/** Refuses options that cannot be meant, before anything is opened for them. */
export function checkRunOptions(options: RunOptions): void {
  readSettings(options);
}

/**
 * Consumes a spool until it is empty and nothing more comes, or until it must stop.
 *
 * Whatever was not acknowledged stays in the spool, whichever way the run ends, and the next run begins with it.
 * `"busy"` means that another consumer is at work: nothing was done.
 *
 * @param spool What to consume.
 * @param job What to do with each item.
 * @param options How; every one has a default.
 * @returns What the run did, once all of its acknowledgements are committed.
 * @throws {RangeError} When a number among the options is out of bounds.
 * @throws {TypeError} When an option has the wrong type.
 * @throws {KvError} When the store failed.
 */
export async function runSpool<T, P>(
  spool: Spool<T>,
  job: Job<T, P>,
  options: RunOptions & RunTools = {},
): Promise<RunReport> {
  const given = { ...options };
  const settings = readSettings(given);
  const { told } = settings;
  const consumer = await spool.consume(given);
  if (!consumer) {
    const pending = await spool.pending();
    const report = { ...NOTHING, pending, stopped: "busy" } as const;
    told.runBusy(report);
    return report;
  }
  told.runStarted();
  const run = new Run(consumer, job, settings);
  try {
    const stopped = await run.toEnd();
    const report = { ...run.progress, pending: await spool.pending(), stopped };
    told.runEnded(report);
    return report;
  } catch (error) {
    told.runFailed(run.progress, error);
    throw error;
  }
}

const NOTHING: RunProgress = {
  delivered: 0,
  retried: 0,
  deadLettered: 0,
  duplicates: 0,
  drained: 0,
  dropped: 0,
};
