/** What a command line asks for. */
export type Command =
  | { readonly kind: "help" }
  | { readonly kind: "info" }
  | {
    readonly kind: "serve";
    readonly port: number;
    readonly hostname: string;
  }
  | {
    readonly kind: "call";
    readonly name: string;
    readonly input: Input;
    readonly failOnError: boolean;
  };

/** Where the request comes from; `"-"` is the standard input. */
export type Input =
  | { readonly json: string }
  | { readonly file: string };

/** A command line that asks for nothing that there is. */
export class UsageError extends Error {
  /** @ignore */
  override readonly name = "UsageError";
}

/** Reads a command line, or throws a {@linkcode UsageError} that says what is wrong with it. */
export function readCommand(args: readonly string[]): Command {
  const [first, ...rest] = args;
  if (first === undefined) throw new UsageError("Wanted a command");
  switch (first) {
    case "help":
    case "--help":
    case "-h":
      return { kind: "help" };
    case "info":
      // Other connectors take a request here too; it says nothing.
      flagsOf(rest, { values: ["--json"], switches: [] });
      return { kind: "info" };
    case "serve":
      return serveCommand(rest);
    default:
      return callCommand(first, rest);
  }
}

const DEFAULT_PORT = 8000;
const LOOPBACK = "127.0.0.1";

function serveCommand(args: readonly string[]): Command {
  const flags = flagsOf(args, {
    values: ["--port", "-p", "--hostname"],
    switches: [],
  });
  const text = flags.get("--port") ?? flags.get("-p") ?? `${DEFAULT_PORT}`;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Infinity;
  if (port > 65535) {
    throw new UsageError("Wanted a --port from 0 to 65535");
  }
  const hostname = flags.get("--hostname") ?? LOOPBACK;
  return { kind: "serve", port, hostname };
}

function callCommand(first: string, args: readonly string[]): Command {
  const flags = flagsOf(args, {
    values: ["--json", "--json-file"],
    switches: ["-", "--fail-on-error"],
  });
  const json = flags.get("--json");
  const file = flags.get("--json-file") ?? (flags.has("-") ? "-" : undefined);
  const sources = ["--json", "--json-file", "-"].filter((name) =>
    flags.has(name)
  );
  if (sources.length !== 1) {
    throw new UsageError("Wanted one of --json '{…}', --json-file FILE and -");
  }
  if (file !== undefined && isRequestText(file)) {
    throw new UsageError(
      "Wanted a path after --json-file, and the text of a request after --json",
    );
  }
  return {
    kind: "call",
    name: first.replaceAll("-", "_"),
    input: json === undefined ? { file: file ?? "-" } : { json },
    failOnError: flags.has("--fail-on-error"),
  };
}

// Such a text holds secrets, so it must not be quoted as the name of a file that is not there.
function isRequestText(file: string): boolean {
  return /^\ufeff?\s*[{[]|[\r\n]/.test(file);
}

function flagsOf(
  args: readonly string[],
  known: { values: readonly string[]; switches: readonly string[] },
): Map<string, string> {
  const flags = new Map<string, string>();
  const left = [...args];
  for (let arg = left.shift(); arg !== undefined; arg = left.shift()) {
    const [name = "", ...inline] = arg.startsWith("--")
      ? arg.split("=")
      : [arg];
    const isSwitch = known.switches.includes(name) && inline.length === 0;
    if (!isSwitch && !known.values.includes(name)) {
      throw new UsageError(`Unknown argument ${nameOnly(name)}`);
    }
    const value = isSwitch
      ? ""
      : inline.length > 0
      ? inline.join("=")
      : left.shift();
    if (value === undefined) throw new UsageError(`Wanted a value for ${name}`);
    if (flags.has(name)) throw new UsageError(`Wanted ${name} once`);
    flags.set(name, value);
  }
  return flags;
}

// What is no flag may be a request that lost its flag, with secrets in it.
function nameOnly(arg: string): string {
  return /^--?[a-z-]+$/.test(arg) ? arg : "that is no option";
}
