import { isObject, type JsonObject, member } from "../_internal/json.ts";
import type { ObjectSchema } from "./from_schema.ts";

/**
 * A schema with the members of another added. A member of the same name may say more about the standard one, but not
 * give it another type. The result is plain JSON that later changes of either schema do not reach.
 */
export function extendSchema(
  base: ObjectSchema,
  options: { extension?: ObjectSchema | undefined; what: string },
): ObjectSchema {
  const { extension, what } = options;
  if (extension === undefined) return plainSchema(base);
  if (!isObject(extension) || extension.type !== "object") {
    throw new TypeError(`Cannot extend ${what}: wanted an object schema`);
  }
  const standard = base.properties ?? {};
  const own = extension.properties ?? {};
  for (const name of Object.keys(own)) {
    if (!sameType(member(standard, name), own[name])) {
      throw new TypeError(
        `Cannot extend ${what}: wanted the standard type for "${name}"`,
      );
    }
  }
  const required = [...base.required ?? [], ...extension.required ?? []];
  return plainSchema({
    ...base,
    ...extension,
    properties: { ...standard, ...own },
    required: [...new Set(required)],
  });
}

/** A copy as JSON has it, without what a schema builder hides in its objects. */
export function plainSchema<Schema extends object>(schema: Schema): Schema {
  return JSON.parse(JSON.stringify(schema));
}

function sameType(standard: unknown, own: unknown): boolean {
  if (!isObject(standard)) return true;
  return isObject(own) && typeText(standard) === typeText(own);
}

function typeText(schema: JsonObject): string {
  return JSON.stringify(member(schema, "type"));
}
