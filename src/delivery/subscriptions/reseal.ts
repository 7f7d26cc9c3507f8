import { fromBase64 } from "../../_internal/base64.ts";
import type { SubscriptionRow } from "../_rows.ts";
import { resealLaneKey } from "../_lane_name.ts";
import { openSealed, sealFor } from "./sealed.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { editRow } from "./stored.ts";

/**
 * Seals anew what an older sealing key has sealed and what is kept for good: secrets and headers of subscriptions, and
 * the key for the names of lanes. Call it after a new key was put in front of the others, and again after a crash; each
 * subscription takes a commit of its own.
 *
 * Events and records of attempts stay under the old key: take it away when the last of those has expired too.
 *
 * @returns How many were sealed anew.
 * @throws {DecryptError} When one was sealed with a key that is not given.
 */
export async function resealSubscriptions(
  sender: SenderParts,
): Promise<number> {
  await resealLaneKey(sender);
  let count = 0;
  const prefix = sender.keys.subscriptions;
  for await (const { value } of sender.kv.list<SubscriptionRow>({ prefix })) {
    if (isCurrent(sender, value)) continue;
    const changed = await editRow(sender, value.id, {
      decide: async (row) => {
        if (isCurrent(sender, row)) return undefined;
        const sealed = await openSealed(sender, row);
        const anew = await sealFor(sender, { ...row, sealed });
        return { row: { ...row, sealed: anew } };
      },
    });
    if (changed) count++;
  }
  return count;
}

function isCurrent({ seal }: SenderParts, row: SubscriptionRow): boolean {
  return seal.isCurrent(fromBase64(row.sealed) ?? new Uint8Array());
}
