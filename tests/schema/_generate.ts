type Random = () => number;

const NAMES = ["a", "b", "c", "naïve", "x/y", "~"];
const TEXTS = [
  "",
  "a",
  "ab",
  "abc",
  "é",
  "😀",
  "😀😀",
  "user@host",
  "2024-01-01",
];
const NUMBERS = [-1, 0, 1, 1.0, 1.5, 2, 3, 10, 0.25, 1e6];
const TYPES = [
  "array",
  "boolean",
  "integer",
  "null",
  "number",
  "object",
  "string",
];
const FORMATS = ["email", "date", "uri", "password", "file"];
const PATTERNS = ["^a", "\\S", "^[A-Z]{2}$", "😀", "b$"];

/** One of a list. */
export function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

/** Any JSON value, small. */
export function anyValue(random: Random, depth = 3): unknown {
  const kinds = depth > 0 ? 7 : 5;
  switch (Math.floor(random() * kinds)) {
    case 0:
      return null;
    case 1:
      return random() < 0.5;
    case 2:
      return pick(random, NUMBERS);
    case 3:
    case 4:
      return pick(random, TEXTS);
    case 5:
      return some(random, 4, () => anyValue(random, depth - 1));
    default:
      return Object.fromEntries(
        some(random, 4, () => [
          pick(random, NAMES),
          anyValue(random, depth - 1),
        ]),
      );
  }
}

/** Any schema of draft 7 with the keywords in use, and the others besides. */
export function anySchema(random: Random, depth = 3): unknown {
  if (random() < 0.05) return random() < 0.7;
  if (random() < 0.05) return { $ref: "#/definitions/shared" };
  const schema: Record<string, unknown> = {};
  if (random() < 0.7) schema["type"] = anyType(random);
  const more = some(random, 3, () => keyword(random, depth));
  for (const [name, value] of more) schema[name] = value;
  if (random() < 0.2) schema["format"] = pick(random, FORMATS);
  if (random() < 0.1) schema["label"] = "x";
  return schema;
}

function anyType(random: Random): unknown {
  if (random() < 0.6) return pick(random, TYPES);
  return [...new Set([pick(random, TYPES), pick(random, TYPES), "null"])];
}

function keyword(random: Random, depth: number): [string, unknown] {
  const count = (): number => Math.floor(random() * 4);
  const inner = (): unknown => anySchema(random, depth - 1);
  const plain: (() => [string, unknown])[] = [
    () => ["enum", [1, ...new Set(some(random, 3, () => pick(random, TEXTS)))]],
    () => ["const", anyValue(random, 1)],
    () => ["minimum", pick(random, NUMBERS)],
    () => ["maximum", pick(random, NUMBERS)],
    () => ["exclusiveMinimum", pick(random, NUMBERS)],
    () => ["exclusiveMaximum", pick(random, NUMBERS)],
    () => ["multipleOf", pick(random, [1, 2, 0.5, 1.5])],
    () => ["minLength", count()],
    () => ["maxLength", count()],
    () => ["pattern", pick(random, PATTERNS)],
    () => ["minItems", count()],
    () => ["maxItems", count()],
    () => ["uniqueItems", random() < 0.8],
    () => ["minProperties", count()],
    () => ["maxProperties", count()],
    () => ["required", [
      ...new Set(some(random, 3, () => pick(random, NAMES))),
    ]],
  ];
  const nested: (() => [string, unknown])[] = [
    () => ["properties", named(random, inner)],
    () => ["properties", named(random, inner)],
    () => ["patternProperties", { "^a": inner(), "x": inner() }],
    () => ["additionalProperties", inner()],
    () => ["propertyNames", inner()],
    () => ["items", inner()],
    () => ["items", [inner(), inner()]],
    () => ["additionalItems", inner()],
    () => ["contains", inner()],
    () => ["oneOf", [inner(), inner()]],
    () => ["anyOf", [inner(), inner()]],
    () => ["allOf", [inner(), inner()]],
    () => ["not", inner()],
    () => ["if", inner()],
    () => ["then", inner()],
    () => ["else", inner()],
    () => ["dependencies", { a: ["b"], b: inner() }],
  ];
  return pick(random, depth > 0 ? [...plain, ...nested] : plain)();
}

function named(random: Random, make: () => unknown): Record<string, unknown> {
  return Object.fromEntries(
    some(random, 3, () => [pick(random, NAMES), make()]),
  );
}

/** A few of what is made, fewer than `most` or as many. */
export function some<T>(random: Random, most: number, make: () => T): T[] {
  return Array.from({ length: Math.floor(random() * (most + 1)) }, make);
}
