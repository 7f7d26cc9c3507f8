import { isObject, type JsonObject, member } from "../_internal/json.ts";

/**
 * A copy in which every member that the schema knows and that may be null is there: the protocol writes unset members
 * as null. Members that the schema does not know stay.
 */
export function fillNulls(schema: unknown, value: unknown): unknown {
  if (!isObject(schema)) return value;
  if (Array.isArray(value)) {
    const { items } = schema;
    return value.map((each) => fillNulls(items, each));
  }
  const { properties } = schema;
  return isObject(properties) && isObject(value) && !("toJSON" in value)
    ? fillMembers(properties, value)
    : value;
}

function fillMembers(properties: JsonObject, value: JsonObject): JsonObject {
  const filled = { ...value };
  for (const [name, schema] of Object.entries(properties)) {
    const set = member(value, name);
    if (set !== undefined) filled[name] = fillNulls(schema, set);
    else if (takesNull(schema)) filled[name] = null;
  }
  return filled;
}

function takesNull(schema: unknown): boolean {
  if (!isObject(schema)) return false;
  const { type, anyOf, enum: values } = schema;
  if (Array.isArray(values) && values.includes(null)) return true;
  if (Array.isArray(anyOf) && anyOf.some(takesNull)) return true;
  return type === "null" || (Array.isArray(type) && type.includes("null"));
}
