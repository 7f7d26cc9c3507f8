import { type Bytes, concatBytes, toHex } from "../_internal/bytes.ts";
import { sha256 } from "../_internal/sha256.ts";
import { pieces } from "./_pieces.ts";

// So that no long file has to be held in memory: WebCrypto digests only what is there as a whole.
const PIECE_BYTES = 1024 * 1024;

/** Names the bytes of a file: a digest of the digests of its pieces. */
export async function contentDigest(
  source: AsyncIterable<Uint8Array>,
): Promise<string> {
  const digests: Bytes[] = [];
  for await (const piece of pieces(source, PIECE_BYTES)) {
    digests.push(await sha256(piece));
  }
  return toHex(await sha256(concatBytes(digests)));
}
