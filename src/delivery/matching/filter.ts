import { encodeUtf8 } from "../../_internal/bytes.ts";
import { isObject, parseJson } from "../../_internal/json.ts";
import { ValidationError } from "../../errors.ts";
import {
  compileSchema,
  type Schema,
  schemaProblems,
} from "../../schema/mod.ts";
import { filterProblem } from "./_filter_rules.ts";

const MOST_BYTES = 8192;
const MOST_CACHED = 256;
const MOST_POINTER_CHARS = 200;

/**
 * Checks the filter of a subscription: a JSON Schema (draft 7) that the data of an event must satisfy.
 *
 * Filters come from tenants, so only keywords whose cost is bounded are accepted: `type`, `enum`, `const`, the bounds of
 * numbers, lengths and counts, `properties`, `required`, `additionalProperties`, `propertyNames`, `items`,
 * `additionalItems`, `contains`, `allOf`, `anyOf`, `oneOf`, `not`, `if`, `then`, `else`, and the annotations `$schema`,
 * `$comment`, `title` and `description`. No patterns, references, formats, `uniqueItems` or `multipleOf`. At most 8 KiB
 * of JSON, 8 levels and 64 schemas; of these at most 8 may judge each item or property (`items`, `additionalItems`,
 * `additionalProperties`, `contains`, `propertyNames` and what is below them).
 *
 * @param filter What the subscriber gave.
 * @param field What the error calls it.
 * @returns The filter as JSON holds it, which later changes of `filter` do not touch.
 * @throws {ValidationError} When it is refused. The field is `field` and a JSON Pointer into the filter.
 */
export function checkFilter(
  filter: unknown,
  field = "filter",
): Record<string, unknown> {
  const json = toJson(filter);
  if (encodeUtf8(json).length > MOST_BYTES) {
    const wanted = `at most ${MOST_BYTES} bytes of JSON`;
    throw refusal(field, { pointer: "", wanted });
  }
  const copy = parseJson(json);
  if (!isObject(copy)) {
    throw refusal(field, { pointer: "", wanted: "a JSON Schema as an object" });
  }
  const problem = filterProblem(copy);
  if (problem) throw refusal(field, problem);
  const [invalid] = schemaProblems(copy);
  if (invalid) {
    const { pointer } = invalid;
    throw refusal(field, {
      pointer,
      wanted: "what JSON Schema draft 7 allows",
    });
  }
  return copy;
}

/**
 * Tells whether the data of an event satisfies a filter that {@linkcode checkFilter} gave. The 256 filters that were
 * used last are kept ready. Data nested deeper than 256 levels satisfies none.
 *
 * @throws {ConfigError} When the filter is no valid schema.
 */
export function matchesFilter(
  filter: Record<string, unknown>,
  data: unknown,
): boolean {
  return readySchema(JSON.stringify(filter)).errors(data).length === 0;
}

const ready = new Map<string, Schema>();

// By its text and not by object: each reading from a store makes a new object, and one that lives can change.
function readySchema(json: string): Schema {
  const schema = ready.get(json) ?? compileFilter(json);
  // A map keeps the order of insertion, so the first key is the one that was used longest ago.
  ready.delete(json);
  ready.set(json, schema);
  for (const oldest of ready.keys()) {
    if (ready.size <= MOST_CACHED) break;
    ready.delete(oldest);
  }
  return schema;
}

// Negated twice it has one error at most, and no time goes into telling what is wrong where.
function compileFilter(json: string): Schema {
  return compileSchema({ not: { not: JSON.parse(json) } });
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return ""; // a circle, a bigint, or nested deeper than the stack
  }
}

// The names in a pointer are the subscriber's own: one with a line end must not reach a log.
function refusal(
  field: string,
  { pointer, wanted }: { pointer: string; wanted: string },
): ValidationError {
  const shown = pointer.slice(0, MOST_POINTER_CHARS)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu, "\u{FFFD}");
  return new ValidationError(
    `Cannot use ${field}${shown}: wanted ${wanted}`,
    { field: `${field}${shown}` },
  );
}
