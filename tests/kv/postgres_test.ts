import { PGlite } from "@electric-sql/pglite";
import { assert, assertEquals, assertRejects } from "@std/assert";
// @ts-types="npm:@types/pg@^8.15.6"
import pg from "pg";
import { KvError } from "../../src/errors.ts";
import { kvContract, type KvStore } from "../../src/kv/contract.ts";
import {
  fromPg,
  fromPglite,
  postgresKv,
  postgresSetupSql,
  type PostgresSqlLike,
} from "../../src/kv/postgres.ts";
import {
  connect,
  startDatabase,
  type TestStore,
} from "../postgres/_database.ts";
import { seeded } from "../_support/seeded.ts";

const database = await startDatabase();
const { name, sanitizers, server } = database;
const ignore = server === undefined;

let tables = 0;

/** The contract over a client that each check opens and closes. */
function contractOver(
  client: string,
  open: () => { sql: PostgresSqlLike; end: () => Promise<void> },
): void {
  let table = "";
  const fresh = async (): Promise<KvStore> => {
    table = `contract${client}${tables++}`;
    const kv = opened();
    await kv.setup();
    return kv;
  };
  const ends: (() => Promise<void>)[] = [];
  const opened = () => {
    const { sql, end } = open();
    ends.push(end);
    return postgresKv(sql, { table });
  };
  const reopen = (): Promise<KvStore> => Promise.resolve(opened());
  for (const check of kvContract(fresh, { reopen })) {
    // They are the server's, and moving megabytes takes seconds: once is enough.
    if (client !== "postgres" && / max[A-Z]/.test(check.name)) continue;
    Deno.test(`postgresKv() with ${client}: ${check.name}`, async () => {
      try {
        await check.run();
      } finally {
        for (const end of ends.splice(0)) await end();
      }
    });
  }
}

// In one test, as PGlite keeps a timer of its own until it is closed.
Deno.test("postgresKv() with PGlite keeps the contract", async () => {
  const sql = await PGlite.create();
  let table = "";
  const reopen = (): Promise<KvStore> =>
    Promise.resolve(postgresKv(fromPglite(sql), { table }));
  const fresh = async (): Promise<KvStore> => {
    table = `contract${tables++}`;
    const kv = postgresKv(fromPglite(sql), { table });
    await kv.setup();
    return kv;
  };
  const broken: string[] = [];
  for (const check of kvContract(fresh, { reopen })) {
    await check.run().catch((error) => broken.push(`${check.name}: ${error}`));
  }
  await sql.close();
  assertEquals(broken, []);
});

if (server) {
  contractOver("postgres", () => {
    const sql = connect(server.url);
    return { sql, end: () => sql.end() };
  });
  contractOver("pg", () => {
    const pool = new pg.Pool({ connectionString: server.url, max: 4 });
    return { sql: fromPg(pool), end: () => pool.end() };
  });
}

function test(
  what: string,
  action: (store: TestStore) => Promise<void>,
  options: { ignore?: boolean } = {},
): void {
  Deno.test({
    name: `${what} (${name})`,
    ...sanitizers,
    ...options,
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

async function rowsOf(
  { sql }: TestStore,
  text: string,
): Promise<Record<string, unknown>[]> {
  return await sql.unsafe(text, []) as Record<string, unknown>[];
}

async function keyCount(store: TestStore): Promise<number> {
  const [row] = await rowsOf(
    store,
    `select count(*)::text as n from ${store.table}`,
  );
  return Number(row?.["n"]);
}

/** Lets every entry that expires have expired a minute ago. */
async function expireAll(store: TestStore): Promise<void> {
  await rowsOf(
    store,
    `update ${store.table} set expires_at = now() - interval '1 minute' where expires_at is not null`,
  );
}

test("setup() may run several times at once, and again over a store in use", async ({ kv, sql, table }) => {
  await kv.commit({ sets: [{ key: ["k"], value: 1 }] });
  await Promise.all([kv.setup(), kv.setup(), kv.setup()]);
  const other = postgresKv(sql, { table: `${table}_new` });
  await Promise.all(
    Array.from(
      { length: 4 },
      () => postgresKv(sql, { table: `${table}_new` }).setup(),
    ),
  );
  assertEquals((await kv.get(["k"]))?.value, 1);
  assertEquals(await other.get(["k"]), undefined);
  const sets = [{ key: ["k"], value: 2 }];
  assertEquals((await other.commit({ sets })).ok, true);
  assertEquals((await kv.get(["k"]))?.value, 1);
});

test("postgresSetupSql() makes a store that postgresKv() works on", async ({ sql, table }) => {
  const place = { table: `${table}_printed`, schema: "public" };
  await sql.unsafe(postgresSetupSql(place));
  const kv = postgresKv(sql, place);
  const sets = [{ key: ["k"], value: 1 }];
  assertEquals((await kv.commit({ sets })).ok, true);
});

test("postgresKv() without setup() says what is missing", async ({ sql, table }) => {
  const kv = postgresKv(sql, { table: `${table}_absent` });
  const elsewhere = postgresKv(sql, { schema: "nowhere" });
  for (
    const action of [
      () => kv.get(["k"]),
      () => kv.commit({}),
      () => Array.fromAsync(kv.list({ prefix: [] })),
      () => elsewhere.setup(),
    ]
  ) {
    const error = await assertRejects(action, KvError, "wanted setup()");
    assertEquals([error.outcomeUnknown, error.retryable], [false, false]);
  }
});

test("commit() is one call of the client, whatever it does", async ({ sql, table }) => {
  let calls = 0;
  const kv = postgresKv({
    unsafe(...query): ReturnType<PostgresSqlLike["unsafe"]> {
      calls++;
      return sql.unsafe(...query);
    },
  }, { table });
  const first = await kv.commit({
    checks: [{ key: ["a"], version: null }, { key: ["z"], version: null }],
    sets: [{ key: ["a"], value: 1 }, { key: ["b"], value: 1, expireInMs: 1e6 }],
    deletes: [["c"]],
  });
  assert(first.ok);
  assertEquals(calls, 1);
  await kv.commit({
    checks: [{ key: ["a"], version: first.version }],
    sets: [{ key: ["b"], value: 2 }],
  });
  assertEquals(calls, 2);
});

test("commit() leaves no row for a key that it only checked or deleted, whether it happens or not", async (store) => {
  const { kv } = store;
  await kv.commit({ sets: [{ key: ["there"], value: 1 }] });
  const absent = [{ key: ["a"], version: null }, { key: ["z"], version: null }];
  await kv.commit({ checks: absent, deletes: [["b"]] });
  assertEquals(await keyCount(store), 1);
  const failing = [...absent, { key: ["there"], version: null }];
  const sets = [{ key: ["new"], value: 1 }];
  const result = await kv.commit({ checks: failing, sets, deletes: [["b"]] });
  assertEquals(result, { ok: false });
  assertEquals(await keyCount(store), 1);
});

test("commit() does not give versions again when the sequence goes back, as a failover may make it", async (store) => {
  const { kv, table } = store;
  const versions = new Set<string>();
  for (let round = 0; round < 3; round++) {
    await rowsOf(store, `select setval('${table}_version', 10)`);
    for (let i = 0; i < 3; i++) {
      const result = await kv.commit({ sets: [{ key: ["k"], value: i }] });
      versions.add(result.ok ? result.version : "");
    }
  }
  assertEquals(versions.size, 9);
});

test("an entry that has expired is not given, and counts as absent for checks", async (store) => {
  const { kv } = store;
  const sets = [{ key: ["k", 1], value: 1, expireInMs: 60_000 }];
  const first = await kv.commit({ sets });
  assert(first.ok);
  assertEquals((await kv.get(["k", 1]))?.value, 1);
  await expireAll(store);
  assertEquals(await kv.get(["k", 1]), undefined);
  assertEquals(await Array.fromAsync(kv.list({ prefix: ["k"] })), []);
  const old = [{ key: ["k", 1], version: first.version }];
  assertEquals(await kv.commit({ checks: old }), { ok: false });
  const absent = [{ key: ["k", 1], version: null }];
  const again = await kv.commit({
    checks: absent,
    sets: [{ key: ["k", 1], value: 2 }],
  });
  assert(again.ok);
  assertEquals((await kv.get(["k", 1]))?.value, 2);
  await expireAll(store);
  assertEquals((await kv.get(["k", 1]))?.value, 2);
});

test("commit() sweeps two entries that have expired for each that it adds, and no others", async (store) => {
  const { kv } = store;
  const expiring = (n: number, expireInMs = 60_000): Parameters<
    KvStore["commit"]
  >[0] => ({
    sets: Array.from(
      { length: n },
      (_, i) => ({ key: ["old", i], value: i, expireInMs }),
    ),
  });
  await kv.commit(expiring(10));
  await expireAll(store);
  await kv.commit({ sets: [{ key: ["keep"], value: 1 }] });
  assertEquals(await keyCount(store), 11);
  await kv.commit({
    sets: [{ key: ["new", 1], value: 1, expireInMs: 60_000 }],
  });
  assertEquals(await keyCount(store), 10);
  await kv.commit({
    sets: Array.from(
      { length: 5 },
      (_, i) => ({ key: ["new", 2 + i], value: 1, expireInMs: 60_000 }),
    ),
  });
  assertEquals(await keyCount(store), 7);
  await kv.commit({ sets: [{ key: ["ever"], value: 1, expireInMs: 1e300 }] });
  assertEquals((await kv.get(["ever"]))?.value, 1);
});

test("list() reads large values in pages of some megabytes, forwards and backwards", async ({ kv, sql, table }) => {
  const MiB = 1024 * 1024;
  for (let i = 0; i < 7; i++) {
    const value = new Uint8Array(2 * MiB).fill(i);
    await kv.commit({ sets: [{ key: ["k", i], value }] });
  }
  let largest = 0;
  const watched = postgresKv({
    async unsafe(...query): Promise<unknown> {
      const rows = await sql.unsafe(...query) as { value: Uint8Array }[];
      const bytes = rows.reduce((sum, { value }) => sum + value.length, 0);
      largest = Math.max(largest, bytes);
      return rows;
    },
  }, { table });
  for (const reverse of [false, true]) {
    const seen: unknown[] = [];
    for await (const { key } of watched.list({ prefix: ["k"] }, { reverse })) {
      seen.push(key[1]);
    }
    const wanted = [0, 1, 2, 3, 4, 5, 6];
    assertEquals(seen, reverse ? wanted.toReversed() : wanted);
  }
  assert(largest <= 6 * MiB, `a page had ${largest} bytes`);
});

test("list() does not ask again when the last page was not full", async ({ kv, sql, table }) => {
  let calls = 0;
  const watched = postgresKv({
    unsafe(...query): ReturnType<PostgresSqlLike["unsafe"]> {
      calls++;
      return sql.unsafe(...query);
    },
  }, { table });
  const sets = Array.from({ length: 300 }, (_, i) => ({ key: [i], value: i }));
  await kv.commit({ sets });
  assertEquals(
    (await Array.fromAsync(watched.list({ prefix: [] }))).length,
    300,
  );
  assertEquals(calls, 2);
  const three = watched.list({ prefix: [] }, { limit: 3 });
  assertEquals((await Array.fromAsync(three)).length, 3);
  assertEquals(calls, 3);
});

test(
  "commit() on one absent key from many connections lets one win, and the others find that the check failed",
  async ({ kv, table }) => {
    await withClients(4, async (stores) => {
      for (let round = 0; round < 30; round++) {
        const key = ["race", round];
        const results = await Promise.all(
          stores.map((other, i) =>
            other.commit({
              checks: [{ key, version: null }],
              sets: [{ key, value: i }],
            })
          ),
        );
        assertEquals(results.filter(({ ok }) => ok).length, 1);
        const winner = results.findIndex(({ ok }) => ok);
        assertEquals((await kv.get(key))?.value, winner);
      }
    }, table);
  },
  { ignore },
);

test(
  "commit() lets no two commits each miss what the other one writes",
  async ({ kv, table }) => {
    await withClients(2, async ([one, two]) => {
      for (let round = 0; round < 60; round++) {
        const [a, b] = [["a", round], ["b", round]];
        const present = round % 2 === 0;
        let versions: [string | null, string | null] = [null, null];
        if (present) {
          const set = await kv.commit({
            sets: [{ key: a, value: 0 }, { key: b, value: 0 }],
          });
          assert(set.ok);
          versions = [set.version, set.version];
        }
        const results = await Promise.all([
          one?.commit({
            checks: [{ key: a, version: versions[0] }],
            sets: [{ key: b, value: 1 }],
          }),
          two?.commit({
            checks: [{ key: b, version: versions[1] }],
            sets: [{ key: a, value: 1 }],
          }),
        ]);
        assertEquals(results.filter((result) => result?.ok).length, 1);
      }
    }, table);
  },
  { ignore },
);

for (const level of ["read committed", "repeatable read", "serializable"]) {
  test(
    `commit() of eight connections over the same keys keeps their sum without a deadlock where the default is ${level}`,
    async (store) => {
      const accounts = Array.from({ length: 30 }, (_, i) => ["account", i]);
      await store.kv.commit({
        sets: accounts.map((key) => ({ key, value: 100 })),
      });
      const before = await deadlocks(store);
      const random = seeded(11);
      let moved = 0;
      await withClients(
        8,
        async (stores) => {
          await Promise.all(stores.map(async (kv) => {
            for (let i = 0; i < 25; i++) {
              if (await move(kv, accounts, random)) moved++;
            }
          }));
        },
        store.table,
        { default_transaction_isolation: level },
      );
      const left = await Array.fromAsync(
        store.kv.list<number>({ prefix: ["account"] }),
      );
      assertEquals(left.reduce((sum, { value }) => sum + value, 0), 3_000);
      assert(moved > 50, `only ${moved} commits happened`);
      assertEquals(await deadlocks(store) - before, 0);
    },
    { ignore },
  );
}

test(
  "a client of postgres.js without prepared statements works as well",
  async ({ table }) => {
    const sql = connect(server?.url ?? "", { prepare: false });
    const kv = postgresKv(sql, { table });
    const sets = [{ key: ["k"], value: { a: 1 } }];
    assertEquals((await kv.commit({ sets })).ok, true);
    assertEquals((await kv.get(["k"]))?.value, { a: 1 });
    await sql.end();
  },
  { ignore },
);

/** Some of the keys, in any order. */
function pick(
  keys: (string | number)[][],
  count: number,
  random: () => number,
): (string | number)[][] {
  return keys.map((key) => ({ key, at: random() }))
    .toSorted((a, b) => a.at - b.at).slice(0, count).map(({ key }) => key);
}

/** Moves something between three accounts, whose keys come in any order; `false` when a check failed. */
async function move(
  kv: KvStore,
  accounts: (string | number)[][],
  random: () => number,
): Promise<boolean> {
  const chosen = pick(accounts, 3, random);
  const entries = await Promise.all(chosen.map((key) => kv.get<number>(key)));
  const change = [2, -1, -1];
  const { ok } = await kv.commit({
    checks: entries.map((entry, i) => ({
      key: chosen[i] ?? [],
      version: entry?.version ?? null,
    })),
    sets: entries.map((entry, i) => ({
      key: chosen[i] ?? [],
      value: (entry?.value ?? 0) + (change[i] ?? 0),
    })),
  });
  return ok;
}

async function deadlocks(store: TestStore): Promise<number> {
  const [row] = await rowsOf(
    store,
    "select deadlocks::text as n from pg_stat_database where datname = current_database()",
  );
  return Number(row?.["n"]);
}

async function withClients(
  count: number,
  action: (stores: KvStore[]) => Promise<void>,
  table: string,
  connection: Record<string, string> = {},
): Promise<void> {
  const clients = Array.from(
    { length: count },
    () => connect(server?.url ?? "", { max: 1, connection }),
  );
  try {
    await action(clients.map((sql) => postgresKv(sql, { table })));
  } finally {
    await Promise.all(clients.map((sql) => sql.end()));
  }
}
