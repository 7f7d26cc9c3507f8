import { decodeUtf8Lossy, encodeUtf8 } from "../_internal/bytes.ts";
import { readStream } from "../http/read_stream.ts";

/** What the command needs of the process that it runs in, so that a test can be that process. */
export interface CliHost {
  /** The environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether the standard output is a terminal. */
  readonly outIsTerminal: boolean;
  /** Whether the standard error is a terminal; only then are there progress bars. */
  readonly errIsTerminal: boolean;
  /** Characters in a line of the terminal. */
  readonly columns: number;
  /** Writes to the standard output; resolves once the system has all of it, rejects when it cannot. */
  out(text: string): Promise<void>;
  /** Writes to the standard error. */
  err(text: string): Promise<void>;
  /** Reads the standard input to its end; it may stop after `mostBytes`, of which more than that are too many. */
  readInput(mostBytes?: number): Promise<string>;
  /** Aborts when the command is to stop; the reason says by which signal, such as `"SIGINT"`. */
  readonly signal: AbortSignal;
  /** Aborts when the process is about to end without waiting: what the command started is killed then. */
  readonly halt?: AbortSignal;
}

/** The process itself. */
export function processHost(
  { signal, halt }: Required<Pick<CliHost, "signal" | "halt">>,
): CliHost {
  return {
    env: Deno.env.toObject(),
    outIsTerminal: Deno.stdout.isTerminal(),
    errIsTerminal: Deno.stderr.isTerminal(),
    columns: columnsOf(),
    out: (text) => writeAll(Deno.stdout, text),
    err: (text) => writeAll(Deno.stderr, text),
    readInput: (mostBytes = Infinity) => readInput(mostBytes),
    signal,
    halt,
  };
}

async function readInput(maxBytes: number): Promise<string> {
  const { signal } = new AbortController();
  const read = await readStream(Deno.stdin.readable, { maxBytes, signal });
  if (read.end === "broken") throw read.cause;
  return decodeUtf8Lossy(read.body);
}

interface Writer {
  write(bytes: Uint8Array): Promise<number>;
}

/** Writes every byte: one call may take only some of them. */
export async function writeAll(writer: Writer, text: string): Promise<void> {
  let left = encodeUtf8(text);
  while (left.length > 0) left = left.subarray(await writer.write(left));
}

const USUAL_COLUMNS = 80;

function columnsOf(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return USUAL_COLUMNS; // not a terminal
  }
}
