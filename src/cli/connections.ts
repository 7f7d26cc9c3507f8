import { type Command, Option } from "commander";
import type { Client } from "../client.ts";
import type { Config, Connection } from "../company_data/mod.ts";
import { ConfigError } from "../errors.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
} from "./_cli.ts";
import { type ConfigOptions, openClient, withConfig } from "./_config.ts";
import {
  csvHeader,
  csvRow,
  errorsOf,
  ndjsonRow,
  type TableOptions,
} from "./_connection_row.ts";
import { ExportFile, type Sink } from "./_export_file.ts";
import { startProgress } from "./_progress.ts";
import { printableLines } from "./_printable.ts";
import { interruptedBy } from "./_report.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface ExportOptions extends CommonOptions, ConfigOptions, TableOptions {
  readonly format: "ndjson" | "csv";
  readonly out?: string;
}

/** `sluice connections`: the people who are connected. */
export function connectionsCommand(cli: Cli): Command {
  return newGroup("connections", "the people who are connected")
    .addCommand(exportCommand(cli));
}

function exportCommand(cli: Cli): Command {
  return withConfig(
    newCommand("export", "write everybody with their answers, decrypted"),
  )
    .addOption(
      new Option("--format <format>", "one JSON object a line, or a table")
        .choices(["ndjson", "csv"]).default("ndjson"),
    )
    .option(
      "--out <file>",
      "write to this file, and go on with it when it broke off",
    )
    .option(
      "--keep-formulas",
      "in a table, leave cells as they are that a spreadsheet takes for formulas",
    )
    .addHelpText("after", HELP)
    .action(acting(cli, (options: ExportOptions) => run(cli, options)));
}

interface Counts {
  written: number;
  unreadable: number;
}

async function run(cli: Cli, options: ExportOptions): Promise<ExitCode> {
  await using open = await openClient(cli, options);
  const { client, config } = open;
  const sink = await openSink(cli, config, options);
  const counts: Counts = { written: 0, unreadable: 0 };
  try {
    await write(cli, { client, options, sink, counts });
  } catch (error) {
    if (!isStop(cli, error)) throw error;
  } finally {
    await sink.close();
  }
  await tell(cli, counts, options);
  if (cli.host.signal.aborted) return interruptedBy(cli.host.signal);
  await sink.finish();
  return counts.unreadable > 0 ? EXIT.left : EXIT.done;
}

interface Writing {
  readonly client: Client;
  readonly options: ExportOptions;
  readonly sink: Sink;
  readonly counts: Counts;
}

async function write(cli: Cli, writing: Writing): Promise<void> {
  const { client, options, sink, counts } = writing;
  const isTable = options.format === "csv";
  const { signal } = cli.host;
  const fields = await client.requestFields();
  const slugs = sink.columns ?? fields.flatMap(({ slug }) => slug ?? []);
  if (sink.columns === undefined && isTable) {
    await sink.start(csvHeader(slugs), slugs);
  }
  const progress = startProgress(cli.output, "people");
  const offset = Math.max(0, sink.offset - sink.recent.length);
  const rows = client.connections(PAGE, offset, { signal });
  try {
    for await (const connection of rows) {
      signal.throwIfAborted();
      if (sink.recent.includes(keyOf(connection))) continue;
      counts.unreadable += errorsOf(connection).length;
      await sink.add(
        isTable ? csvRow(connection, slugs, options) : ndjsonRow(connection),
        keyOf(connection),
      );
      counts.written++;
      progress.update(counts.written, { text: "" });
    }
  } finally {
    progress.stop();
  }
}

const PAGE = 100;

function keyOf({ id, personId }: Connection): string {
  return `${id ?? ""} ${personId ?? ""}`;
}

function isStop({ host: { signal } }: Cli, error: unknown): boolean {
  return signal.aborted && error === signal.reason;
}

async function openSink(
  cli: Cli,
  config: Config,
  { out, format }: ExportOptions,
): Promise<Sink> {
  if (out !== undefined) {
    const file = await ExportFile.open(out, {
      format,
      service: `${config.clientId} ${config.apiUrl}`,
    });
    if (file.offset > 0) {
      cli.output.note(`Going on after ${file.offset} people`);
    }
    return file;
  }
  if (cli.output.isJson) {
    throw new ConfigError(
      "Cannot give the result as JSON: the standard output holds the people, wanted --out with --json",
    );
  }
  const { output, host: { outIsTerminal } } = cli;
  const add = (text: string): Promise<void> =>
    output.data(outIsTerminal ? printableLines(text) : text);
  const nothing = (): Promise<void> => Promise.resolve();
  return {
    offset: 0,
    recent: [],
    columns: undefined,
    start: add,
    add,
    close: nothing,
    finish: nothing,
  };
}

async function tell(
  { output, host: { signal } }: Cli,
  { written, unreadable }: Counts,
  { out }: ExportOptions,
): Promise<void> {
  if (output.isJson) {
    return await output.json({
      written,
      unreadable,
      finished: !signal.aborted,
    });
  }
  output.note(`${written} people written`);
  if (signal.aborted && out !== undefined) {
    output.note("The same command goes on from here");
  }
  if (unreadable > 0) {
    output.warn(
      `Warning: ${unreadable} values cannot be decrypted; they are named in "errors" and empty in a table`,
    );
  }
}

const HELP = `
With --out the file is for its owner alone, and a checkpoint beside it says how
far it got: after Ctrl-C or a crash the same command cuts off a torn last line
and goes on. People who were moved in the list meanwhile may be written twice
or, when more than a page of them left, not at all. Without --out nothing can
be resumed.

Files are written as where they are and not with their content. In a table, a
cell that a spreadsheet would take for a formula gets a ' before it, as people
write what they like; a number or one of a telephone does not.

Examples:
  $ sluice connections export > people.ndjson
  $ sluice connections export --format csv --out people.csv
${EXIT_HELP}`;
