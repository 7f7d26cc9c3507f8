import { assertSignal } from "../../_internal/assert.ts";
import { ValidationError } from "../../errors.ts";
import { readHeaders } from "./headers.ts";
import { readSomeLimits } from "./_limits.ts";
import { FieldReader, type Problem, throwProblems } from "./_problems.ts";
import type { SubscriptionRow } from "../_rows.ts";
import { openSealed, sealFor } from "./sealed.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { commandSet, editRow, shown, unknownId } from "./stored.ts";
import { readFilter, readTarget } from "./_terms.ts";
import type { NewSubscription, Subscription } from "../subscription.ts";
import { checkTarget } from "../target/check_target.ts";

/**
 * What may be changed of a subscription; what is left out stays. All else says who may see what: it takes a new
 * subscription.
 */
export type SubscriptionChanges = Partial<
  Pick<NewSubscription, "to" | "filter" | "headers" | "limits">
>;

/** How a subscription is changed. */
export interface UpdateOptions {
  /** Ends the check of a new target; nothing is changed then. */
  readonly signal?: AbortSignal | undefined;
}

interface Changes {
  readonly to: string | undefined;
  readonly filter: Subscription["filter"] | undefined;
  readonly headers: Readonly<Record<string, string>> | undefined;
  readonly limits: Partial<Subscription["limits"]>;
}

const FIELDS = ["to", "filter", "headers", "limits"];

/**
 * Changes a subscription, in one commit. Its id, its secret, its history and what is queued for it stay; what is sent
 * from then on goes by the new values.
 *
 * @param changes New values. `headers` replaces all headers; of `limits` those that are given.
 * @returns The subscription as it is now.
 * @throws {ValidationError} When there is none of that id, it is declared, or values are wrong: the message lists them.
 * @throws {ApiError} When the addresses of a new target cannot be found, which is retryable.
 */
export async function update(
  sender: SenderParts,
  id: string,
  { changes, signal }: UpdateOptions & { changes: SubscriptionChanges },
): Promise<Subscription> {
  assertSignal(signal);
  const read = readChanges(sender, changes);
  if (read.to !== undefined) {
    await checkTarget(read.to, sender.targetPolicy, { signal });
  }
  let latest: SubscriptionRow | undefined;
  const changed = await editRow(sender, id, {
    decide: async (row) => {
      refuseDeclared(row);
      latest = await applied(sender, row, { changes: read });
      const isShorter = latest.limits.attemptLimit < row.limits.attemptLimit;
      const trim = commandSet(sender, { type: "trim", subscription: id });
      return { row: latest, along: { sets: isShorter ? [trim] : [] } };
    },
  });
  if (!changed || !latest) throw unknownId("update");
  return shown(latest);
}

function readChanges(sender: SenderParts, changes: unknown): Changes {
  const problems: Problem[] = [];
  const fields = new FieldReader(changes, { what: "changes", problems });
  fields.refuseOthers(FIELDS);
  const context = { prefix: "limits.", problems };
  const read: Changes = {
    to: fields.read<string | undefined>("to", undefined, {
      as: (value) => readTarget(sender, value),
    }),
    filter: fields.read<Changes["filter"]>("filter", undefined, {
      as: readFilter,
    }),
    headers: fields.read<Changes["headers"]>("headers", undefined, {
      as: readHeaders,
    }),
    limits: fields.read("limits", {}, {
      as: (value) => readSomeLimits(value, context),
    }),
  };
  throwProblems("update the subscription", problems);
  return read;
}

async function applied(
  sender: SenderParts,
  row: SubscriptionRow,
  { changes }: { changes: Changes },
): Promise<SubscriptionRow> {
  const { to = row.to, filter = row.filter, headers, limits } = changes;
  const opened = await openSealed(sender, row);
  const sealed = await sealFor(sender, {
    id: row.id,
    to,
    sealed: { ...opened, headers: headers ?? opened.headers },
  });
  return {
    ...row,
    to,
    filter,
    sealed,
    limits: { ...row.limits, ...limits },
    updatedAt: sender.now(),
  };
}

// The next reconciliation would find it changed and put another one in its place.
function refuseDeclared({ declaration }: SubscriptionRow): void {
  if (declaration === null) return;
  throw new ValidationError(
    "Cannot update the subscription: id: it is declared, wanted a change of its declaration",
    { field: "id" },
  );
}
