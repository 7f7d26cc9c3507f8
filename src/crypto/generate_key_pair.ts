/** What {@linkcode generateKeyPair} makes. */
export interface GenerateKeyPairOptions {
  /**
   * Bits of the modulus.
   *
   * @default {2048}
   */
  modulusLength?: 2048 | 3072 | 4096;
}

/** Both halves of a new RSA key. */
export interface GeneratedKeyPair {
  /** DER bytes of the PrivateKeyInfo (PKCS#8), not encrypted: give them to `encryptPkcs8`, then overwrite them. */
  readonly privateKey: Uint8Array<ArrayBuffer>;
  /** DER bytes of the SubjectPublicKeyInfo. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
}

/**
 * Makes a new RSA key, as bytes because the hash is chosen only at import.
 *
 * @example From new key to decrypted value
 * ```ts
 * import {
 *   decryptEnvelope,
 *   encodePem,
 *   encryptEnvelope,
 *   encryptPkcs8,
 *   generateKeyPair,
 *   importPrivateKey,
 *   importPublicKey,
 * } from "@sluice/edge/crypto";
 *
 * const { privateKey, publicKey } = await generateKeyPair();
 * const hash = "SHA-256";
 * const passphrase = "correct horse";
 * const pem = await encryptPkcs8(privateKey, passphrase);
 * const spki = encodePem(publicKey, "PUBLIC KEY");
 *
 * const wrapper = await encryptEnvelope("hello", await importPublicKey(spki, { hash }));
 * const key = await importPrivateKey(pem, { passphrase, hash });
 * console.log(await decryptEnvelope(wrapper, key)); // hello
 * ```
 *
 * @param options The size.
 * @returns Both halves.
 * @throws {RangeError} When `modulusLength` is not 2048, 3072 or 4096.
 */
export async function generateKeyPair(
  options: GenerateKeyPairOptions = {},
): Promise<GeneratedKeyPair> {
  const { modulusLength = 2048 } = options;
  if (![2048, 3072, 4096].includes(modulusLength)) {
    throw new RangeError("Cannot use modulusLength: wanted 2048, 3072 or 4096");
  }
  const { subtle } = crypto;
  const publicExponent = Uint8Array.of(1, 0, 1);
  const pair = await subtle.generateKey(
    { name: "RSA-OAEP", modulusLength, publicExponent, hash: "SHA-256" },
    true,
    ["encrypt", "decrypt"],
  );
  const [privateKey, publicKey] = await Promise.all([
    subtle.exportKey("pkcs8", pair.privateKey),
    subtle.exportKey("spki", pair.publicKey),
  ]);
  return {
    privateKey: new Uint8Array(privateKey),
    publicKey: new Uint8Array(publicKey),
  };
}
