/**
 * What differs between hosts, looked up when called, so that importing does nothing and an edge bundle names no host.
 */
interface DenoLike {
  env: { toObject(): Record<string, string> };
  readTextFile(path: string | URL): Promise<string>;
}

interface NodeLike {
  env: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
}

/** The environment of the process; empty where the host has none. */
export function hostEnv(): Record<string, string | undefined> {
  return deno()?.env.toObject() ?? { ...node()?.env };
}

/** Reads a text file, or resolves to `undefined` where the host has no filesystem. Host errors pass through. */
export async function readHostTextFile(
  path: string | URL,
): Promise<string | undefined> {
  const reader = deno()?.readTextFile ?? nodeReader();
  return await reader?.(path);
}

function nodeReader(): ((path: string | URL) => Promise<string>) | undefined {
  const fs = node()?.getBuiltinModule?.("fs/promises") as
    | { readFile(path: string | URL, encoding: "utf-8"): Promise<string> }
    | undefined;
  return fs && ((path) => fs.readFile(path, "utf-8"));
}

function deno(): DenoLike | undefined {
  return (globalThis as { Deno?: DenoLike }).Deno;
}

function node(): NodeLike | undefined {
  return (globalThis as { process?: NodeLike }).process;
}
