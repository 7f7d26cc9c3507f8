import { toBase64 } from "../_internal/base64.ts";
import { type Bytes, encodeUtf8, fromHex } from "../_internal/bytes.ts";
import { type Hmac, hmacSha256 } from "../_internal/hmac.ts";
import type { Secret } from "../_internal/secret.ts";
import type { WebhookAuth } from "./_config_webhooks.ts";
import type { Delivery } from "./_webhook_delivery.ts";

declare const VERIFIED: unique symbol;

/** A delivery whose sender has proved who it is. Only a {@linkcode Verifier} makes one. */
export interface VerifiedDelivery extends Delivery {
  /** The header that names the event, if the proof covers it. */
  readonly eventHeader: string | null;
  readonly [VERIFIED]: true;
}

/** Gives the delivery back as a verified one, or `undefined` when its credentials are missing or wrong. */
export type Verifier = (
  delivery: Delivery,
) => Promise<VerifiedDelivery | undefined>;

type Check = (delivery: Delivery) => Promise<boolean>;

/** Names of the headers that the platform sends. */
export const WEBHOOK_ID = "x-allus-webhook-id";
const EVENT = "x-allus-event";
const SIGNATURE = "x-allus-signature";

/** Makes the check of the one method that is configured; without one every delivery is refused. */
export function createVerifier(auth: WebhookAuth | undefined): Verifier {
  const check = createCheck(auth);
  return async (delivery) => {
    if (!await check(delivery)) return undefined;
    const eventHeader = eventHeaderOf(delivery, auth);
    return { ...delivery, eventHeader } as VerifiedDelivery;
  };
}

/**
 * The header that names the event. An HMAC covers the body alone, so whoever has recorded a delivery could give it any
 * name; the other methods prove as much of the headers as of the body.
 */
export function eventHeaderOf(
  { header }: Delivery,
  auth: WebhookAuth | undefined,
): string | null {
  return auth?.method === "hmac" ? null : header(EVENT) ?? null;
}

function createCheck(auth: WebhookAuth | undefined): Check {
  switch (auth?.method) {
    case "hmac":
      return checkHmac(auth);
    case "bearer":
      return checkText("authorization", `Bearer ${auth.token.reveal()}`);
    case "basic": {
      const pair = encodeUtf8(`${auth.username}:${auth.password.reveal()}`);
      return checkText("authorization", `Basic ${toBase64(pair)}`);
    }
    case "header":
      return checkText(auth.name.toLowerCase(), auth.value.reveal());
    case "none":
      return () => Promise.resolve(true);
    default:
      return () => Promise.resolve(false);
  }
}

/** One HMAC over the body whatever came, so that no refusal is faster than another. */
function checkHmac(auth: WebhookAuth & { method: "hmac" }): Check {
  const known = new Map(
    Array.from(auth.secrets, ([id, each]) => [id, macOf(each)]),
  );
  const single = auth.single && macOf(auth.single);
  // What it says is never believed, so that everybody may know its secret.
  const decoy = hmacSha256(new Uint8Array(1));
  return async ({ body, header }) => {
    const id = header(WEBHOOK_ID) ?? "";
    // A comma is how two headers of one name arrive: then nobody can say which webhook this is.
    const other = id.includes(",") ? undefined : single;
    const mac = known.has(id) ? known.get(id) : other;
    const signature = fromHex(header(SIGNATURE)?.trim() ?? "");
    const genuine = await (mac ?? decoy).verify(body, signature);
    return genuine && mac !== undefined;
  };
}

function macOf(secret: Secret<string>): Hmac | undefined {
  const bytes = encodeUtf8(secret.reveal());
  return bytes.length > 0 ? hmacSha256(bytes) : undefined;
}

/**
 * Compares a header with the text that must come by the tags of both, under a key that is that text. So one call of
 * fixed work decides, and neither the length nor the beginning of what is wanted shows in its time.
 */
function checkText(name: string, expected: string): Check {
  const wanted = encodeUtf8(expected);
  if (wanted.length === 0) return () => Promise.resolve(false);
  const mac = hmacSha256(wanted);
  let tag: Bytes | undefined;
  return async ({ header }) => {
    tag ??= await mac.sign(wanted);
    return await mac.verify(encodeUtf8(header(name) ?? ""), tag);
  };
}
