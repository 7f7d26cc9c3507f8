import type {
  DeadLetter as SpoolDeadLetter,
  Failure,
  RedriveOptions,
} from "../spool/mod.ts";
import { type InboxItem, wireOf } from "./_inbox_item.ts";

/** Where changes come from: the feed that is pulled, or the inbox of webhooks. Each has dead letters of its own. */
export type ChangeSource = "feed" | "inbox";

/** Which dead letters are meant. */
export interface DeadLetterSource {
  /** Those of the feed or those of the inbox. Default is `"feed"`. */
  readonly source?: ChangeSource;
}

/** How {@linkcode Client.deadLetters} walks. */
export interface DeadLetterOptions extends DeadLetterSource {
  /** Most to give. Default is 1,000. */
  readonly limit?: number;
  /** The id of the last one of the page before. */
  readonly after?: string;
}

/** How {@linkcode Client.retryDeadLetters} works. */
export interface RetryOptions extends RedriveOptions, DeadLetterSource {}

/** A change that was given up, exactly as it came, and why. */
export interface DeadLetter {
  /** Names it in a later call; sorts in the order of the feed. */
  readonly id: string;
  /** The wire object, or the envelope around it: ciphertext. For what was no change at all, whatever came. */
  readonly event: unknown;
  /** Why it is here. A handler's message is stored only with `storeMessages`. */
  readonly error: Failure;
  /** How often it was tried. */
  readonly attempts: number;
  /** When it was given up last. */
  readonly at: Date;
  /** Whether a newer change of the same person and slug was delivered since. */
  readonly superseded: boolean;
}

/** Turns the dead letter of a spool into the one that users see. */
export function toDeadLetter(letter: SpoolDeadLetter<InboxItem>): DeadLetter {
  const { id, value, failure, attempts, at, superseded } = letter;
  return {
    id,
    event: wireOf(value),
    error: failure,
    attempts,
    at: new Date(at),
    superseded,
  };
}

/** Reads which dead letters are meant. */
export function readSource(
  { source = "feed" }: DeadLetterSource,
): ChangeSource {
  if (source === "feed" || source === "inbox") return source;
  throw new TypeError('Cannot use source: wanted "feed" or "inbox"');
}
