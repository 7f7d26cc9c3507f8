import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";

/** A new verifier: 32 random bytes (RFC 7636 section 4.1). */
export function newVerifier(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** The challenge of a verifier by S256 (RFC 7636 section 4.2). */
export async function challengeOf(verifier: string): Promise<string> {
  return toBase64Url(await sha256(encodeUtf8(verifier)));
}

/** The alphabet for URLs without padding (RFC 4648 section 5). */
export function toBase64Url(bytes: Uint8Array): string {
  return toBase64(bytes).replaceAll("+", "-").replaceAll("/", "_")
    .replaceAll("=", "");
}
