/** Refuses what is not a key of `importPrivateKey` or `importPublicKey`. */
export function assertOaepKey(
  key: unknown,
  use: "encrypt" | "decrypt",
): asserts key is CryptoKey {
  if (
    key instanceof CryptoKey && key.algorithm.name === "RSA-OAEP" &&
    key.usages.includes(use)
  ) return;
  throw new TypeError(`Cannot use key: wanted an RSA-OAEP key that can ${use}`);
}
