import { fromBase64, toBase64 } from "../_internal/base64.ts";
import { decodeUtf8, encodeUtf8 } from "../_internal/bytes.ts";
import type { Sealed, SealedSecret, SubscriptionRow } from "./_rows.ts";
import type { DeliveryStore } from "./_store.ts";

/** Seals the secrets and headers of a subscription for its row. */
export async function sealFor(
  { seal }: Pick<DeliveryStore, "seal">,
  { id, sealed }: { id: string; sealed: Sealed },
): Promise<string> {
  const bytes = encodeUtf8(JSON.stringify(sealed));
  return toBase64(await seal.seal(bytes, contextOf(id)));
}

/**
 * Opens the secrets and headers of a subscription.
 *
 * @throws {DecryptError} When its row is damaged or was sealed with a key that is not given.
 */
export async function openSealed(
  { seal }: Pick<DeliveryStore, "seal">,
  { id, sealed }: Pick<SubscriptionRow, "id" | "sealed">,
): Promise<Sealed> {
  // What is not Base64 goes the same way as what does not open.
  const bytes = fromBase64(sealed) ?? new Uint8Array();
  const opened = await seal.open(bytes, contextOf(id));
  return JSON.parse(decodeUtf8(opened));
}

/** The secrets that sign at a time, the newest first. */
export function secretsAt(sealed: Sealed, now: number): SealedSecret[] {
  return sealed.secrets.filter(({ until }) => until === null || until > now);
}

function contextOf(id: string): string {
  return `subscription:${id}`;
}
