import { toBase64 } from "../_internal/base64.ts";
import { encodeUtf8 } from "../_internal/bytes.ts";

/** A secret of so many characters is hidden wherever it is, a shorter one where it stands alone. */
export const SHORTEST_ANYWHERE = 4;

const REDACTED = "[redacted]";
const GRAM = 6;
// Also in the spelling of a URL, or of JSON with escaped slashes.
const ENCODED = /[\w+/%\\=-]{6,}/g;

/** Hides what is base64 of something with a secret in it, at whichever of the three alignments. */
export function hideEncoded(text: string, secrets: readonly string[]): string {
  const sought = secrets.flatMap(cores);
  return text.replace(ENCODED, (run) => {
    const plain = standard(run);
    const grams = gramsOf(plain);
    // Looked up first, since a request may hold tens of thousands of texts.
    const holds = (core: string): boolean =>
      grams.has(core.slice(0, GRAM)) && plain.includes(core);
    return sought.some(holds) ? REDACTED : run;
  });
}

/** Hides short secrets where neither a letter nor a digit is beside them. */
export function hideShort(text: string, secrets: readonly string[]): string {
  const whole = secrets.filter((secret) => /[\p{L}\p{N}]/u.test(secret))
    .map((secret) => secret.replace(/[^\p{L}\p{N}]/gu, codePoint));
  if (whole.length === 0) return text;
  const sought = new RegExp(
    `(?<![\\p{L}\\p{N}])(?:${whole.join("|")})(?![\\p{L}\\p{N}])`,
    "gu",
  );
  return text.replace(sought, REDACTED);
}

function codePoint(char: string): string {
  return `\\u{${char.codePointAt(0)?.toString(16)}}`;
}

function standard(run: string): string {
  return run.replace(/\\\/|%2f/gi, "/").replace(/%2b/gi, "+")
    .replaceAll("-", "+").replaceAll("_", "/");
}

function gramsOf(text: string): ReadonlySet<string> {
  const grams = new Set<string>();
  for (let at = 0; at + GRAM <= text.length; at++) {
    grams.add(text.slice(at, at + GRAM));
  }
  return grams;
}

// RFC 4648 section 4: what each alignment makes of a text, without the characters that its neighbours take part in.
function cores(secret: string): string[] {
  const bytes = encodeUtf8(secret);
  return [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const from = Math.ceil(before * 8 / 6);
    return toBase64(padded).slice(from, Math.floor(padded.length * 8 / 6));
  }).filter((core) => core.length >= GRAM);
}
