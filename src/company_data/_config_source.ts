import { isObject, type JsonObject } from "../_internal/json.ts";
import { assertObjectSource, readJsonFile } from "../_internal/json_file.ts";
import { ConfigError } from "../errors.ts";

/** A configuration file as an object, and what messages call it. */
export interface ConfigSource {
  readonly file: JsonObject;
  readonly name: string;
}

/** Takes the object itself. */
export function readObjectSource(source: object): ConfigSource {
  assertObjectSource(source);
  return requireObject(source, "the configuration");
}

/** Reads the file that a path or a `file:` URL names. */
export async function readFileSource(
  source: string | URL,
): Promise<ConfigSource> {
  const instead = "the object itself or configFromEnv";
  const file = await readJsonFile(source, { instead });
  if ("value" in file) return requireObject(file.value, file.name);
  throw new ConfigError(file.problem, file.evidence);
}

function requireObject(file: unknown, name: string): ConfigSource {
  if (isObject(file)) return { file, name };
  throw new ConfigError(`Cannot use ${name}: it is not a JSON object`);
}
