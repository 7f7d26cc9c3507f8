import type { Command } from "commander";
import { acting, type Cli, newCommand, newGroup } from "../_command.ts";
import { EXIT_HELP } from "../exit.ts";
import { setup, type SetupOptions } from "./_setup.ts";

/** `sluice store`: makes a store. */
export function storeCommand(cli: Cli): Command {
  return newGroup("store", "make a store").addCommand(setupCommand(cli));
}

function setupCommand(cli: Cli): Command {
  return newCommand(
    "setup",
    "make what the store needs, and keep what is there",
  )
    .option("--kv <store>", "the store", "postgres")
    .option("--print", "show the SQL, and do nothing")
    .addHelpText("after", HELP)
    .action(acting(cli, (options: SetupOptions) => setup(cli, options)));
}

const HELP = `
In PostgreSQL that is a table, an index, a sequence and a function, in the
database that DATABASE_URL names; doing it twice changes nothing. Other stores
are made when they are first opened.

Examples:
  $ sluice store setup
  $ sluice store setup --kv postgres:events.inbox
  $ sluice store setup --print | psql --single-transaction
${EXIT_HELP}`;
