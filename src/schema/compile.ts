import { ConfigError } from "../errors.ts";
import { checkValue } from "./_check.ts";
import { readSchema } from "./_prepare.ts";
import { describeErrors, type SchemaError } from "./schema_error.ts";

/** A schema that is ready to judge values. */
export interface Schema {
  /**
   * Judges a value as `JSON.stringify` would write it. Never changes it and applies no defaults.
   *
   * @returns What is wrong, deepest places first; empty when the value matches. At most 100 errors are given.
   */
  errors(value: unknown): readonly SchemaError[];
}

/**
 * Makes a schema of draft 7 ready, whatever its `$schema` says. Formats are never checked, unknown keywords have no
 * effect, lengths count code points, and 1.0 is an integer.
 *
 * Later changes of the object have no effect. A value nested deeper than 256 levels matches no schema. Patterns run
 * as they are, without a limit of time: take schemas from people whom you trust, or mind what their patterns cost.
 * `multipleOf` is exact in decimals, so that 0.07 is a multiple of 0.01; validators that divide in floating point say
 * that it is not.
 *
 * Tolerated, because schemas in use have them and the meaning is clear: annotations of the wrong type, and `required`
 * as a boolean, which is ignored.
 *
 * @param schema An object or a boolean, as draft 7 has it.
 * @returns The schema, which has no state and can be shared.
 * @throws {ConfigError} When it is not a valid schema; `problems` holds JSON Pointers into it.
 */
export function compileSchema(schema: object | boolean): Schema {
  const { prepared, fatal } = readSchema(schema);
  if (!prepared) {
    const problems = fatal.map(({ pointer, message }) => ({
      field: pointer,
      message,
    }));
    throw new ConfigError(
      `Cannot use the schema: ${describeErrors(fatal)}`,
      { problems },
    );
  }
  return { errors: (value) => checkValue(prepared, value) };
}
