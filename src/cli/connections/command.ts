import { type Command, Option } from "commander";
import { withConfig } from "../_client/config.ts";
import { acting, type Cli, newCommand, newGroup } from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { exportConnections, type ExportOptions } from "./_export.ts";

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
    .action(
      acting(cli, (options: ExportOptions) => exportConnections(cli, options)),
    );
}

const HELP = `
With --out the file is for its owner alone, and a checkpoint beside it says how
far it got: after Ctrl-C or a crash the same command cuts off a torn last line
and goes on. It refuses a file that another export is writing, or that is not
as the checkpoint says. People who were moved in the list meanwhile may be
written twice or, when more than a page of them left, not at all. Without --out
nothing can be resumed.

Files are written as where they are and not with their content. In a table, a
cell that a spreadsheet would take for a formula gets a ' before it, as people
write what they like; a number or one of a telephone does not.

Examples:
  $ sluice connections export > people.ndjson
  $ sluice connections export --format csv --out people.csv
${EXIT_HELP}`;
