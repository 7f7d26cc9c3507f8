/** A cipher of PBES2 that WebCrypto has. */
export interface CipherScheme {
  readonly oid: string;
  readonly name: string;
  readonly keyBits: number;
}

/** A pseudo-random function of PBKDF2 that WebCrypto may have. */
export interface PrfScheme {
  readonly oid: string;
  readonly name: string;
  readonly hash: string;
}

/** A scheme that WebCrypto lacks. */
export interface RefusedScheme {
  readonly oid: string;
  readonly name: string;
  /** Whether OpenSSL 3 opens it only with its "legacy" provider. */
  readonly legacy: boolean;
}

/** Password-based encryption scheme 2 (RFC 8018 section A.4). */
export const PBES2_OID = "1.2.840.113549.1.5.13";
/** The key derivation function of PBES2 that we support (RFC 8018 section A.2). */
export const PBKDF2_OID = "1.2.840.113549.1.5.12";
/** The key derivation function of RFC 7914. */
export const SCRYPT_OID = "1.3.6.1.4.1.11591.4.11";

/** What encryptPkcs8 writes. */
export const AES_256_CBC: CipherScheme = cipher(42, 256);
/** What encryptPkcs8 writes. */
export const HMAC_SHA256: PrfScheme = prf(9, "SHA-256");
/** RFC 8018 section A.2: `prf [...] DEFAULT algid-hmacWithSHA1`. */
export const HMAC_SHA1: PrfScheme = prf(7, "SHA-1");

/** Ciphers by OID (RFC 8018 section B.2.5, NIST arc 2.16.840.1.101.3.4.1). */
export const CIPHERS: Readonly<Record<string, CipherScheme>> = byOid([
  cipher(2, 128),
  cipher(22, 192),
  AES_256_CBC,
]);

/** Pseudo-random functions by OID (RFC 8018 section B.1). */
export const PRFS: Readonly<Record<string, PrfScheme>> = byOid([
  HMAC_SHA1,
  prf(8, "SHA-224"),
  HMAC_SHA256,
  prf(10, "SHA-384"),
  prf(11, "SHA-512"),
]);

/** Whole encryption schemes that came before PBES2: RFC 8018 section A.3 and RFC 7292 appendix C. */
export const PBES1_SCHEMES: Readonly<Record<string, RefusedScheme>> = byOid([
  pkcs5(1, "pbeWithMD2AndDES-CBC"),
  pkcs5(3, "pbeWithMD5AndDES-CBC"),
  pkcs5(4, "pbeWithMD2AndRC2-CBC"),
  pkcs5(6, "pbeWithMD5AndRC2-CBC"),
  pkcs5(10, "pbeWithSHA1AndDES-CBC"),
  pkcs5(11, "pbeWithSHA1AndRC2-CBC"),
  pkcs12(1, "pbeWithSHAAnd128BitRC4", true),
  pkcs12(2, "pbeWithSHAAnd40BitRC4", true),
  pkcs12(3, "pbeWithSHAAnd3-KeyTripleDES-CBC", false),
  pkcs12(4, "pbeWithSHAAnd2-KeyTripleDES-CBC", false),
  pkcs12(5, "pbeWithSHAAnd128BitRC2-CBC", true),
  pkcs12(6, "pbewithSHAAnd40BitRC2-CBC", true),
]);

/** Ciphers of PBES2 that WebCrypto lacks and that are met in the wild (RFC 8018 section B.2). */
export const REFUSED_CIPHERS: Readonly<Record<string, RefusedScheme>> = byOid([
  { oid: "1.2.840.113549.3.7", name: "des-ede3-cbc", legacy: false },
  { oid: "1.3.14.3.2.7", name: "des-cbc", legacy: true },
  { oid: "1.2.840.113549.3.2", name: "rc2-cbc", legacy: true },
]);

function cipher(arc: number, keyBits: number): CipherScheme {
  const oid = `2.16.840.1.101.3.4.1.${arc}`;
  return { oid, name: `aes-${keyBits}-cbc`, keyBits };
}

function prf(arc: number, hash: string): PrfScheme {
  const name = `hmacWith${hash.replace("-", "")}`;
  return { oid: `1.2.840.113549.2.${arc}`, name, hash };
}

function pkcs5(arc: number, name: string): RefusedScheme {
  return { oid: `1.2.840.113549.1.5.${arc}`, name, legacy: true };
}

function pkcs12(arc: number, name: string, legacy: boolean): RefusedScheme {
  return { oid: `1.2.840.113549.1.12.1.${arc}`, name, legacy };
}

// No prototype, so that no OID of a file can name a member of Object.
function byOid<T extends { oid: string }>(
  schemes: readonly T[],
): Readonly<Record<string, T>> {
  const table: Record<string, T> = Object.create(null);
  for (const scheme of schemes) table[scheme.oid] = Object.freeze(scheme);
  return Object.freeze(table);
}
