import type { Command } from "commander";
import type { SpoolHealth } from "../spool/mod.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
  wholeNumber,
} from "./_cli.ts";
import { type ConfigOptions, openClient, withConfig } from "./_config.ts";
import { deliver, type DeliverOptions, withRun } from "./_deliver.ts";
import { withHandler } from "./_handler.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface BacklogOptions extends CommonOptions, ConfigOptions {
  readonly batchSize?: number;
}

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
  return withRun(withHandler(withConfig(command)))
    .addHelpText(
      "after",
      `\nExample:\n  $ sluice inbox drain --module ./handler.ts\n${EXIT_HELP}`,
    )
    .action(
      acting(cli, (options: DeliverOptions) => deliver(cli, "inbox", options)),
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

async function status(
  cli: Cli,
  options: CommonOptions & ConfigOptions,
): Promise<ExitCode> {
  await using open = await openClient(cli, options);
  const health = await open.client.health();
  if (cli.output.isJson) await cli.output.json(health);
  else {
    for (const [name, each] of Object.entries(health)) {
      await cli.output.line(`${name.padEnd(6)} ${healthLine(each)}`);
    }
  }
  return EXIT.done;
}

function healthLine(
  { pending, oldestAt, deadLetters, lastRun }: SpoolHealth,
): string {
  const since = oldestAt === null ? "" : ` since ${isoOf(oldestAt)}`;
  const last = lastRun
    ? `last run ${
      isoOf(lastRun.at)
    }: ${lastRun.delivered} delivered, ${lastRun.stopped}`
    : "no run yet";
  return `${pending} wait${since}, ${deadLetters} dead letters, ${last}`;
}

function isoOf(ms: number): string {
  return new Date(ms).toISOString();
}

async function backlog(
  cli: Cli,
  webhookId: string,
  { batchSize, ...options }: BacklogOptions,
): Promise<ExitCode> {
  const { signal } = cli.host;
  await using open = await openClient(cli, options);
  const report = await open.client.drainWebhookBacklog(webhookId, {
    signal,
    ...batchSize !== undefined && { batchSize },
  });
  if (cli.output.isJson) await cli.output.json(report);
  else {
    cli.output.note(`${report.rows} events kept, from ${report.pages} pages`);
    if (report.rows > 0) cli.output.note("Deliver them: sluice inbox drain");
  }
  return EXIT.done;
}
