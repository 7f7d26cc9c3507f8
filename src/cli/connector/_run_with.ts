import type { AnyConnector } from "../../connector/mod.ts";
import { type CommandHost, runConnector } from "../../hono/run_connector.ts";
import type { Cli } from "../_command.ts";
import { printableJson } from "../_terminal/printable.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** What a connector is told to do. */
export interface Instruction {
  readonly args: readonly string[];
  /** What it reads as its standard input. */
  readonly request?: string;
}

/** Lets a connector do what the arguments say. */
export async function runWith(
  cli: Cli,
  connector: AnyConnector,
  { args, request = "" }: Instruction,
): Promise<ExitCode> {
  const host = commandHost(cli, request);
  const { signal } = cli.host;
  const code = await runConnector(connector, args, { host, signal });
  return code === 0 ? EXIT.done : EXIT.input;
}

function commandHost({ output }: Cli, request: string): CommandHost {
  return {
    out: (text) => output.data(printableJson(text)),
    err: (text) => Promise.resolve(output.raw(text)),
    read: () => Promise.resolve(request),
    exitWith: () => {},
  };
}
