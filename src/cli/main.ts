import { interruptedBy } from "./_failure/exit_code.ts";
import { processHost, writeAll } from "./host.ts";
import { runSluice } from "./run.ts";

/** Runs the command as this process, and ends it with the exit code. */
export async function main(): Promise<never> {
  divertConsole();
  const stop = new AbortController();
  const halt = new AbortController();
  const unwatch = watchSignals({ stop, halt });
  const host = processHost({ signal: stop.signal, halt: halt.signal });
  const code = await runSluice(Deno.args, host);
  unwatch();
  // A module of the user may have left something running.
  Deno.exit(code);
}

// What a handler prints must not end up among the data.
function divertConsole(): void {
  for (const name of ["log", "info", "debug"] as const) {
    console[name] = console.error;
  }
}

interface Stopping {
  /** After what is in hand. */
  readonly stop: AbortController;
  /** At once. */
  readonly halt: AbortController;
}

function watchSignals(stopping: Stopping): () => void {
  const outlivesTerminal = isHangupIgnored();
  const watched = signalsOf(Deno.build.os).map((signal) => {
    const listener = (): void => {
      if (signal === "SIGHUP" && outlivesTerminal) return;
      stopOrExit(stopping, signal);
    };
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => watched.forEach((unwatch) => unwatch());
}

function signalsOf(os: typeof Deno.build.os): readonly Deno.Signal[] {
  return os === "windows"
    ? ["SIGINT", "SIGBREAK"]
    : ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
}

// As nohup has it. The first listener undoes that, of whatever signal it is. Only Linux tells of it.
function isHangupIgnored(): boolean {
  const path = "/proc/self/status";
  const { state } = Deno.permissions.querySync({ name: "read", path });
  if (state !== "granted") return false;
  try {
    const [, mask = ""] = /^SigIgn:\s*(\w+)$/m.exec(
      Deno.readTextFileSync(path),
    ) ?? [];
    return (Number.parseInt(mask.slice(-1), 16) & 1) === 1;
  } catch {
    return false; // there is no such file
  }
}

function stopOrExit({ stop, halt }: Stopping, signal: Deno.Signal): void {
  const isStopping = stop.signal.aborted;
  // The kernel sends one to all, and the shell that gets it passes it on: that is no haste.
  if (isStopping && signal === "SIGHUP") return;
  if (isStopping || signal === "SIGQUIT") {
    halt.abort(signal);
    Deno.exit(interruptedBy(halt.signal));
  }
  stop.abort(signal);
  const words = "Stopping after what is in hand; once more stops at once\n";
  writeAll(Deno.stderr, words).catch(() => {}); // nobody reads it
}
