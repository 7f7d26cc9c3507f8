import { systemClock } from "../../_internal/clock.ts";
import { type SignatureHeaders, signWith } from "./signer.ts";
import { cachedSigningKey, readSigningKeys } from "./signing_key.ts";
import { toBytes } from "./_signing_text.ts";

export type { SignatureHeaders } from "./signer.ts";

/** What is signed. */
export interface OutgoingMessage {
  /**
   * Identifies the message, the same for each attempt to deliver it: 1 to 256 visible ASCII characters without a full
   * stop or a comma.
   */
  readonly id: string;
  /** When this attempt is made, in whole seconds since 1970. Default is now. */
  readonly timestamp?: number;
  /** The body exactly as it will travel; a text stands for its UTF-8 bytes. */
  readonly body: Uint8Array | ArrayBuffer | string;
}

/** What a message is signed with. */
export interface SignOptions {
  /**
   * One secret, or up to 16 of them: `whsec_` gives a `v1` signature, `whsk_` a `v1a` one. While a secret is being
   * replaced, give the new one and the old one.
   */
  readonly secrets: string | readonly string[];
}

/**
 * Signs a request as Standard Webhooks 1.0.0 says: HMAC-SHA256 (`v1`) or Ed25519 (`v1a`, RFC 8032) over the id, the
 * timestamp and the body.
 *
 * There is one signature for each secret; receivers accept the request when one of them is right.
 *
 * @example
 * ```ts
 * import { generateSecret, sign } from "@sluice/edge/delivery";
 *
 * const { secret } = await generateSecret();
 * const body = JSON.stringify({ type: "invoice.paid", data: { id: 42 } });
 * const headers = await sign({ id: "msg_1", body }, { secrets: secret });
 * const request = new Request("https://example.com/hook", {
 *   method: "POST",
 *   headers: { ...headers, "content-type": "application/json" },
 *   body,
 * });
 * console.assert(request.headers.get("webhook-id") === "msg_1");
 * ```
 *
 * @param message What is sent.
 * @param options With what to sign.
 * @returns The headers `webhook-id`, `webhook-timestamp` and `webhook-signature`.
 * @throws {ConfigError} When a secret cannot be used, naming `secrets`.
 * @throws {TypeError} When the id does not have the form.
 * @throws {RangeError} When the timestamp is not in whole seconds.
 */
export async function sign(
  message: OutgoingMessage,
  options: SignOptions,
): Promise<SignatureHeaders> {
  const keys = readSigningKeys(options.secrets, cachedSigningKey);
  const { id, timestamp = Math.floor(systemClock.now() / 1000) } = message;
  const body = toBytes(message.body, { name: "body" });
  return await signWith(keys)({ id, timestamp, body });
}
