import { type Command, Option } from "commander";
import { isObject, member } from "../_internal/json.ts";
import type { DeadLetter } from "../company_data/mod.ts";
import { acting, type Cli, newCommand, newGroup, wholeNumber } from "./_cli.ts";
import { openClient, withConfig } from "./_config.ts";
import {
  absent,
  assertWhich,
  findLetter,
  type SourceOptions,
  type WhichOptions,
} from "./_dead_letters.ts";
import { withRun } from "./_deliver.ts";
import { withHandler } from "./_handler.ts";
import { printableJson } from "./_printable.ts";
import { interruptedBy } from "./_report.ts";
import { retry, type RetryOptions } from "./_retry.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface ListOptions extends SourceOptions {
  readonly limit: number;
  readonly after?: string;
}

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
  return withRun(withHandler(withSource(command)))
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

async function list(cli: Cli, options: ListOptions): Promise<ExitCode> {
  const { source, limit, after } = options;
  await using open = await openClient(cli, options);
  const letters = await open.client.deadLetters({
    source,
    limit,
    ...after !== undefined && { after },
  });
  if (cli.output.isJson) await cli.output.json(letters.map(headOf));
  else for (const letter of letters) await cli.output.line(lineOf(letter));
  if (letters.length === 0) cli.output.note("There are no dead letters");
  if (letters.length === limit) {
    cli.output.note(`There may be more: --after ${letters.at(-1)?.id}`);
  }
  return EXIT.done;
}

type Head = Omit<DeadLetter, "event"> & { readonly event: string | null };

function headOf(letter: DeadLetter): Head {
  const { event } = letter;
  const name = isObject(event) ? member(event, "event") : undefined;
  return { ...letter, event: typeof name === "string" ? name : null };
}

function lineOf(letter: DeadLetter): string {
  const { id, event, error, attempts, at, superseded } = headOf(letter);
  const why = [error.name, error.code, error.message].filter(Boolean).join(" ");
  const overtaken = superseded ? "  (overtaken)" : "";
  return `${id}  ${at.toISOString()}  ${
    event ?? "?"
  }  ${attempts} attempts  ${why}${overtaken}`;
}

async function show(
  cli: Cli,
  id: string,
  options: SourceOptions,
): Promise<ExitCode> {
  await using open = await openClient(cli, options);
  const letter = await findLetter(open.client, id, options);
  if (!letter) throw absent(id);
  await cli.output.json(letter);
  return EXIT.done;
}

async function drop(
  cli: Cli,
  ids: readonly string[],
  options: WhichOptions,
): Promise<ExitCode> {
  assertWhich(ids, options);
  const { source, all = false } = options;
  await using open = await openClient(cli, options);
  const which = all ? "all" : ids;
  const dropped = await open.client.dropDeadLetters(which, { source });
  if (cli.output.isJson) await cli.output.json({ dropped });
  else cli.output.note(`${dropped} deleted`);
  if (!all && dropped < ids.length) throw absent(ids.join(", "));
  return EXIT.done;
}

async function exportAll(cli: Cli, options: SourceOptions): Promise<ExitCode> {
  const { source } = options;
  await using open = await openClient(cli, options);
  for await (const line of open.client.exportDeadLetters({ source })) {
    if (cli.host.signal.aborted) return interruptedBy(cli.host.signal);
    await cli.output.data(printableJson(line));
  }
  return EXIT.done;
}

const RETRY_HELP = `
One that succeeds is removed; one that fails stays, with the new reason. With
--json: how many were delivered and how many of those that were meant are left.

Examples:
  $ sluice dead-letters retry --all --module ./handler.ts
  $ sluice dead-letters retry 17-3 --exec './send.sh'
${EXIT_HELP}`;
