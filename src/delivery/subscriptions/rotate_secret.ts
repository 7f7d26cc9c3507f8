import { assertInteger } from "../../_internal/assert.ts";
import { ValidationError } from "../../errors.ts";
import { makeSecret, type ShownSecret } from "./new_row.ts";
import type { Sealed, SealedSecret, SubscriptionRow } from "../_rows.ts";
import { openSealed, sealFor, secretsAt } from "./sealed.ts";
import { PREFIX } from "../signing/signing_key.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { editRow, unknownId } from "./stored.ts";
import { isOwnSecret, OWN_SECRET, type Signing } from "./_terms.ts";

/** How a secret is rotated. */
export interface RotateSecretOptions {
  /**
   * Milliseconds for which the old secrets go on signing beside the new one, at most seven days; 0 ends them now.
   *
   * @default {86400000}
   */
  readonly overlapMs?: number;
  /** A new secret of the caller's own, which begins with `whsec_` or `whsk_`. One is made by default. */
  readonly secret?: string;
}

/** For how long old secrets go on when nothing is said. */
export const OVERLAP_MS = 86_400_000;

const MOST_OVERLAP_MS = 7 * 86_400_000;
// With the new one, as many signatures as receivers accept in one header (verifySignature: 16).
const MOST_OLD = 10;

/**
 * Gives a subscription a new secret, of the kind of the one it has. For a while requests carry a signature of each, so
 * that the receiver can change over when it likes. No old secret outlives `overlapMs`.
 *
 * @returns What the receiver verifies with from now on: shown now and never again.
 * @throws {ValidationError} When there is none of that id, its requests are not signed, the secret is none, or ten old
 * ones still sign.
 * @throws {RangeError} When `overlapMs` is out of bounds.
 * @throws {DecryptError} When its secrets were sealed with a key that is not given.
 */
export async function rotateSecret(
  sender: SenderParts,
  id: string,
  options: RotateSecretOptions = {},
): Promise<ShownSecret> {
  const { overlapMs = OVERLAP_MS, secret } = options;
  assertInteger(overlapMs, "overlapMs", { min: 0, max: MOST_OVERLAP_MS });
  if (secret !== undefined && !isOwnSecret(secret)) {
    throw refusal("secret", `wanted ${OWN_SECRET}`);
  }
  let shown: ShownSecret | undefined;
  const changed = await editRow(sender, id, {
    decide: async (row) => {
      const sealed = await openSealed(sender, row);
      const made = await makeSecret(nextSigning(sealed, secret));
      const rotated = withSecret(sealed, made.signsWith, {
        now: sender.now(),
        overlapMs,
      });
      shown = made.shown;
      return { row: await resealed(sender, { row, sealed: rotated }) };
    },
  });
  if (!changed || !shown) throw unknownId("rotate the secret of");
  return shown;
}

/** The row with other secrets or headers. */
export async function resealed(
  sender: SenderParts,
  { row, sealed }: { row: SubscriptionRow; sealed: Sealed },
): Promise<SubscriptionRow> {
  return {
    ...row,
    sealed: await sealFor(sender, { ...row, sealed }),
    updatedAt: sender.now(),
  };
}

/** The secrets with a new one in front of them, and an end for all others. */
export function withSecret(
  sealed: Sealed,
  secret: string | null,
  { now, overlapMs }: { now: number; overlapMs: number },
): Sealed {
  if (secret === null) return sealed;
  const end = now + overlapMs;
  const old: SealedSecret[] = secretsAt(sealed, now)
    .filter((each) => each.secret !== secret)
    .map((each) => ({ ...each, until: Math.min(each.until ?? end, end) }));
  const left = overlapMs === 0 ? [] : old;
  if (left.length > MOST_OLD) {
    const first = Math.min(...left.map(({ until }) => until ?? end));
    throw refusal(
      "overlapMs",
      `${MOST_OLD} old secrets still sign, wanted 0, or a call after ${
        new Date(first).toISOString()
      }`,
    );
  }
  return { ...sealed, secrets: [{ secret, until: null }, ...left] };
}

function nextSigning(sealed: Sealed, secret: string | undefined): Signing {
  const [newest] = sealed.secrets;
  if (!newest) {
    throw refusal("id", "its requests are not signed, wanted one that signs");
  }
  if (secret !== undefined) return { secret };
  return newest.secret.startsWith(PREFIX.private) ? "v1a" : "v1";
}

function refusal(field: string, state: string): ValidationError {
  return new ValidationError(`Cannot rotate the secret: ${field}: ${state}`, {
    field,
  });
}
