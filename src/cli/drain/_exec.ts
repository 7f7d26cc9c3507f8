import { encodeUtf8 } from "../../_internal/bytes.ts";
import type { ChangeHandler } from "../../company_data/mod.ts";
import type { Cli } from "../_command.ts";
import { DATABASE_URL } from "../_kv/open_postgres.ts";
import { changeRecord } from "./change_record.ts";

/**
 * Makes a handler that starts a command of the shell for each change: the change is the one line of its standard input,
 * and the exit code 0 says that it is done. What the command prints goes to the standard error. When the host halts, it
 * is killed with all that it started.
 */
export function execHandler(command: string, { host }: Cli): ChangeHandler {
  const env = childEnv(host.env);
  return async (change, context) => {
    const line = `${JSON.stringify(changeRecord(change, context))}\n`;
    const child = shell(command, env).spawn();
    const printed = [child.stdout, child.stderr].map((stream) =>
      copy(stream, (text) => host.err(text))
    );
    const end = (): void => endGroup(child);
    host.halt?.addEventListener("abort", end);
    await feed(child.stdin, line);
    const { code } = await child.status
      .finally(() => host.halt?.removeEventListener("abort", end));
    await Promise.all(printed);
    if (code !== 0) {
      throw new CommandFailed(code);
    }
  };
}

/** The command did not take the change. */
class CommandFailed extends Error {
  /** @ignore */
  override readonly name = "CommandFailed";
  /** Its exit code, as dead letters keep it. */
  readonly code: string;

  constructor(exitCode: number) {
    super(`Cannot deliver: the command ended with ${exitCode}`);
    this.code = `exit_${exitCode}`;
  }
}

function shell(command: string, env: Record<string, string>): Deno.Command {
  const [program, flag] = Deno.build.os === "windows"
    ? ["cmd", "/c"]
    : ["sh", "-c"];
  return new Deno.Command(program, {
    args: [flag, command],
    clearEnv: true,
    env,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
    // In a process group of its own, so that Ctrl-C lets it finish the change in hand.
    detached: true,
  });
}

// On its own it would run on while its change is handed out again.
function endGroup({ pid }: Deno.ChildProcess): void {
  try {
    // On Windows there are no groups of processes.
    Deno.kill(Deno.build.os === "windows" ? pid : -pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}

// The command has no use for the credentials of the platform, nor for those of the store.
function childEnv(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const own: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !isOurs(name)) own[name] = value;
  }
  return own;
}

function isOurs(name: string): boolean {
  return /^(?:ALLUS|SLUICE)_/i.test(name) ||
    name.toUpperCase() === DATABASE_URL;
}

async function feed(
  stdin: WritableStream<Uint8Array>,
  line: string,
): Promise<void> {
  const writer = stdin.getWriter();
  try {
    await writer.write(encodeUtf8(line));
    await writer.close();
  } catch {
    // A command need not read its input: its exit code alone says how it went.
    writer.releaseLock();
  }
}

async function copy(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  write: (text: string) => Promise<void>,
): Promise<void> {
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    await write(text).catch(() => {}); // nobody reads the messages any more
  }
}
