/** Takes secrets out of what came from elsewhere and may repeat them. */
export interface Scrub {
  /** Hides them in a text. */
  text(text: string): string;
  /** Hides them in every text of a JSON value; what lies too deep is left out. */
  value(value: unknown): unknown;
}

const REDACTED = "[redacted]";
const MOST_DEPTH = 16;
// Shorter texts occur by chance, and hiding them would only garble the message.
const SHORTEST_SECRET = 4;

/** Knows each secret plain and as a form or a URL encodes it. */
export function createScrub(secrets: readonly string[]): Scrub {
  const forms = secrets.filter((text) => text.length >= SHORTEST_SECRET)
    .flatMap(encodings);
  const text = (dirty: string): string =>
    forms.reduce((rest, form) => rest.replaceAll(form, REDACTED), dirty);
  const walk = (value: unknown, depth: number): unknown => {
    if (typeof value === "string") return text(value);
    if (typeof value !== "object" || value === null) return value;
    if (depth === MOST_DEPTH) return null;
    if (Array.isArray(value)) return value.map((each) => walk(each, depth + 1));
    return Object.fromEntries(
      Object.entries(value).map((
        [name, each],
      ) => [text(name), walk(each, depth + 1)]),
    );
  };
  return { text, value: (value) => walk(value, 0) };
}

function encodings(secret: string): string[] {
  const asForm = new URLSearchParams({ "": secret }).toString().slice(1);
  return [secret, asForm, encodeURIComponent(secret.toWellFormed())];
}
