import type { Cli, CommonOptions } from "../_command.ts";
import type { ExitCode } from "../exit.ts";
import { loadConnector } from "./_load_connector.ts";
import { runWith } from "./_run_with.ts";

/** Where a connector is served. */
export interface ServeOptions extends CommonOptions {
  readonly port: number;
  readonly hostname: string;
}

/** Serves a connector until the command is to stop. */
export async function serve(
  cli: Cli,
  module: string,
  { port, hostname }: ServeOptions,
): Promise<ExitCode> {
  const args = ["serve", `--port=${port}`, `--hostname=${hostname}`];
  return await runWith(cli, await loadConnector(module), { args });
}
