import { isObject, type JsonObject, parseJson } from "../../_internal/json.ts";
import { ConfigError } from "../../errors.ts";
import type { Cli } from "../_command.ts";
import { readText } from "./read_text.ts";

/** Bytes of JSON that are read at most. */
export const MOST_JSON_BYTES: number = 64 * 1024 * 1024;

/**
 * Reads JSON from a file, or from the standard input when it is named `-`.
 *
 * @throws {ConfigError} When it cannot be read, or is not JSON.
 */
export async function readJson(
  cli: Cli,
  path: string,
  { what }: { readonly what: string },
): Promise<unknown> {
  const mostBytes = MOST_JSON_BYTES;
  return jsonOf(await readText(cli, path, { what, mostBytes }), what);
}

/**
 * Reads a JSON object from a file, or from the standard input when it is named `-`.
 *
 * @throws {ConfigError} When it cannot be read, or is none.
 */
export async function readJsonObject(
  cli: Cli,
  path: string,
  { what }: { readonly what: string },
): Promise<JsonObject> {
  const value = await readJson(cli, path, { what });
  if (isObject(value)) return value;
  throw notObject(what);
}

/**
 * The JSON object that a text holds.
 *
 * @throws {ConfigError} When it holds none.
 */
export function jsonObjectOf(text: string, what: string): JsonObject {
  const value = jsonOf(text, what);
  if (isObject(value)) return value;
  throw notObject(what);
}

function jsonOf(text: string, what: string): unknown {
  // Editors on Windows begin a file with a byte order mark.
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value !== undefined) return value;
  throw new ConfigError(`Cannot use ${what}: it is not JSON`);
}

function notObject(what: string): ConfigError {
  return new ConfigError(`Cannot use ${what}: wanted a JSON object`);
}
