import { type Bytes, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";

/** SHA-256 in lower-case hexadecimal digits. */
export async function sha256Hex(bytes: Bytes): Promise<string> {
  return toHex(await sha256(bytes));
}
