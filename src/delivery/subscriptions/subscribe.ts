import { assertSignal } from "../../_internal/assert.ts";
import { newRow, type ShownSecret } from "./new_row.ts";
import { type Problem, throwProblems } from "./_problems.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { newRowChange, shown, untilCommitted } from "./stored.ts";
import { readTerms } from "./_terms.ts";
import type { NewSubscription, Subscription } from "../subscription.ts";
import { checkTarget } from "../target/check_target.ts";

/** How a subscription is made. */
export interface SubscribeOptions {
  /** Ends the check of the target; nothing is stored then. */
  readonly signal?: AbortSignal | undefined;
}

/** A new subscription, and what its receiver verifies with: shown now and never again. */
export interface Subscribed extends ShownSecret {
  /** The subscription, which is active. */
  readonly subscription: Subscription;
}

/**
 * Stores a new subscription.
 *
 * @throws {ValidationError} When fields are wrong; the message lists all of them, and `field` is the first.
 * @throws {ApiError} When the addresses of the target cannot be found, which is retryable.
 */
export async function subscribe(
  sender: SenderParts,
  input: NewSubscription,
  options: SubscribeOptions = {},
): Promise<Subscribed> {
  const { signal } = options;
  assertSignal(signal);
  const problems: Problem[] = [];
  const terms = readTerms(sender, input, { problems });
  throwProblems("subscribe", problems);
  await checkTarget(terms.content.to, sender.targetPolicy, { signal });
  const made = await untilCommitted(sender, async () => {
    const result = await newRow(sender, terms);
    return { result, change: newRowChange(sender, result.row) };
  });
  return { subscription: shown(made.row), ...made.shown };
}
