import { REDACTED } from "./redacted.ts";
import { toBase64 } from "./base64.ts";
import { encodeUtf8 } from "./bytes.ts";

const GRAM = 6;
const FEW = 100;
// So much of a secret gives it away, and is found in a time that does not grow with its length.
const MOST_SOUGHT = 32;
// Also in the spelling of a URL, or of JSON with escaped slashes. A bounded count overflows the stack over megabytes.
const ENCODED = /[\w+/%\\=-]+/g;

/** Makes what hides base64 of something with a secret in it, at whichever of the three alignments. */
export function encodedHider(
  secrets: readonly string[],
): (text: string) => string {
  let holdsOne: ((plain: string) => boolean) | undefined;
  return (text) => {
    // Most texts never come: made for the first one, and for all that follow.
    const holds = holdsOne ??= finder([...new Set(secrets.flatMap(cores))]);
    return text.replace(
      ENCODED,
      (run) => run.length >= GRAM && holds(standard(run)) ? REDACTED : run,
    );
  };
}

/** Tells what is in a text: for a few by looking for each, for the many that a request may hold by how they begin. */
function finder(sought: readonly string[]): (plain: string) => boolean {
  if (sought.length <= FEW) {
    return (plain) => sought.some((core) => plain.includes(core));
  }
  const byStart = Map.groupBy(sought, (core) => core.slice(0, GRAM));
  return (plain) => {
    for (let at = 0; at + GRAM <= plain.length; at++) {
      const begun = byStart.get(plain.slice(at, at + GRAM));
      if (begun?.some((core) => plain.startsWith(core, at))) return true;
    }
    return false;
  };
}

function standard(run: string): string {
  return run.replace(/\\\/|%2f|\\u002f/gi, "/").replace(/%2b|\\u002b/gi, "+")
    .replaceAll("-", "+").replaceAll("_", "/");
}

// RFC 4648 section 4: what each alignment makes of a text, without the characters that its neighbours take part in.
function cores(secret: string): string[] {
  const bytes = encodeUtf8(secret);
  return [0, 1, 2].map((before) => {
    const padded = new Uint8Array(before + bytes.length);
    padded.set(bytes, before);
    const from = Math.ceil(before * 8 / 6);
    return toBase64(padded).slice(from, Math.floor(padded.length * 8 / 6));
  }).filter((core) => core.length >= GRAM)
    .map((core) => core.slice(0, MOST_SOUGHT));
}
