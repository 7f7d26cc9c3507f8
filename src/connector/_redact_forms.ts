import { REDACTED } from "../_internal/redacted.ts";
/** A secret of so many characters is hidden wherever it is, a shorter one where it stands alone. */
export const SHORTEST_ANYWHERE = 4;

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
