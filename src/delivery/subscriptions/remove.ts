import type { KvChange } from "../../kv/kv.ts";
import { readDeclared } from "./_declared.ts";
import type { SubscriptionRow } from "../_rows.ts";
import type { DeliveryStore } from "../_store.ts";
import { commandSet, editRow } from "./stored.ts";
import { ownedIds } from "./list.ts";

/**
 * Removes a subscription. From the commit on no event finds it; the deliverer, who is told by the same commit, removes
 * its pending deliveries and its history. One that was declared is made anew when its declaration is reconciled.
 *
 * @returns `true`, or `false` when there is none of that id.
 */
export async function remove(
  store: DeliveryStore,
  id: string,
): Promise<boolean> {
  const removed = await editRow(store, id, {
    decide: async (row) => ({ row: null, along: await farewell(store, row) }),
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
  store: DeliveryStore,
  owner: string,
): Promise<readonly string[]> {
  if (typeof owner !== "string" || owner === "") {
    throw new TypeError("Cannot use owner: wanted a text that is not empty");
  }
  const removed: string[] = [];
  for await (const id of ownedIds(store, { owner })) {
    if (await remove(store, id)) removed.push(id);
  }
  return removed;
}

async function farewell(
  store: DeliveryStore,
  { id, declaration }: SubscriptionRow,
): Promise<KvChange> {
  const sets = [commandSet(store, { type: "remove", subscription: id })];
  if (declaration === null) return { sets };
  const { key, entry } = await readDeclared(store, declaration);
  if (entry?.value !== id) return { sets };
  return { sets, checks: [{ key, version: entry.version }], deletes: [key] };
}
