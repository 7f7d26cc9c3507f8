import { readOrFail } from "./_der.ts";
import { rsaPrivateKeyBits } from "./_key_info.ts";
import {
  type OpenedKey,
  openPrivateKey,
  openSettings,
  type ReadPrivateKeyOptions,
} from "./_open_private_key.ts";
import { assertKeyHash, assertRsaKey, type KeyHash } from "./_rsa.ts";

/** How {@linkcode importPrivateKey} reads a key and what the key is for. */
export interface ImportPrivateKeyOptions extends ReadPrivateKeyOptions {
  /** The hash of RSA-OAEP and its MGF1: "SHA-256" for values, "SHA-1" for the envelope around a webhook. */
  hash: KeyHash;
  /** Opens an encrypted key; not used for one that is not encrypted. */
  passphrase?: string | undefined;
  /**
   * Whether `crypto.subtle.exportKey` may give the key out again.
   *
   * @default {false}
   */
  extractable?: boolean;
}

/**
 * Imports the RSA private key of a PEM text, for {@linkcode decryptEnvelope}.
 *
 * Reads what {@linkcode decryptPkcs8} reads, and refuses all but RSA keys of at least 2048 bits for encryption. PBKDF2
 * with 100,000 iterations takes about 30 ms, so import once and keep the key. A `CryptoKey` is bound to its hash:
 * import twice to use both.
 *
 * @example Import once, on first use
 * ```ts
 * import { importPrivateKey } from "@sluice/edge/crypto";
 *
 * let key: Promise<CryptoKey> | undefined;
 *
 * export function serviceKey(env: Record<string, string>): Promise<CryptoKey> {
 *   return key ??= importPrivateKey(env["SERVICE_KEY"] ?? "", {
 *     passphrase: env["KEY_PASSPHRASE"],
 *     hash: "SHA-256",
 *     field: "SERVICE_KEY",
 *     passphraseField: "KEY_PASSPHRASE",
 *   });
 * }
 * ```
 *
 * @param pem The text of the file.
 * @param options The hash, the passphrase, limits, and names for errors.
 * @returns An RSA-OAEP key that can decrypt.
 * @throws {ConfigError} When there is no key, one that cannot be used, or no passphrase for an encrypted one. A wrong
 * passphrase and damaged data give the same error.
 * @throws {TypeError} When `pem`, `passphrase` or `hash` is of the wrong type.
 * @throws {RangeError} When `maxIterations` is not a whole number from 1 up.
 */
export async function importPrivateKey(
  pem: string,
  options: ImportPrivateKeyOptions,
): Promise<CryptoKey> {
  const { hash, passphrase, extractable = false } = options;
  assertKeyHash(hash);
  const settings = openSettings(passphrase, options);
  const opened = await openPrivateKey(pem, settings);
  try {
    const { info, damaged } = opened;
    const bits = (): number =>
      readOrFail(() => rsaPrivateKeyBits(info.privateKey), damaged);
    assertRsaKey(info.algorithm, { field: settings.field, bits });
    return await importOpened(opened, { hash, extractable });
  } finally {
    opened.der.fill(0);
  }
}

async function importOpened(
  { der, damaged }: OpenedKey,
  { hash, extractable }: { hash: KeyHash; extractable: boolean },
): Promise<CryptoKey> {
  const algorithm = { name: "RSA-OAEP", hash };
  try {
    return await crypto.subtle.importKey("pkcs8", der, algorithm, extractable, [
      "decrypt",
    ]);
  } catch {
    throw damaged();
  }
}
