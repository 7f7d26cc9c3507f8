import type { PumpReport } from "@sluice/edge";
import type { Folder } from "./_folder.ts";

/** What a draining process says, one JSON line at a time. */
export type Message =
  | {
    /** Names the message; it comes at the start and after every change. */
    readonly kind: "rows";
    /** Rows in the table. */
    readonly rows: number;
  }
  | Ending;

/** The last words of a process that was not killed. */
export interface Ending {
  /** Names the message. */
  readonly kind: "end";
  /** What the run did. */
  readonly report: PumpReport;
  /** Changes that came although they were in the table. */
  readonly again: number;
  /** Changes that were given up, by this process or one before. */
  readonly deadLetters: number;
}

/** How a process drains. */
export interface DrainOptions {
  /** Port of the sandbox. */
  readonly port: number;
  /** Rows at which it is killed; not at all by default. */
  readonly killAt?: number;
  /** Kills it too. */
  readonly signal: AbortSignal;
  /** Is told how many rows the table has. */
  readonly onRows: (rows: number) => void;
}

/** What became of a process. */
export interface Drained {
  /** Its last words, when it came to them. */
  readonly ending: Ending | undefined;
  /** Milliseconds from its first words to its end. */
  readonly ms: number;
}

/** Drains in a process of its own, until the feed is empty or the process is killed. */
export async function drain(
  folder: Folder,
  options: DrainOptions,
): Promise<Drained> {
  const { killAt, signal, onRows } = options;
  signal.throwIfAborted();
  const child = spawn(folder, options);
  const kill = (): void => child.kill("SIGKILL");
  signal.addEventListener("abort", kill);
  let ending: Ending | undefined;
  let startedAt: number | undefined;
  for await (const message of readMessages(child.stdout)) {
    startedAt ??= performance.now();
    if (message.kind === "end") ending = message;
    else onRows(message.rows);
    if (message.kind === "rows" && message.rows === killAt) kill();
  }
  await child.status;
  const ms = performance.now() - (startedAt ?? 0);
  signal.removeEventListener("abort", kill);
  signal.throwIfAborted();
  return { ending, ms };
}

function spawn(folder: Folder, options: DrainOptions): Deno.ChildProcess {
  const { port, killAt } = options;
  const command = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      `--allow-net=127.0.0.1:${port}`,
      `--allow-read=${folder.path}`,
      `--allow-write=${folder.path}`,
      new URL("drain.ts", import.meta.url).href,
      folder.config,
      folder.table,
      ...killAt === undefined ? [] : [String(killAt)],
    ],
    // The proxy of a user has no way to the sandbox.
    env: { NO_PROXY: "127.0.0.1", no_proxy: "127.0.0.1" },
    stdin: "null",
    stdout: "piped",
  });
  return command.spawn();
}

async function* readMessages(
  output: ReadableStream<Uint8Array<ArrayBuffer>>,
): AsyncGenerator<Message> {
  let rest = "";
  for await (const text of output.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}
