import type { Bytes } from "./bytes.ts";

/** The 32 bytes of the SHA-256 digest (FIPS 180-4). */
export async function sha256(bytes: Bytes): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}
