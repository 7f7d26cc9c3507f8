import type { Command } from "commander";
import { postgresSetupSql } from "../kv/postgres.ts";
import {
  acting,
  type Cli,
  type CommonOptions,
  newCommand,
  newGroup,
} from "./_cli.ts";
import { kvError, openKv } from "./_open_kv.ts";
import { isPostgres, openPostgres, placeOf } from "./_open_postgres.ts";
import { EXIT, EXIT_HELP, type ExitCode } from "./exit.ts";

interface SetupOptions extends CommonOptions {
  readonly kv: string;
  readonly print?: boolean;
}

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

async function setup(cli: Cli, options: SetupOptions): Promise<ExitCode> {
  const { kv, print = false } = options;
  if (print) return await printSql(cli, kv);
  if (isPostgres(kv)) {
    await using opened = disposing(await openPostgres(kv, cli.host.env));
    await opened.kv.setup();
  } else {
    if (kv === "memory") {
      throw kvError("nothing in memory outlives the command");
    }
    // Opening makes what is not there.
    await (await openKv(kv, cli.host)).close();
  }
  if (cli.output.isJson) await cli.output.json({ kv, ready: true });
  else cli.output.note(`The store is ready: --kv ${kv}`);
  return EXIT.done;
}

async function printSql({ output }: Cli, kv: string): Promise<ExitCode> {
  if (!isPostgres(kv)) {
    throw kvError("only postgres has SQL to print, wanted it or no --print");
  }
  const sql = postgresSetupSql(placeOf(kv));
  if (output.isJson) await output.json({ kv, sql });
  else await output.data(sql);
  return EXIT.done;
}

function disposing<T extends { close(): Promise<void> }>(
  kv: T,
): AsyncDisposable & { readonly kv: T } {
  return { kv, [Symbol.asyncDispose]: () => kv.close() };
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
