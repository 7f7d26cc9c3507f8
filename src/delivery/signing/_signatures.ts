import { fromBase64 } from "../../_internal/base64.ts";
import type { Bytes } from "../../_internal/bytes.ts";
import { MOST_SIGNATURES, type SigningKey } from "./signing_key.ts";

// Sixteen of the longest, which have 88 digits, and room for what is no signature.
const MOST_CHARACTERS = 4096;

interface Offered {
  readonly version: string;
  readonly bytes: Bytes | undefined;
}

/** Tells whether one of the signatures of a header is one that any of the keys makes of the text. */
export async function hasSignature(
  { text, header }: { text: Bytes; header: string },
  keys: readonly SigningKey[],
): Promise<boolean> {
  const offered = readOffered(header);
  const answers = await Promise.all(
    keys.map((key) => matches(key, { text, offered })),
  );
  return answers.includes(true);
}

/** Compares all of the key's version; where there is none, one that cannot match, for the same cost. */
async function matches(
  { version, verify }: SigningKey,
  { text, offered }: { text: Bytes; offered: readonly Offered[] },
): Promise<boolean> {
  const own = offered.filter((signature) => signature.version === version);
  const compared = own.length > 0 ? own : [{ bytes: undefined }];
  const answers = await Promise.all(
    compared.map(({ bytes }) => verify(text, bytes)),
  );
  return answers.includes(true);
}

/** Takes a header apart; one that holds too much counts as an empty one. */
function readOffered(header: string): Offered[] {
  if (header.length > MOST_CHARACTERS) return [];
  const entries = header.split(" ").filter((entry) => entry !== "");
  if (entries.length > MOST_SIGNATURES) return [];
  return entries.map((entry) => {
    const [version = "", ...rest] = entry.split(",");
    return { version, bytes: fromBase64(rest.join(",")) };
  });
}
