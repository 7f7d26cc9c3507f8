import { type Command, Option } from "commander";
import type { DeliveryStatus } from "../../delivery/mod.ts";
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
import { deliverDue, type RunOptions } from "./_deliver_due.ts";
import { list, type ListOptions } from "./_list.ts";
import { replay, type ReplayOptions } from "./_replay.ts";
import { show } from "./_show.ts";

const STATUSES: Readonly<Record<DeliveryStatus, true>> = {
  pending: true,
  succeeded: true,
  failed: true,
  denied: true,
  missing: true,
  dropped: true,
};

/** `sluice deliveries`: what the application sends to others. */
export function deliveriesCommand(cli: Cli): Command {
  return newGroup(
    "deliveries",
    "webhooks to others: look, send what is due, send again",
  )
    .addCommand(listCommand(cli))
    .addCommand(showCommand(cli))
    .addCommand(replayCommand(cli))
    .addCommand(runCommand(cli));
}

function listCommand(cli: Cli): Command {
  return withSender(
    newCommand(
      "list",
      "one line for each: first those that wait, then those that have ended, oldest first",
    ),
  )
    .argument("[subscription]", "only those to this one")
    .addOption(
      new Option("--status <status>", "only those with it")
        .choices(Object.keys(STATUSES)),
    )
    .option("--limit <n>", "most to show", wholeNumber(1), 100)
    .addHelpText("after", LIST_HELP)
    .action(
      acting(
        cli,
        (subscription: string | undefined, options: ListOptions) =>
          list(cli, subscription, options),
      ),
    );
}

function showCommand(cli: Cli): Command {
  return withSender(
    newCommand(
      "show",
      "the deliveries of an event to a subscription as JSON, with their last attempts",
    ),
  )
    .argument("<subscription>", "as subscriptions list shows it")
    .argument("<event>", "as deliveries list shows it: the webhook-id")
    .addHelpText("after", SHOW_HELP)
    .action(
      acting(
        cli,
        (subscription: string, event: string, options: SenderOptions) =>
          show(cli, { subscription, event }, options),
      ),
    );
}

function replayCommand(cli: Cli): Command {
  return withSender(
    newCommand("replay", "have the next run send once more"),
  )
    .argument("<subscription>", "as subscriptions list shows it")
    .option("--event <id>", "this event")
    .option("--failed", "those that failed and are still listed")
    .option(
      "--since <time>",
      "events from then on that it matches as it is now",
    )
    .option("--until <time>", "with --since: events before then")
    .addHelpText("after", REPLAY_HELP)
    .action(
      acting(
        cli,
        (subscription: string, options: ReplayOptions) =>
          replay(cli, subscription, options),
      ),
    );
}

function runCommand(cli: Cli): Command {
  return withSender(newCommand("run", "send what is due"))
    .option("--deadline <seconds>", "begin nothing more after that", seconds)
    .option("--concurrency <n>", "requests at once", wholeNumber(1, 1_000))
    .addHelpText("after", RUN_HELP)
    .action(acting(cli, (options: RunOptions) => deliverDue(cli, options)));
}

const LIST_HELP = `
Examples:
  $ sluice deliveries list --kv postgres --status failed
  $ sluice deliveries list sub_1f0c --kv deno:./app.db --json
${EXIT_HELP}`;

const SHOW_HELP = `
Of each attempt: what was sent, without credentials, signatures and body, and
what the receiver answered, cut to size.

Example:
  $ sluice deliveries show sub_1f0c evt_0mh2 --kv postgres
${EXIT_HELP}`;

const REPLAY_HELP = `
Receivers get the same webhook-id as the first time. Wanted is one of --event,
--failed and --since. Events are kept for 30 days. A time is a date or has a
zone, such as 2026-01-31 or 2026-01-31T09:00:00Z.

Examples:
  $ sluice deliveries replay sub_1f0c --failed --kv postgres
  $ sluice deliveries replay sub_1f0c --since 2026-01-31 --kv postgres
  $ sluice deliveries run --kv postgres
${EXIT_HELP}`;

const RUN_HELP = `
As the application does: give --module when it makes its sender with options,
above all permissions and dialects. While another run is at work, nothing is
done. Requests go to public https addresses, unless targetPolicy of the module
says otherwise. The exit code is 4 when something failed for good or waits.

Examples:
  $ sluice deliveries run --kv postgres --sealing-key-file sealing.key
  $ sluice deliveries run --kv deno:./app.db --module ./sender.ts --deadline 50
${EXIT_HELP}`;
