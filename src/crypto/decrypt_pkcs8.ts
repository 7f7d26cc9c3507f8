import {
  openPrivateKey,
  openSettings,
  type ReadPrivateKeyOptions,
} from "./_open_private_key.ts";

/**
 * Reads the private key of a PEM text as the DER bytes of its PrivateKeyInfo (PKCS#8, RFC 5208).
 *
 * Takes "PRIVATE KEY" and "ENCRYPTED PRIVATE KEY" blocks. The encryption must be PBES2 (RFC 8018) with PBKDF2 (HMAC
 * with SHA-1, or with SHA-2 as far as the platform has it) and AES-128, -192 or -256 in CBC mode. Text around the
 * block and blocks of other kinds are passed over. Whatever else holds a private key is refused with a message that
 * ends in the command that converts it. The algorithm of the key is not looked at;
 * {@linkcode importPrivateKey} does that.
 *
 * @example Write a key for a platform whose CPU limit leaves no time for PBKDF2
 * ```ts
 * import {
 *   decryptPkcs8,
 *   encodePem,
 *   encryptPkcs8,
 *   generateKeyPair,
 * } from "@sluice/edge/crypto";
 *
 * const { privateKey } = await generateKeyPair();
 * const pem = await encryptPkcs8(privateKey, "correct horse");
 *
 * const der = await decryptPkcs8(pem, "correct horse");
 * console.log(encodePem(der, "PRIVATE KEY").length);
 * ```
 *
 * @param pem The text of the file.
 * @param passphrase Its UTF-8 bytes open an encrypted key; not used for one that is not encrypted.
 * @param options Limits, and names for errors.
 * @returns The bytes, which are the key itself: overwrite them after use.
 * @throws {ConfigError} When there is no key, one that cannot be read, or no passphrase for an encrypted one. A wrong
 * passphrase and damaged data give the same error.
 * @throws {TypeError} When `pem` or `passphrase` is no string.
 * @throws {RangeError} When `maxIterations` is not a whole number from 1 up.
 */
export async function decryptPkcs8(
  pem: string,
  passphrase?: string,
  options: ReadPrivateKeyOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const settings = openSettings(passphrase, options);
  return (await openPrivateKey(pem, settings)).der;
}
