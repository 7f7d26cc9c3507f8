import { fromBase64 } from "../_internal/base64.ts";
import { type Bytes, decodeUtf8 } from "../_internal/bytes.ts";
import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import { DecryptError } from "../errors.ts";
import { assertOaepKey } from "./_rsa_oaep_key.ts";

const CONTENT_KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/**
 * Opens a hybrid envelope: an AES-256-GCM ciphertext whose key is wrapped with RSA-OAEP.
 *
 * The hash is the one that the key was imported with. Everything that can fail inside the ciphers, from a foreign key
 * to a changed byte, gives the same error without a cause; what is wrong with the form names the member. The `_enc`
 * marker is not looked at.
 *
 * @example
 * ```ts
 * import { decryptEnvelope } from "@sluice/edge/crypto";
 * import { isSluiceError } from "@sluice/edge/errors";
 *
 * export async function readName(wrapper: unknown, key: CryptoKey): Promise<string> {
 *   try {
 *     return await decryptEnvelope(wrapper, key);
 *   } catch (error) {
 *     if (isSluiceError(error) && error.code === "decrypt") return "unreadable";
 *     throw error;
 *   }
 * }
 * ```
 *
 * @param wrapper The envelope `{ k, iv, d }`, as an object or as JSON text.
 * @param key A key of {@linkcode importPrivateKey}.
 * @returns The plaintext.
 * @throws {DecryptError} When the envelope cannot be opened or does not hold UTF-8.
 * @throws {TypeError} When `key` is not an RSA-OAEP key that can decrypt.
 */
export async function decryptEnvelope(
  wrapper: unknown,
  key: CryptoKey,
): Promise<string> {
  assertOaepKey(key, "decrypt");
  const { k, iv, d } = readEnvelope(wrapper);
  const contentKey = await unwrap(k, key);
  try {
    return decodeUtf8(await decryptContent({ iv, d }, contentKey));
  } catch {
    throw new DecryptError(
      "Cannot decrypt value: the envelope is damaged or was made for another key",
    );
  }
}

// RFC 3218 section 2.3.2 and RFC 7516 section 11.5: a key that fails to unwrap is replaced by a random one, made in
// any case, so that the failure shows at the tag, where all others show. `subtle.unwrapKey` would need fewer calls but
// lets through keys of 16 and 24 bytes, and Deno 2.9 runs it on the event loop, at half the rate.
async function unwrap(k: Bytes, key: CryptoKey): Promise<Bytes> {
  const random = crypto.getRandomValues(new Uint8Array(CONTENT_KEY_BYTES));
  try {
    const contentKey = await crypto.subtle.decrypt("RSA-OAEP", key, k);
    if (contentKey.byteLength !== CONTENT_KEY_BYTES) return random;
    return new Uint8Array(contentKey);
  } catch {
    return random;
  }
}

async function decryptContent(
  { iv, d }: { iv: Bytes; d: Bytes },
  contentKey: Bytes,
): Promise<Bytes> {
  const { subtle } = crypto;
  const key = await subtle.importKey("raw", contentKey, "AES-GCM", false, [
    "decrypt",
  ]);
  return new Uint8Array(await subtle.decrypt({ name: "AES-GCM", iv }, key, d));
}

function readEnvelope(wrapper: unknown): { k: Bytes; iv: Bytes; d: Bytes } {
  const envelope = typeof wrapper === "string" ? parseJson(wrapper) : wrapper;
  if (!isObject(envelope)) {
    throw malformed("wanted an envelope, as an object or as JSON text");
  }
  const k = readBytes(envelope, "k");
  const iv = readBytes(envelope, "iv");
  const d = readBytes(envelope, "d");
  if (iv.length !== IV_BYTES) {
    throw malformed(`"iv" of the envelope is not ${IV_BYTES} bytes long`);
  }
  if (d.length < TAG_BYTES) {
    throw malformed(`"d" of the envelope is shorter than ${TAG_BYTES} bytes`);
  }
  return { k, iv, d };
}

function readBytes(envelope: JsonObject, name: "k" | "iv" | "d"): Bytes {
  const value = member(envelope, name);
  if (typeof value !== "string") {
    throw malformed(`the envelope has no text in "${name}"`);
  }
  const bytes = fromBase64(value);
  if (bytes !== undefined) return bytes;
  throw malformed(`"${name}" of the envelope is not standard base64`);
}

function malformed(state: string): DecryptError {
  return new DecryptError(`Cannot decrypt value: ${state}`);
}
