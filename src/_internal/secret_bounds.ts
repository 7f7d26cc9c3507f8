/** What is said in place of a text in which nobody looks for all secrets. */
export const UNSEEN = "[redacted: too much to look through]";

// Large credentials come nowhere near, with all that is made of them.
const MOST_SECRETS = 1_000;
const MOST_CHARS = 256 * 1024;
// Secrets times characters of the text: a fraction of a second.
const MOST_WORK = 8_000_000;

/**
 * Takes secrets, and stops when there are too many of them to be looked for.
 *
 * Who sends a request chooses how many secrets it holds. To look for a hundred thousand in one text takes a minute, in
 * which the process does nothing else.
 */
export function takeSecrets(all: Iterable<string>): string[] {
  const taken: string[] = [];
  let chars = 0;
  for (const each of all) {
    taken.push(each);
    chars += each.length;
    if (taken.length > MOST_SECRETS || chars > MOST_CHARS) break;
  }
  return taken;
}

/** Tells whether there are too many secrets to be looked for in any text. */
export function areTooMany(secrets: readonly string[]): boolean {
  return secrets.length > MOST_SECRETS ||
    secrets.reduce((chars, each) => chars + each.length, 0) > MOST_CHARS;
}

/** Tells whether to look for the secrets in that text takes too long. */
export function isTooMuch(secrets: readonly string[], text: string): boolean {
  return secrets.length * text.length > MOST_WORK;
}
