import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { assertOaepKey } from "./_rsa_oaep_key.ts";

/** A hybrid envelope as it travels in JSON. All members but the marker are standard base64. */
export interface Envelope {
  /** Marks the object as an envelope. */
  readonly _enc: 1;
  /** The AES key, wrapped with RSA-OAEP. */
  readonly k: string;
  /** The 12 bytes of initialization vector of AES-GCM. */
  readonly iv: string;
  /** The ciphertext with its tag of 16 bytes at the end. */
  readonly d: string;
}

/**
 * Encrypts a text so that only the holder of the private key reads it: AES-256-GCM under a new key, which is wrapped
 * with RSA-OAEP.
 *
 * The hash is the one that the key was imported with. {@linkcode decryptEnvelope} opens it.
 *
 * @example
 * ```ts
 * import { type Envelope, encryptEnvelope, importPublicKey } from "@sluice/edge/crypto";
 *
 * export async function seal(text: string, spki: string): Promise<Envelope> {
 *   return await encryptEnvelope(text, await importPublicKey(spki, { hash: "SHA-256" }));
 * }
 * ```
 *
 * @param text The plaintext; its UTF-8 bytes are encrypted.
 * @param publicKey A key of {@linkcode importPublicKey}.
 * @returns The envelope, ready for `JSON.stringify`.
 * @throws {TypeError} When `text` is no string or `publicKey` not an RSA-OAEP key that can encrypt.
 */
export async function encryptEnvelope(
  text: string,
  publicKey: CryptoKey,
): Promise<Envelope> {
  assertOaepKey(publicKey, "encrypt");
  if (typeof text !== "string") {
    throw new TypeError(
      `Cannot encrypt text: wanted a string, got ${typeof text}`,
    );
  }
  const { subtle } = crypto;
  const contentKey = crypto.getRandomValues(new Uint8Array(32));
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const [k, key] = await Promise.all([
    subtle.encrypt("RSA-OAEP", publicKey, contentKey),
    subtle.importKey("raw", contentKey, "AES-GCM", false, ["encrypt"]),
  ]);
  contentKey.fill(0);
  const algorithm = { name: "AES-GCM", iv };
  const d = await subtle.encrypt(algorithm, key, encodeUtf8(text));
  return {
    _enc: 1,
    k: toBase64(new Uint8Array(k)),
    iv: toBase64(iv),
    d: toBase64(new Uint8Array(d)),
  };
}
