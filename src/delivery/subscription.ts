import type { JsonObject } from "../_internal/json.ts";

/** How much one subscription may use; every member has a default. */
export interface SubscriptionLimits {
  /**
   * Resolved deliveries that are kept, and failed attempts in a row after which the subscription is disabled.
   *
   * @default {50}
   */
  readonly attemptLimit: number;
  /**
   * Events for which the owner, the acting user or the permission did not exist, after which the subscription is
   * disabled. Set back by activation only.
   *
   * @default {50}
   */
  readonly preconditionFailureLimit: number;
  /**
   * Deliveries that are kept while the subscription is disabled; what comes beyond is recorded as dropped.
   *
   * @default {10000}
   */
  readonly heldLimit: number;
  /**
   * Requests to the endpoint at once.
   *
   * @default {8}
   */
  readonly concurrency: number;
  /**
   * Requests to the endpoint in a second; `null` for no limit.
   *
   * @default {null}
   */
  readonly perSecond: number | null;
}

/** Who gets which events. Holds no secret. */
export interface Subscription {
  /** Identifies it; made by `subscribe`. */
  readonly id: string;
  /** Where in the tree it stands: it hears of events here and below. `/` is everywhere. */
  readonly scope: string;
  /** Glob over the noun of the event's name, or over a kind that the noun inherits. */
  readonly for: string;
  /** Glob over the verb of the event's name. */
  readonly when: string;
  /** The complete target URL. */
  readonly to: string;
  /** The principal in whose name it receives; cannot be changed. `null` for none. */
  readonly owner: string | null;
  /** What the owner and the acting user must be allowed to do. `null` for no check. */
  readonly permission: string | null;
  /** The name of the dialect that shapes its requests. */
  readonly dialect: string;
  /** A JSON Schema that the event's data must satisfy; `null` for none. */
  readonly filter: JsonObject | null;
  /** Whether deliveries about one entity go one after the other, in the order of their commits. */
  readonly ordered: boolean;
  /** Whether it receives. */
  readonly active: boolean;
  /** While it is not active: whether events for it are kept for later, up to its limit. */
  readonly holds: boolean;
  /** `"Active"`, or why not. */
  readonly statusMessage: string;
  /** The name of the declaration that made it; `null` for one made by `subscribe`. */
  readonly declaration: string | null;
  /** How much it may use. */
  readonly limits: SubscriptionLimits;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Milliseconds since 1970. */
  readonly updatedAt: number;
}

/** What a new subscription is made of. */
export interface NewSubscription {
  /** The complete target URL: https, a public address, no user or password. */
  readonly to: string;
  /**
   * Glob over the noun.
   *
   * @default {"*"}
   */
  readonly for?: string;
  /**
   * Glob over the verb.
   *
   * @default {"*"}
   */
  readonly when?: string;
  /**
   * Where in the tree it stands.
   *
   * @default {"/"}
   */
  readonly scope?: string;
  /** The principal in whose name it receives. None by default. */
  readonly owner?: string | null;
  /** What is asked for. Default is `"view"` with an owner, else nothing. */
  readonly permission?: string | null;
  /**
   * The dialect.
   *
   * @default {"sluice"}
   */
  readonly dialect?: string;
  /** A JSON Schema for the data. None by default. */
  readonly filter?: JsonObject | null;
  /**
   * Whether deliveries about one entity go one after the other.
   *
   * @default {false}
   */
  readonly ordered?: boolean;
  /**
   * How requests are signed. A secret of the caller's own begins with `whsec_` or `whsk_`. A dialect that does not sign
   * takes `"none"` alone, which is then the default.
   *
   * @default {"v1"}
   */
  readonly signing?: "v1" | "v1a" | "none" | { readonly secret: string };
  /** More headers for each request, an `Authorization` for instance. Sealed at rest. */
  readonly headers?: Readonly<Record<string, string>>;
  /** How much it may use. */
  readonly limits?: Partial<SubscriptionLimits>;
}
