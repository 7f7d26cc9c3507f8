import { assertBoolean } from "../../_internal/assert.ts";
import { ValidationError } from "../../errors.ts";
import { readDeclared } from "./_declared.ts";
import { ACTIVE } from "./new_row.ts";
import type { SubscriptionRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { commandSet, editRow, unknownId } from "./stored.ts";

/** How a subscription is deactivated. */
export interface DeactivateOptions {
  /**
   * Whether events for it are kept until it is activated, up to its limit.
   *
   * @default {false}
   */
  readonly hold?: boolean;
  /**
   * Why, for its status message: one line of at most 500 characters.
   *
   * @default {"Deactivated"}
   */
  readonly message?: string;
}

/**
 * Lets a subscription receive again, also one that was deactivated for its failures. Its history stays, its counters
 * begin anew, and what was held is delivered. The deliverer learns of it by the same commit.
 *
 * @returns `true`, or `false` when it was active already.
 * @throws {ValidationError} When there is none of that id, or its declaration was removed or has changed.
 */
export async function activate(
  sender: SenderParts,
  id: string,
): Promise<boolean> {
  const changed = await editRow(sender, id, {
    decide: async (row) => {
      if (row.active) return undefined;
      await assertDeclared(sender, row);
      return {
        row: {
          ...row,
          active: true,
          holds: false,
          statusMessage: ACTIVE,
          updatedAt: sender.now(),
        },
        along: {
          sets: [commandSet(sender, { type: "wake", subscription: id })],
        },
      };
    },
  });
  if (changed === undefined) throw unknownId("activate");
  return changed;
}

/**
 * Keeps a subscription from receiving. Events of the meantime are not for it, or are held for later.
 *
 * @returns `true`, or `false` when it was inactive already and held events as it is to do now.
 * @throws {ValidationError} When there is none of that id.
 * @throws {TypeError} When an option has the wrong type.
 */
export async function deactivate(
  sender: SenderParts,
  id: string,
  options: DeactivateOptions = {},
): Promise<boolean> {
  const { hold = false, message } = options;
  assertBoolean(hold, "hold");
  if (message !== undefined) assertMessage(message);
  const changed = await editRow(sender, id, {
    decide: (row) => {
      if (!row.active && row.holds === hold) return undefined;
      const kept = row.active ? "Deactivated" : row.statusMessage;
      return {
        row: deactivated(sender, row, { hold, message: message ?? kept }),
      };
    },
  });
  if (changed === undefined) throw unknownId("deactivate");
  return changed;
}

/** The row of a subscription that no longer receives. */
export function deactivated(
  sender: Pick<SenderParts, "now">,
  row: SubscriptionRow,
  { hold, message }: { hold: boolean; message: string },
): SubscriptionRow {
  return {
    ...row,
    active: false,
    holds: hold,
    statusMessage: message,
    updatedAt: sender.now(),
  };
}

// One whose declaration is gone would receive beside its successor, and no reconciliation would ever end it. Whatever
// takes the declaration away writes or deletes this row in the same commit: the check of the row notices it.
async function assertDeclared(
  sender: SenderParts,
  { id, declaration }: SubscriptionRow,
): Promise<void> {
  if (declaration === null) return;
  const { entry } = await readDeclared(sender, declaration);
  if (entry?.value === id) return;
  throw new ValidationError(
    "Cannot activate the subscription: id: its declaration was removed or has changed, wanted the current one",
    { field: "id" },
  );
}

function assertMessage(message: unknown): void {
  if (
    typeof message === "string" && /^[^\p{Cc}\p{Cs}]{1,500}$/u.test(message)
  ) {
    return;
  }
  throw new TypeError(
    "Cannot use message: wanted one line of 1 to 500 characters",
  );
}
