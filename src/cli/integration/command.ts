import type { Command } from "commander";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
} from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { checkIntegration } from "./_check.ts";
import { runIntegration, type RunOptions } from "./_run.ts";

/** `sluice integration`: runs and checks an integration. */
export function integrationCommand(cli: Cli): Command {
  return newGroup("integration", "run an integration, and check it")
    .addCommand(runCommand(cli))
    .addCommand(checkCommand(cli));
}

function runCommand(cli: Cli): Command {
  return newCommand(
    "run",
    "run an action, poll a trigger, or ask whom credentials belong to; prints the envelope",
  )
    .argument(
      "<module>",
      "exports the integration as default or as integration",
    )
    .argument("[name]", "the action, or the trigger with --trigger")
    .option("--inputs <json>", "the inputs; the process list shows them")
    .option(
      "--inputs-file <file>",
      "the inputs from a file, - for the standard input",
    )
    .option(
      "--auth-file <file>",
      "the credentials as JSON, - for the standard input",
    )
    .option("--trigger", "poll the polling trigger of that name")
    .option("--since <time>", "what the trigger is told of the last poll")
    .option("--account", "find out whom the credentials belong to")
    .addHelpText("after", HELP)
    .action(
      acting(cli, (
        module: string,
        name: string | undefined,
        options: RunOptions,
      ) => runIntegration(cli, { module, name }, options)),
    );
}

function checkCommand(cli: Cli): Command {
  return newCommand("check", "find what is wrong with it, without any network")
    .argument(
      "<module>",
      "exports the integration as default or as integration",
    )
    .action(
      acting(
        cli,
        (module: string, _: CommonOptions) => checkIntegration(cli, module),
      ),
    );
}

const HELP = `
What a handler throws is an envelope too. The exit code is 0 for a result, 1
for inputs or credentials that do not match, 4 for anything else.

Examples:
  $ sluice integration run ./crm.ts save_contact --inputs '{"id":"1"}'
  $ sluice integration run ./crm.ts new_contacts --trigger --auth-file auth.json
  $ sluice integration run ./crm.ts --account --auth-file auth.json
${EXIT_HELP}`;
