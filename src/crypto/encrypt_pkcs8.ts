import { assertInteger } from "../_internal/assert.ts";
import type { Bytes } from "../_internal/bytes.ts";
import { readOrFail } from "./_der.ts";
import {
  derNull,
  derOctets,
  derOid,
  derSequence,
  derUint,
} from "./_der_writer.ts";
import { readPrivateKeyInfo } from "./_key_info.ts";
import { assertPassphrase } from "./_open_private_key.ts";
import { deriveCipherKey, type Pbes2 } from "./_pbes2.ts";
import {
  AES_256_CBC,
  HMAC_SHA256,
  PBES2_OID,
  PBKDF2_OID,
} from "./_pbes2_schemes.ts";
import { encodePem } from "./encode_pem.ts";

/** How {@linkcode encryptPkcs8} protects a key. */
export interface EncryptPkcs8Options {
  /**
   * PBKDF2 iterations. More make guessing the passphrase dearer, and so does each opening; Cloudflare refuses more than
   * the default.
   *
   * @default {100_000}
   */
  iterations?: number;
}

/**
 * Encrypts the DER bytes of a PrivateKeyInfo with a passphrase, as the PEM text of an "ENCRYPTED PRIVATE KEY".
 *
 * PBES2 (RFC 8018) with PBKDF2 (HMAC with SHA-256, 16 bytes of salt) and AES-256 in CBC mode; `openssl pkey` and
 * {@linkcode decryptPkcs8} open it.
 *
 * @example
 * ```ts
 * import { encryptPkcs8, generateKeyPair } from "@sluice/edge/crypto";
 *
 * const { privateKey } = await generateKeyPair();
 * const pem = await encryptPkcs8(privateKey, "correct horse");
 * console.log(pem.split("\n")[0]); // -----BEGIN ENCRYPTED PRIVATE KEY-----
 * ```
 *
 * @param der The PrivateKeyInfo.
 * @param passphrase Its UTF-8 bytes open the key again.
 * @param options The cost.
 * @returns The text, with a line break at the end.
 * @throws {TypeError} When `der` is no PrivateKeyInfo or `passphrase` no string.
 * @throws {RangeError} When `iterations` is not a whole number from 1 up.
 * @throws {ConfigError} When the platform does not allow that many iterations.
 */
export async function encryptPkcs8(
  der: Uint8Array,
  passphrase: string,
  options: EncryptPkcs8Options = {},
): Promise<string> {
  const { iterations = 100_000 } = options;
  assertInteger(iterations, "iterations", { min: 1, max: 2 ** 31 - 1 });
  assertPassphrase(passphrase, "passphrase");
  const plain = copyKey(der);
  const kdf = { salt: randomBytes(16), iterations, prf: HMAC_SHA256 };
  const cipher = AES_256_CBC;
  const iv = randomBytes(16);
  try {
    const use = { passphrase, field: "iterations", cipher };
    const key = await deriveCipherKey(kdf, use);
    const algorithm = { name: "AES-CBC", iv };
    const data = await crypto.subtle.encrypt(algorithm, key, plain);
    const pbes2 = { kdf, cipher, iv, data: new Uint8Array(data) };
    return encodePem(writePbes2(pbes2), "ENCRYPTED PRIVATE KEY");
  } finally {
    plain.fill(0);
  }
}

/** Writes an EncryptedPrivateKeyInfo (RFC 5958 section 3). */
function writePbes2({ kdf, cipher, iv, data }: Pbes2): Bytes {
  const prf = derSequence(derOid(kdf.prf.oid), derNull());
  const kdfParams = derSequence(
    derOctets(kdf.salt),
    derUint(kdf.iterations),
    prf,
  );
  const params = derSequence(
    derSequence(derOid(PBKDF2_OID), kdfParams),
    derSequence(derOid(cipher.oid), derOctets(iv)),
  );
  const scheme = derSequence(derOid(PBES2_OID), params);
  return derSequence(scheme, derOctets(data));
}

function copyKey(der: Uint8Array): Bytes {
  if (!(der instanceof Uint8Array)) throw notKey();
  const copy = new Uint8Array(der);
  readOrFail(() => readPrivateKeyInfo(copy), notKey);
  return copy;
}

function notKey(): TypeError {
  return new TypeError(
    "Cannot encrypt der: wanted the DER bytes of a PKCS#8 PrivateKeyInfo",
  );
}

function randomBytes(length: number): Bytes {
  return crypto.getRandomValues(new Uint8Array(length));
}
