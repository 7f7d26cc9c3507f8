import { ValidationError } from "../../errors.ts";

/** A pattern that is ready to match. */
export interface Glob {
  /** The pattern as it was given. */
  readonly pattern: string;
  /** Whether it holds no `*`, so that it matches itself alone. */
  readonly isLiteral: boolean;
  /** Tells whether the whole text matches; letter case counts. */
  matches(text: string): boolean;
}

/** The name of an event in its two parts: `invoice.line.added` is `added` of `invoice.line`. */
export interface EventName {
  /** What it is about; may hold dots. */
  readonly noun: string;
  /** What happened; holds no dot. */
  readonly verb: string;
}

const MOST_CHARS = 128;
const NAME = /^[\w-]+(?:\.[\w-]+)+$/;
const NOUN = /^[\w-]+(?:\.[\w-]+)*$/;
const PATTERNS = {
  for: /^[\w*-]+(?:\.[\w*-]+)*$/,
  when: /^[\w*-]+$/,
} as const;
const WANTED = {
  for:
    "wanted nouns such as document, invoice.line or invoice*: letters, digits, _, - and *, with single dots between",
  when: "wanted a verb such as created or line-*: letters, digits, _, - and *",
} as const;

/**
 * Makes a pattern ready. `*` stands for any run of characters, also for none and over dots; all else for itself.
 *
 * Matching goes over the text once and never back, since the first place of each part leaves most room for the rest.
 */
export function compileGlob(pattern: string): Glob {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) {
    return { pattern, isLiteral: true, matches: (text) => text === pattern };
  }
  const matches = (text: string): boolean => {
    const end = text.length - last.length;
    if (end < first.length) return false;
    if (!text.startsWith(first) || !text.endsWith(last)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0 || found + part.length > end) return false;
      at = found + part.length;
    }
    return true;
  };
  return { pattern, isLiteral: false, matches };
}

/** Reads the pattern of a subscription: `for` goes over nouns, `when` over verbs. Throws a `ValidationError`. */
export function parsePattern(text: string, field: "for" | "when"): Glob {
  if (isShortText(text) && PATTERNS[field].test(text)) return compileGlob(text);
  throw refusal(field, WANTED[field]);
}

/** Takes the name of an event apart at its last dot. Throws a `ValidationError` with `name` as field. */
export function parseEventName(name: string): EventName {
  if (!isShortText(name) || !NAME.test(name)) {
    const wanted =
      "wanted noun.verb such as invoice.paid: letters, digits, _ and -, with single dots between";
    throw refusal("name", wanted);
  }
  const dot = name.lastIndexOf(".");
  return { noun: name.slice(0, dot), verb: name.slice(dot + 1) };
}

/** Tells whether a text can be the noun of an event's name. */
export function isNoun(text: string): boolean {
  return isShortText(text) && NOUN.test(text);
}

function isShortText(text: unknown): text is string {
  return typeof text === "string" && text.length <= MOST_CHARS;
}

function refusal(field: string, wanted: string): ValidationError {
  const message =
    `Cannot use ${field}: ${wanted}; at most ${MOST_CHARS} in all`;
  return new ValidationError(message, { field });
}
