import type { Bytes } from "./bytes.ts";

/** HMAC-SHA256 (RFC 2104) under one secret. */
export interface Hmac {
  /** The 32 bytes of the tag. */
  sign(message: Bytes): Promise<Bytes>;
  /**
   * Tells whether `tag` is the tag of the message, in the platform's own constant time. One that cannot be a tag costs
   * the same as one that is wrong.
   */
  verify(message: Bytes, tag: Bytes | undefined): Promise<boolean>;
}

const ALGORITHM = { name: "HMAC", hash: "SHA-256" };
const TAG_BYTES = 32;

/** Takes a secret, copies it, and imports it as a key when it is first used; an empty one is a `TypeError`. */
export function hmacSha256(secret: Bytes): Hmac {
  if (secret.length === 0) {
    throw new TypeError("Cannot use the secret: wanted at least one byte");
  }
  const bytes = secret.slice();
  let imported: CryptoKey | undefined;
  // The key is kept and not its promise, which workerd ties to the request that made it.
  const key = async (): Promise<CryptoKey> =>
    imported ??= await crypto.subtle.importKey("raw", bytes, ALGORITHM, false, [
      "sign",
      "verify",
    ]);
  return {
    async sign(message): Promise<Bytes> {
      return new Uint8Array(
        await crypto.subtle.sign("HMAC", await key(), message),
      );
    },
    async verify(message, tag): Promise<boolean> {
      const possible = tag?.length === TAG_BYTES;
      const compared = possible ? tag : new Uint8Array(TAG_BYTES);
      const equal = await crypto.subtle.verify(
        "HMAC",
        await key(),
        compared,
        message,
      );
      return equal && possible;
    },
  };
}
