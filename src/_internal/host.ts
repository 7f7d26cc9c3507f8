import { type Bytes, concatBytes, decodeUtf8Lossy } from "./bytes.ts";

/**
 * What differs between hosts, looked up when called, so that importing does nothing and an edge bundle names no host.
 */
interface DenoLike {
  env: { toObject(): Record<string, string> };
  resolveDns?(
    name: string,
    type: "A" | "AAAA",
    options: { signal?: AbortSignal },
  ): Promise<string[]>;
}

interface NodeLike {
  env: Record<string, string | undefined>;
  getBuiltinModule?(name: string): unknown;
}

/** The part of `node:fs/promises` that is used; Deno has it under the same name. */
export interface HostFiles {
  open(path: string | URL, flags: string, mode?: number): Promise<NodeFile>;
  rename(from: string | URL, to: string | URL): Promise<void>;
  readdir(path: string | URL): Promise<string[]>;
  mkdir(
    path: string | URL,
    options: { recursive: boolean; mode: number },
  ): Promise<unknown>;
  rm(path: string | URL, options: { force: boolean }): Promise<void>;
}

/** The part of `node:dns/promises` that is used. */
interface NodeDns {
  resolve4(name: string): Promise<string[]>;
  resolve6(name: string): Promise<string[]>;
}

/** Finds all addresses of a name; none when the name or its addresses do not exist. Host errors pass through. */
export type HostResolver = (
  name: string,
  signal?: AbortSignal,
) => Promise<string[]>;

interface NodeFile {
  read(
    piece: Uint8Array,
    offset: number,
    length: number,
    position: null,
  ): Promise<{ bytesRead: number }>;
  writeFile(bytes: Uint8Array): Promise<void>;
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** The environment of the process; empty where the host has none. */
export function hostEnv(): Record<string, string | undefined> {
  return deno()?.env.toObject() ?? { ...node()?.env };
}

/**
 * Reads a text file, or resolves to `undefined` where the host has no filesystem. Host errors pass through.
 *
 * @throws {FileTooLarge} When it is larger than 1 MiB, unless told otherwise, or has no end.
 */
export async function readHostTextFile(
  path: string | URL,
  { maxBytes = MOST_TEXT_BYTES }: { maxBytes?: number } = {},
): Promise<string | undefined> {
  const file = await hostFiles()?.open(path, "r");
  if (!file) return undefined;
  try {
    return decodeUtf8Lossy(await readUpTo(file, maxBytes));
  } finally {
    await file.close();
  }
}

const MOST_TEXT_BYTES = 1024 * 1024;
const PIECE_BYTES = 64 * 1024;

async function readUpTo(file: NodeFile, maxBytes: number): Promise<Bytes> {
  const pieces: Uint8Array[] = [];
  for (let length = 0;;) {
    const piece = new Uint8Array(PIECE_BYTES);
    const { bytesRead } = await file.read(piece, 0, PIECE_BYTES, null);
    if (bytesRead === 0) return concatBytes(pieces);
    length += bytesRead;
    if (length > maxBytes) throw new FileTooLarge(maxBytes);
    pieces.push(piece.subarray(0, bytesRead));
  }
}

/** A file is larger than what is read of it. */
export class FileTooLarge extends Error {
  /** @ignore */
  override readonly name = "FileTooLarge";
  /** Bytes that it may have. */
  readonly maxBytes: number;

  constructor(maxBytes: number) {
    super(`Cannot read the file: wanted at most ${maxBytes} bytes`);
    this.maxBytes = maxBytes;
  }
}

/** Says why a file cannot be read, without its name. */
export function fileState(cause: unknown): string {
  if (cause instanceof FileTooLarge) {
    return `it is too large, wanted at most ${cause.maxBytes} bytes`;
  }
  const { code, name } = Object(cause) as { code?: unknown; name?: unknown };
  if (code === "EISDIR" || name === "IsADirectory") {
    return "it is a folder, wanted a file";
  }
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

/** The files of the host; `undefined` where it has none. */
export function hostFiles(): HostFiles | undefined {
  return node()?.getBuiltinModule?.("fs/promises") as HostFiles | undefined;
}

/** The DNS of the host, asked for A and AAAA; `undefined` where it has none. */
export function hostResolver(): HostResolver | undefined {
  const find = denoResolver() ?? nodeResolver();
  return find && (async (name, signal): Promise<string[]> => {
    const found = await Promise.all([
      find(name, "A", signal).catch(noRecords),
      find(name, "AAAA", signal).catch(noRecords),
    ]);
    return found.flat();
  });
}

type FindRecords = (
  name: string,
  type: "A" | "AAAA",
  signal: AbortSignal | undefined,
) => Promise<string[]>;

function denoResolver(): FindRecords | undefined {
  const host = deno();
  const resolveDns = host?.resolveDns?.bind(host);
  return resolveDns &&
    ((name, type, signal) => resolveDns(name, type, signal ? { signal } : {}));
}

function nodeResolver(): FindRecords | undefined {
  const dns = node()?.getBuiltinModule?.("dns/promises") as NodeDns | undefined;
  return dns && (async (name, type): Promise<string[]> => {
    const found =
      await (type === "A" ? dns.resolve4(name) : dns.resolve6(name));
    // workerd gives the names of CNAME records among the addresses, each with the dot of the root at its end.
    return found.filter((each) => !each.endsWith("."));
  });
}

// A name may have addresses of one family only. Whatever else fails leaves open which addresses there are.
function noRecords(error: unknown): string[] {
  const { code, name } = Object(error) as { code?: unknown; name?: unknown };
  if (code === "ENODATA" || code === "ENOTFOUND" || name === "NotFound") {
    return [];
  }
  throw error;
}

function deno(): DenoLike | undefined {
  return (globalThis as { Deno?: DenoLike }).Deno;
}

function node(): NodeLike | undefined {
  return (globalThis as { process?: NodeLike }).process;
}
