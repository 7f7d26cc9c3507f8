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

/** The part of `node:fs/promises` that is used; Deno has it under the same name. */
export interface HostFiles {
  readFile(path: string | URL, encoding: "utf-8"): Promise<string>;
  open(path: string | URL, flags: string, mode: number): Promise<NodeFile>;
  rename(from: string | URL, to: string | URL): Promise<void>;
  readdir(path: string | URL): Promise<string[]>;
  mkdir(
    path: string | URL,
    options: { recursive: boolean; mode: number },
  ): Promise<unknown>;
  rm(path: string | URL, options: { force: boolean }): Promise<void>;
}

interface NodeFile {
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
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

/** Says why a file cannot be read, without its name. */
export function fileState(cause: unknown): string {
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (code === "ENOENT" || name === "NotFound") {
    return "there is no such file, wanted a path that exists seen from the working directory";
  }
  const why = typeof code === "string" ? code : String(name);
  return `the host refuses it (${why})`;
}

/** Tells whether the host has files that {@linkcode writeHostFile} can write. */
export function hasHostFiles(): boolean {
  return hostFiles() !== undefined;
}

/**
 * Writes a whole file, readable by its owner alone, or leaves what was there: a temporary file beside it is written,
 * synchronised and renamed. Resolves to the number of bytes, or to `undefined` where the host has no filesystem. Host
 * errors pass through.
 */
export async function writeHostFile(
  path: string | URL,
  bytes: Uint8Array,
): Promise<number | undefined> {
  const files = hostFiles();
  if (!files) return undefined;
  const temporary = beside(path, `.${crypto.randomUUID()}.tmp`);
  try {
    await writeSynced(await files.open(temporary, "wx", 0o600), bytes);
    await files.rename(temporary, path);
  } catch (error) {
    // The first error is the one to tell, also when the clean-up fails for the same reason.
    await files.rm(temporary, { force: true }).catch(() => {});
    throw error;
  }
  return bytes.length;
}

async function writeSynced(file: NodeFile, bytes: Uint8Array): Promise<void> {
  try {
    await file.writeFile(bytes);
    await file.sync();
  } finally {
    await file.close();
  }
}

function beside(path: string | URL, suffix: string): string | URL {
  return typeof path === "string"
    ? `${path}${suffix}`
    : new URL(`${path.href}${suffix}`);
}

function nodeReader(): ((path: string | URL) => Promise<string>) | undefined {
  const files = hostFiles();
  return files && ((path) => files.readFile(path, "utf-8"));
}

/** The files of the host; `undefined` where it has none. */
export function hostFiles(): HostFiles | undefined {
  return node()?.getBuiltinModule?.("fs/promises") as HostFiles | undefined;
}

function deno(): DenoLike | undefined {
  return (globalThis as { Deno?: DenoLike }).Deno;
}

function node(): NodeLike | undefined {
  return (globalThis as { process?: NodeLike }).process;
}
