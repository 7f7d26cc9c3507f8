import { isObject, parseJson } from "../_internal/json.ts";
import { createScrub, type Scrub } from "../http/send.ts";

const MOST_CHARS = 200;
// Shorter ones occur by chance.
const FEWEST_CHARS = 4;
// To look for more of them, each in many spellings, takes longer than any words are worth.
const MOST_VALUES = 1_000;

/** What the platform says, as one line; `null` when it is long or repeats a value of the payload (JSON text). */
export function platformWords(
  words: string,
  { scrub, payload }: { scrub: Scrub; payload: string | undefined },
): string | null {
  if (words.length > MOST_CHARS) return null;
  if (payload !== undefined && repeats(words, payload)) return null;
  return scrub.text(words).replace(/[\s\p{Cc}]+/gu, " ").trim();
}

function repeats(words: string, payload: string): boolean {
  const found = new Set<string>();
  collect(parseJson(payload), found);
  if (found.size > MOST_VALUES) return true;
  const values = [...found];
  const line = folded(words);
  return values.map(folded).some((each) => each && line.includes(each)) ||
    createScrub(values).text(words) !== createScrub([]).text(words);
}

function collect(value: unknown, found: Set<string>): void {
  if (found.size > MOST_VALUES) return;
  if (Array.isArray(value)) {
    return value.forEach((each) => collect(each, found));
  }
  if (isObject(value)) return collect(Object.values(value), found);
  const text = textOf(value);
  // What is longer than the words cannot stand in them.
  if (text.length >= FEWEST_CHARS && text.length <= MOST_CHARS) found.add(text);
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value !== "number") return "";
  const text = String(Math.abs(value));
  return text.replace(/\D/g, "").length >= FEWEST_CHARS ? text : "";
}

// Platforms write addresses in lower case, and break lines where they like.
function folded(text: string): string {
  return text.toLowerCase().replace(/\s+/g, " ").trim();
}
