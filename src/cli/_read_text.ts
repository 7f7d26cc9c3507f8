import { type Bytes, decodeUtf8Lossy, encodeUtf8 } from "../_internal/bytes.ts";
import { fileState } from "../_internal/host.ts";
import { ConfigError } from "../errors.ts";
import { readStream } from "../http/read_stream.ts";
import type { CliHost } from "./host.ts";

/** How much is read. */
export interface ReadLimit {
  /** What is larger is refused; 1 MiB unless told otherwise, which no key comes near. */
  readonly mostBytes?: number;
}

const MOST_BYTES = 1024 * 1024;

/** Bytes of JSON that are read at most. */
export const MOST_JSON_BYTES: number = 64 * 1024 * 1024;

/**
 * Reads a file, which an error calls what it is.
 *
 * @throws {ConfigError} When it cannot be read, or is too large.
 */
export async function readText(
  path: string,
  what: string,
  { mostBytes = MOST_BYTES }: ReadLimit = {},
): Promise<string> {
  const body = await readBytes(path, mostBytes).catch((cause) => {
    throw new ConfigError(
      `Cannot read ${what} in ${path}: ${fileState(cause)}`,
      // Its mend would be about the configuration.
      { cause: String(cause instanceof Error ? cause.name : "") },
    );
  });
  assertSize(body, `${what} in ${path}`, mostBytes);
  return decodeUtf8Lossy(body);
}

/**
 * Reads the standard input, which an error calls what it is.
 *
 * @throws {ConfigError} When it is too large.
 */
export async function readInputText(
  host: Pick<CliHost, "readInput">,
  { what, mostBytes = MOST_BYTES }: ReadLimit & { readonly what: string },
): Promise<string> {
  const text = await host.readInput(mostBytes);
  assertSize(encodeUtf8(text), `${what} from the standard input`, mostBytes);
  return text;
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
