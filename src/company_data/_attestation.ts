import { encodeUtf8 } from "../_internal/bytes.ts";
import { type JsonObject, member, text } from "../_internal/json.ts";
import { matchesSha256 } from "./_digest.ts";
import { asDate, isBlank } from "./_wire.ts";

/** What the platform says about the check of a value. */
export interface Attestation {
  readonly hash: string | null;
  readonly salt: string | null;
  readonly verifiedAt: Date | null;
  readonly verifiedExpiresAt: Date | null;
  /** Whether there is an end to it, readable or not. */
  readonly expires: boolean;
}

/** Takes the four `verified_*` members of a value entry or a change. */
export function readAttestation(entry: JsonObject): Attestation {
  const expiresAt = member(entry, "verified_expires_at");
  return {
    hash: text(entry, "verified_hash"),
    salt: text(entry, "verified_salt"),
    verifiedAt: asDate(member(entry, "verified_at")),
    verifiedExpiresAt: asDate(expiresAt),
    expires: !isBlank(expiresAt),
  };
}

/** Whether the attestation is about exactly this plaintext and still holds; an end that cannot be read has passed. */
export async function isAttested(
  attestation: Attestation,
  { plaintext, now }: { plaintext: string; now: number },
): Promise<boolean> {
  const { hash, salt, expires, verifiedExpiresAt } = attestation;
  if (hash === null || salt === null) return false;
  if (expires && !(verifiedExpiresAt && verifiedExpiresAt.getTime() > now)) {
    return false;
  }
  return await matchesSha256(encodeUtf8(salt + plaintext), hash);
}
