// 64 characters, so that six bits of a random byte choose one without favour (RFC 4648 section 5).
const ALPHABET =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const CHARS = 22;

/** A prefix and 22 random characters that a URL can hold: 132 bits, which nobody guesses and no two share. */
export function randomId(prefix: string): string {
  const bytes = crypto.getRandomValues(new Uint8Array(CHARS));
  return prefix + Array.from(bytes, (byte) => ALPHABET[byte & 63]).join("");
}
