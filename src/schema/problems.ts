import { readSchema } from "./_prepare.ts";
import type { SchemaError } from "./schema_error.ts";

/**
 * Finds out whether a schema is a valid one of draft 7, whatever its `$schema` says.
 *
 * Beyond the rules of the draft, patterns must compile, every `$ref` must lead to a part of the same schema, and none
 * may lead in a circle.
 *
 * @param schema The schema, as it came from JSON.
 * @returns Everything that is wrong, by its place in the schema; empty when it is valid.
 */
export function schemaProblems(schema: unknown): readonly SchemaError[] {
  const { fatal, tolerated } = readSchema(schema);
  return [...fatal, ...tolerated];
}
