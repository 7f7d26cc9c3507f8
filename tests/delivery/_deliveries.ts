import type { Subscription } from "../../src/delivery/subscription.ts";

/** A subscription that hears of everything. */
export function deliveryTo(
  to: string,
  more: Partial<Subscription> = {},
): Subscription {
  return {
    id: "sub_1",
    scope: "/",
    for: "*",
    when: "*",
    to,
    owner: null,
    permission: null,
    dialect: "sluice",
    filter: null,
    ordered: false,
    active: true,
    holds: false,
    statusMessage: "Active",
    declaration: null,
    limits: {
      attemptLimit: 50,
      preconditionFailureLimit: 50,
      heldLimit: 10_000,
      concurrency: 8,
      perSecond: null,
    },
    createdAt: 0,
    updatedAt: 0,
    ...more,
  };
}
