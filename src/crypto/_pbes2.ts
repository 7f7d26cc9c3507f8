import { type Bytes, encodeUtf8 } from "../_internal/bytes.ts";
import {
  type DerCursor,
  DerError,
  peekTag,
  readDer,
  readElement,
  readOid,
  readSequence,
  readUint,
  skipRest,
  TAG,
} from "./_der.ts";
import {
  CIPHERS,
  type CipherScheme,
  HMAC_SHA1,
  PBES1_SCHEMES,
  PBES2_OID,
  PBKDF2_OID,
  PRFS,
  type PrfScheme,
  REFUSED_CIPHERS,
  SCRYPT_OID,
} from "./_pbes2_schemes.ts";
import { convertible, refuse } from "./_refusals.ts";

const IV_BYTES = 16;
// Nobody writes more than 64; more would only make PBKDF2 hash it.
const MAX_SALT_BYTES = 1024;

/** How a key is derived from a passphrase. */
export interface Kdf {
  readonly salt: Bytes;
  readonly iterations: number;
  readonly prf: PrfScheme;
}

/** An encrypted private key, taken apart. */
export interface Pbes2 {
  readonly kdf: Kdf;
  readonly cipher: CipherScheme;
  readonly iv: Bytes;
  readonly data: Bytes;
}

/** What {@linkcode readPbes2} says and allows. */
export interface Pbes2Limits {
  readonly field: string;
  readonly maxIterations: number;
}

/**
 * Reads an EncryptedPrivateKeyInfo (RFC 5958 section 3). Throws a {@linkcode DerError} for what is none, and a
 * `ConfigError` for a scheme or a cost that is refused.
 */
export function readPbes2(der: Bytes, limits: Pbes2Limits): Pbes2 {
  return readDer(der, (info) => {
    const scheme = readSequence(info, (id) => readScheme(id, limits));
    return { ...scheme, data: readElement(info, TAG.octetString) };
  });
}

/** Opens the data, or resolves to `undefined` when the passphrase is not the right one. */
export async function openPbes2(
  { kdf, cipher, iv, data }: Pbes2,
  use: { passphrase: string; field: string },
): Promise<Bytes | undefined> {
  const key = await deriveCipherKey(kdf, { ...use, cipher });
  const algorithm = { name: "AES-CBC", iv };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(algorithm, key, data));
  } catch {
    return undefined;
  }
}

/** Derives the cipher's key (RFC 8018 section 5.2); it never leaves WebCrypto. */
export async function deriveCipherKey(
  kdf: Kdf,
  use: { passphrase: string; field: string; cipher: CipherScheme },
): Promise<CryptoKey> {
  const { salt, iterations, prf } = kdf;
  const { subtle } = crypto;
  const secret = encodeUtf8(use.passphrase);
  try {
    return await subtle.deriveKey(
      { name: "PBKDF2", hash: prf.hash, salt, iterations },
      await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]),
      { name: "AES-CBC", length: use.cipher.keyBits },
      false,
      ["encrypt", "decrypt"],
    );
  } catch {
    // Neither the passphrase nor the data can make these two calls fail: only the host's choice of schemes does.
    const scheme = `PBKDF2 with ${prf.name} and ${iterations} iterations`;
    throw refuse(
      use.field,
      convertible(`this platform does not offer ${scheme}`),
    );
  } finally {
    secret.fill(0);
  }
}

function readScheme(
  id: DerCursor,
  limits: Pbes2Limits,
): Omit<Pbes2, "data"> {
  const { field } = limits;
  const oid = readOid(id);
  if (oid !== PBES2_OID) throw refuse(field, refusedScheme(oid));
  return readSequence(id, (params) => {
    const kdf = readSequence(params, (kdfId) => readKdf(kdfId, field));
    const { cipher, iv } = readSequence(
      params,
      (cipherId) => readCipher(cipherId, field),
    );
    const { keyLength, ...rest } = kdf;
    if (keyLength !== undefined && keyLength * 8 !== cipher.keyBits) {
      throw new DerError("KeyLength does not match the cipher");
    }
    refuseCost(rest, limits);
    return { kdf: rest, cipher, iv };
  });
}

// RFC 8018 section A.2. The salt's other choice, a salt source, was never given a meaning.
function readKdf(
  id: DerCursor,
  field: string,
): Kdf & { keyLength: number | undefined } {
  const oid = readOid(id);
  if (oid !== PBKDF2_OID) {
    const name = oid === SCRYPT_OID ? "scrypt" : oid;
    const state = `its key derivation is ${name}, wanted PBKDF2`;
    throw refuse(field, convertible(state));
  }
  return readSequence(id, (params) => {
    const salt = readElement(params, TAG.octetString);
    const iterations = readUint(params);
    const keyLength = peekTag(params) === TAG.integer
      ? readUint(params)
      : undefined;
    const prf = peekTag(params) === undefined
      ? HMAC_SHA1
      : readSequence(params, (prfId) => readPrf(prfId, field));
    if (iterations < 1) throw new DerError("No iterations");
    return { salt, iterations, keyLength, prf };
  });
}

function readPrf(id: DerCursor, field: string): PrfScheme {
  const oid = readOid(id);
  const prf = PRFS[oid];
  if (prf === undefined) {
    const state = `its PBKDF2 uses the PRF ${oid}, wanted HMAC with SHA-1 or`;
    throw refuse(field, convertible(`${state} SHA-2`));
  }
  skipRest(id);
  return prf;
}

function readCipher(
  id: DerCursor,
  field: string,
): { cipher: CipherScheme; iv: Bytes } {
  const oid = readOid(id);
  const cipher = CIPHERS[oid];
  if (cipher === undefined) {
    const refused = REFUSED_CIPHERS[oid];
    const state = `its cipher is ${refused?.name ?? oid}, wanted AES-CBC`;
    const command = refused?.legacy ? "convertLegacy" : "convert";
    throw refuse(field, convertible(state, command));
  }
  const iv = readElement(id, TAG.octetString);
  if (iv.length !== IV_BYTES) throw new DerError("IV length");
  return { cipher, iv };
}

function refuseCost(kdf: Kdf, { field, maxIterations }: Pbes2Limits): void {
  if (kdf.salt.length > MAX_SALT_BYTES) {
    const state = `its salt is longer than ${MAX_SALT_BYTES} bytes`;
    throw refuse(field, convertible(state));
  }
  if (kdf.iterations <= maxIterations) return;
  const state = `its PBKDF2 asks for ${kdf.iterations} iterations, wanted at ` +
    `most maxIterations, which is ${maxIterations}`;
  throw refuse(field, convertible(state));
}

function refusedScheme(oid: string): string {
  const pbes1 = PBES1_SCHEMES[oid];
  const name = pbes1 === undefined ? oid : `PBES1 (${pbes1.name})`;
  const state = `it is encrypted with ${name}, wanted PBES2`;
  return convertible(state, pbes1?.legacy ? "convertLegacy" : "convert");
}
