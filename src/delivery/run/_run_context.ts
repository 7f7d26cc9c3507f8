import type { Endpoints } from "./_endpoints.ts";
import type { Ledger } from "./_ledger.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { EmittedEvent } from "../event.ts";
import type { Signer } from "../signing/signer.ts";
import type { Sealed, SubscriptionRow } from "../_rows.ts";
import type { Step } from "./_told.ts";

/** What a run has done so far. */
export interface Tally {
  created: number;
  succeeded: number;
  retried: number;
  failed: number;
  denied: number;
  missing: number;
  dropped: number;
  disabled: number;
  observerFailures: number;
}

/** The tally of a run that has done nothing yet. */
export function newTally(): Tally {
  return {
    created: 0,
    succeeded: 0,
    retried: 0,
    failed: 0,
    denied: 0,
    missing: 0,
    dropped: 0,
    disabled: 0,
    observerFailures: 0,
  };
}

/** What the parts of one run share. */
export interface RunContext {
  readonly sender: SenderParts;
  readonly ledger: Ledger;
  readonly endpoints: Endpoints;
  readonly tally: Tally;
  /** Cuts requests that are under way. */
  readonly signal: AbortSignal;
  /** Whether the run must begin nothing more. */
  isOver(): boolean;
  /** Waits until one more request may be under way; gives back what ends it. */
  slot(signal?: AbortSignal): Promise<() => void>;
  /** One at a time: for what reads heads and lanes and then writes them. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Resolves when no turn of the endpoint is under way. */
  quiet(id: string): Promise<void>;
  /** Reads an event; the last few are kept. */
  event(place: { at: number; id: string }): Promise<EmittedEvent | undefined>;
  /** Opens what is sealed of a subscription. */
  credentials(row: SubscriptionRow): Promise<Credentials>;
  /** Tells the application; never throws. */
  tell(step: Step): void;
}

/** What requests of a subscription carry. */
export interface Credentials {
  readonly sealed: Sealed;
  /** `undefined` without a secret. */
  readonly signer: Signer | undefined;
}
