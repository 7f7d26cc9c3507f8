/** A JSON object as it came from outside. */
export type JsonObject = Record<string, unknown>;

/** Tells whether a value is an object that JSON could hold, and not an array or `null`. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A member of the object itself; never one of its prototype, whatever the name. */
export function member(object: JsonObject, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** The first of the members that is a non-empty string, else `null`. */
export function text(object: JsonObject, ...names: string[]): string | null {
  for (const name of names) {
    const value = member(object, name);
    if (typeof value === "string" && value !== "") return value;
  }
  return null;
}

/** `JSON.parse`, or `undefined` where that would throw. JSON has no `undefined`, so the two cannot be confused. */
export function parseJson(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return undefined;
  }
}
