import { resolve, toFileUrl } from "@std/path";
import { ConfigError } from "../../errors.ts";

/** What an export is looked for by. */
export interface Wanted<T> {
  readonly names: readonly string[];
  readonly wanted: string;
  readonly is: (value: unknown) => value is T;
}

/** Loads the first of the exports that is what is wanted. */
export async function loadExport<T>(
  path: string,
  { names, wanted, is }: Wanted<T>,
): Promise<T> {
  const module = await load(path);
  for (const name of names) {
    const value = module[name];
    if (is(value)) return value;
  }
  throw new ConfigError(`Cannot use the module ${path}: wanted ${wanted}`);
}

async function load(path: string): Promise<Record<string, unknown>> {
  const url = /^(?:file|https?|jsr|npm|data):/.test(path)
    ? path
    : toFileUrl(resolve(path)).href;
  try {
    return await import(url);
  } catch (cause) {
    const [reason = ""] = cause instanceof Error
      ? cause.message.split("\n", 1)
      : [];
    throw new ConfigError(`Cannot load the module ${path}: ${reason}`, {
      cause,
    });
  }
}
