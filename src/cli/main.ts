import { EXIT } from "./exit.ts";
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
  const watched = signalsOf(Deno.build.os).map((signal) => {
    const listener = (): void => stopOrExit(stopping, signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => watched.forEach((unwatch) => unwatch());
}

function signalsOf(os: typeof Deno.build.os): readonly Deno.Signal[] {
  return os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}

function stopOrExit({ stop, halt }: Stopping, signal: Deno.Signal): void {
  if (stop.signal.aborted) {
    halt.abort(signal);
    Deno.exit(signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
  }
  stop.abort(signal);
  const words = "Stopping after what is in hand; once more stops at once\n";
  writeAll(Deno.stderr, words).catch(() => {}); // nobody reads it
}
