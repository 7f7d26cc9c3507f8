import type { KvChange } from "../../kv/kv.ts";
import { readDeclared } from "./_declared.ts";
import type { SubscriptionRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { commandSet, editRow } from "./stored.ts";
import { ownedIds } from "./list.ts";

/**
 * Removes a subscription. From the commit on no event finds it; the deliverer, who is told by the same commit, removes
 * its pending deliveries and its history. One that was declared is made anew when its declaration is reconciled.
 *
 * @returns `true`, or `false` when there is none of that id.
 */
export async function remove(
  sender: SenderParts,
  id: string,
): Promise<boolean> {
  const removed = await editRow(sender, id, {
    decide: async (row) => ({ row: null, along: await farewell(sender, row) }),
  });
  return removed ?? false;
}

/**
 * Removes all subscriptions of an owner, found by an index.
 *
 * @returns The ids that this call removed.
 * @throws {TypeError} When the owner is no text.
 */
export async function removeForOwner(
  sender: SenderParts,
  owner: string,
): Promise<readonly string[]> {
  if (typeof owner !== "string" || owner === "") {
    throw new TypeError("Cannot use owner: wanted a text that is not empty");
  }
  const removed: string[] = [];
  for await (const id of ownedIds(sender, { owner })) {
    if (await remove(sender, id)) removed.push(id);
  }
  return removed;
}

async function farewell(
  sender: SenderParts,
  { id, declaration }: SubscriptionRow,
): Promise<KvChange> {
  const sets = [commandSet(sender, { type: "remove", subscription: id })];
  if (declaration === null) return { sets };
  const { key, entry } = await readDeclared(sender, declaration);
  if (entry?.value !== id) return { sets };
  return { sets, checks: [{ key, version: entry.version }], deletes: [key] };
}
