import type { Endpoint } from "./_endpoint.ts";
import type { RunContext } from "./_run_context.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { editRow } from "../subscriptions/stored.ts";
import { deactivated } from "../subscriptions/activate.ts";
import { remove } from "../subscriptions/remove.ts";

/** Why an endpoint gets nothing any more. */
export interface Reason {
  readonly message: string;
  /** Whether the subscription goes altogether. */
  readonly removes?: boolean;
}

/**
 * Takes a subscription out of service; what is queued for it stays, and what comes is held, each for as long as its
 * event is kept. The next turn of the endpoint finds it inactive and puts it back for the time at which the first goes.
 */
export async function disable(
  run: RunContext,
  endpoint: Endpoint,
  { message, removes = false }: Reason,
): Promise<void> {
  if (!endpoint.isActive) return;
  const { sender } = run;
  const isDone = removes
    ? await remove(sender, endpoint.id)
    : await suspend(sender, endpoint.id, message);
  await run.endpoints.refresh(endpoint);
  if (!isDone) return;
  run.tally.disabled++;
  run.tell({
    type: "subscription.disabled",
    subscription: endpoint.id,
    event: null,
    attempt: 0,
    durationMs: 0,
    httpStatus: 0,
    message,
  });
}

/** Whether this call did it: what somebody else has deactivated or removed meanwhile stays as they left it. */
async function suspend(
  sender: SenderParts,
  id: string,
  message: string,
): Promise<boolean> {
  const changed = await editRow(sender, id, {
    decide: (row) =>
      row.active
        ? { row: deactivated(sender, row, { hold: true, message }) }
        : undefined,
  });
  return changed ?? false;
}

/** Disables a subscription that has met too many events for which somebody or something is missing. */
export async function disableWhenMissing(
  run: RunContext,
  endpoint: Endpoint,
): Promise<void> {
  const most = endpoint.subscription?.limits.preconditionFailureLimit;
  if (most === undefined || endpoint.state.missing < most) return;
  await disable(run, endpoint, {
    message: "Delivery suspended due to too many precondition failures.",
  });
}
