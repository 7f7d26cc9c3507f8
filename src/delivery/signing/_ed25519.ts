import { fromBase64 } from "../../_internal/base64.ts";
import { type Bytes, concatBytes, fromHex } from "../../_internal/bytes.ts";
import { ConfigError } from "../../errors.ts";

/** Length of what a private key is made from. */
export const SEED_BYTES = 32;

/** Length of a public key. */
export const PUBLIC_KEY_BYTES = 32;

const SIGNATURE_BYTES = 64;
const NAME = "Ed25519";
// RFC 8410 section 7: everything of a PrivateKeyInfo that stands before the seed.
const PKCS8_HEAD = fromHex("302e020100300506032b657004220420") ??
  new Uint8Array();

/** Signs under the key of a seed (RFC 8032 section 5.1). */
export function ed25519Signer(seed: Bytes): (text: Bytes) => Promise<Bytes> {
  const pkcs8 = concatBytes([PKCS8_HEAD, seed]);
  let imported: CryptoKey | undefined;
  return async (text) => {
    // The key is kept and not its promise, which workerd ties to the request that made it.
    imported ??= await importKey({ format: "pkcs8", bytes: pkcs8 });
    return new Uint8Array(await crypto.subtle.sign(NAME, imported, text));
  };
}

/** Verifies under a public key. A signature that cannot be one costs the same as one that is wrong. */
export function ed25519Verifier(
  publicKey: Bytes,
): (text: Bytes, signature: Bytes | undefined) => Promise<boolean> {
  let imported: CryptoKey | undefined;
  return async (text, signature) => {
    imported ??= await importKey({ format: "raw", bytes: publicKey });
    const possible = signature?.length === SIGNATURE_BYTES;
    const compared = possible ? signature : new Uint8Array(SIGNATURE_BYTES);
    const { subtle } = crypto;
    const equal = await subtle.verify(NAME, imported, compared, text);
    return equal && possible;
  };
}

/** The public key that belongs to a seed. */
export async function publicKeyOfSeed(seed: Bytes): Promise<Bytes> {
  const pkcs8 = concatBytes([PKCS8_HEAD, seed]);
  const key = await importKey({ format: "pkcs8", bytes: pkcs8 }, true);
  // RFC 8037 section 2: the "x" of a private key is its public key, in the alphabet of URLs and without padding.
  const { x = "" } = await crypto.subtle.exportKey("jwk", key);
  const standard = x.replaceAll("-", "+").replaceAll("_", "/");
  const publicKey = fromBase64(`${standard}=`);
  if (publicKey?.length === PUBLIC_KEY_BYTES) return publicKey;
  throw refused();
}

async function importKey(
  { format, bytes }: { format: "pkcs8" | "raw"; bytes: Bytes },
  extractable = false,
): Promise<CryptoKey> {
  const { subtle } = crypto;
  const use = format === "raw" ? "verify" : "sign";
  try {
    return await subtle.importKey(format, bytes, NAME, extractable, [use]);
  } catch {
    throw refused();
  }
}

function refused(): ConfigError {
  const message = "this platform takes no such Ed25519 key";
  return new ConfigError(`Cannot use secrets: ${message}`, {
    problems: [{ field: "secrets", message }],
  });
}
