import { type Bytes, toHex } from "../_internal/bytes.ts";

/** SHA-256 in lower-case hexadecimal digits. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  return toHex(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)));
}
