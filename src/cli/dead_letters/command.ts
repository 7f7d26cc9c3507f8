import { type Command, Option } from "commander";
import { withConfig } from "../_client/config.ts";
import {
  acting,
  type Cli,
  newCommand,
  newGroup,
  wholeNumber,
} from "../_command.ts";
import { withHandler } from "../drain/handler.ts";
import { withAttempts } from "../drain/options.ts";
import { EXIT_HELP } from "../exit.ts";
import type { SourceOptions, WhichOptions } from "./_choice.ts";
import { drop } from "./_drop.ts";
import { exportAll } from "./_export.ts";
import { list, type ListOptions } from "./_list.ts";
import { retry, type RetryOptions } from "./_retry.ts";
import { show } from "./_show.ts";

/** `sluice dead-letters`: the changes that were given up. */
export function deadLettersCommand(cli: Cli): Command {
  return newGroup("dead-letters", "the changes that were given up")
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(retryCommand(cli))
    .addCommand(dropCommand(cli))
    .addCommand(exportCommand(cli));
}

function listCommand(cli: Cli): Command {
  return withSource(newCommand("list", "one line for each, oldest first"))
    .option("--limit <n>", "most to show", wholeNumber(1), 100)
    .option("--after <id>", "only those after this one")
    .addHelpText(
      "after",
      "\nExample:\n  $ sluice dead-letters list --source inbox --limit 20",
    )
    .action(acting(cli, (options: ListOptions) => list(cli, options)));
}

function showCommand(cli: Cli): Command {
  return withSource(
    newCommand("show", "all of one as JSON; its values are ciphertext"),
  )
    .argument("<id>", "as dead-letters list shows it")
    .action(
      acting(
        cli,
        (id: string, options: SourceOptions) => show(cli, id, options),
      ),
    );
}

function retryCommand(cli: Cli): Command {
  const command = newCommand("retry", "give them to a handler again");
  return withAttempts(withHandler(withSource(command)))
    .argument("[ids...]", "which")
    .option("--all", "all of them")
    .option(
      "--include-superseded",
      "also those that a newer change of the same person and field has overtaken",
    )
    .addHelpText("after", RETRY_HELP)
    .action(
      acting(
        cli,
        (ids: string[], options: RetryOptions) => retry(cli, ids, options),
      ),
    );
}

function dropCommand(cli: Cli): Command {
  return withSource(newCommand("drop", "delete them for good"))
    .argument("[ids...]", "which")
    .option("--all", "all of them")
    .addHelpText(
      "after",
      "\nExample:\n  $ sluice dead-letters export > dead.ndjson\n  $ sluice dead-letters drop --all",
    )
    .action(
      acting(
        cli,
        (ids: string[], options: WhichOptions) => drop(cli, ids, options),
      ),
    );
}

function exportCommand(cli: Cli): Command {
  return withSource(
    newCommand("export", "all of them as NDJSON; their values are ciphertext"),
  )
    .action(acting(cli, (options: SourceOptions) => exportAll(cli, options)));
}

function withSource(command: Command): Command {
  return withConfig(command).addOption(
    new Option("--source <which>", "those of the feed or those of webhooks")
      .choices(["feed", "inbox"]).default("feed"),
  );
}

const RETRY_HELP = `
One that succeeds is removed; one that fails stays, with the new reason. With
--json: how many were delivered and how many of those that were meant are left.

Examples:
  $ sluice dead-letters retry --all --module ./handler.ts
  $ sluice dead-letters retry 17-3 --exec './send.sh'
${EXIT_HELP}`;
