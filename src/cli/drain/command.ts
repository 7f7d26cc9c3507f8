import type { Command } from "commander";
import { withConfig } from "../_client/config.ts";
import { acting, type Cli, newCommand, wholeNumber } from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { drain } from "./drain.ts";
import { withHandler } from "./handler.ts";
import { type DrainOptions, withDrain } from "./options.ts";

/** `sluice drain`: delivers the changes of the feed. */
export function drainCommand(cli: Cli): Command {
  const command = newCommand(
    "drain",
    "fetch the changes of the feed, keep them, and deliver each until it is handled",
  );
  return withDrain(withHandler(withConfig(command)))
    .option(
      "--batch-size <n>",
      "changes to ask for at once",
      wholeNumber(1, 500),
    )
    .addHelpText("after", HELP)
    .action(
      acting(cli, (options: DrainOptions) => drain(cli, "feed", options)),
    );
}

const HELP = `
The platform deletes what it hands out, so each page is stored, still
encrypted, before anybody looks at it. A change is done when the function has
resolved, the command has ended with 0, or the system has taken its whole line;
a process that dies before that gets the change again, with the same delivery.

Examples:
  $ sluice drain --module ./handler.ts
  $ sluice drain --ndjson >> changes.ndjson
  $ sluice drain --exec 'curl -sf --data @- https://crm.example/changes'
  $ sluice drain --ndjson --kv deno:./changes.db --deadline 50

With a pipe the line is with the system and not yet with its reader: where the
reader may die, use --exec. The command gets neither ALLUS_ and SLUICE_ variables
nor DATABASE_URL.
${EXIT_HELP}`;
