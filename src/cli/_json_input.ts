import { parseJson } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";
import type { Cli } from "./_cli.ts";
import { MOST_JSON_BYTES, readInputText, readText } from "./_read_text.ts";

/**
 * Reads JSON from a file, or from the standard input when it is named `-`.
 *
 * @throws {ConfigError} When it cannot be read, or is not JSON.
 */
export async function readJson(
  { host }: Cli,
  { path, what }: { path: string; what: string },
): Promise<unknown> {
  const mostBytes = MOST_JSON_BYTES;
  const text = path === "-"
    ? await readInputText(host, { what, mostBytes })
    : await readText(path, what, { mostBytes });
  // Editors on Windows begin a file with a byte order mark.
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value !== undefined) return value;
  throw new ConfigError(`Cannot use ${what}: it is not JSON`);
}
