import { assertInteger } from "../../_internal/assert.ts";
import { toBase64 } from "../../_internal/base64.ts";
import { concatBytes } from "../../_internal/bytes.ts";
import { PUBLIC_KEY_BYTES, publicKeyOfSeed, SEED_BYTES } from "./_ed25519.ts";
import { PREFIX, readAfter, refuse } from "./signing_key.ts";

/** What to generate. */
export interface GenerateSecretOptions {
  /**
   * `"v1"` for a secret that sender and receiver share, `"v1a"` for a key pair of which the receiver only needs the
   * public key.
   *
   * @default {"v1"}
   */
  readonly type?: "v1" | "v1a";
  /**
   * Length of a shared secret, 24 to 64. The keys of a pair have one length.
   *
   * @default {32}
   */
  readonly bytes?: number;
}

/** A new secret. */
export interface GeneratedSecret {
  /** The version of the signatures that it makes. */
  readonly type: "v1" | "v1a";
  /** What the sender signs with: `whsec_…` or `whsk_…`. */
  readonly secret: string;
  /** What the receiver of a pair verifies with: `whpk_…`. It is `null` for a shared secret. */
  readonly publicKey: string | null;
}

/**
 * Generates what requests are signed with; each endpoint should have its own.
 *
 * @example
 * ```ts
 * import { generateSecret } from "@sluice/edge/delivery";
 *
 * const shared = await generateSecret();
 * console.assert(shared.secret.startsWith("whsec_") && shared.publicKey === null);
 *
 * const pair = await generateSecret({ type: "v1a" });
 * console.assert(pair.secret.startsWith("whsk_"));
 * console.assert(pair.publicKey?.startsWith("whpk_"));
 * ```
 *
 * @param options What to generate.
 * @returns The secret and, of a pair, the public key.
 * @throws {RangeError} When `bytes` is out of bounds.
 * @throws {TypeError} When `type` is unknown, or `bytes` is given for a pair.
 */
export async function generateSecret(
  options: GenerateSecretOptions = {},
): Promise<GeneratedSecret> {
  const { type = "v1", bytes } = options;
  if (type === "v1") return generateShared(bytes ?? 32);
  if (type !== "v1a") {
    throw new TypeError('Cannot use type: wanted "v1" or "v1a"');
  }
  if (bytes === undefined) return await generatePair();
  throw new TypeError('Cannot use bytes: wanted with the type "v1" only');
}

/**
 * The public key that belongs to a private one, to be given to receivers or published for them.
 *
 * @example Publish the keys that are in use, the old one as long as it signs
 * ```ts
 * import { generateSecret, publicKeyOf } from "@sluice/edge/delivery";
 *
 * const { secret } = await generateSecret({ type: "v1a" });
 * const answer = Response.json({ keys: [await publicKeyOf(secret)] });
 * console.assert((await answer.json()).keys[0].startsWith("whpk_"));
 * ```
 *
 * @param secret A secret that begins with `whsk_`.
 * @returns The public key, which begins with `whpk_`.
 * @throws {ConfigError} When it is not such a secret, or its two halves do not belong together, naming `secret`.
 */
export async function publicKeyOf(secret: string): Promise<string> {
  const pair = readAfter(secret, PREFIX.private);
  if (pair?.length !== SEED_BYTES + PUBLIC_KEY_BYTES) {
    const wanted = `the base64 of 64 bytes after "${PREFIX.private}"`;
    throw refuse(`it is not a private key, wanted ${wanted}`, "secret");
  }
  const publicKey = toBase64(
    await publicKeyOfSeed(pair.subarray(0, SEED_BYTES)),
  );
  if (publicKey === toBase64(pair.subarray(SEED_BYTES))) {
    return PREFIX.public + publicKey;
  }
  const state = "its public half does not belong to its private half";
  throw refuse(state, "secret");
}

function generateShared(bytes: number): GeneratedSecret {
  assertInteger(bytes, "bytes", { min: 24, max: 64 });
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  const secret = PREFIX.v1 + toBase64(random);
  return { type: "v1", secret, publicKey: null };
}

async function generatePair(): Promise<GeneratedSecret> {
  const seed = crypto.getRandomValues(new Uint8Array(SEED_BYTES));
  const publicKey = await publicKeyOfSeed(seed);
  const secret = PREFIX.private + toBase64(concatBytes([seed, publicKey]));
  return {
    type: "v1a",
    secret,
    publicKey: PREFIX.public + toBase64(publicKey),
  };
}
