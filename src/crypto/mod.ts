/**
 * Keys and envelopes: reads and writes private keys (PKCS#8, PBES2), opens and makes the hybrid envelopes
 * (RSA-OAEP with AES-256-GCM) in which values travel, and seals what lies in a store (AES-256-GCM).
 *
 * All cryptography is the platform's own `crypto.subtle`.
 *
 * @example Open a value
 * ```ts
 * import { decryptEnvelope, importPrivateKey } from "@sluice/edge/crypto";
 *
 * export async function open(pem: string, wrapper: unknown): Promise<string> {
 *   const key = await importPrivateKey(pem, { passphrase: "…", hash: "SHA-256" });
 *   return await decryptEnvelope(wrapper, key);
 * }
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
