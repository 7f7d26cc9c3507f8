/** What a store and a spool on it do when the server or the way to it fails. */
import { assert, assertEquals, assertRejects } from "@std/assert";
// @ts-types="npm:@types/pg@^8.15.6"
import pg from "pg";
import { KvError } from "../../src/errors.ts";
import type { KvChange, KvStore } from "../../src/kv/kv.ts";
import {
  fromPg,
  fromPostgresJs,
  postgresKv,
  type PostgresSqlLike,
} from "../../src/kv/postgres.ts";
import { runSpool } from "../../src/spool/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { numberJob, numbers, numberSpool } from "../spool/_numbers.ts";
import {
  connect,
  disconnect,
  startDatabase,
  type TestStore,
} from "./_database.ts";
import { type Cut, startProxy } from "./_proxy.ts";

const EVENTS = 12;
const CHANGE: KvChange = { sets: [{ key: ["k"], value: 1 }] };

const database = await startDatabase();
const { server } = database;
const ignore = server === undefined;
const url = server?.url ?? "";

function test(
  name: string,
  action: (store: TestStore) => Promise<void>,
): void {
  Deno.test({
    name,
    ignore,
    async fn(): Promise<void> {
      const store = await database.open();
      try {
        await action(store);
      } finally {
        await store.done();
      }
    },
  });
}

test("get() and list() refuse what a client decodes wrongly because of bytea_output", async (store) => {
  await store.kv.commit({
    sets: [{ key: ["b"], value: new Uint8Array([1, 2, 3]) }, {
      key: ["j"],
      value: { a: 1 },
    }],
  });
  const sql = connect(url, { connection: { bytea_output: "escape" } });
  const kv = postgresKv(sql, { table: store.table });
  const message = "wanted bytea_output = hex";
  await assertRejects(() => kv.get(["b"]), KvError, message);
  await assertRejects(() => kv.get(["j"]), KvError, message);
  await assertRejects(
    async () => await Array.fromAsync(kv.list({ prefix: [] })),
    KvError,
    message,
  );
  await disconnect(sql);
});

test("commit() of fromPg() that was given up is not sent later", async (store) => {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const kv = postgresKv(fromPg(pool), { table: store.table, timeoutMs: 150 });
  const busy = await pool.connect();
  const error = await assertRejects(() => kv.commit(CHANGE), KvError);
  assertEquals(error.retryable, true);
  await store.kv.commit({ sets: [{ key: ["k"], value: "newer" }] });
  busy.release();
  // Whoever comes next gets the client after the one that was given up.
  await pool.query("select 1");
  assertEquals((await store.kv.get(["k"]))?.value, "newer");
  await pool.end();
});

test("fromPg() survives the end of a connection that nobody uses", async (store) => {
  const pool = new pg.Pool({ connectionString: url, max: 1 });
  const kv = postgresKv(fromPg(pool), { table: store.table });
  await kv.commit(CHANGE);
  const { rows: [row] } = await pool.query("select pg_backend_pid() as pid");
  const removed = new Promise((resolve) => pool.once("remove", resolve));
  await store.sql.unsafe(`select pg_terminate_backend(${row.pid})`);
  await removed;
  assertEquals((await kv.get(["k"]))?.value, 1);
  await pool.end();
});

type OpenClient = (
  url: string,
  max: number,
) => [sql: PostgresSqlLike, end: () => Promise<unknown>];

const openPg: OpenClient = (connectionString, max) => {
  const pool = new pg.Pool({ connectionString, max });
  return [fromPg(pool), () => pool.end()];
};

const openPostgresJs: OpenClient = (url, max) => {
  const sql = fromPostgresJs(() => connect(url, { max }));
  return [sql, () => sql.end({ timeout: 1 })];
};

const SILENCE = "Cannot commit: no answer came within timeoutMs";
const CLIENTS = { fromPg: openPg, fromPostgresJs: openPostgresJs };

for (const [name, open] of Object.entries(CLIENTS)) {
  for (const max of [1, 3]) {
    test(`${name}() of ${max} works again after all of its connections have gone silent`, async (store) => {
      await using proxy = startProxy(server?.port ?? 0);
      const [sql, end] = open(urlAt(proxy.port), max);
      const kv = postgresKv(sql, { table: store.table, timeoutMs: 250 });
      const each = Array.from({ length: max }, (_, n) => n);
      await whenBack(() => Promise.all(each.map(() => kv.get(["k"]))));
      proxy.freeze();
      const errors = await Promise.all(
        each.map(() => assertRejects(() => kv.commit(CHANGE), KvError)),
      );
      // A call that still waits for a connection is cancelled, and has not happened.
      assert(errors.some((error) => error.message === SILENCE));
      assert(errors.every((error) => error.retryable));
      // A new connection may take longer than timeoutMs on a busy machine.
      assertEquals((await whenBack(() => kv.commit(CHANGE))).ok, true);
      assertEquals((await store.kv.get(["k"]))?.value, 1);
      await end();
    });
  }
}

for (const cut of ["request", "answer"] as const) {
  test(`commit() says that the outcome is unknown when the connection breaks with the ${cut}, and the next one works`, async (store) => {
    await using proxy = startProxy(server?.port ?? 0);
    const sql = connect(urlAt(proxy.port), { max: 1 });
    const kv = postgresKv(sql, { table: store.table });
    await kv.commit({});
    proxy.cutNext(cut);
    const error = await assertRejects(() => kv.commit(CHANGE), KvError);
    assertEquals([error.outcomeUnknown, error.retryable], [true, true]);
    const kept = await store.kv.get(["k"]);
    assertEquals(kept?.value, cut === "answer" ? 1 : undefined);
    const checks = [{ key: ["k"], version: kept?.version ?? null }];
    assertEquals((await kv.commit({ checks, ...CHANGE })).ok, true);
    await disconnect(sql);
  });

  test(`runSpool() on PostgreSQL loses nothing when the connection breaks with the ${cut} of any commit`, async (store) => {
    let broken = 0;
    for (let commit = 1;; commit++) {
      if (!await oneBreak(store, { commit, cut })) break;
      broken++;
    }
    assert(broken > 10, `only ${broken} connections broke`);
  });
}

/** Runs a spool whose connection breaks at the n-th commit; `false` when it did not get that far. */
async function oneBreak(
  store: TestStore,
  at: { commit: number; cut: Cut },
): Promise<boolean> {
  await store.sql.unsafe(`delete from ${store.table}`);
  await using proxy = startProxy(server?.port ?? 0);
  const sql = connect(urlAt(proxy.port), { max: 1 });
  const own = postgresKv(sql, { table: store.table });
  await own.commit({});
  let commits = 0;
  const kv = withCommit(own, async (change, next) => {
    if (++commits === at.commit) proxy.cutNext(at.cut);
    return await next(change);
  });
  const clock = jumpingClock();
  const spool = numberSpool(kv, { clock });
  const handled: number[] = [];
  const job = numberJob(({ n }) => {
    if (n === 3) throw new Error("poison");
    handled.push(n);
  });
  await spool.append(numbers(0, EVENTS)).catch(onlyUnknown);
  if (await spool.pending() === 0) await spool.append(numbers(0, EVENTS));
  for (let run = 0; run < 3; run++) {
    await clock.sleep(60_000);
    await runSpool(spool, job, { clock, maxRetries: 0 }).catch(onlyUnknown);
  }
  const dead = await Array.fromAsync(spool.deadLetters());
  assertEquals(dead.map(({ value }) => value.n), [3]);
  const wanted = Array.from({ length: EVENTS }, (_, n) => n);
  assertEquals(
    [...new Set(handled)].toSorted((a, b) => a - b),
    wanted.filter((n) => n !== 3),
  );
  // One broken commit is one event more at most.
  assert(handled.length <= EVENTS, `${handled.length} deliveries`);
  assertEquals(await spool.pending(), 0);
  await disconnect(sql);
  return commits >= at.commit;
}

function onlyUnknown(error: unknown): void {
  if (!(error instanceof KvError) || !error.outcomeUnknown) throw error;
}

test("a spool goes on where it was when the server is killed and started again", async (store) => {
  const { kv } = store;
  const clock = jumpingClock();
  const spool = numberSpool(kv, { clock });
  await spool.append(numbers(0, EVENTS));
  const handled: number[] = [];
  const job = numberJob(async ({ n }) => {
    if (n === 5 && !handled.includes(5)) await server?.kill();
    handled.push(n);
  });
  const error = await assertRejects(
    () => runSpool(spool, job, { clock }),
    KvError,
  );
  assertEquals(error.retryable, true);
  assertEquals(handled, [0, 1, 2, 3, 4, 5]);
  const down = await assertRejects(() => kv.commit(CHANGE), KvError);
  assertEquals([down.outcomeUnknown, down.retryable], [false, true]);
  await server?.start();
  await clock.sleep(60_000);
  const report = await whenBack(() => runSpool(spool, job, { clock }));
  assertEquals([report.stopped, report.pending], ["empty", 0]);
  assertEquals(handled, [0, 1, 2, 3, 4, 5, 5, 6, 7, 8, 9, 10, 11]);
});

test("every confirmed commit is there when the server is killed under a load", async ({ kv }) => {
  const confirmed: number[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let n = next++;; n = next++) {
      await kv.commit({ sets: [{ key: ["load", n], value: n }] });
      confirmed.push(n);
      if (confirmed.length === 200) await server?.kill();
    }
  };
  const ends = await Promise.allSettled(Array.from({ length: 4 }, worker));
  for (const end of ends) {
    assert(end.status === "rejected" && end.reason instanceof KvError);
  }
  await server?.start();
  const entries = await whenBack(() =>
    Array.fromAsync(kv.list<number>({ prefix: ["load"] }))
  );
  const kept = new Set(entries.map(({ value }) => value));
  assertEquals(confirmed.filter((n) => !kept.has(n)), []);
  // What is there besides was under way when the server died.
  assert(kept.size - confirmed.length <= 4);
});

test("commit() that waits for a lock beyond timeoutMs is cancelled, and has not happened", async (store) => {
  const { kv, table } = store;
  await kv.commit(CHANGE);
  await withLockOn(table, async () => {
    const sql = connect(url, { max: 1 });
    // As long again for the answer to the cancellation, which a busy machine needs.
    const late = postgresKv(sql, { table, timeoutMs: 1_000 });
    const error = await assertRejects(() =>
      late.commit({
        sets: [{ key: ["k"], value: 2 }, { key: ["j"], value: 2 }],
      }), KvError);
    assertEquals([error.outcomeUnknown, error.retryable], [false, true]);
    assertEquals(codeOf(error), "57014");
    await disconnect(sql);
  });
  assertEquals((await kv.get(["k"]))?.value, 1);
  assertEquals(await kv.get(["j"]), undefined);
});

test("commit() sweeps past entries that somebody has locked", async ({ kv, sql, table }) => {
  const expiring = (key: string): KvChange => ({
    sets: [{ key: [key], value: 1, expireInMs: 60_000 }],
  });
  await kv.commit(expiring("old"));
  await sql.unsafe(`update ${table} set expires_at = now() - interval '1 s'`);
  const count = async (): Promise<unknown> => {
    const rows = await sql.unsafe(`select from ${table}`, []) as unknown[];
    return rows.length;
  };
  await withLockOn(table, async () => {
    const hasty = postgresKv(sql, { table, timeoutMs: 2_000 });
    assertEquals((await hasty.commit(expiring("new"))).ok, true);
    assertEquals(await count(), 2);
  });
  await kv.commit(expiring("new"));
  assertEquals(await count(), 1);
});

test("commit() that the server's statement_timeout ends has not happened", async ({ kv, table }) => {
  await kv.commit(CHANGE);
  await withLockOn(table, async () => {
    const connection = { statement_timeout: 50 };
    const sql = connect(url, { max: 1, connection });
    const error = await assertRejects(
      () => postgresKv(sql, { table }).commit(CHANGE),
      KvError,
    );
    assertEquals([error.outcomeUnknown, codeOf(error)], [false, "57014"]);
    await disconnect(sql);
  });
});

test("commit() whose connection an operator ends has an unknown outcome", async ({ kv, table, sql }) => {
  await kv.commit(CHANGE);
  await withLockOn(table, async () => {
    const own = connect(url, { max: 1 });
    const doomed = postgresKv(own, { table });
    const [row] = await own.unsafe("select pg_backend_pid()::text as pid", []);
    const ended = assertRejects(() => doomed.commit(CHANGE), KvError);
    await untilWaiting(sql, row?.["pid"]);
    await sql.unsafe(`select pg_terminate_backend(${row?.["pid"]})`, []);
    const error = await ended;
    // 57P01 with some clients; postgres.js tells no more than that the connection is gone.
    assertEquals([error.outcomeUnknown, error.retryable], [true, true]);
    await disconnect(own);
  });
});

test("commit() that gets no connection of a pool in time has not happened", async ({ kv, table }) => {
  const pool = new pg.Pool({
    connectionString: url,
    max: 1,
    connectionTimeoutMillis: 50,
  });
  const held = await pool.connect();
  const error = await assertRejects(
    () => postgresKv(fromPg(pool), { table }).commit(CHANGE),
    KvError,
    "Cannot commit: the client has no connection",
  );
  assertEquals([error.outcomeUnknown, error.retryable], [false, true]);
  held.release();
  await pool.end();
  const sql = connect(url, { max: 1 });
  const reserved = await sql.reserve();
  const queued = postgresKv(sql, { table, timeoutMs: 50 });
  const late = await assertRejects(() => queued.commit(CHANGE), KvError);
  assertEquals([late.outcomeUnknown, late.retryable], [false, true]);
  reserved.release();
  assertEquals(await queued.get(["k"]), undefined);
  assertEquals(await kv.get(["k"]), undefined);
  await disconnect(sql);
});

test("commit() says what the server refuses: too many connections, a missing right, a replica", async ({ kv, table, sql }) => {
  await sql.unsafe(
    `drop role if exists few; create role few login connection limit 1; grant select on ${table} to few;`,
  );
  const first = connect(url, { max: 1, user: "few" });
  const second = connect(url, { max: 1, user: "few" });
  const poor = postgresKv(first, { table });
  assertEquals(await poor.get(["k"]), undefined);
  const readOnly = connect(url, {
    connection: { default_transaction_read_only: true },
  });
  const refusals: [KvStore, string, string, boolean][] = [
    [
      postgresKv(second, { table }),
      "the server takes no more connections now",
      "53300",
      true,
    ],
    [poor, "the role lacks a right", "42501", false],
    [postgresKv(readOnly, { table }), "wanted the primary", "25006", true],
  ];
  for (const [store, message, code, retryable] of refusals) {
    const error = await assertRejects(
      () => store.commit(CHANGE),
      KvError,
      message,
    );
    assertEquals([error.outcomeUnknown, error.retryable, codeOf(error)], [
      false,
      retryable,
      code,
    ]);
  }
  assertEquals(await kv.get(["k"]), undefined);
  await Promise.all([first, second, readOnly].map(disconnect));
  await sql.unsafe(`drop owned by few; drop role few;`);
});

test("a role that may only use what setup() made can do all but that", async ({ kv, table, sql }) => {
  await sql.unsafe(`create role modest login;
    grant select, insert, update, delete on ${table} to modest;
    grant usage on sequence ${table}_version to modest;`);
  const client = connect(url, { max: 1, user: "modest" });
  const modest = postgresKv(client, { table });
  const first = await modest.commit(CHANGE);
  assert(first.ok);
  await modest.commit({ deletes: [["k"]] });
  assertEquals(await kv.get(["k"]), undefined);
  await assertRejects(
    () => postgresKv(client, { table: "own" }).setup(),
    KvError,
    "lacks a right",
  );
  await disconnect(client);
  await sql.unsafe("drop owned by modest; drop role modest;");
});

/** A client may meet the end of each connection of its pool before it has new ones. */
async function whenBack<T>(action: () => Promise<T>): Promise<T> {
  for (let tries = 1;; tries++) {
    try {
      return await action();
    } catch (error) {
      const isPassing = error instanceof KvError && error.retryable;
      if (!isPassing || tries === 10) throw error;
    }
  }
}

/** Runs the action while another transaction has the row of the key locked. */
async function withLockOn(
  table: string,
  action: () => Promise<void>,
): Promise<void> {
  const sql = connect(url, { max: 1 });
  const holder = await sql.reserve();
  await holder.unsafe(`begin; select from ${table} for update`);
  try {
    await action();
  } finally {
    await holder.unsafe("rollback");
    holder.release();
    await disconnect(sql);
  }
}

/** Resolves when the backend waits for a lock. */
async function untilWaiting(
  sql: TestStore["sql"],
  pid: unknown,
): Promise<void> {
  for (;;) {
    const rows = await sql.unsafe(
      `select from pg_stat_activity where pid = ${pid} and wait_event_type = 'Lock'`,
      [],
    ) as unknown[];
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function urlAt(port: number): string {
  const moved = new URL(url);
  moved.port = `${port}`;
  return moved.href;
}

function codeOf({ cause }: KvError): unknown {
  return (Object(cause) as { code?: unknown }).code;
}
