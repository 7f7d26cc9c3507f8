import { type Command, Option } from "commander";
import {
  acting,
  type Cli,
  newCommand,
  newGroup,
  seconds,
  wholeNumber,
} from "../_command.ts";
import { type SenderOptions, withSender } from "../_sender/open_sender.ts";
import { EXIT_HELP } from "../exit.ts";
import { add, type AddOptions } from "./_add.ts";
import { explain, type ExplainOptions } from "./_explain.ts";
import { list, type ListOptions } from "./_list.ts";
import { rotate, type RotateOptions } from "./_rotate.ts";
import {
  activate,
  deactivate,
  type DeactivateOptions,
  remove,
} from "./_switch.ts";

/** `sluice subscriptions`: who is sent which events. */
export function subscriptionsCommand(cli: Cli): Command {
  return newGroup("subscriptions", "who is sent which events")
    .addCommand(listCommand(cli))
    .addCommand(addCommand(cli))
    .addCommand(removeCommand(cli))
    .addCommand(activateCommand(cli))
    .addCommand(deactivateCommand(cli))
    .addCommand(rotateCommand(cli))
    .addCommand(explainCommand(cli));
}

function listCommand(cli: Cli): Command {
  return withSender(newCommand("list", "one line for each, in order of ids"))
    .option("--owner <principal>", "only those of this owner")
    .option("--scope <path>", "only those that stand here or below")
    .option("--limit <n>", "most to show", wholeNumber(1), 100)
    .option("--after <id>", "only those after this one")
    .addHelpText("after", LIST_HELP)
    .action(acting(cli, (options: ListOptions) => list(cli, options)));
}

function addCommand(cli: Cli): Command {
  return withSender(newCommand("add", "send events to an address"))
    .argument("[to]", "the address: https, of the public internet")
    .option("--for <glob>", "over the noun: invoice, or invoice* (default: *)")
    .option("--when <glob>", "over the verb: created, or line-* (default: *)")
    .option("--scope <path>", "where in the tree it stands (default: /)")
    .option("--owner <principal>", "in whose name it receives")
    .option("--permission <name>", "what the owner must be allowed to do")
    .option("--dialect <name>", "what shapes its requests (default: sluice)")
    .option("--ordered", "one after the other about one entity")
    .addOption(
      new Option("--signing <how>", "how requests are signed (default: v1)")
        .choices(["v1", "v1a", "none"]),
    )
    .option(
      "--from <file>",
      "JSON object with these fields, and filter, headers, limits and a secret of your own; - for the standard input",
    )
    .addHelpText("after", ADD_HELP)
    .action(
      acting(
        cli,
        (to: string | undefined, options: AddOptions) => add(cli, to, options),
      ),
    );
}

function removeCommand(cli: Cli): Command {
  return withSender(
    newCommand("remove", "delete it for good, with all that waits for it"),
  )
    .argument("<id>", ID)
    .addHelpText(
      "after",
      `\nExample:\n  $ sluice subscriptions remove sub_1f0c --kv postgres\n${EXIT_HELP}`,
    )
    .action(
      acting(
        cli,
        (id: string, options: SenderOptions) => remove(cli, id, options),
      ),
    );
}

function activateCommand(cli: Cli): Command {
  return withSender(
    newCommand("activate", "let it receive, also what was held for it"),
  )
    .argument("<id>", ID)
    .addHelpText(
      "after",
      `\nExample:\n  $ sluice subscriptions activate sub_1f0c --kv postgres\n${EXIT_HELP}`,
    )
    .action(
      acting(
        cli,
        (id: string, options: SenderOptions) => activate(cli, id, options),
      ),
    );
}

function deactivateCommand(cli: Cli): Command {
  return withSender(newCommand("deactivate", "keep it from receiving"))
    .argument("<id>", ID)
    .option("--hold", "keep its events until it is activated, up to its limit")
    .option("--message <text>", "why, for its status")
    .addHelpText("after", DEACTIVATE_HELP)
    .action(
      acting(
        cli,
        (id: string, options: DeactivateOptions) =>
          deactivate(cli, id, options),
      ),
    );
}

function rotateCommand(cli: Cli): Command {
  return withSender(newCommand("rotate", "give it a new secret"))
    .argument("<id>", ID)
    .option(
      "--overlap <seconds>",
      "for how long the old secret goes on signing beside the new one",
      seconds,
      86_400_000,
    )
    .option("--secret-file <file>", "file that holds a secret of your own")
    .addHelpText("after", ROTATE_HELP)
    .action(
      acting(
        cli,
        (id: string, options: RotateOptions) => rotate(cli, id, options),
      ),
    );
}

function explainCommand(cli: Cli): Command {
  return withSender(
    newCommand("explain", "say of each whether it would get an event, and why"),
  )
    .argument("<name>", "noun.verb, such as invoice.paid")
    .option(
      "--data <file>",
      "the event's data as JSON; - for the standard input",
    )
    .option("--scope <path>", "where it happens (default: /)")
    .option("--actor <principal>", "who makes it happen")
    .option("--entity <text>", "what it is about")
    .option("--owner <principal>", "only the subscriptions of this owner")
    .addHelpText("after", EXPLAIN_HELP)
    .action(
      acting(
        cli,
        (name: string, options: ExplainOptions) => explain(cli, name, options),
      ),
    );
}

const ID = "as subscriptions list shows it";

const LIST_HELP = `
Of a target, the query is not shown: it may be a secret.

Examples:
  $ sluice subscriptions list --kv postgres
  $ sluice subscriptions list --kv deno:./app.db --owner user_7 --json
${EXIT_HELP}`;

const ADD_HELP = `
What the receiver verifies with is written to the standard output, now and never
again: the secret, or the public key where --signing is v1a. The sealing key must
be the one of the application.

Examples:
  $ sluice subscriptions add https://example.com/hooks --for invoice --kv postgres
  $ sluice subscriptions add --from subscription.json --kv postgres --json
${EXIT_HELP}`;

const DEACTIVATE_HELP = `
What is queued waits. Events of the meantime are not for it, unless it holds.

Example:
  $ sluice subscriptions deactivate sub_1f0c --hold --message moving --kv postgres
${EXIT_HELP}`;

const ROTATE_HELP = `
What the receiver verifies with from now on is written to the standard output,
now and never again. Requests carry a signature of each secret meanwhile;
--overlap 0 ends the old one at once.

Examples:
  $ sluice subscriptions rotate sub_1f0c --kv postgres
  $ sluice subscriptions rotate sub_1f0c --overlap 3600 --kv postgres --json
${EXIT_HELP}`;

const EXPLAIN_HELP = `
Nothing is sent and nothing is changed. Permissions are asked for when --module
has them.

Examples:
  $ sluice subscriptions explain invoice.paid --kv postgres
  $ sluice subscriptions explain invoice.paid --data invoice.json --kv postgres
${EXIT_HELP}`;
