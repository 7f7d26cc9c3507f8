import { readHostTextFile } from "../_internal/host.ts";
import { parseJson } from "../_internal/json.ts";
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
  if (typeof source === "string" || source instanceof URL) {
    return await readFile(source);
  }
  if (typeof source !== "object" || source === null) {
    throw new TypeError(
      `Cannot use source: wanted a path, a file URL or an object, got ${typeof source}`,
    );
  }
  return { value: structuredClone(source), name: "the configuration" };
}

async function readFile(source: string | URL): Promise<Source> {
  if (source instanceof URL && source.protocol !== "file:") {
    throw new TypeError(
      `Cannot use source: wanted a file URL, got ${source.protocol}`,
    );
  }
  const path = source instanceof URL ? source.pathname : source;
  const name = `the configuration file ${path}`;
  const text = await readHostTextFile(source).catch((cause: unknown) => {
    throw new ConfigError(`Cannot read ${name}: ${fileState(cause)}`, {
      cause,
    });
  });
  if (text === undefined) {
    throw new ConfigError(
      `Cannot read ${name}: this host has no filesystem, wanted the object itself`,
    );
  }
  // Editors on Windows begin a file with a byte order mark.
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  if (value !== undefined) return { value, name };
  throw new ConfigError(`Cannot use ${name}: it is not JSON`);
}

function fileState(cause: unknown): string {
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  return code === "ENOENT" || name === "NotFound"
    ? "there is no such file"
    : `the host refuses it (${typeof code === "string" ? code : String(name)})`;
}
