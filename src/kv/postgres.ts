/**
 * The store in PostgreSQL, for several processes, machines and regions that share one.
 *
 * Choose it where an application has a database anyway, where data must stay in a region, or where several machines
 * share the work. `setup()` makes what it needs, or {@linkcode postgresSetupSql} prints it for a role of its own
 * (`sluice store setup --print`). The caller opens the client and closes it: postgres.js as it is
 * or, for a process that runs long, by {@linkcode fromPostgresJs}, `pg` by {@linkcode fromPg}, PGlite by
 * {@linkcode fromPglite}.
 *
 * A commit is one round trip, and survives what the server says: leave `synchronous_commit` on. When the connection
 * breaks in a commit, nobody knows whether it happened; the `KvError` says so in `outcomeUnknown`, and a spool gives
 * those events once more.
 *
 * @example Open a store with postgres.js, and make its table
 * ```ts
 * import postgres from "postgres";
 * import { type PostgresKv, postgresKv } from "@sluice/edge/kv/postgres";
 *
 * export async function openStore(url: string): Promise<PostgresKv> {
 *   const settings = { max: 5, max_pipeline: 0 };
 *   const kv = postgresKv(postgres(url, settings));
 *   await kv.setup();
 *   return kv;
 * }
 * ```
 *
 * @module
 */
import { assertFunction, assertMs } from "../_internal/assert.ts";
import { systemRandom } from "../_internal/backoff.ts";
import { systemClock } from "../_internal/clock.ts";
import { PostgresCalls } from "./_postgres_call.ts";
import {
  quoteNames,
  setupSql as textOfSetup,
  statementsOf,
} from "./_postgres_sql.ts";
import { PostgresStore } from "./_postgres_store.ts";
import type { KvStore } from "./kv.ts";

export { fromPg, fromPglite } from "./_postgres_clients.ts";
export { fromPostgresJs, type PostgresJsLike } from "./_postgres_js.ts";
export type {
  PgClientLike,
  PgliteLike,
  PgPoolLike,
  PostgresResultLike,
} from "./_postgres_clients.ts";
export type {
  KvChange,
  KvCheck,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvLimits,
  KvListOptions,
  KvRange,
  KvSet,
  KvStore,
} from "./kv.ts";

/** A query that is under way. */
export interface PostgresQueryLike extends PromiseLike<unknown> {
  /** Asks the server to stop it, where the client can. */
  cancel?(): unknown;
  /** Is called when no answer came even to that: its connection is not to be used again. */
  drop?(): unknown;
}

/** What {@linkcode postgresKv} needs of a client; that of postgres.js fits as it is. */
export interface PostgresSqlLike {
  /**
   * Runs a statement and gives its rows as an array, with `bytea` as `Uint8Array` and `text` as string. Without values
   * there may be several statements, which are one transaction, and no rows are wanted.
   */
  unsafe(
    text: string,
    values?: string[],
    options?: { prepare?: boolean },
  ): PostgresQueryLike;
}

/** Where the table of a store is. */
export interface PostgresPlace {
  /**
   * Its name: letters, digits and underscores, 55 at most. The sequence, the function and the index begin with it.
   *
   * @default {"sluice_kv"}
   */
  readonly table?: string;
  /**
   * The schema, which must exist.
   *
   * @default {"public"}
   */
  readonly schema?: string;
}

/** How {@linkcode postgresKv} uses its client. */
export interface PostgresKvOptions extends PostgresPlace {
  /**
   * Milliseconds for one call, with the wait for a connection of the pool. Then the query is cancelled, and when the
   * server does not answer that either within five seconds more, the call fails with its outcome unknown, and its
   * connection is given up, where the client can. `Infinity` waits for ever.
   *
   * @default {30000}
   */
  readonly timeoutMs?: number;
  /** Waits between two tries of a commit that another transaction was in the way of. Default is a timer. */
  readonly sleep?: (ms: number) => Promise<void>;
  /** A number from 0 up to 1 that spreads those waits. Default is `Math.random`. */
  readonly random?: () => number;
}

/** A store in PostgreSQL. */
export interface PostgresKv extends KvStore {
  /**
   * Creates what {@linkcode postgresSetupSql} says, and changes nothing that is there. Several at once are no harm. The
   * role needs the right to create in the schema; all other calls need no more than to use what is there.
   */
  setup(): Promise<void>;
}

/**
 * Makes a store of a client of PostgreSQL 13 or newer: postgres.js as it is or by {@linkcode fromPostgresJs}, `pg` by
 * {@linkcode fromPg}, PGlite by {@linkcode fromPglite}. It runs wherever the client does, Cloudflare Workers too.
 *
 * A commit is one statement and one round trip, once the client has prepared it. What a resolved commit survives is what
 * the server says: `synchronous_commit` is left as it is there. With `on`, the default, a power cut of the server; with
 * synchronous replicas, its loss; with `off` the last moments before a crash are gone, although they were confirmed.
 * `relaxed` changes nothing.
 *
 * Every commit locks its keys in their order, those that it only checks too, so commits on different keys run side by
 * side, and those on the same key one after the other, without deadlocks among them. A commit that the server undoes for
 * the sake of another transaction is tried again up to ten times; a check that does not hold is the result `ok: false`,
 * and is not.
 *
 * When the connection is lost, nobody knows whether the commit happened: `outcomeUnknown` of the `KvError` is `true`. It
 * is `false` where the server said that it undid the commit (`statement_timeout`, a full disk, too many connections), or
 * was never reached. A spool gives events whose end is unknown once more.
 *
 * With postgres.js, set `max_pipeline: 0`, so that a commit that waits for a lock holds up none behind it on the same
 * connection. On Deno 2.5, which Deno Deploy runs, it is needed: queries that share a connection there can end the process
 * with "May not write null values to stream". Such a client cannot run `sql.begin`: give the store one of its own.
 *
 * A connection that goes silent costs the calls that wait on it, no more, with {@linkcode fromPg} and
 * {@linkcode fromPostgresJs}. postgres.js as it is keeps it in its pool, and every call that meets it fails: take it so
 * where the process is short or the way to the server is sure.
 *
 * No state of a session is used, so poolers in transaction mode do: PgBouncer from 1.21 on with
 * `max_prepared_statements`, Supabase, Neon, Hyperdrive. Where prepared statements do not work, make the client of
 * postgres.js with `prepare: false`; a call is two round trips then. `pg` needs none.
 *
 * An entry that has expired is not given any more, by the clock of the server, and is deleted when later commits store
 * entries with `expireInMs`, two for each. Use another table for another application.
 *
 * @example Let one of many processes be the leader
 * ```ts
 * import postgres from "postgres";
 * import { postgresKv } from "@sluice/edge/kv/postgres";
 *
 * export async function lead(url: string): Promise<boolean> {
 *   const sql = postgres(url);
 *   const kv = postgresKv(sql, { schema: "events", table: "inbox" });
 *   const { ok } = await kv.commit({
 *     checks: [{ key: ["leader"], version: null }],
 *     sets: [{ key: ["leader"], value: "me" }],
 *   });
 *   await sql.end({ timeout: 5 });
 *   return ok;
 * }
 * ```
 *
 * @param sql An open client, which the caller closes.
 * @param options Where the table is, and how long a call may take.
 * @returns The store. Closing it ends its use and leaves the client open.
 * @throws {TypeError} If an option has the wrong type, or a name other characters than it may have.
 * @throws {RangeError} If `timeoutMs` is negative.
 */
export function postgresKv(
  sql: PostgresSqlLike,
  options: PostgresKvOptions = {},
): PostgresKv {
  const {
    timeoutMs = 30_000,
    sleep = systemClock.sleep,
    random = systemRandom,
  } = options;
  const names = quoteNames(placeOf(options));
  assertClient(sql);
  assertMs(timeoutMs, "timeoutMs");
  assertFunction(sleep, "sleep");
  assertFunction(random, "random");
  return new PostgresStore({
    calls: new PostgresCalls(sql, { timeoutMs, sleep, random }),
    statements: statementsOf(names),
    setupSql: textOfSetup(names),
  });
}

/**
 * The SQL that `setup()` runs, for those who let a role of its own create tables: a table, an index, a sequence and the
 * function that commits. Run it as one transaction, such as by `psql --single-transaction`.
 *
 * @example
 * ```ts
 * import { postgresSetupSql } from "@sluice/edge/kv/postgres";
 *
 * console.log(postgresSetupSql({ table: "inbox" }));
 * ```
 *
 * @param place Where the table is to be.
 * @returns Several statements.
 * @throws {TypeError} If a name has other characters than it may have.
 */
export function postgresSetupSql(place: PostgresPlace = {}): string {
  return textOfSetup(quoteNames(placeOf(place)));
}

function placeOf(
  { table = "sluice_kv", schema = "public" }: PostgresPlace,
): { table: string; schema: string } {
  return { table, schema };
}

function assertClient(sql: PostgresSqlLike): void {
  if (typeof sql?.unsafe === "function") return;
  throw new TypeError(
    "Cannot use sql: wanted a client with unsafe(), such as that of postgres.js, fromPg() or fromPglite()",
  );
}
