import { mapAhead } from "../_internal/ahead.ts";
import { match } from "./matching/match.ts";
import { permit } from "./matching/permit.ts";
import type { SenderParts } from "./_sender_parts.ts";
import type { EmittedEvent } from "./event.ts";

/** Which subscriptions an event goes to, and which not although they match. */
export interface Route {
  readonly to: readonly string[];
  readonly ordered: readonly string[];
  readonly denied: readonly string[];
  readonly missing: readonly string[];
}

// Enough to hide the time of a lookup, few enough not to flood what answers it.
const ASKED_AT_ONCE = 16;

/** Finds who gets an event: an index read, and a question for each that has a permission. */
export async function route(
  sender: SenderParts,
  event: EmittedEvent,
): Promise<Route> {
  const routed = {
    to: [] as string[],
    ordered: [] as string[],
    denied: [] as string[],
    missing: [] as string[],
  };
  const asked = mapAhead(match(sender, event), async ({ id, row }) => ({
    id,
    inOrder: row.ordered && event.entity !== null,
    answer: await permit(sender, { ...row, id }, { event, phase: "enqueue" }),
  }), { atOnce: ASKED_AT_ONCE });
  for await (const { id, inOrder, answer } of asked) {
    if (answer === "denied" || answer === "missing") routed[answer].push(id);
    else routed[inOrder ? "ordered" : "to"].push(id);
  }
  return routed;
}
