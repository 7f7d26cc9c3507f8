import { importPrivateKey, type KeyHash } from "../crypto/mod.ts";
import type { KeySource } from "./_config_keys.ts";

/** Opens a key when it is first needed, once: the derivation costs tens of milliseconds. */
export function lazyKey(
  source: KeySource,
  options: { hash: KeyHash; maxIterations: number | undefined },
): () => Promise<CryptoKey> {
  const { hash, maxIterations } = options;
  let opened: Promise<CryptoKey> | undefined;
  return () =>
    opened ??= importPrivateKey(source.pem.reveal(), {
      hash,
      field: source.field,
      ...(source.passphrase && { passphrase: source.passphrase.reveal() }),
      ...(maxIterations !== undefined && { maxIterations }),
    });
}
