import { ConfigError } from "../../errors.ts";
import type { KvEntry, KvKey, KvStore } from "../../kv/kv.ts";
import {
  type PostgresKv,
  postgresKv,
  type PostgresPlace,
  type PostgresSqlLike,
} from "../../kv/postgres.ts";
import type { CliHost } from "../host.ts";

/** The variable that holds the address, which in the arguments everybody on the machine could read. */
export const DATABASE_URL = "DATABASE_URL";

interface ClosableSql extends PostgresSqlLike {
  end(options: { timeout: number }): Promise<void>;
}

const CONNECTIONS = 4;
const CONNECT_SECONDS = 10;
const END_SECONDS = 1;

/** Whether `--kv` means PostgreSQL. */
export function isPostgres(kv: string): boolean {
  return /^postgres(?:ql)?(?::|$)/.test(kv);
}

/**
 * The schema and the table that `--kv postgres:<schema>.<table>` names, as far as it names them.
 *
 * @throws {ConfigError} When it is an address.
 */
export function placeOf(kv: string): PostgresPlace {
  if (/^postgres(?:ql)?:\/\//.test(kv) || kv.startsWith("postgresql")) {
    throw refusal(
      "--kv",
      `an address in the arguments can be read by others, wanted postgres or postgres:<table>, and the address in ${DATABASE_URL}`,
    );
  }
  const name = kv.slice("postgres:".length);
  if (name === "") return {};
  const dot = name.indexOf(".");
  const table = name.slice(dot + 1);
  return dot === -1 ? { table } : { schema: name.slice(0, dot), table };
}

/**
 * Opens the store in the database that `DATABASE_URL` names. Nothing is asked of the server before the first call.
 *
 * @throws {ConfigError} When there is no address, or it is none.
 */
export async function openPostgres(
  kv: string,
  env: CliHost["env"],
): Promise<PostgresKv> {
  const place = placeOf(kv);
  const sql = await connect(addressOf(env));
  try {
    return closing(postgresKv(sql, place), sql);
  } catch (error) {
    await sql.end({ timeout: END_SECONDS });
    throw error;
  }
}

function addressOf(env: CliHost["env"]): string {
  const url = env[DATABASE_URL] ?? "";
  if (/^postgres(?:ql)?:\/\/./.test(url)) return url;
  const state = url === "" ? "it is not set" : "it is none of PostgreSQL";
  throw refusal(
    DATABASE_URL,
    `${state}, wanted postgres://<user>:<password>@<host>/<database>`,
  );
}

// Loaded only here, so that all else works without it.
async function connect(url: string): Promise<ClosableSql> {
  const { default: postgres } = await import("postgres");
  try {
    return postgres(url, {
      max: CONNECTIONS,
      connect_timeout: CONNECT_SECONDS,
      onnotice: () => {},
    });
  } catch {
    // What it throws quotes the address, with the password.
    throw refusal(DATABASE_URL, "it cannot be read as an address");
  }
}

/** The store, which ends its connections when it is closed. */
function closing(kv: PostgresKv, sql: ClosableSql): PostgresKv {
  return {
    limits: kv.limits,
    get: <T>(key: KvKey): Promise<KvEntry<T> | undefined> => kv.get<T>(key),
    list: <T>(
      ...args: Parameters<KvStore["list"]>
    ): AsyncIterable<KvEntry<T>> => kv.list<T>(...args),
    commit: (change) => kv.commit(change),
    setup: () => kv.setup(),
    async close(): Promise<void> {
      await kv.close();
      // Without a limit, it waits for ever once a connection was refused.
      await sql.end({ timeout: END_SECONDS });
    },
  };
}

function refusal(field: string, message: string): ConfigError {
  return new ConfigError(`Cannot use ${field}: ${message}`, {
    problems: [{ field, message }],
  });
}
