import { nextDueAt } from "./_deliverer.ts";
import type { EndpointRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";

/** How a sender is doing. */
export interface DeliveryHealth {
  /** Deliveries that wait. */
  readonly pending: number;
  /** Endpoints that are left alone because they fail. */
  readonly broken: number;
  /** Whether events wait to be taken in by the next run. */
  readonly hasIncoming: boolean;
  /** When something is due next, in milliseconds since 1970; `null` when nothing is. */
  readonly nextDueAt: number | null;
}

/** Sums up the endpoints. */
export async function deliveryHealth(
  sender: SenderParts,
): Promise<DeliveryHealth> {
  const { kv, keys } = sender;
  let pending = 0;
  let broken = 0;
  for await (
    const { value } of kv.list<EndpointRow>({ prefix: keys.endpoints })
  ) {
    pending += value.queued;
    broken += Number(value.openings > 0);
  }
  let hasIncoming = false;
  for await (const _ of kv.list({ prefix: keys.incoming }, { limit: 1 })) {
    hasIncoming = true;
  }
  return {
    pending,
    broken,
    hasIncoming,
    nextDueAt: await nextDueAt(sender) ?? null,
  };
}
