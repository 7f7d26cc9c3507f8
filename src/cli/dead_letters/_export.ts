import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { interruptedBy } from "../_failure/exit_code.ts";
import { printableJson } from "../_terminal/printable.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { SourceOptions } from "./_choice.ts";

/** Writes all of them as NDJSON. */
export async function exportAll(
  cli: Cli,
  options: SourceOptions,
): Promise<ExitCode> {
  const { source } = options;
  await using open = await openClient(cli, options, { create: false });
  for await (const line of open.client.exportDeadLetters({ source })) {
    if (cli.host.signal.aborted) return interruptedBy(cli.host.signal);
    await cli.output.data(printableJson(line));
  }
  return EXIT.done;
}
