import { toBase64 } from "./base64.ts";
import { encodeUtf8 } from "./bytes.ts";

const REDACTED = "[redacted]";
const GRAM = 6;
const FEW = 100;
// Also in the spelling of a URL, or of JSON with escaped slashes. A bounded count overflows the stack over megabytes.
const ENCODED = /[\w+/%\\=-]+/g;

/** Makes what hides base64 of something with a secret in it, at whichever of the three alignments. */
export function encodedHider(
  secrets: readonly string[],
): (text: string) => string {
  let sought: string[] | undefined;
  return (text) => {
    // Most texts never come: made for the first one, and for all that follow.
    const all = sought ??= secrets.flatMap(cores);
    return text.replace(ENCODED, (run) => hideRun(run, all));
  };
}

function hideRun(run: string, sought: readonly string[]): string {
  if (run.length < GRAM) return run;
  const held = finder(standard(run), sought.length);
  return sought.some(held) ? REDACTED : run;
}

/** Tells what is in a text: for a few by looking, for many, of which a request may hold tens of thousands, by index. */
function finder(plain: string, count: number): (core: string) => boolean {
  if (count <= FEW) return (core) => plain.includes(core);
  const grams = gramsOf(plain);
  return (core) => grams.has(core.slice(0, GRAM)) && plain.includes(core);
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
