import type { SandboxPerson } from "./person.ts";
import type { SandboxValue } from "./values.ts";

/** A change that the sandbox makes a row of. */
export interface SandboxChange {
  /**
   * The kind of change: `connection_created`, `connection_deleted`, `field_updated`, `field_deleted`,
   * `consent_accepted`, `consent_declined`, `document_status_changed`, `connection_request_accepted`,
   * `connection_request_rejected`, `key_rotated`, `2fa_challenge_completed`, `message_received`. Any other text makes a
   * row with the common fields only.
   */
  event: string;
  /**
   * Whom it is about: a connected person, or any user id. Defaults to the one who was connected last; when there is
   * nobody, somebody is connected.
   */
  person?: SandboxPerson | string;
  /** The field, for `field_*` and `consent_*`. */
  slug?: string;
  /** The plaintext, encrypted here: the new value of a `field_updated`, the text of a `message_received`. */
  value?: SandboxValue;
  /** Whether the value is kept up to date from a source. Defaults to `true` for `field_updated`. */
  live?: boolean;
  /** Id of the row. A new one by default. */
  id?: string;
  /** ISO 8601 time of the change. Defaults to now. */
  at?: string;
  /**
   * Further members of the row in their wire names, put in last: `document_id`, `status`, `action`, `request_id`… A
   * member that is `undefined` takes the row's own away.
   */
  fields?: Readonly<Record<string, unknown>>;
  /** Puts the row into the backlog of this webhook instead of the feed. */
  webhookId?: string;
}

/** A row of `/changes` as the wire shows it. */
export interface SandboxRow {
  /** Id of the row. */
  readonly id: string;
  /** The kind of change. */
  readonly event: string;
  /** All other members, in their wire names. */
  readonly [name: string]: unknown;
}
