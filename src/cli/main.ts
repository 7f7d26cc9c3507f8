import { EXIT } from "./exit.ts";
import { processHost, writeAll } from "./host.ts";
import { runSluice } from "./run.ts";

/** Runs the command as this process, and ends it with the exit code. */
export async function main(): Promise<never> {
  divertConsole();
  const stop = new AbortController();
  const unwatch = watchSignals(stop);
  const code = await runSluice(Deno.args, processHost(stop.signal));
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

function watchSignals(stop: AbortController): () => void {
  const watched = signalsOf(Deno.build.os).map((signal) => {
    const listener = (): void => stopOrExit(stop, signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  return () => watched.forEach((unwatch) => unwatch());
}

function signalsOf(os: typeof Deno.build.os): readonly Deno.Signal[] {
  return os === "windows" ? ["SIGINT", "SIGBREAK"] : ["SIGINT", "SIGTERM"];
}

function stopOrExit(stop: AbortController, signal: Deno.Signal): void {
  if (stop.signal.aborted) {
    Deno.exit(signal === "SIGTERM" ? EXIT.terminated : EXIT.interrupted);
  }
  stop.abort(signal);
  const words = "Stopping after what is in hand; once more stops at once\n";
  writeAll(Deno.stderr, words).catch(() => {}); // nobody reads it
}
