const DIGITS =
  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const SOURCE = 1;

/** The parts of a source map (ECMA-426) that tell which module each column came from. */
export interface SourceMap {
  readonly sources: readonly string[];
  readonly mappings: string;
}

/**
 * How many characters of a minified file each module wrote. What stands before the first mapping of a line, which the
 * bundler wrote by itself, is under `""`.
 */
export function lengthsByModule(
  text: string,
  map: SourceMap,
): Map<string, number> {
  const lengths = new Map<string, number>();
  const add = (module: string, length: number): void => {
    lengths.set(module, (lengths.get(module) ?? 0) + length);
  };
  const lines = text.split("\n");
  let source = 0; // counted on from line to line, unlike the column
  map.mappings.split(";").forEach((mappings, i) => {
    let column = 0;
    let module = "";
    for (const mapping of mappings === "" ? [] : mappings.split(",")) {
      const numbers = readNumbers(mapping);
      const [step = 0] = numbers;
      add(module, step);
      column += step;
      source += numbers[SOURCE] ?? 0;
      module = numbers.length > SOURCE ? map.sources[source] ?? "" : "";
    }
    add(module, (lines[i]?.length ?? 0) - column);
  });
  return lengths;
}

/** Base64 VLQ: five bits a digit, the sixth says that more follow, the lowest bit of the whole is the sign. */
function readNumbers(mapping: string): number[] {
  const numbers: number[] = [];
  let number = 0;
  let shift = 0;
  for (const digit of mapping) {
    const bits = DIGITS.indexOf(digit);
    number += (bits & 31) * 2 ** shift;
    shift += 5;
    if (bits >= 32) continue;
    const magnitude = Math.floor(number / 2);
    numbers.push(number % 2 ? -magnitude : magnitude);
    number = 0;
    shift = 0;
  }
  return numbers;
}
