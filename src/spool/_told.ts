import type { Clock } from "../_internal/clock.ts";
import { errorNote } from "../observe/error_note.ts";
import type { ItemMember, RunMember, WorkEvent } from "../observe/events.ts";
import {
  type Observer,
  type SafeObserver,
  safeObserver,
} from "../observe/observer.ts";
import type { Failed } from "./_attempt.ts";
import type { RedriveReport } from "./redrive.ts";
import type { RunProgress, RunReport } from "./run.ts";

/** An item, and its attempts so far. */
export interface Tried {
  readonly id: string;
  readonly attempts: number;
}

/** Tells what one run does. Where nobody listens nothing is made, and the clock is not asked. */
export class Told {
  readonly #tell: SafeObserver<WorkEvent> | undefined;
  readonly #clock: Clock;
  #run = "";
  #began = 0;

  constructor(observer: Observer<WorkEvent> | undefined, clock: Clock) {
    this.#tell = safeObserver(observer);
    this.#clock = clock;
  }

  /** The time, or 0 where nobody listens. */
  now(): number {
    return this.#tell ? this.#clock.now() : 0;
  }

  /** What tells it once there is a commit; `undefined` where nobody listens. */
  later(tell: (told: Told) => void): (() => void) | undefined {
    return this.#tell && (() => tell(this));
  }

  runStarted(): void {
    this.#begin();
    this.#tell?.({ type: "run.started", ...this.#member() });
  }

  runEnded(report: RunReport): void {
    this.#tell?.({
      type: "run.ended",
      ...this.#ending(),
      ...report,
      error: null,
    });
  }

  /** Another run is at work: this one did nothing. */
  runBusy(report: RunReport): void {
    this.#begin();
    this.runEnded(report);
  }

  runFailed(progress: RunProgress, error: unknown): void {
    this.#tell?.({
      type: "run.ended",
      ...this.#ending(),
      ...progress,
      stopped: "failed",
      pending: null,
      error: errorNote(error),
    });
  }

  redriveStarted(): void {
    this.#begin();
    this.#tell?.({ type: "redrive.started", ...this.#member() });
  }

  redriveEnded(report: RedriveReport): void {
    this.#tell?.({
      type: "redrive.ended",
      ...this.#ending(),
      ...report,
      error: null,
    });
  }

  redriveFailed(counts: Omit<RedriveReport, "stopped">, error: unknown): void {
    this.#tell?.({
      type: "redrive.ended",
      ...this.#ending(),
      ...counts,
      stopped: "failed",
      error: errorNote(error),
    });
  }

  delivered(item: Tried, durationMs: number): void {
    this.#tell?.({ type: "event.delivered", ...this.#item(item), durationMs });
  }

  failed(item: Tried, { error, durationMs }: Failed): void {
    this.#tell?.({
      type: "event.failed",
      ...this.#item(item),
      durationMs,
      error: errorNote(error),
    });
  }

  parked(item: Tried, dueAt: number): void {
    this.#tell?.({ type: "event.parked", ...this.#item(item), dueAt });
  }

  deadLettered(item: Tried, error: unknown): void {
    this.#tell?.({
      type: "event.dead_lettered",
      ...this.#item(item),
      error: errorNote(error),
    });
  }

  duplicate(item: Tried): void {
    this.#tell?.({ type: "event.duplicate", ...this.#item(item) });
  }

  #begin(): void {
    if (!this.#tell) return;
    this.#began = this.#clock.now();
    this.#run = crypto.randomUUID();
  }

  #member(): RunMember {
    return { at: this.#clock.now(), run: this.#run };
  }

  #ending(): RunMember & { durationMs: number } {
    const member = this.#member();
    return { ...member, durationMs: Math.max(0, member.at - this.#began) };
  }

  #item({ id, attempts }: Tried): ItemMember {
    return { ...this.#member(), event: id, attempt: attempts };
  }
}
