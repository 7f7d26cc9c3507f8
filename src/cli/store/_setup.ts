import { postgresSetupSql } from "../../kv/postgres.ts";
import type { Cli, CommonOptions } from "../_command.ts";
import { kvError, LASTING_KV_WANTED, openKv } from "../_kv/open_kv.ts";
import { isPostgres, openPostgres, placeOf } from "../_kv/open_postgres.ts";
import { EXIT, type ExitCode } from "../exit.ts";

/** Which store is made. */
export interface SetupOptions extends CommonOptions {
  readonly kv: string;
  readonly print?: boolean;
}

/** Makes what a store needs. */
export async function setup(
  cli: Cli,
  options: SetupOptions,
): Promise<ExitCode> {
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
    const wanted = LASTING_KV_WANTED;
    await (await openKv(kv, cli.host, { wanted })).close();
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
