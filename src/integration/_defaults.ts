import { isObject, type JsonObject, member } from "../_internal/json.ts";

/** The inputs with the `default` of each absent property, in objects and lists that are there. Changes nothing. */
export function withDefaults(value: unknown, schema: unknown): unknown {
  if (!isObject(schema)) return value;
  if (Array.isArray(value)) {
    return value.map((item) => withDefaults(item, member(schema, "items")));
  }
  const properties = member(schema, "properties");
  if (!isObject(value) || !isObject(properties)) return value;
  const filled = new Map(Object.entries(value));
  for (const [name, inner] of Object.entries(properties)) {
    const given = member(value, name) ?? defaultOf(value, { name, inner });
    if (given !== undefined) filled.set(name, withDefaults(given, inner));
  }
  return Object.fromEntries(filled);
}

function defaultOf(
  value: JsonObject,
  { name, inner }: { name: string; inner: unknown },
): unknown {
  if (member(value, name) === null) return null;
  const fallback = isObject(inner) ? member(inner, "default") : undefined;
  return structuredClone(fallback);
}
