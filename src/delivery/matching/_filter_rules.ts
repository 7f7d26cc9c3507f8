import { isObject, type JsonObject, member } from "../../_internal/json.ts";
import { toPointer } from "../../_internal/json_pointer.ts";

/** What is wrong with a filter, where. */
export interface FilterProblem {
  /** A JSON Pointer into the filter. */
  readonly pointer: string;
  /** What is wanted there. */
  readonly wanted: string;
}

type Holds = "values" | "schema" | "schemas" | "named schemas";

// All others are refused: patterns and formats can cost exponential time, references repeat what is small, uniqueItems
// compares every pair, and what nobody knows has no effect.
const KEYWORDS: ReadonlyMap<string, Holds> = new Map<string, Holds>([
  ["$comment", "values"],
  ["$schema", "values"],
  ["additionalItems", "schema"],
  ["additionalProperties", "schema"],
  ["allOf", "schemas"],
  ["anyOf", "schemas"],
  ["const", "values"],
  ["contains", "schema"],
  ["description", "values"],
  ["else", "schema"],
  ["enum", "values"],
  ["exclusiveMaximum", "values"],
  ["exclusiveMinimum", "values"],
  ["if", "schema"],
  ["items", "schemas"],
  ["maxItems", "values"],
  ["maxLength", "values"],
  ["maxProperties", "values"],
  ["maximum", "values"],
  ["minItems", "values"],
  ["minLength", "values"],
  ["minProperties", "values"],
  ["minimum", "values"],
  ["not", "schema"],
  ["oneOf", "schemas"],
  ["properties", "named schemas"],
  ["propertyNames", "schema"],
  ["required", "values"],
  ["then", "schema"],
  ["title", "values"],
  ["type", "values"],
]);
// These judge each part of the data anew.
const REPEATED: ReadonlySet<string> = new Set([
  "additionalItems",
  "additionalProperties",
  "contains",
  "items",
  "propertyNames",
]);
const LISTS = ["const", "enum", "required"] as const;
const MOST_LEVELS = 8;
const MOST_SCHEMAS = 64;
const MOST_REPEATED = 8;
const MOST_LIST_CHARS = 1024;

interface Place {
  readonly schema: unknown;
  readonly tokens: readonly (string | number)[];
  readonly level: number;
  /** Whether it judges each part of something. */
  readonly repeated: boolean;
}

/** The first thing about a filter that could make it costly, if any. Whether it is a valid schema is another matter. */
export function filterProblem(filter: JsonObject): FilterProblem | undefined {
  const root: Place = { schema: filter, tokens: [], level: 1, repeated: false };
  const places = [root];
  // The list grows while it is walked.
  for (const place of places) {
    const problem = placeProblem(place);
    if (problem) return problem;
    places.push(...below(place));
  }
  const repeated = places.filter((place) => place.repeated).length;
  if (places.length > MOST_SCHEMAS) {
    return problemAt([], `at most ${MOST_SCHEMAS} schemas in it`);
  }
  if (repeated <= MOST_REPEATED) return undefined;
  const names = [...REPEATED].join(", ");
  return problemAt([], `at most ${MOST_REPEATED} schemas below ${names}`);
}

function placeProblem(place: Place): FilterProblem | undefined {
  const { schema, tokens, level, repeated } = place;
  if (level > MOST_LEVELS) {
    return problemAt(tokens, `at most ${MOST_LEVELS} levels`);
  }
  if (!isObject(schema)) return undefined;
  const unknown = Object.keys(schema).find((each) => !KEYWORDS.has(each));
  if (unknown !== undefined) {
    const known = [...KEYWORDS.keys()].join(", ");
    return problemAt([...tokens, unknown], `only the keywords ${known}`);
  }
  const long = LISTS.find((each) => repeated && isLong(member(schema, each)));
  return long &&
    problemAt([...tokens, long], `at most ${MOST_LIST_CHARS} characters here`);
}

function isLong(value: unknown): boolean {
  return (JSON.stringify(value)?.length ?? 0) > MOST_LIST_CHARS;
}

function below({ schema, tokens, level, repeated }: Place): Place[] {
  if (!isObject(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) =>
    schemasIn(value, KEYWORDS.get(keyword)).map(([path, each]) => ({
      schema: each,
      tokens: [...tokens, keyword, ...path],
      level: level + 1,
      repeated: repeated || REPEATED.has(keyword),
    }))
  );
}

type Found = readonly [path: readonly (string | number)[], schema: unknown];

function schemasIn(value: unknown, holds: Holds | undefined): Found[] {
  switch (holds) {
    case "schema":
      return [[[], value]];
    case "schemas":
      return Array.isArray(value)
        ? value.map((each, index) => [[index], each])
        : [[[], value]];
    case "named schemas":
      return isObject(value)
        ? Object.entries(value).map(([name, each]) => [[name], each])
        : [];
    default:
      return [];
  }
}

function problemAt(
  tokens: readonly (string | number)[],
  wanted: string,
): FilterProblem {
  return { pointer: toPointer(tokens), wanted };
}
