/** What reconciling does to the stored subscriptions. */
export interface Plan {
  /** New ones: what is declared for the first time, came back, or has changed. */
  readonly added: readonly AddedSubscription[];
  /** Those that receive no longer. They keep their history and are never deleted. */
  readonly deactivated: readonly DeactivatedSubscription[];
  /** Those whose declared secret has changed; the old one goes on for a day. */
  readonly rotated: readonly PlannedSubscription[];
  /** Those that are as they are declared. */
  readonly unchanged: readonly UnchangedSubscription[];
}

/** A subscription of a plan. */
export interface PlannedSubscription {
  /** The name of its declaration. */
  readonly name: string;
  /** Its id. */
  readonly id: string;
}

/** One that is new. */
export interface AddedSubscription {
  /** The name of its declaration. */
  readonly name: string;
  /** Its id; `null` when the plan was not applied. */
  readonly id: string | null;
}

/** One that receives no longer. */
export interface DeactivatedSubscription extends PlannedSubscription {
  /** Whether its declaration is gone, or has changed, so that a new one takes its place. */
  readonly because: "removed" | "changed";
}

/** One that is as it is declared. */
export interface UnchangedSubscription extends PlannedSubscription {
  /** Whether it receives; reconciling activates nothing. */
  readonly active: boolean;
  /** Why it does not, or `"Active"`. */
  readonly statusMessage: string;
}

/**
 * Prints a plan for people: a line for each subscription, and one with the counts.
 *
 * @example
 * ```ts
 * import { formatPlan } from "@sluice/edge/delivery";
 *
 * const text = formatPlan({
 *   added: [{ name: "billing", id: null }],
 *   deactivated: [{ name: "crm", id: "sub_1", because: "removed" }],
 *   rotated: [],
 *   unchanged: [],
 * });
 * console.assert(text.endsWith("1 added, 1 deactivated, 0 rotated, 0 unchanged"));
 * ```
 *
 * @param plan What `reconcile` gave.
 * @returns Several lines without a line end at the end. No secret is in them.
 */
export function formatPlan(plan: Plan): string {
  const { added, deactivated, rotated, unchanged } = plan;
  return [
    ...added.map(({ name, id }) => line("+", { name, id })),
    ...deactivated.map(({ name, id, because }) =>
      line("-", { name, id, note: `${because} in the declarations` })
    ),
    ...rotated.map(({ name, id }) =>
      line("~", { name, id, note: "new secret" })
    ),
    ...unchanged.map(({ name, id, active, statusMessage }) =>
      line("=", { name, id, note: active ? "" : `inactive: ${statusMessage}` })
    ),
    `${added.length} added, ${deactivated.length} deactivated, ${rotated.length} rotated, ${unchanged.length} unchanged`,
  ].join("\n");
}

function line(
  sign: string,
  { name, id, note = "" }: { name: string; id: string | null; note?: string },
): string {
  const parts = [sign, name];
  if (id !== null) parts.push(id);
  if (note !== "") parts.push(`(${note})`);
  return parts.join(" ");
}
