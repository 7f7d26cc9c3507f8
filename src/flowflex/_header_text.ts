const MOST_CHARS = 255;
// RFC 9110 section 5.5 without obs-text: visible ASCII, and spaces inside.
const HEADER_TEXT = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/;

/** Refuses what a header cannot carry to the letter. The message never repeats it. */
export function assertHeaderText(
  value: unknown,
  name: string,
): asserts value is string {
  if (typeof value !== "string" || value === "") {
    throw new TypeError(`Cannot use ${name}: wanted a text that is not empty`);
  }
  if (value.length > MOST_CHARS) {
    throw new RangeError(
      `Cannot use ${name}: wanted at most ${MOST_CHARS} characters, got ${value.length}`,
    );
  }
  if (HEADER_TEXT.test(value)) return;
  throw new TypeError(
    `Cannot use ${name}: wanted visible ASCII characters with spaces between them only`,
  );
}
