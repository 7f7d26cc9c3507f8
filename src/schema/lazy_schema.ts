import { ConfigError } from "../errors.ts";
import { compileSchema, type Schema } from "./compile.ts";
import type { SchemaError } from "./schema_error.ts";

/** A schema that is compiled when it first judges; a broken one throws a `ConfigError` that begins with the name, each time. */
export function lazySchema(source: unknown, name: string): Schema {
  let schema: Schema | undefined;
  return {
    errors(value): readonly SchemaError[] {
      schema ??= compileNamed(source, name);
      return schema.errors(value);
    },
  };
}

/** A schema that is compiled now, so that a broken one shows at once. */
export function compileNamed(source: unknown, name: string): Schema {
  try {
    return compileSchema(source as object | boolean);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { problems } = error;
    const words = problems.map(({ message }) => message).join("; ");
    throw new ConfigError(`Cannot use ${name}: ${words}`, { problems });
  }
}
