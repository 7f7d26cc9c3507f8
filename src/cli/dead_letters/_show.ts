import { openClient } from "../_client/open_client.ts";
import type { Cli } from "../_command.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { absentError, findLetters, type SourceOptions } from "./_choice.ts";

/** Shows all of one. */
export async function show(
  cli: Cli,
  id: string,
  options: SourceOptions,
): Promise<ExitCode> {
  await using open = await openClient(cli, options, { create: false });
  const [letter] = await findLetters(open.client, [id], options);
  if (!letter) throw absentError(id);
  await cli.output.json(letter);
  return EXIT.done;
}
