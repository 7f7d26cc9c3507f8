import { assertBoolean, assertSignal } from "../../_internal/assert.ts";
import {
  checkTargets,
  type Declarations,
  readDeclarations,
} from "./_declarations.ts";
import { declaredNames } from "./_declared.ts";
import type { ShownSecret } from "./new_row.ts";
import {
  decide,
  type Done,
  settle,
  type Step,
  type Wanted,
} from "./_reconcile_step.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { Plan } from "./plan.ts";
import type { NewSubscription } from "../subscription.ts";

/** A subscription that stands in code or configuration. */
export interface Declaration extends NewSubscription {
  /** Tells it from the others: 1 to 128 letters, digits, `_`, `.`, `/` and `-`. */
  readonly name: string;
}

/** How declarations are reconciled. */
export interface ReconcileOptions {
  /**
   * Whether the plan is carried out; `false` only makes it.
   *
   * @default {true}
   */
  readonly apply?: boolean;
  /** Stops between two declarations. */
  readonly signal?: AbortSignal | undefined;
}

/** What was done, or would be. */
export interface Reconciliation extends Plan {
  /**
   * What the receiver of an added one verifies with, by the name of its declaration; `undefined` for any other. Only
   * this object can tell it, and it shows in no print of it.
   */
  secretOf(name: string): ShownSecret | undefined;
}

/**
 * Makes the stored subscriptions those that are declared. New declarations are added; those that are gone are
 * deactivated and never deleted; a changed one is deactivated and a new one added in the same commit; what comes back
 * is added anew. Subscriptions of `subscribe` are left alone.
 *
 * A declared secret that has changed makes no other subscription: it is rotated, with an overlap of a day. So is one
 * that `rotateSecret` has put in its place; where none is declared, the one that was made or rotated stays. What was
 * deactivated, by hand or for its failures, stays so while its declaration does not change.
 *
 * Each declaration takes one commit. After a crash, call it again: what was done is found unchanged. Only the secrets
 * that were made for what was added before the crash have been shown to nobody; rotate those, or declare your own.
 *
 * What waits for a changed one goes to the one that takes its place, with the next run: first attempts, with the same
 * `webhook-id`, new secret, new headers and new limits, in the order of each entity where both are ordered. A request
 * that is under way is waited for half a second, and then made again for the new one. An event that the new one does not
 * match is recorded as `"dropped"`, and its permission is asked for as of any other. Replays that wait are asked for
 * once more. What waits for one that is no longer declared ends as `"dropped"` when its event is no longer kept.
 *
 * @returns What was done, or the plan when it is not to be applied.
 * @throws {ValidationError} When declarations are wrong; the message lists what, and nothing is changed.
 * @throws {ApiError} When the addresses of a new target cannot be found; nothing is changed, and it is retryable.
 * @throws {DecryptError} When one that is stored was sealed with a key that is not given.
 */
export async function reconcile(
  sender: SenderParts,
  declared: readonly Declaration[],
  options: ReconcileOptions = {},
): Promise<Reconciliation> {
  const { apply = true, signal } = options;
  assertBoolean(apply, "apply");
  assertSignal(signal);
  const declarations = readDeclarations(sender, declared);
  const wanted = await wantedNames(sender, declarations);
  const steps: Step[] = [];
  for (const each of wanted) {
    signal?.throwIfAborted();
    steps.push(await decide(sender, each));
  }
  if (!apply) return report(steps.map((step) => ({ step })));
  await checkTargets(sender, addedOf(steps), { signal });
  const done: Done[] = [];
  for (const each of wanted) {
    signal?.throwIfAborted();
    done.push(await settle(sender, each));
  }
  return report(done);
}

async function wantedNames(
  sender: SenderParts,
  declarations: Declarations,
): Promise<Wanted[]> {
  const stored = await declaredNames(sender);
  const names = new Set([...declarations.keys(), ...stored]);
  return [...names].map((name) => ({ name, terms: declarations.get(name) }));
}

function addedOf(steps: readonly Step[]): Declarations {
  return new Map(
    steps.flatMap((step) =>
      step.act === "add" ? [[step.name, step.terms]] : []
    ),
  );
}

function report(done: readonly Done[]): Reconciliation {
  const secrets = new Map(
    done.flatMap(({ step, made }) => made ? [[step.name, made.shown]] : []),
  );
  return {
    added: done.flatMap(addedBy),
    deactivated: done.flatMap(deactivatedBy),
    rotated: done.flatMap(rotatedBy),
    unchanged: done.flatMap(unchangedBy),
    secretOf: (name) => secrets.get(name),
  };
}

function addedBy({ step, made }: Done): Plan["added"] {
  if (step.act !== "add") return [];
  return [{ name: step.name, id: made?.id ?? null }];
}

function deactivatedBy({ step }: Done): Plan["deactivated"] {
  const { name } = step;
  if (step.act === "end") {
    return [{ name, id: step.row.value.id, because: "removed" }];
  }
  if (step.act !== "add" || !step.old) return [];
  return [{ name, id: step.old.value.id, because: "changed" }];
}

function rotatedBy({ step }: Done): Plan["rotated"] {
  if (step.act !== "rotate") return [];
  return [{ name: step.name, id: step.row.value.id }];
}

function unchangedBy({ step }: Done): Plan["unchanged"] {
  if (step.act !== "keep") return [];
  const { id, active, statusMessage } = step.row.value;
  return [{ name: step.name, id, active, statusMessage }];
}
