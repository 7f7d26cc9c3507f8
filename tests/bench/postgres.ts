import type { Sql } from "postgres";
import { fromFileUrl } from "@std/path";
import { postgresKv } from "../../src/kv/postgres.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { createSpool, runSpool, type Spool } from "../../src/spool/mod.ts";
import { connect, disconnect } from "../postgres/_database.ts";
import { startPostgres } from "../postgres/_server.ts";
import { compare, perSecond, type Row, timed } from "./_measure.ts";

const EVENTS = 1_000;
const LANE_EVENTS = 1_000;
const ROW = "x".repeat(1_000);
const BODY = new TextEncoder().encode(JSON.stringify(ROW));
const PAGE = 64;

let queues = 0;

/** The store in PostgreSQL against the bare statements on the same rows; nothing where no server is installed. */
export async function postgresBench(): Promise<Row[]> {
  const server = await startPostgres();
  if (server === undefined) return [];
  const sql = connect(server.url, { max: 8 });
  try {
    const kv = postgresKv(sql);
    await kv.setup();
    await sql.unsafe(
      "create table raw (key bytea primary key, value bytea not null)",
    );
    return [
      await appends(sql, kv),
      await drains(sql, kv, 1),
      await drains(sql, kv, PAGE),
      await lanes(server.url, kv),
    ];
  } finally {
    await disconnect(sql);
  }
}

/** An append writes the event and the number of the next one. */
async function appends(sql: Sql, kv: KvStore): Promise<Row> {
  const spool = spoolOf(kv, "append");
  const raw = new RawQueue(sql);
  const { ratio, subject, ceiling } = await compare(EVENTS, {
    rounds: 5,
    subject: async () => {
      for (let i = 0; i < EVENTS; i++) await spool.append(BODY);
    },
    ceiling: async () => {
      for (let i = 0; i < EVENTS; i++) await raw.append(1);
    },
  });
  return {
    what: "append an event of 1 KB to postgresKv",
    reached: perSecond(subject, "events"),
    ceiling: perSecond(ceiling, "events, the same two rows in one statement"),
    ratio,
    wanted: 0.6,
  };
}

/** A drain reads the events in pages, and deletes each while it looks at the fence. */
async function drains(
  sql: Sql,
  kv: KvStore,
  ackWindow: number,
): Promise<Row> {
  const count = EVENTS * Math.min(ackWindow, 4);
  const spool = spoolOf(kv, `drain${ackWindow}`);
  const raw = new RawQueue(sql);
  const { ratio, subject, ceiling } = await compare(count, {
    rounds: 5,
    subject: async () => {
      await fill(spool, count);
      await runSpool(spool, NOTHING, { ackWindow });
    },
    ceiling: async () => {
      for (let i = 0; i < count; i += PAGE) {
        await raw.append(Math.min(PAGE, count - i));
      }
      await raw.drain(ackWindow);
    },
  });
  return {
    what:
      `append in pages and drain through postgresKv, ackWindow ${ackWindow}`,
    reached: perSecond(subject, "events"),
    ceiling: perSecond(
      ceiling,
      `events, the same rows, ${ackWindow} in a delete`,
    ),
    ratio,
    wanted: 0.6,
  };
}

/** Four processes on four lanes, each with its own lease, must outdo one process on all of them. */
async function lanes(url: string, kv: KvStore): Promise<Row> {
  const names = ["0", "1", "2", "3"];
  const rate = async (shares: string[][]): Promise<number> => {
    for (const name of names) await fill(laneOf(kv, name), LANE_EVENTS);
    const children = await Promise.all(
      shares.map((share) => child(url, share)),
    );
    const ms = await timed(() => Promise.all(children.map((run) => run())));
    return names.length * LANE_EVENTS / ms * 1_000;
  };
  const one = await rate([names]);
  const four = await rate(names.map((name) => [name]));
  return {
    what: "drain four lanes of postgresKv with four processes, against one",
    reached: perSecond(four, "events"),
    ceiling: perSecond(one, "events"),
    ratio: four / one,
    wanted: 1.2,
  };
}

async function child(
  url: string,
  lanes: string[],
): Promise<() => Promise<void>> {
  const script = fromFileUrl(new URL("./_postgres_lane.ts", import.meta.url));
  const process = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-check", script, url, ...lanes],
    stdin: "piped",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = process.stdout.getReader();
  await output.read();
  return async () => {
    const writer = process.stdin.getWriter();
    await writer.write(new Uint8Array([10]));
    await writer.close();
    await output.read();
    await output.cancel();
    await process.status;
  };
}

/** What a spool does, in bare statements on the same rows: one transaction and one round trip for each. */
class RawQueue {
  readonly #sql: Sql;
  readonly #id: number = queues++;
  #next = 0;

  constructor(sql: Sql) {
    this.#sql = sql;
  }

  async append(count: number): Promise<void> {
    const keys = Array.from({ length: count }, () => this.#key(++this.#next));
    const rows = [this.#key(0), ...keys];
    await this.#run(
      `insert into raw values ${
        rows.map((_, i) => `($${2 * i + 1}, $${2 * i + 2})`).join()
      } on conflict (key) do update set value = excluded.value`,
      rows.flatMap((key) => [key, key === rows[0] ? key : BODY]),
    );
  }

  async drain(atOnce: number): Promise<void> {
    for (let keys = await this.#page(); keys.length > 0;) {
      for (let i = 0; i < keys.length; i += atOnce) {
        const some = keys.slice(i, i + atOnce);
        await this.#run(
          `delete from raw where key in (${
            some.map((_, j) => `$${j + 2}`).join()
          }) and exists (select from raw where key = $1 for update)`,
          [this.#key(0), ...some],
        );
      }
      keys = await this.#page();
    }
  }

  async #page(): Promise<Uint8Array[]> {
    const rows = await this.#run(
      "select key, value from raw where key > $1 and key <= $2 order by key limit 256",
      [this.#key(0), this.#key(0xffff_ffff)],
    );
    return rows.map(({ key }) => key);
  }

  async #run(
    text: string,
    values: Uint8Array[],
  ): Promise<readonly { key: Uint8Array }[]> {
    return await this.#sql.unsafe<{ key: Uint8Array }[]>(text, values, {
      prepare: true,
    });
  }

  #key(n: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, this.#id);
    view.setUint32(4, n);
    return new Uint8Array(view.buffer);
  }
}

/** Segments of one event each, many in one commit. */
async function fill(spool: Spool<number>, count: number): Promise<void> {
  for (let i = 0; i < count; i += PAGE) {
    const now = Math.min(PAGE, count - i);
    await Promise.all(Array.from({ length: now }, () => spool.append(BODY)));
  }
}

function spoolOf(kv: KvStore, name: string): Spool<number> {
  return createSpool<number>({ kv, prefix: [name], split: () => [0] });
}

function laneOf(kv: KvStore, name: string): Spool<number> {
  return createSpool<number>({
    kv,
    prefix: ["lane", name],
    split: () => [0],
  });
}

const NOTHING = {
  prepare: (n: number): number => n,
  isPoison: (): boolean => false,
  handle: (): void => {},
  lane: (): string => "",
};
