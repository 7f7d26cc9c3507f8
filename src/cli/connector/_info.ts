import type { Cli } from "../_command.ts";
import type { ExitCode } from "../exit.ts";
import { loadConnector } from "./_load_connector.ts";
import { runWith } from "./_run_with.ts";

/** Prints what a connector is and can do. */
export async function info(cli: Cli, module: string): Promise<ExitCode> {
  return await runWith(cli, await loadConnector(module), { args: ["info"] });
}
