import postgres, { type Sql } from "postgres";
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
  const own = connect(server.url, { max: 8 });
  const sql = postgres(server.url, { max: 8, onnotice: () => {} });
  try {
    const kv = postgresKv(own);
    await kv.setup();
    await sql.unsafe(
      "create table raw (key bytea primary key, value bytea not null)",
    );
    return [
      ...await appends(sql, kv),
      ...await drains(sql, kv, 1),
      ...await drains(sql, kv, PAGE),
      await lanes(server.url, kv),
    ];
  } finally {
    await Promise.all([own, sql].map(disconnect));
  }
}

/** An append writes the event and the number of the next one. */
async function appends(sql: Sql, kv: KvStore): Promise<Row[]> {
  const spool = spoolOf(kv, "append");
  return await against("append an event of 1 KB to postgresKv", {
    count: EVENTS,
    subject: async () => {
      for (let i = 0; i < EVENTS; i++) await spool.append(BODY);
    },
    ceiling: async (run) => {
      const raw = new RawQueue(sql, run);
      for (let i = 0; i < EVENTS; i++) await raw.append(1);
    },
  });
}

/** A drain reads the events in pages, and deletes each while it holds the fence. */
async function drains(
  sql: Sql,
  kv: KvStore,
  ackWindow: number,
): Promise<Row[]> {
  const count = EVENTS * Math.min(ackWindow, 4);
  const spool = spoolOf(kv, `drain${ackWindow}`);
  const what =
    `append in pages and drain through postgresKv, ackWindow ${ackWindow}`;
  return await against(what, {
    count,
    subject: async () => {
      await fill(spool, count);
      await runSpool(spool, NOTHING, { ackWindow });
    },
    ceiling: async (run) => {
      const raw = new RawQueue(sql, run);
      for (let i = 0; i < count; i += PAGE) {
        await raw.append(Math.min(PAGE, count - i));
      }
      await raw.drain(ackWindow);
    },
  });
}

/** Against transactions of bare statements, and for information against a single statement for each commit. */
async function against(
  what: string,
  work: {
    count: number;
    subject: () => Promise<void>;
    ceiling: (run: Run) => Promise<void>;
  },
): Promise<Row[]> {
  const rows: Row[] = [];
  for (const [run, wanted] of [["transaction", 0.6], ["bare", null]] as const) {
    const { ratio, subject, ceiling } = await compare(work.count, {
      subject: work.subject,
      ceiling: () => work.ceiling(run),
    });
    const how = run === "bare" ? "in one bare statement" : "in a transaction";
    rows.push({
      what,
      reached: perSecond(subject, "events"),
      ceiling: perSecond(ceiling, `events, the same rows ${how} per commit`),
      ratio,
      wanted,
    });
  }
  return rows;
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

/** How a commit is made of bare statements. */
type Run = "transaction" | "bare";

/** What a spool does, in bare statements on the same rows, each commit in a transaction or in one statement. */
class RawQueue {
  readonly #sql: Sql;
  readonly #run: Run;
  readonly #id: number = queues++;
  #next = 0;

  constructor(sql: Sql, run: Run) {
    this.#sql = sql;
    this.#run = run;
  }

  async append(count: number): Promise<void> {
    const keys = Array.from({ length: count }, () => this.#key(++this.#next));
    const head = this.#key(0);
    if (this.#run === "bare") {
      return await insert(this.#sql, [head, ...keys]);
    }
    await this.#sql.begin(async (sql) => {
      await insert(sql, [head]);
      await insert(sql, keys);
    });
  }

  async drain(atOnce: number): Promise<void> {
    for (let keys = await this.#page(); keys.length > 0;) {
      for (let i = 0; i < keys.length; i += atOnce) {
        await this.#remove(keys.slice(i, i + atOnce));
      }
      keys = await this.#page();
    }
  }

  async #remove(keys: Uint8Array[]): Promise<void> {
    const list = keys.map((_, i) => `$${i + 2}`).join();
    const text = `delete from raw where key in (${list})`;
    const fence = "select from raw where key = $1 for update";
    const head = this.#key(0);
    if (this.#run === "bare") {
      const whole = `${text} and exists (${fence})`;
      await this.#sql.unsafe(whole, [head, ...keys], { prepare: true });
      return;
    }
    await this.#sql.begin(async (sql) => {
      await sql.unsafe(fence, [head], { prepare: true });
      const own = `${text} and $1::bytea is not null`;
      await sql.unsafe(own, [head, ...keys], { prepare: true });
    });
  }

  async #page(): Promise<Uint8Array[]> {
    const rows = await this.#sql.unsafe<{ key: Uint8Array }[]>(
      "select key, value from raw where key > $1 and key <= $2 order by key limit 256",
      [this.#key(0), this.#key(0xffff_ffff)],
      { prepare: true },
    );
    return rows.map(({ key }) => key);
  }

  #key(n: number): Uint8Array {
    const view = new DataView(new ArrayBuffer(8));
    view.setUint32(0, this.#id);
    view.setUint32(4, n);
    return new Uint8Array(view.buffer);
  }
}

async function insert(
  sql: Pick<Sql, "unsafe">,
  keys: Uint8Array[],
): Promise<void> {
  const rows = keys.map((_, i) => `($${2 * i + 1}, $${2 * i + 2})`).join();
  await sql.unsafe(
    `insert into raw values ${rows} on conflict (key) do update set value = excluded.value`,
    keys.flatMap((key) => [key, BODY]),
    { prepare: true },
  );
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
