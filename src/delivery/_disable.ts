import type { Endpoint } from "./_endpoint.ts";
import type { RunContext } from "./_run_context.ts";
import { deactivate } from "./activate.ts";
import { remove } from "./remove.ts";
import { getSubscription } from "./subscriptions.ts";

/** Why an endpoint gets nothing any more. */
export interface Reason {
  readonly message: string;
  /** Whether the subscription goes altogether. */
  readonly removes?: boolean;
}

/**
 * Takes a subscription out of service; what is queued for it stays, and what comes is held. The next turn of the
 * endpoint finds it inactive and takes it out of the index.
 */
export async function disable(
  run: RunContext,
  endpoint: Endpoint,
  { message, removes = false }: Reason,
): Promise<void> {
  if (!endpoint.isActive) return;
  const { store } = run;
  // Removed meanwhile: nothing to disable.
  if (!await getSubscription(store, endpoint.id)) return;
  if (removes) await remove(store, endpoint.id);
  else await deactivate(store, endpoint.id, { hold: true, message });
  await run.endpoints.refresh(endpoint);
  if (endpoint.isActive) return;
  run.tally.disabled++;
  await run.tell({
    type: "disabled",
    subscription: endpoint.id,
    event: null,
    attempt: 0,
    httpStatus: 0,
    message,
  });
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
