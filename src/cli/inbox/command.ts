import type { Command } from "commander";
import { type ConfigOptions, withConfig } from "../_client/config.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
  wholeNumber,
} from "../_command.ts";
import { drain } from "../drain/drain.ts";
import { withHandler } from "../drain/handler.ts";
import { type DrainOptions, withDrain } from "../drain/options.ts";
import { EXIT_HELP } from "../exit.ts";
import { backlog, type BacklogOptions } from "./_backlog.ts";
import { status } from "./_status.ts";

/** `sluice inbox`: what webhooks brought. */
export function inboxCommand(cli: Cli): Command {
  return newGroup("inbox", "what webhooks brought: look, deliver, fetch")
    .addCommand(statusCommand(cli))
    .addCommand(drainCommand(cli))
    .addCommand(backlogCommand(cli));
}

function statusCommand(cli: Cli): Command {
  return withConfig(
    newCommand("status", "count what waits in the inbox and in the feed store"),
  )
    .addHelpText("after", "\nExample:\n  $ sluice inbox status --json")
    .action(
      acting(
        cli,
        (options: CommonOptions & ConfigOptions) => status(cli, options),
      ),
    );
}

function drainCommand(cli: Cli): Command {
  const command = newCommand("drain", "deliver what webhooks brought");
  return withDrain(withHandler(withConfig(command)))
    .addHelpText(
      "after",
      `\nExample:\n  $ sluice inbox drain --module ./handler.ts\n${EXIT_HELP}`,
    )
    .action(
      acting(cli, (options: DrainOptions) => drain(cli, "inbox", options)),
    );
}

function backlogCommand(cli: Cli): Command {
  return withConfig(
    newCommand(
      "backlog",
      "move what the platform holds back for a webhook into the inbox",
    ),
  )
    .argument("<webhook-id>", "whose backlog")
    .option(
      "--batch-size <n>",
      "events to ask for at once",
      wholeNumber(1, 500),
    )
    .addHelpText("after", "\nExample:\n  $ sluice inbox backlog wh_12")
    .action(
      acting(
        cli,
        (webhookId: string, options: BacklogOptions) =>
          backlog(cli, webhookId, options),
      ),
    );
}
