import { type Bytes, fromHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";

/** Tells whether `hex` is the SHA-256 digest of the bytes; how long that takes says nothing about where they differ. */
export async function matchesSha256(
  bytes: Bytes,
  hex: string,
): Promise<boolean> {
  const claimed = fromHex(hex.trim());
  const digest = await sha256(bytes);
  if (claimed?.length !== digest.length) return false;
  let difference = 0;
  digest.forEach((byte, i) => difference |= byte ^ (claimed[i] ?? 0));
  return difference === 0;
}
