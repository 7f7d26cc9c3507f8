import type { DeadLetter as SpoolDeadLetter, Failure } from "../spool/mod.ts";
import type { FeedItem } from "./_page.ts";

/** A change that was given up, exactly as it came, and why. */
export interface DeadLetter {
  /** Names it in a later call; sorts in the order of the feed. */
  readonly id: string;
  /** The wire object: ciphertext. For what was no change at all, whatever came. */
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
export function toDeadLetter(letter: SpoolDeadLetter<FeedItem>): DeadLetter {
  const { id, value, failure, attempts, at, superseded } = letter;
  return {
    id,
    event: "row" in value ? value.row : value.raw,
    error: failure,
    attempts,
    at: new Date(at),
    superseded,
  };
}
