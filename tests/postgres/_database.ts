/** Stores in PostgreSQL for tests: on a server where one is installed, in PGlite otherwise. */
import { PGlite } from "@electric-sql/pglite";
import postgres from "postgres";
import {
  fromPglite,
  type PostgresKv,
  postgresKv,
  type PostgresKvOptions,
  type PostgresSqlLike,
} from "../../src/kv/postgres.ts";
import { type PostgresServer, startPostgres } from "./_server.ts";

/** A database for the tests of one file. */
export interface TestDatabase {
  /** `undefined` where PGlite takes its place. */
  readonly server: PostgresServer | undefined;
  readonly name: "PostgreSQL" | "PGlite";
  /** For every test: PGlite keeps a timer of its own, which the sanitizers would take for the test's. */
  readonly sanitizers: { sanitizeOps: boolean; sanitizeResources: boolean };
  /** A store in a table of its own, with a client of its own. */
  open(options?: PostgresKvOptions): Promise<TestStore>;
}

/** A store with what it is made of. */
export interface TestStore {
  readonly kv: PostgresKv;
  readonly sql: PostgresSqlLike;
  /** The name of its table. */
  readonly table: string;
  /** Closes the client. */
  done(): Promise<void>;
}

const MISSING =
  `PostgreSQL is not installed: these tests run on PGlite, and those that need a server are left out.
On Debian and Ubuntu: apt-get install -y postgresql`;

let tables = 0;

/** Starts the database of a test file; not within a test, as it stays until the process ends. */
export async function startDatabase(
  connection: Record<string, string> = {},
): Promise<TestDatabase> {
  const server = await startPostgres();
  if (server) return serverDatabase(server, connection);
  console.warn(MISSING);
  let sql: PostgresSqlLike | undefined;
  return {
    server: undefined,
    name: "PGlite",
    sanitizers: { sanitizeOps: false, sanitizeResources: false },
    async open(options): Promise<TestStore> {
      sql ??= fromPglite(await PGlite.create());
      return await openOn(sql, { options, end: () => Promise.resolve() });
    },
  };
}

function serverDatabase(
  server: PostgresServer,
  connection: Record<string, string>,
): TestDatabase {
  return {
    server,
    name: "PostgreSQL",
    sanitizers: { sanitizeOps: true, sanitizeResources: true },
    open(options): Promise<TestStore> {
      const sql = connect(server.url, { connection });
      return openOn(sql, { options, end: () => disconnect(sql) });
    },
  };
}

/** A client of postgres.js that says nothing. */
export function connect(
  url: string,
  options: postgres.Options<Record<string, never>> = {},
): postgres.Sql {
  const settings = {
    max: 4,
    max_pipeline: 0, // as the doc of postgresKv() says; the types do not know it
    backoff: (): number => 0.05, // a server that was killed is back at once
    onnotice: () => {},
    ...options,
  };
  return postgres(url, settings);
}

/** Ends a client. Without a limit, postgres.js waits for ever for a connection that was refused or broken. */
export function disconnect(sql: postgres.Sql): Promise<void> {
  return sql.end({ timeout: 1 });
}

async function openOn(
  sql: PostgresSqlLike,
  { options, end }: {
    options: PostgresKvOptions | undefined;
    end: () => Promise<void>;
  },
): Promise<TestStore> {
  const table = `t${Deno.pid}_${tables++}`;
  const kv = postgresKv(sql, { table, ...options });
  await kv.setup();
  return {
    kv,
    sql,
    table,
    async done(): Promise<void> {
      await kv.close();
      await end();
    },
  };
}
