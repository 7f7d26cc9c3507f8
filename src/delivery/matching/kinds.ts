import { isNoun } from "./glob.ts";

/** Which nouns are kinds of others. */
export interface Kinds {
  /** The noun itself, then its parents, then theirs: breadth first, each once. */
  lineage(noun: string): readonly string[];
}

/**
 * Makes the inheritance of nouns ready: `{ invoice: ["document"] }` lets a subscription for `document` hear of invoices.
 *
 * @param parents The direct parents of each noun, the nearest first; read once.
 * @throws {TypeError} When a noun cannot be one, or a noun is its own ancestor.
 */
export function createKinds(
  parents: Readonly<Record<string, readonly string[]>> = {},
): Kinds {
  const known = new Map(Object.entries(parents).map(readKind));
  refuseCircles(known);
  const found = new Map<string, readonly string[]>();
  for (const noun of known.keys()) found.set(noun, walk(noun, known));
  return { lineage: (noun) => found.get(noun) ?? [noun] };
}

type Parents = ReadonlyMap<string, readonly string[]>;

function readKind(
  [noun, parents]: [string, readonly string[]],
): [string, readonly string[]] {
  if (!Array.isArray(parents) || ![noun, ...parents].every(isNoun)) {
    throw new TypeError(
      `Cannot use kinds: wanted nouns such as "invoice" with a list of their parents, for ${
        JSON.stringify(noun.slice(0, 128))
      }`,
    );
  }
  return [noun, parents];
}

function walk(noun: string, known: Parents): readonly string[] {
  const lineage = new Set([noun]);
  // A set gives what is added while it is walked.
  for (const each of lineage) {
    for (const parent of known.get(each) ?? []) lineage.add(parent);
  }
  return [...lineage];
}

// Who has no parent that is left is in no circle; when nobody can go any more, each one left leads into a circle.
function refuseCircles(known: Parents): void {
  const left = new Set(known.keys());
  const isFree = (noun: string): boolean =>
    !known.get(noun)?.some((parent) => left.has(parent));
  for (let before = -1; before !== left.size;) {
    before = left.size;
    for (const noun of left) if (isFree(noun)) left.delete(noun);
  }
  const [first] = left;
  if (first === undefined) return;
  const circle = circleFrom(
    first,
    (noun) => known.get(noun)?.find((parent) => left.has(parent)) ?? noun,
  );
  throw new TypeError(
    `Cannot use kinds: wanted no noun that inherits from itself, got ${
      circle.join(" -> ")
    }`,
  );
}

function circleFrom(first: string, next: (noun: string) => string): string[] {
  const path: string[] = [];
  let noun = first;
  while (!path.includes(noun)) {
    path.push(noun);
    noun = next(noun);
  }
  return [...path.slice(path.indexOf(noun)), noun];
}
