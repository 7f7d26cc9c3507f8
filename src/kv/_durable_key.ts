/** What begins the keys under which expiring entries are listed; {@linkcode encodeKey} gives none of them. */
const EXPIRY = "\u0005";
// Digits enough for every time that a Date can hold.
const DIGITS = 16;

/**
 * An encoded key as Durable Object storage takes it: well-formed Unicode, which it orders by UTF-8.
 *
 * Encoded keys are ordered by UTF-16 units and may hold lone surrogates, which storage would replace by U+FFFD. The two
 * orders are the same once surrogates and U+E000 to U+FFFF have changed places.
 */
export function toStorageKey(encoded: string): string {
  return encoded.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xf800 ? code + 0x800 : code - 0x2000);
  });
}

/** The encoded key that {@linkcode toStorageKey} was given. */
export function fromStorageKey(key: string): string {
  return key.replace(/[\ud800-\uffff]/g, (unit) => {
    const code = unit.charCodeAt(0);
    return String.fromCharCode(code < 0xe000 ? code + 0x2000 : code - 0x800);
  });
}

/** Lists an entry by the time at which it expires. */
export function expiryKey(expiresAt: number, key: string): string {
  return expiryPrefix(expiresAt) + key;
}

/** The keys of all entries that have expired by then. */
export function expiredBy(now: number): { start: string; end: string } {
  return { start: EXPIRY, end: expiryPrefix(Math.floor(now) + 1) };
}

/** The key of the entry that {@linkcode expiryKey} lists. */
export function keyOfExpiry(key: string): string {
  return key.slice(EXPIRY.length + DIGITS);
}

function expiryPrefix(expiresAt: number): string {
  return EXPIRY + String(expiresAt).padStart(DIGITS, "0");
}
