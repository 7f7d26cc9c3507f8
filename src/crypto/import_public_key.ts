import type { Bytes } from "../_internal/bytes.ts";
import { readOrFail } from "./_der.ts";
import { readPublicKeyInfo, rsaPublicKeyBits } from "./_key_info.ts";
import { assertKeyText, decodePemBody, readPemBlocks } from "./_pem.ts";
import { convertible, refuse, refuseDamaged } from "./_refusals.ts";
import { assertKeyHash, assertRsaKey, type KeyHash } from "./_rsa.ts";

/** What {@linkcode importPublicKey} makes a key for. */
export interface ImportPublicKeyOptions {
  /** The hash of RSA-OAEP and its MGF1: "SHA-256" for values, "SHA-1" for the envelope around a webhook. */
  hash: KeyHash;
  /**
   * What errors call the key, such as the name of its configuration field.
   *
   * @default {"public key"}
   */
  field?: string;
}

/**
 * Imports an RSA public key, for {@linkcode encryptEnvelope}.
 *
 * Takes the DER bytes of a SubjectPublicKeyInfo as base64, or as the one "PUBLIC KEY" block of a PEM text. Private
 * keys, certificates and PKCS#1 keys are refused with a message that ends in the command that converts them.
 *
 * @example
 * ```ts
 * import { encodePem, generateKeyPair, importPublicKey } from "@sluice/edge/crypto";
 *
 * const { publicKey } = await generateKeyPair();
 * const key = await importPublicKey(encodePem(publicKey, "PUBLIC KEY"), {
 *   hash: "SHA-256",
 * });
 * console.log(key.usages); // [ "encrypt" ]
 * ```
 *
 * @param spki Base64 or PEM text.
 * @param options The hash, and a name for errors.
 * @returns An RSA-OAEP key that can encrypt; extractable, because it is no secret.
 * @throws {ConfigError} When it is not an RSA public key of at least 2048 bits.
 * @throws {TypeError} When `spki` or `hash` is of the wrong type.
 */
export async function importPublicKey(
  spki: string,
  options: ImportPublicKeyOptions,
): Promise<CryptoKey> {
  const { hash, field = "public key" } = options;
  assertKeyHash(hash);
  assertKeyText(spki, field);
  const der = decodePublicKey(spki, field);
  assertRsa(der, field);
  const algorithm = { name: "RSA-OAEP", hash };
  try {
    return await crypto.subtle.importKey("spki", der, algorithm, true, [
      "encrypt",
    ]);
  } catch {
    throw refuseDamaged(field);
  }
}

function assertRsa(der: Bytes, field: string): void {
  const damaged = (): Error => refuseDamaged(field);
  const info = readOrFail(() => readPublicKeyInfo(der), damaged);
  const bits = (): number =>
    readOrFail(() => rsaPublicKeyBits(info.publicKey), damaged);
  assertRsaKey(info.algorithm, { field, bits });
}

function decodePublicKey(text: string, field: string): Bytes {
  const blocks = readPemBlocks(text, field);
  const keys = blocks.filter(({ label }) => label === "PUBLIC KEY");
  const bodies = new Set(keys.map(({ body }) => body));
  if (bodies.size > 1) {
    throw refuse(field, "it holds more than one public key, wanted one");
  }
  const [first] = blocks;
  const [body = text] = bodies;
  if (bodies.size === 0 && first !== undefined) {
    throw refuse(field, foreignBlock(first.label));
  }
  const der = decodePemBody(body);
  if (der === undefined || der.length === 0) throw refuseDamaged(field);
  return der;
}

function foreignBlock(label: string): string {
  const state = `it holds "${label}", wanted "PUBLIC KEY"`;
  if (label.endsWith("PRIVATE KEY")) {
    return convertible(state, "publicFromPrivate");
  }
  if (label.endsWith("CERTIFICATE REQUEST")) {
    return convertible(state, "publicFromRequest");
  }
  if (label.endsWith("CERTIFICATE")) {
    return convertible(state, "publicFromCertificate");
  }
  return label === "RSA PUBLIC KEY"
    ? convertible(state, "publicFromPkcs1")
    : state;
}
