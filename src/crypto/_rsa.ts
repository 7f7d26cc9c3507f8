import { convertible, refuse, unsuitable } from "./_refusals.ts";

/** The hashes that RSA-OAEP is used with: SHA-256 for values, SHA-1 for the envelope around a webhook. */
export type KeyHash = "SHA-256" | "SHA-1";

const RSA_OID = "1.2.840.113549.1.1.1";
const RSA_PSS_OID = "1.2.840.113549.1.1.10";
const EC_OID = "1.2.840.10045.2.1";
const MIN_BITS = 2048;
// What BoringSSL and OpenSSL take; above it a single decryption takes minutes.
const MAX_BITS = 16_384;

/** Refuses any hash but those two. */
export function assertKeyHash(hash: unknown): void {
  if (hash === "SHA-256" || hash === "SHA-1") return;
  throw new TypeError('Cannot use hash: wanted "SHA-256" or "SHA-1"');
}

/** Refuses keys that are not RSA, and RSA keys that are too weak or bound to signatures. */
export function assertRsaKey(
  algorithm: string,
  key: { field: string; bits: () => number },
): void {
  if (algorithm !== RSA_OID) {
    throw refuse(key.field, otherAlgorithm(algorithm));
  }
  const bits = key.bits();
  if (bits >= MIN_BITS && bits <= MAX_BITS) return;
  const wanted = `wanted ${MIN_BITS} to ${MAX_BITS} bits`;
  throw refuse(
    key.field,
    unsuitable(`it is an RSA key of ${bits} bits, ${wanted}`),
  );
}

function otherAlgorithm(oid: string): string {
  if (oid === EC_OID) return unsuitable("it is an EC key, wanted an RSA key");
  if (oid === RSA_PSS_OID) {
    const state = "it is an RSA-PSS key, which only signs, wanted an RSA key";
    return convertible(state, "convertPss");
  }
  return unsuitable(`its algorithm is ${oid}, wanted an RSA key`);
}
