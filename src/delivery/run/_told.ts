import { errorNote } from "../../observe/error_note.ts";
import type {
  DeliveryAttempted,
  DeliveryEvent,
  DeliveryRunEnded,
  DeliveryStep,
  RunMember,
} from "../../observe/events.ts";
import { type SafeObserver, safeObserver } from "../../observe/observer.ts";
import type { Tally } from "./_run_context.ts";
import type { SenderParts } from "../_sender_parts.ts";

/** What became of a delivery or a subscription, without what all events of a run have. */
export type Step = Omit<DeliveryAttempted | DeliveryStep, keyof RunMember>;

/** Tells what one run does; where nobody listens nothing is made. */
export class Told {
  readonly #sender: SenderParts;
  readonly #tally: Tally;
  readonly #tell: SafeObserver<DeliveryEvent> | undefined;
  readonly #run: string;
  #began = 0;

  /** A listener that fails is counted: a monitor must not keep events from their receivers. */
  constructor(sender: SenderParts, tally: Tally) {
    this.#sender = sender;
    this.#tally = tally;
    this.#tell = safeObserver(sender.onEvent, () => tally.observerFailures++);
    this.#run = this.#tell ? crypto.randomUUID() : "";
  }

  started(): void {
    if (!this.#tell) return;
    this.#began = this.#sender.now();
    this.#tell({ source: "delivery", type: "run.started", ...this.#member() });
  }

  step(step: Step): void {
    this.#tell?.({ source: "delivery", ...this.#member(), ...step });
  }

  ended(stopped: DeliveryRunEnded["stopped"]): void {
    this.#end({ stopped, error: null });
  }

  failed(error: unknown): void {
    if (this.#tell) this.#end({ stopped: "failed", error: errorNote(error) });
  }

  /** Another run is at work: this one did nothing. */
  busy(): void {
    this.#began = this.#sender.now();
    this.#end({ stopped: "busy", error: null });
  }

  #end(ending: Pick<DeliveryRunEnded, "stopped" | "error">): void {
    if (!this.#tell) return;
    const { created, succeeded, retried, failed } = this.#tally;
    const member = this.#member();
    this.#tell({
      source: "delivery",
      type: "run.ended",
      ...member,
      durationMs: Math.max(0, member.at - this.#began),
      created,
      succeeded,
      retried,
      failed,
      ...ending,
    });
  }

  #member(): RunMember {
    return { at: this.#sender.now(), run: this.#run };
  }
}
