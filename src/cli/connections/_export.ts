import type { Client } from "../../client.ts";
import type { Config, Connection } from "../../company_data/mod.ts";
import { ConfigError } from "../../errors.ts";
import type { ConfigOptions } from "../_client/config.ts";
import { openClient } from "../_client/open_client.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { interruptedBy, isStop } from "../_failure/exit_code.ts";
import { startProgress } from "../_terminal/progress.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { ExportFile } from "./_export_file.ts";
import {
  csvHeader,
  csvRow,
  errorsOf,
  ndjsonRow,
  type TableOptions,
} from "./_row.ts";
import { outputSink, type Sink } from "./_sink.ts";

/** How they are written. */
export interface ExportOptions
  extends CommonOptions, ConfigOptions, TableOptions {
  readonly format: "ndjson" | "csv";
  readonly out?: string;
}

interface Counts {
  written: number;
  unreadable: number;
}

/** Writes everybody who is connected. */
export async function exportConnections(
  cli: Cli,
  options: ExportOptions,
): Promise<ExitCode> {
  await using open = await openClient(cli, options);
  const { client, config } = open;
  using sink = await openSink(cli, config, options);
  const counts: Counts = { written: 0, unreadable: 0 };
  try {
    await write(cli, { client, options, sink, counts });
  } catch (error) {
    if (!isStop(error, cli.host.signal)) throw error;
  } finally {
    await sink.save();
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
  return outputSink(cli);
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
