import { ConfigError, ValidationError } from "../../errors.ts";
import { randomId } from "./_random_id.ts";
import type { SubscriptionRow } from "../_rows.ts";
import { sealFor } from "./sealed.ts";
import { PREFIX } from "../signing/signing_key.ts";
import type { SenderParts } from "../_sender_parts.ts";
import type { Signing, Terms } from "./_terms.ts";
import { generateSecret, publicKeyOf } from "../signing/signing_secret.ts";

/** What an active subscription says of itself. */
export const ACTIVE = "Active";

/** What the receiver verifies with. */
export interface ShownSecret {
  /** The shared secret, `whsec_…`; `null` where requests are signed with a pair or not at all. */
  readonly secret: string | null;
  /** The public key, `whpk_…`; `null` where requests are signed with a shared secret or not at all. */
  readonly publicKey: string | null;
}

/** A row that is ready to be stored. */
export interface NewRow {
  readonly row: SubscriptionRow;
  readonly shown: ShownSecret;
}

interface Made {
  readonly signsWith: string | null;
  readonly shown: ShownSecret;
}

/** Makes the row of a new subscription, with its id and its secret. */
export async function newRow(
  sender: SenderParts,
  { content, signing, headers }: Terms,
  { declaration = null }: { declaration?: string | null } = {},
): Promise<NewRow> {
  const id = randomId("sub_");
  const { signsWith, shown } = await makeSecret(signing);
  const secrets = signsWith === null
    ? []
    : [{ secret: signsWith, until: null }];
  const now = sender.now();
  const row: SubscriptionRow = {
    ...content,
    id,
    active: true,
    holds: false,
    statusMessage: ACTIVE,
    declaration,
    createdAt: now,
    updatedAt: now,
    sealed: await sealFor(sender, {
      id,
      to: content.to,
      sealed: { secrets, headers },
    }),
  };
  return { row, shown };
}

/** Makes what is signed with, or takes what the caller made. */
export async function makeSecret(signing: Signing): Promise<Made> {
  if (signing === "none") {
    return { signsWith: null, shown: { secret: null, publicKey: null } };
  }
  if (typeof signing === "object") return await ownSecret(signing.secret);
  const { secret, publicKey } = await generateSecret({ type: signing });
  return made(secret, publicKey);
}

async function ownSecret(secret: string): Promise<Made> {
  if (!secret.startsWith(PREFIX.private)) return made(secret, null);
  try {
    return made(secret, await publicKeyOf(secret));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ValidationError(
      "Cannot use the secret: wanted a pair whose halves belong together",
      { field: "secret" },
    );
  }
}

function made(secret: string, publicKey: string | null): Made {
  const shared = publicKey === null ? secret : null;
  return { signsWith: secret, shown: { secret: shared, publicKey } };
}
