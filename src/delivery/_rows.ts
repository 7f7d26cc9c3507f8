import type { Subscription } from "./subscription.ts";

/** A subscription as it is stored. */
export interface SubscriptionRow extends Subscription {
  /** {@linkcode Sealed} in Base64. */
  readonly sealed: string;
}

/** What nobody but the deliverer sees of a subscription. */
export interface Sealed {
  /** What requests are signed with, the newest first. Those with an end are left out after it. */
  readonly secrets: readonly SealedSecret[];
  /** More headers for each request. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One signing secret. */
export interface SealedSecret {
  readonly secret: string;
  /** Milliseconds since 1970; `null` for no end. */
  readonly until: number | null;
}

/** What `emit` needs of a subscription, so that matching reads the index alone. */
export type IndexRow = Pick<
  Subscription,
  "for" | "when" | "owner" | "permission" | "filter" | "ordered"
>;

/** Something for the deliverer to take in. */
export type Incoming = IncomingEvent | IncomingCommand;

/** An emitted event, or a part of its subscribers. */
export interface IncomingEvent {
  readonly type: "event";
  readonly name: string;
  /** The lane of the entity for ordered subscribers; `null` for none. */
  readonly entity: string | null;
  /** Subscriptions that get it. */
  readonly to: readonly string[];
  /** Subscriptions that get it after the earlier ones of its entity. */
  readonly ordered: readonly string[];
  /** Subscriptions whose owner or acting user may not. */
  readonly denied: readonly string[];
  /** Subscriptions with somebody or something missing. */
  readonly missing: readonly string[];
  /** Whether a subscription takes it over from the one in whose place it came. */
  readonly adopted?: true;
}

/** A change that only the deliverer may make. */
export type IncomingCommand =
  | { readonly type: "wake"; readonly subscription: string }
  | { readonly type: "remove"; readonly subscription: string }
  | { readonly type: "trim"; readonly subscription: string }
  | {
    readonly type: "adopt";
    /** The subscription that was replaced. */
    readonly subscription: string;
    /** The one that took its place. */
    readonly by: string;
  }
  | {
    readonly type: "replay";
    readonly subscription: string;
    readonly what: Replay;
  };

/** What to deliver again, and how far that has come. */
export type Replay =
  | { readonly kind: "one"; readonly at: number; readonly event: string }
  | {
    readonly kind: "range";
    /** Emitted from then on, in milliseconds since 1970. */
    readonly since: number;
    /** Emitted before then. */
    readonly until: number;
    /** Of the first millisecond, those behind this event; all when empty. */
    readonly after: string;
  }
  | {
    readonly kind: "failed";
    /** Logged before the one of this number; `null` until the deliverer has begun. */
    readonly until: number | null;
    /** The first number of the log that is still to be looked at. */
    readonly from: number;
  };

/** A delivery that waits for its time. */
export interface QueuedRow {
  readonly name: string;
  /** The lane that it heads; `null` for none. */
  readonly lane: string | null;
  readonly trigger: "event" | "replay";
  /** Attempts that were made. */
  readonly attempts: number;
  readonly message: string;
  /** The last attempts, sealed and in Base64; `null` before the first. */
  readonly last: string | null;
  /** Whether another subscription matched the event; it is sent only if this one does as well. */
  readonly adopted?: true;
}

/** A delivery that has ended. */
export interface LoggedRow extends Omit<QueuedRow, "lane"> {
  readonly event: string;
  readonly at: number;
  readonly endedAt: number;
  readonly status: "succeeded" | "failed" | "denied" | "missing" | "dropped";
}

/** How an endpoint is doing; written by the deliverer alone. */
export interface EndpointRow {
  /** Where its row in the index of ready endpoints lies; `null` for none. */
  readonly readyAt: number | null;
  /** Deliveries that wait. */
  readonly queued: number;
  /** Deliveries that were logged: the next one's number. */
  readonly logged: number;
  /** Failed attempts since the last success. */
  readonly streak: number;
  /** How often its circuit opened since the last success; 0 while it is closed. */
  readonly openings: number;
  /** No request before this time: its circuit is open, or it asked for a pause. */
  readonly notBefore: number;
  /** No request before this time: its rate is used up. */
  readonly pacedUntil: number;
  /** Events for which somebody or something was missing. */
  readonly missing: number;
  /** The subscription that took its place, and gets what is still taken in for it. */
  readonly successor?: string;
}
