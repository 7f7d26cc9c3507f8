const QUOTE = '"';

/**
 * The elements of a JSON array that are complete, as text, and what comes after the last of them.
 *
 * For a body that broke off: the server has deleted what it sent, so what did arrive is the only copy. Follows the
 * grammar of RFC 8259 only as far as strings and nesting; each element is parsed on its own afterwards.
 */
export function completeElements(
  source: string,
  name: string,
): { elements: string[]; rest: string } {
  const opening = new RegExp(`^\\s*\\{\\s*"${name}"\\s*:\\s*\\[`).exec(source);
  if (!opening) return { elements: [], rest: source };
  const elements: string[] = [];
  let from = opening[0].length;
  for (
    let end = elementEnd(source, from);
    end !== undefined;
    end = elementEnd(source, from)
  ) {
    elements.push(source.slice(from, end).trim());
    from = end + 1;
    if (source[end] === "]") break;
  }
  return {
    elements: elements.filter((text) => text !== ""),
    rest: source.slice(from),
  };
}

/** Where the element that begins at `from` is followed by its comma or bracket; `undefined` when it is cut off. */
function elementEnd(source: string, from: number): number | undefined {
  let depth = 0;
  for (let i = from; i < source.length; i++) {
    const char = source[i];
    if (char === QUOTE) {
      i = stringEnd(source, i);
      continue;
    }
    if (depth === 0 && (char === "," || char === "]")) return i;
    if (char === "{" || char === "[") depth++;
    if (char === "}" || char === "]") depth--;
  }
  return undefined;
}

/** The index of the quote that ends the string, or the end of the source. */
function stringEnd(source: string, start: number): number {
  for (let i = start + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === QUOTE) return i;
  }
  return source.length;
}
