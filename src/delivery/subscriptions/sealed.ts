import { fromBase64, toBase64 } from "../../_internal/base64.ts";
import { decodeUtf8, encodeUtf8 } from "../../_internal/bytes.ts";
import type { Sealed, SealedSecret, SubscriptionRow } from "../_rows.ts";
import type { SenderParts } from "../_sender_parts.ts";

/** What the secrets of a subscription are bound to: with another target in its row they do not open. */
type Bound = Pick<SubscriptionRow, "id" | "to">;

/** Seals the secrets and headers of a subscription for its row. */
export async function sealFor(
  { seal }: Pick<SenderParts, "seal">,
  { sealed, ...row }: Bound & { sealed: Sealed },
): Promise<string> {
  const bytes = encodeUtf8(JSON.stringify(sealed));
  return toBase64(await seal.seal(bytes, contextOf(row)));
}

/**
 * Opens the secrets and headers of a subscription.
 *
 * @throws {DecryptError} When its row is damaged, has another target, or was sealed with a key that is not given.
 */
export async function openSealed(
  { seal }: Pick<SenderParts, "seal">,
  { sealed, ...row }: Bound & Pick<SubscriptionRow, "sealed">,
): Promise<Sealed> {
  // What is not Base64 goes the same way as what does not open.
  const bytes = fromBase64(sealed) ?? new Uint8Array();
  const opened = await seal.open(bytes, contextOf(row));
  return JSON.parse(decodeUtf8(opened));
}

/** The secrets that sign at a time, the newest first. */
export function secretsAt(sealed: Sealed, now: number): SealedSecret[] {
  return sealed.secrets.filter(({ until }) => until === null || until > now);
}

function contextOf({ id, to }: Bound): string {
  return `subscription:${id}:${to}`;
}
