import { unlessAborted } from "../_internal/abort.ts";
import { NotSent } from "./_postgres_failure.ts";
import type { PostgresRow } from "./_postgres_row.ts";
import type { PostgresQueryLike, PostgresSqlLike } from "./postgres.ts";

/** The answer of `pg` and PGlite. */
export interface PostgresResultLike {
  /** The rows. */
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

/** What {@linkcode fromPg} needs of a client that a pool lends. */
export interface PgClientLike {
  /** Runs a statement, or several when there are no values. */
  query(text: string, values?: string[]): Promise<unknown>;
  /** Gives the client back; with an error, it is closed. */
  release(error?: Error | boolean): void;
}

/** What {@linkcode fromPg} needs of a `Pool` of `pg`. */
export interface PgPoolLike {
  /** Lends a client. */
  connect(): Promise<PgClientLike>;
  /** Listens to connections that break while nobody uses them. */
  on?(event: "error", listener: (error: Error) => void): unknown;
}

/** What {@linkcode fromPglite} needs of a `PGlite`. */
export interface PgliteLike {
  /** Runs one statement. */
  query(text: string, values?: string[]): Promise<PostgresResultLike>;
  /** Runs several statements. */
  exec(text: string): Promise<unknown>;
}

/**
 * Makes a `Pool` of `pg` fit {@linkcode postgresKv}.
 *
 * Statements are unnamed, which takes one round trip in `pg` and works behind every pooler. A connection on which a
 * query failed without an answer of the server, or that has gone silent, is closed and not used again.
 *
 * @example
 * ```ts
 * import pg from "pg";
 * import { fromPg, type PostgresKv, postgresKv } from "@sluice/edge/kv/postgres";
 *
 * export function openStore(connectionString: string): PostgresKv {
 *   const settings = { connectionString, connectionTimeoutMillis: 10_000 };
 *   return postgresKv(fromPg(new pg.Pool(settings)));
 * }
 * ```
 *
 * @param pool The pool. Set its `connectionTimeoutMillis`, so that a call does not wait for a connection for ever.
 * @returns A client of the form that {@linkcode postgresKv} takes.
 */
export function fromPg(pool: PgPoolLike): PostgresSqlLike {
  // The pool replaces such a connection by itself; without a listener the error would end the process.
  pool.on?.("error", () => {});
  return {
    unsafe(text, values): PostgresQueryLike {
      const given = new AbortController();
      const lost = new AbortController();
      const signals = { given: given.signal, lost: lost.signal };
      const answer = pgQuery(pool, { text, values, ...signals });
      return Object.assign(answer, {
        cancel: () => given.abort(),
        drop: () => lost.abort(),
      });
    },
  };
}

/**
 * Makes a `PGlite`, which is PostgreSQL inside of the process, fit {@linkcode postgresKv}: for tests without a server.
 *
 * @example
 * ```ts
 * import { PGlite } from "@electric-sql/pglite";
 * import { fromPglite, postgresKv } from "@sluice/edge/kv/postgres";
 *
 * const db = await PGlite.create();
 * const kv = postgresKv(fromPglite(db));
 * await kv.setup();
 * await kv.commit({ sets: [{ key: ["user", 1], value: { name: "Anna" } }] });
 * console.log((await kv.get(["user", 1]))?.value); // { name: "Anna" }
 * await db.close();
 * ```
 *
 * @param db The database.
 * @returns A client of the form that {@linkcode postgresKv} takes.
 */
export function fromPglite(db: PgliteLike): PostgresSqlLike {
  return {
    async unsafe(text, values): Promise<readonly PostgresRow[]> {
      if (values) return (await db.query(text, values)).rows;
      await db.exec(text);
      return [];
    },
  };
}

async function pgQuery(
  pool: PgPoolLike,
  { text, values, given, lost }: {
    text: string;
    values: string[] | undefined;
    /** Aborts when nobody waits for the answer any more. */
    given: AbortSignal;
    /** Aborts when the answer will not come any more. */
    lost: AbortSignal;
  },
): Promise<readonly PostgresRow[]> {
  const client = await pool.connect().catch((cause) => {
    throw new NotSent(cause);
  });
  // Sent now, it would overwrite what was committed since it was reported as failed.
  if (given.aborted) {
    client.release();
    throw new NotSent(given.reason);
  }
  try {
    const answer = await unlessAborted(client.query(text, values), lost);
    client.release();
    return resultOf(answer).rows;
  } catch (error) {
    client.release(isAnswer(error) ? undefined : true);
    throw error;
  }
}

/** Several statements have several results, and no rows that anybody wants. */
function resultOf(answer: unknown): PostgresResultLike {
  return Array.isArray(answer) ? { rows: [] } : answer as PostgresResultLike;
}

function isAnswer(error: unknown): boolean {
  return typeof (Object(error) as { severity?: unknown }).severity === "string";
}
