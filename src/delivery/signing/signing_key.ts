import { fromBase64 } from "../../_internal/base64.ts";
import type { Bytes } from "../../_internal/bytes.ts";
import { hmacSha256 } from "../../_internal/hmac.ts";
import { ConfigError } from "../../errors.ts";
import {
  ed25519Signer,
  ed25519Verifier,
  PUBLIC_KEY_BYTES,
  SEED_BYTES,
} from "./_ed25519.ts";

/** How secrets and keys begin: a shared secret, a private key, a public key. */
export const PREFIX = {
  v1: "whsec_",
  private: "whsk_",
  public: "whpk_",
} as const;

/** As many signatures as one header may hold. */
export const MOST_SIGNATURES = 16;

const MOST_SECRET_BYTES = 512;
const MOST_CACHED = 128;

/** A secret or a key of Standard Webhooks, imported when it is first used. */
export interface SigningKey {
  /** The word before the comma of a signature. */
  readonly version: "v1" | "v1a";
  /** Absent for a public key. */
  readonly sign?: (text: Bytes) => Promise<Bytes>;
  /** Takes the same time for whatever is not the signature. */
  readonly verify: (
    text: Bytes,
    signature: Bytes | undefined,
  ) => Promise<boolean>;
}

const cache = new Map<string, SigningKey>();

/** Reads each secret, at least one and at most sixteen of them. */
export function readSigningKeys(
  secrets: string | readonly string[],
  read: (secret: unknown) => SigningKey = readSigningKey,
): SigningKey[] {
  const given = new Set(Array.isArray(secrets) ? secrets : [secrets]);
  if (given.size === 0 || given.size > MOST_SIGNATURES) {
    const state = `there are ${given.size} of them`;
    throw refuse(`${state}, wanted from 1 to ${MOST_SIGNATURES}`);
  }
  return Array.from(given, (secret) => read(secret));
}

/** Reads a secret; a `ConfigError` without its value says what is wrong. */
function readSigningKey(secret: unknown): SigningKey {
  const shared = readAfter(secret, PREFIX.v1) ?? new Uint8Array();
  if (shared.length > 0 && shared.length <= MOST_SECRET_BYTES) {
    return { version: "v1", ...hmacSha256(shared) };
  }
  const pair = readAfter(secret, PREFIX.private);
  if (pair?.length === SEED_BYTES + PUBLIC_KEY_BYTES) {
    return {
      version: "v1a",
      sign: ed25519Signer(pair.subarray(0, SEED_BYTES)),
      verify: ed25519Verifier(pair.subarray(SEED_BYTES)),
    };
  }
  const publicKey = readAfter(secret, PREFIX.public);
  if (publicKey?.length === PUBLIC_KEY_BYTES) {
    return { version: "v1a", verify: ed25519Verifier(publicKey) };
  }
  throw refuse(
    `one is not a secret of Standard Webhooks, wanted the base64 of 1 to ${MOST_SECRET_BYTES} bytes after "${PREFIX.v1}", of 64 bytes after "${PREFIX.private}" or of 32 bytes after "${PREFIX.public}"`,
  );
}

/** As {@linkcode readSigningKey}, and keeps the keys that were used last, so that none is imported per message. */
export function cachedSigningKey(secret: unknown): SigningKey {
  if (typeof secret !== "string") return readSigningKey(secret);
  const key = cache.get(secret) ?? readSigningKey(secret);
  cache.delete(secret);
  cache.set(secret, key);
  for (const oldest of cache.keys()) {
    if (cache.size <= MOST_CACHED) break;
    cache.delete(oldest);
  }
  return key;
}

/** The bytes after the prefix, or `undefined` for a text that is anything else. */
export function readAfter(secret: unknown, prefix: string): Bytes | undefined {
  if (typeof secret !== "string" || !secret.startsWith(prefix)) {
    return undefined;
  }
  return fromBase64(secret.slice(prefix.length));
}

/** A secret that cannot be used. */
export function refuse(message: string, field = "secrets"): ConfigError {
  return new ConfigError(`Cannot use ${field}: ${message}`, {
    problems: [{ field, message }],
  });
}
