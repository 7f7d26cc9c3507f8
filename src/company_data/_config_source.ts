import { readHostTextFile } from "../_internal/host.ts";
import { isObject, type JsonObject, parseJson } from "../_internal/json.ts";
import { ConfigError } from "../errors.ts";

/** A configuration file as an object, and what messages call it. */
export interface ConfigSource {
  readonly file: JsonObject;
  readonly name: string;
}

/** Whether the source names a file rather than being the object itself. */
export function isFileSource(
  source: string | URL | object,
): source is string | URL {
  return typeof source === "string" || source instanceof URL;
}

/** Takes the object itself. */
export function readObjectSource(source: object): ConfigSource {
  if (typeof source !== "object" || source === null) {
    throw new TypeError(
      `Cannot use source: wanted a path, a file URL or an object, got ${typeof source}`,
    );
  }
  const name = "the configuration";
  if (!isObject(source)) throw notAnObject(name);
  return { file: source, name };
}

/** Reads the file that a path or a `file:` URL names. */
export async function readFileSource(
  source: string | URL,
): Promise<ConfigSource> {
  if (source instanceof URL && source.protocol !== "file:") {
    throw new TypeError(
      `Cannot use source: wanted a file URL, got ${source.protocol}`,
    );
  }
  if (typeof source === "string" && isFileText(source)) {
    throw new ConfigError(
      "Cannot read the configuration: the source is the text of a file and not its path, wanted the path or the object that JSON.parse makes of the text",
    );
  }
  const path = source instanceof URL ? source.pathname : source;
  const name = `the configuration file ${path}`;
  const text = await readText(source, name);
  // Editors on Windows begin a file with a byte order mark. No cause: it would quote the content.
  const file = parseJson(text.replace(/^\uFEFF/, ""));
  if (file === undefined) {
    throw new ConfigError(`Cannot use ${name}: it is not JSON`);
  }
  if (!isObject(file)) throw notAnObject(name);
  return { file, name };
}

// Such a text holds secrets, so it must not be quoted as the name of a file that is not there.
function isFileText(source: string): boolean {
  return /^\ufeff?\s*[{[]|[\r\n]/.test(source);
}

async function readText(source: string | URL, name: string): Promise<string> {
  let text: string | undefined;
  try {
    text = await readHostTextFile(source);
  } catch (cause) {
    throw new ConfigError(`Cannot read ${name}: ${fileState(cause)}`, {
      cause,
    });
  }
  if (text !== undefined) return text;
  throw new ConfigError(
    `Cannot read ${name}: this host has no filesystem, wanted the object itself or configFromEnv`,
  );
}

/** Says why a file cannot be read, without its name. */
export function fileState(cause: unknown): string {
  const { code, name } = (cause ?? {}) as { code?: unknown; name?: unknown };
  if (code === "ENOENT" || name === "NotFound") {
    return "there is no such file, wanted a path that exists seen from the working directory";
  }
  const why = typeof code === "string" ? code : String(name);
  return `the host refuses it (${why})`;
}

function notAnObject(name: string): ConfigError {
  return new ConfigError(`Cannot use ${name}: it is not a JSON object`);
}
