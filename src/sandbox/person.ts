import type { SandboxValue } from "./values.ts";

/** Who was connected: the ids that the platform shows. */
export interface SandboxPerson {
  /** Id of the connection. */
  readonly connectionId: string;
  /** Id of the person. */
  readonly userId: string;
  /** The person's public short id. */
  readonly shareCode: string;
}

/** A person who connects. Everything has a default. */
export interface SandboxConnectOptions {
  /** Name as the connections list shows it. Defaults to none. */
  displayName?: string;
  /** The person's public short id. A new one by default. */
  shareCode?: string;
  /** Id of the connection. A new one by default. */
  connectionId?: string;
  /** Id of the person. A new one by default. */
  userId?: string;
  /** Plaintext values by slug; they are encrypted for the service here. */
  values?: Readonly<Record<string, SandboxValue>>;
  /** Whether the values are kept up to date from a source. Defaults to `true`. */
  live?: boolean;
  /** Value entries put in as they are, by slug, for what the platform should never send. */
  rawValues?: Readonly<Record<string, unknown>>;
  /** Slugs that wait for the person's consent. Defaults to none. */
  pendingConsent?: readonly string[];
  /** `customer_type` of the connection and of its changes. Left out by default. */
  customerType?: string;
  /** Further members of the connection, in their wire names. */
  extra?: Readonly<Record<string, unknown>>;
  /** Whether a `connection_created` change is published too. Defaults to `false`. */
  emit?: boolean;
}
