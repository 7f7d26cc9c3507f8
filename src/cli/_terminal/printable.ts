/** A text of others as one line of a terminal: what would move its cursor or hide something is shown as �. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\ufffd");
}

/** A text of several lines, each of which is {@linkcode printable}. */
export function printableLines(text: string): string {
  const parts = text.split(/(\r?\n)/); // every other one is a line end
  return parts.map((part, i) => i % 2 === 0 ? printable(part) : part).join("");
}

// What JSON leaves as it is and a terminal may obey or hide.
const LEFT_BY_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** A JSON text that says the same and holds nothing that a terminal obeys. */
export function printableJson(text: string): string {
  return text.replace(LEFT_BY_JSON, (each) => {
    const units = Array.from({ length: each.length }, (_, i) => i);
    return units.map((i) => `\\u${hexOf(each.charCodeAt(i))}`).join("");
  });
}

function hexOf(unit: number): string {
  return unit.toString(16).padStart(4, "0");
}
