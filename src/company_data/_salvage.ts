import { type Bytes, tryDecodeUtf8 } from "../_internal/bytes.ts";
import { parseJson } from "../_internal/json.ts";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_LIST = 0x5b;
const CLOSE_LIST = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf];

/** What is whole of a list, and what comes after it. */
export interface Salvage {
  readonly elements: readonly Bytes[];
  /** Whether the list was seen to its end. */
  readonly closed: boolean;
  /** What comes after the last element and its comma or bracket. */
  readonly rest: Bytes;
}

/** Which list is meant. */
export interface SalvageOptions {
  /** The member of the outermost object that holds it. */
  readonly name: string;
  /** Elements after which to stop. */
  readonly most: number;
}

/**
 * The complete elements of a JSON list, as bytes, and what comes after the last of them.
 *
 * For a body that broke off: the server has deleted what it sent, so what did arrive is the only copy. Follows the
 * grammar of RFC 8259 only as far as strings and nesting; each element is parsed on its own afterwards. It looks at
 * bytes, because a body that is cut may end inside a character.
 */
export function completeElements(
  source: Bytes,
  { name, most }: SalvageOptions,
): Salvage {
  const elements: Bytes[] = [];
  const { value: start } = listsOf(source, name).next();
  if (start === undefined) return { elements, closed: false, rest: source };
  let from = start;
  while (elements.length < most) {
    const end = valueEnd(source, from);
    if (end === undefined || source[end] === CLOSE_OBJECT) break;
    if (skipBlank(source, from) < end) {
      elements.push(source.subarray(from, end));
    }
    from = end + 1;
    if (source[end] !== CLOSE_LIST) continue;
    return { elements, closed: true, rest: source.subarray(from) };
  }
  return { elements, closed: false, rest: source.subarray(from) };
}

/** How many lists the outermost object has under one name: `JSON.parse` keeps only the last of them. */
export function countLists(source: Bytes, name: string): number {
  return [...listsOf(source, name)].length;
}

/** Where the first element of each list of that name would begin. */
function* listsOf(
  source: Bytes,
  name: string,
): Generator<number, undefined> {
  const marked = BYTE_ORDER_MARK.every((byte, i) => source[i] === byte);
  let at = skipBlank(source, marked ? BYTE_ORDER_MARK.length : 0);
  if (source[at] !== OPEN_OBJECT) return;
  for (;;) {
    const key = skipBlank(source, at + 1);
    if (source[key] !== QUOTE) return;
    const keyEnd = stringEnd(source, key) + 1;
    const colon = skipBlank(source, keyEnd);
    if (source[colon] !== COLON) return;
    const value = skipBlank(source, colon + 1);
    if (source[value] === OPEN_LIST) {
      const text = tryDecodeUtf8(source.subarray(key, keyEnd));
      if (parseJson(text ?? "") === name) yield value + 1;
    }
    const end = valueEnd(source, value);
    if (end === undefined || source[end] !== COMMA) return;
    at = end;
  }
}

/** Where the value that begins at `from` is followed by its comma or bracket; `undefined` when it is cut off. */
function valueEnd(source: Bytes, from: number): number | undefined {
  let depth = 0;
  for (let i = from; i < source.length; i++) {
    const byte = source[i];
    if (byte === QUOTE) {
      i = stringEnd(source, i);
      continue;
    }
    const closes = byte === CLOSE_OBJECT || byte === CLOSE_LIST;
    if (depth === 0 && (closes || byte === COMMA)) return i;
    if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
    if (closes) depth--;
  }
  return undefined;
}

/** The index of the quote that ends the string, or the end of the source. */
function stringEnd(source: Bytes, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === BACKSLASH) i++;
    else if (source[i] === QUOTE) return i;
  }
  return source.length;
}

// The four kinds of white space of RFC 8259 section 2, and other controls, which only a damaged body holds.
function skipBlank(source: Bytes, from: number): number {
  let at = from;
  while (at < source.length && (source[at] ?? 0) <= 0x20) at++;
  return at;
}
