import {
  assertObjectSource,
  isFileSource,
  readJsonFile,
} from "../_internal/json_file.ts";
import { ConfigError } from "../errors.ts";

/** A configuration as it was parsed, and what messages call it. */
export interface Source {
  readonly value: unknown;
  readonly name: string;
}

/** Reads the file that a path or a `file:` URL names, or copies the object itself. */
export async function readSource(
  source: string | URL | object,
): Promise<Source> {
  if (!isFileSource(source)) {
    assertObjectSource(source);
    return { value: structuredClone(source), name: "the configuration" };
  }
  const file = await readJsonFile(source, { instead: "the object itself" });
  if ("value" in file) return file;
  throw new ConfigError(file.problem, file.evidence);
}
