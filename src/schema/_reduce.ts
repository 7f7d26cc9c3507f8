import { isObject, type JsonObject, member } from "../_internal/json.ts";

const ONE_SCHEMA = new Set([
  "additionalItems",
  "additionalProperties",
  "contains",
  "else",
  "if",
  "items",
  "not",
  "propertyNames",
  "then",
]);
const SCHEMA_LIST = new Set(["allOf", "anyOf", "items", "oneOf"]);
const NAMED_SCHEMAS = new Set([
  "$defs",
  "definitions",
  "dependencies",
  "patternProperties",
  "properties",
]);
const PLAIN = new Set([
  "$id",
  "$ref",
  "const",
  "enum",
  "exclusiveMaximum",
  "exclusiveMinimum",
  "maxItems",
  "maxLength",
  "maxProperties",
  "maximum",
  "minItems",
  "minLength",
  "minProperties",
  "minimum",
  "multipleOf",
  "pattern",
  "required",
  "type",
  "uniqueItems",
]);

/**
 * A copy of a schema with the assertions of draft 7 alone.
 *
 * The validator obeys keywords of other drafts and checks formats whatever the draft, and it writes into the schema
 * that it is given. Left out are annotations, `format`, unknown keywords unless some `$ref` names them, an `$id`
 * beside `$ref` (draft 7 ignores all siblings of `$ref`), and `required` as a boolean, which is from draft 3.
 */
export function reduceSchema(schema: unknown): unknown {
  const named = new Set<string>();
  collectNames(schema, named);
  return reduce(schema, named);
}

/** A reduced schema and all that are inside of it. */
export function* innerSchemas(reduced: unknown): Generator<JsonObject> {
  if (!isObject(reduced)) return;
  yield reduced;
  for (const [keyword, value] of Object.entries(reduced)) {
    if (PLAIN.has(keyword)) continue;
    for (const part of partsOf(keyword, value)) yield* innerSchemas(part);
  }
}

function partsOf(keyword: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  return NAMED_SCHEMAS.has(keyword) && isObject(value)
    ? Object.values(value)
    : [value];
}

function reduce(schema: unknown, named: ReadonlySet<string>): unknown {
  if (!isObject(schema)) return schema;
  const copy: JsonObject = Object.create(null);
  const isReference = typeof member(schema, "$ref") === "string";
  for (const [keyword, value] of Object.entries(schema)) {
    if (keyword === "$id" && isReference) continue;
    if (keyword === "required" && typeof value === "boolean") continue;
    const reduced = reduceKeyword(keyword, value, { named });
    if (reduced !== undefined) copy[keyword] = reduced;
  }
  return copy;
}

function reduceKeyword(
  keyword: string,
  value: unknown,
  { named }: { named: ReadonlySet<string> },
): unknown {
  if (SCHEMA_LIST.has(keyword) && Array.isArray(value)) {
    return value.map((each) => reduce(each, named));
  }
  if (ONE_SCHEMA.has(keyword)) return reduce(value, named);
  if (NAMED_SCHEMAS.has(keyword)) return reduceMap(value, named);
  if (PLAIN.has(keyword) || SCHEMA_LIST.has(keyword)) return value;
  return named.has(keyword) ? reduce(value, named) : undefined;
}

function reduceMap(value: unknown, named: ReadonlySet<string>): unknown {
  if (!isObject(value)) return value;
  const copy: JsonObject = Object.create(null);
  for (const [name, each] of Object.entries(value)) {
    copy[name] = reduce(each, named);
  }
  return copy;
}

function collectNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) {
    for (const each of value) collectNames(each, names);
  }
  if (!isObject(value)) return;
  const reference = member(value, "$ref");
  if (typeof reference === "string") {
    for (const token of reference.split("/").slice(1)) names.add(token);
  }
  for (const each of Object.values(value)) collectNames(each, names);
}
