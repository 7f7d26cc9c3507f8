import { fileState, readHostTextFile } from "./host.ts";
import { parseJson } from "./json.ts";

/** What a JSON file holds and what messages call it, or why it cannot be used. */
export type JsonFile =
  | { readonly name: string; readonly value: unknown }
  | { readonly problem: string; readonly evidence: { cause?: unknown } };

/** Whether a configuration is named rather than being the object itself. */
export function isFileSource(
  source: string | URL | object,
): source is string | URL {
  return typeof source === "string" || source instanceof URL;
}

/** Refuses a configuration that is neither named nor an object. */
export function assertObjectSource(source: object): void {
  if (typeof source === "object" && source !== null) return;
  throw new TypeError(
    `Cannot use source: wanted a path, a file URL or an object, got ${typeof source}`,
  );
}

/** Reads the configuration that a path or a `file:` URL names; `instead` is what a host without files wants. */
export async function readJsonFile(
  source: string | URL,
  { instead }: { instead: string },
): Promise<JsonFile> {
  if (source instanceof URL && source.protocol !== "file:") {
    throw new TypeError(
      `Cannot use source: wanted a file URL, got ${source.protocol}`,
    );
  }
  if (typeof source === "string" && isFileText(source)) {
    return failed(
      "Cannot read the configuration: the source is the text of a file and not its path, wanted the path or the object that JSON.parse makes of the text",
    );
  }
  const path = source instanceof URL ? source.pathname : source;
  const name = `the configuration file ${path}`;
  try {
    const text = await readHostTextFile(source);
    return text === undefined
      ? failed(
        `Cannot read ${name}: this host has no filesystem, wanted ${instead}`,
      )
      : readText(text, name);
  } catch (cause) {
    return failed(`Cannot read ${name}: ${fileState(cause)}`, { cause });
  }
}

/**
 * Whether it is the text of a file, given where a path is wanted. Such a text holds secrets, so it must not be quoted as
 * the name of a file that is not there.
 */
export function isFileText(source: string): boolean {
  return /^\ufeff?\s*[{[]|[\r\n]/.test(source);
}

function readText(text: string, name: string): JsonFile {
  // Editors on Windows begin a file with a byte order mark. No cause: it would quote the content.
  const value = parseJson(text.replace(/^\uFEFF/, ""));
  return value === undefined
    ? failed(`Cannot use ${name}: it is not JSON`)
    : { name, value };
}

function failed(problem: string, evidence: { cause?: unknown } = {}): JsonFile {
  return { problem, evidence };
}
