import { readHostTextFile } from "../_internal/host.ts";

/** What a command needs of the process that it runs in. */
export interface CommandHost {
  /** Writes to the standard output; resolves when it is written. */
  out(text: string): Promise<void>;
  /** Writes to the standard error. */
  err(text: string): Promise<void>;
  /** Reads a file, or the standard input for `"-"`. */
  read(path: string): Promise<string>;
  /** Sets the code with which the process will end. */
  exitWith(code: number): void;
}

const MOST_REQUEST_BYTES = 64 * 1024 * 1024;

interface Writable {
  write(text: string, done: (error?: Error | null) => void): unknown;
}

interface ProcessLike {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly stdin: AsyncIterable<Uint8Array>;
  exitCode?: number | undefined;
}

/** The process itself: Deno, or another host that has `process`. */
export function processHost(): CommandHost {
  const { process } = globalThis as unknown as { process?: ProcessLike };
  if (!process) {
    throw new TypeError(
      "Cannot run a command: wanted a host with a process, or the option host",
    );
  }
  return {
    out: (text) => written(process.stdout, text),
    err: (text) => written(process.stderr, text),
    read: async (path) =>
      path === "-"
        ? await allText(process.stdin)
        : await readHostTextFile(path, { maxBytes: MOST_REQUEST_BYTES }) ??
          "",
    exitWith(code): void {
      process.exitCode = code;
    },
  };
}

function written(stream: Writable, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.write(text, (error) => error ? reject(error) : resolve());
  });
}

async function allText(stream: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const part of stream) {
    text += decoder.decode(part, { stream: true });
  }
  return text + decoder.decode();
}
