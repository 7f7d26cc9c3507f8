/**
 * Keys, envelopes and seals: reads and writes private keys (PKCS#8, PBES2), opens and makes the hybrid envelopes
 * (RSA-OAEP with AES-256-GCM) in which values travel, and seals what lies in a store (AES-256-GCM).
 *
 * All cryptography is the platform's own `crypto.subtle`. Whatever fails inside a cipher gives one message and no
 * cause.
 *
 * ### Which function
 *
 * | wanted | function |
 * |---|---|
 * | a key to decrypt with, of a PEM text | {@linkcode importPrivateKey} |
 * | a key to encrypt with, of a public key as PEM or base64 | {@linkcode importPublicKey} |
 * | the bytes of a private key, to use them elsewhere | {@linkcode decryptPkcs8} |
 * | a new pair, and its private half encrypted | {@linkcode generateKeyPair}, {@linkcode encryptPkcs8} |
 * | open or make a value | {@linkcode decryptEnvelope}, {@linkcode encryptEnvelope} |
 * | keep bytes secret in a store | {@linkcode generateSealingKey}, {@linkcode createSeal} |
 *
 * ### Private keys
 *
 * PKCS#8 as PEM, plain or encrypted with PBES2: PBKDF2 with HMAC of SHA-1, SHA-224, SHA-256, SHA-384 or SHA-512 as far
 * as the host has it, and AES-CBC. Everything else, such as scrypt, DES, PKCS#1 or OpenSSH's own form, is refused with
 * the `openssl` command that converts it. RSA keys have 2,048 bits at least. PBKDF2 is bounded by `maxIterations`,
 * 10,000,000 by default; Cloudflare refuses more than 100,000, so write keys with 100,000. `sluice keys inspect` says
 * which runtimes open a key.
 *
 * ### Sealing keys
 *
 * The first key of {@linkcode createSeal} seals, all of them open. To rotate: put a new key in front, seal again what
 * is not current, and take the old key away once nothing is left under it. The senders of `@sluice/edge/delivery` and
 * `@sluice/edge/flowflex` take such a list as `sealingKey`.
 *
 * @example From a new key to a value
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
 * import { assertEquals } from "@std/assert";
 *
 * const passphrase = "correct horse battery staple"; // in earnest a random one
 * const { privateKey, publicKey } = await generateKeyPair();
 * const pem = await encryptPkcs8(privateKey, passphrase); // what is kept
 * const spki = encodePem(publicKey, "PUBLIC KEY"); // what is handed out
 *
 * const hash = "SHA-256"; // that of values; the envelope around a webhook has "SHA-1"
 * const wrapper = await encryptEnvelope("anna@example.com", await importPublicKey(spki, { hash }));
 * const key = await importPrivateKey(pem, { passphrase, hash });
 * assertEquals(await decryptEnvelope(wrapper, key), "anna@example.com");
 * ```
 *
 * @module
 */

export type { KeyHash } from "./_rsa.ts";
export type { ReadPrivateKeyOptions } from "./_open_private_key.ts";
export { decryptEnvelope } from "./decrypt_envelope.ts";
export { decryptPkcs8 } from "./decrypt_pkcs8.ts";
export { encodePem, type PemLabel } from "./encode_pem.ts";
export { encryptEnvelope, type Envelope } from "./encrypt_envelope.ts";
export { encryptPkcs8, type EncryptPkcs8Options } from "./encrypt_pkcs8.ts";
export {
  type GeneratedKeyPair,
  generateKeyPair,
  type GenerateKeyPairOptions,
} from "./generate_key_pair.ts";
export {
  importPrivateKey,
  type ImportPrivateKeyOptions,
} from "./import_private_key.ts";
export {
  importPublicKey,
  type ImportPublicKeyOptions,
} from "./import_public_key.ts";
export { createSeal, generateSealingKey, type Seal } from "./seal.ts";
