import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { assertListed, assertWhich, type WhichOptions } from "./_choice.ts";

/** Deletes them for good. */
export async function drop(
  cli: Cli,
  ids: readonly string[],
  options: WhichOptions,
): Promise<ExitCode> {
  assertWhich(ids, options);
  const { source, all = false } = options;
  await using open = await openClient(cli, options, { create: false });
  await assertListed(open.client, ids, options);
  const which = all ? "all" : ids;
  const dropped = await open.client.dropDeadLetters(which, { source });
  if (cli.output.isJson) await cli.output.json({ dropped });
  else cli.output.note(`${dropped} deleted`);
  return EXIT.done;
}
