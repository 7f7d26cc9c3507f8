import type { PostgresQueryLike, PostgresSqlLike } from "./postgres.ts";

/** What {@linkcode fromPostgresJs} needs of a client of postgres.js, and what it makes of several. */
export interface PostgresJsLike extends PostgresSqlLike {
  /** Ends all connections; after `timeout` seconds also those that are at work. */
  end(options: { timeout: number }): Promise<unknown>;
}

/**
 * Makes postgres.js fit {@linkcode postgresKv} where a connection may go silent: a server that fails over and takes its
 * address away, a NAT that forgets.
 *
 * postgres.js gives up no single connection that waits for an answer; its `max_lifetime`, `idle_timeout` and `keep_alive`
 * do not either. So a client as it is keeps a silent one until the operating system ends it, after a quarter of an hour
 * or never, and a pool of such serves nobody. Here a call that gets no answer replaces the client by a new one, and the
 * old one is ended once its other calls are done. Until then there are up to twice as many connections.
 *
 * @example
 * ```ts
 * import postgres from "postgres";
 * import { fromPostgresJs, type PostgresKv, postgresKv } from "@sluice/edge/kv/postgres";
 *
 * export function openStore(url: string): PostgresKv {
 *   const settings = { max: 5, max_pipeline: 0 };
 *   return postgresKv(fromPostgresJs(() => postgres(url, settings)));
 * }
 * ```
 *
 * @param open Makes a client; called at once, and again for each one that is replaced.
 * @returns A client of the form that {@linkcode postgresKv} takes. The caller ends it.
 */
export function fromPostgresJs(open: () => PostgresJsLike): PostgresJsLike {
  return new RenewedClient(open);
}

/** A client, and the queries whose answers are still awaited. */
interface Lent {
  readonly sql: PostgresJsLike;
  readonly awaited: Set<PostgresQueryLike>;
}

class RenewedClient implements PostgresJsLike {
  readonly #open: () => PostgresJsLike;
  readonly #old = new Set<Lent>();
  #current: Lent;
  #ended = false;

  constructor(open: () => PostgresJsLike) {
    this.#open = open;
    this.#current = lend(open);
  }

  unsafe(...call: Parameters<PostgresSqlLike["unsafe"]>): PostgresQueryLike {
    const client = this.#current;
    const query = client.sql.unsafe(...call);
    client.awaited.add(query);
    const done = (): void => this.#forget(client, query);
    query.then(done, done);
    return Object.assign(query, {
      drop: (): void => {
        if (client === this.#current && !this.#ended) this.#replace(client);
        done();
      },
    });
  }

  async end(options: { timeout: number }): Promise<void> {
    this.#ended = true;
    const clients = [this.#current, ...this.#old];
    await Promise.all(clients.map(({ sql }) => sql.end(options)));
  }

  #replace(client: Lent): void {
    this.#current = lend(this.#open);
    this.#old.add(client);
  }

  /** The last call on an old client ends it, with the connections that are silent. */
  #forget(client: Lent, query: PostgresQueryLike): void {
    client.awaited.delete(query);
    if (client.awaited.size > 0 || !this.#old.delete(client)) return;
    client.sql.end({ timeout: 0 }).catch(() => {});
  }
}

function lend(open: () => PostgresJsLike): Lent {
  return { sql: open(), awaited: new Set() };
}
