import type { Bytes } from "../_internal/bytes.ts";
import {
  type DerCursor,
  DerError,
  readBitLength,
  readDer,
  readElement,
  readOid,
  readSequence,
  readUint,
  skipRest,
  TAG,
} from "./_der.ts";

/** A PrivateKeyInfo (RFC 5208 section 5, RFC 5958 section 2), taken apart. */
export interface PrivateKeyInfo {
  /** The algorithm's OID. */
  readonly algorithm: string;
  /** The key in the algorithm's own form. */
  readonly privateKey: Bytes;
}

/** Takes a PrivateKeyInfo apart; throws a {@linkcode DerError} for anything else. */
export function readPrivateKeyInfo(der: Bytes): PrivateKeyInfo {
  return readDer(der, (info) => {
    if (readUint(info) > 1) throw new DerError("Unknown version");
    const algorithm = readSequence(info, readAlgorithm);
    const privateKey = readElement(info, TAG.octetString);
    skipRest(info); // attributes and the public key
    return { algorithm, privateKey };
  });
}

/** A SubjectPublicKeyInfo (RFC 5280 section 4.1), taken apart. */
export interface PublicKeyInfo {
  /** The algorithm's OID. */
  readonly algorithm: string;
  /** The key in the algorithm's own form. */
  readonly publicKey: Bytes;
}

/** Takes a SubjectPublicKeyInfo apart; throws a {@linkcode DerError} for anything else. */
export function readPublicKeyInfo(der: Bytes): PublicKeyInfo {
  return readDer(der, (info) => {
    const algorithm = readSequence(info, readAlgorithm);
    const bits = readElement(info, TAG.bitString);
    if (bits[0] !== 0) throw new DerError("Not whole bytes");
    return { algorithm, publicKey: bits.subarray(1) };
  });
}

/** Bits of the modulus of an RSAPrivateKey (RFC 8017 section A.1.2). */
export function rsaPrivateKeyBits(rsaPrivateKey: Bytes): number {
  return readDer(rsaPrivateKey, (key) => {
    readUint(key); // version
    return readModulusBits(key);
  });
}

/** Bits of the modulus of an RSAPublicKey (RFC 8017 section A.1.1). */
export function rsaPublicKeyBits(rsaPublicKey: Bytes): number {
  return readDer(rsaPublicKey, readModulusBits);
}

function readModulusBits(key: DerCursor): number {
  const bits = readBitLength(key);
  skipRest(key);
  return bits;
}

function readAlgorithm(id: DerCursor): string {
  const oid = readOid(id);
  skipRest(id);
  return oid;
}
