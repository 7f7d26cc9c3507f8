import {
  type Bytes,
  decodeUtf8Lossy,
  encodeUtf8,
} from "../../_internal/bytes.ts";
import { fileState } from "../../_internal/host.ts";
import { isFileText } from "../../_internal/json_file.ts";
import { ConfigError } from "../../errors.ts";
import { readStream } from "../../http/read_stream.ts";
import type { Cli } from "../_command.ts";

/** What is read. */
export interface Reading {
  /** What errors call it. */
  readonly what: string;
  /** What is larger is refused; 1 MiB unless told otherwise, which no key comes near. */
  readonly mostBytes?: number;
  /** Whether errors keep the path to themselves: people give a secret where the path of its file is wanted. */
  readonly hidesPath?: boolean;
}

const MOST_BYTES = 1024 * 1024;

/**
 * Reads a file, or the standard input when it is named `-`.
 *
 * @throws {ConfigError} When it cannot be read, or is too large.
 */
export async function readText(
  { host }: Cli,
  path: string,
  { what, mostBytes = MOST_BYTES }: Reading,
): Promise<string> {
  if (path !== "-") return await readFileText(path, { what, mostBytes });
  const text = await host.readInput(mostBytes);
  assertSize(encodeUtf8(text), `${what} from the standard input`, mostBytes);
  return text;
}

/**
 * Reads a file.
 *
 * @throws {ConfigError} When it cannot be read, or is too large.
 */
export async function readFileText(
  path: string,
  { what, mostBytes = MOST_BYTES, hidesPath = false }: Reading,
): Promise<string> {
  if (isFileText(path)) {
    throw new ConfigError(
      `Cannot read ${what}: it is the text of a file and not its path, wanted the path`,
    );
  }
  const name = hidesPath ? what : `${what} in ${path}`;
  const body = await readBytes(path, mostBytes).catch((cause) => {
    throw new ConfigError(
      `Cannot read ${name}: ${fileState(cause)}`,
      // Its mend would be about the configuration.
      { cause: String(cause instanceof Error ? cause.name : "") },
    );
  });
  assertSize(body, name, mostBytes);
  return decodeUtf8Lossy(body);
}

async function readBytes(path: string, maxBytes: number): Promise<Bytes> {
  const file = await Deno.open(path);
  const { signal } = new AbortController();
  const read = await readStream(file.readable, { maxBytes, signal });
  if (read.end === "broken") throw read.cause;
  return read.body;
}

function assertSize(bytes: Bytes, what: string, mostBytes: number): void {
  if (bytes.length <= mostBytes) return;
  throw new ConfigError(
    `Cannot read ${what}: wanted at most ${mostBytes} bytes`,
  );
}
