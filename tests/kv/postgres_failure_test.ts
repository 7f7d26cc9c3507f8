import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { KvError } from "../../src/errors.ts";
import {
  fromPg,
  fromPostgresJs,
  type PostgresJsLike,
  postgresKv,
  type PostgresKvOptions,
  type PostgresQueryLike,
  postgresSetupSql,
  type PostgresSqlLike,
} from "../../src/kv/postgres.ts";

const SETS = { sets: [{ key: ["k"], value: "the secret value" }] };

type Answer = (call: number) => Promise<unknown> | PostgresQueryLike;

/** A client whose answers are given. */
function fakeSql(answer: Answer): PostgresSqlLike & { calls: number } {
  const sql = {
    calls: 0,
    unsafe: (): PostgresQueryLike => answer(++sql.calls),
  };
  return sql;
}

function failing(members: Record<string, unknown>): Answer {
  return () => Promise.reject(Object.assign(new Error("it says"), members));
}

async function thrownBy(
  action: () => Promise<unknown>,
): Promise<KvError> {
  return await assertRejects(action, KvError);
}

const UNKNOWN = [
  ...["08000", "08006", "57P01", "57P02", "57P05", "40003"],
  ...["CONNECTION_CLOSED", "CONNECTION_DESTROYED", "ECONNRESET", "EPIPE"],
  ...["ETIMEDOUT", "ANYTHING_ELSE"],
];
const KNOWN: Readonly<Record<string, boolean>> = {
  "57014": true,
  "53300": true,
  "57P03": true,
  "25006": true,
  "55P03": true,
  "53100": true,
  "58030": true,
  "42P01": false,
  "42883": false,
  "42501": false,
  "28P01": false,
  "22001": false,
  "XX000": false,
  ECONNREFUSED: true,
  ENOTFOUND: true,
  CONNECT_TIMEOUT: true,
  CONNECTION_ENDED: true,
};

Deno.test("postgresKv() says that a commit may have happened when the connection was lost, and names the code", async () => {
  for (const code of UNKNOWN) {
    const kv = postgresKv(fakeSql(failing({ code })));
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals([code, error.outcomeUnknown], [code, true]);
    assertEquals(error.retryable, true);
    assertStringIncludes(error.message, `(${code})`);
    assertStringIncludes(error.message, "Cannot commit: ");
  }
});

Deno.test("postgresKv() says that a commit has not happened when the server undid it or was not reached", async () => {
  for (const [code, retryable] of Object.entries(KNOWN)) {
    const kv = postgresKv(fakeSql(failing({ code })));
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals([code, error.outcomeUnknown], [code, false]);
    assertEquals([code, error.retryable], [code, retryable]);
  }
});

Deno.test("postgresKv() takes a failure without a code as a lost connection", async () => {
  const kv = postgresKv(
    fakeSql(() => Promise.reject(new Error("Connection terminated"))),
  );
  const error = await thrownBy(() => kv.commit(SETS));
  assertEquals(
    error.message,
    "Cannot commit: the connection was lost before the answer came",
  );
  assertEquals(error.outcomeUnknown, true);
});

Deno.test("postgresKv() knows the outcome of a failed read: there is none", async () => {
  const kv = postgresKv(fakeSql(failing({ code: "CONNECTION_CLOSED" })));
  for (
    const read of [
      () => kv.get(["k"]),
      () => Array.fromAsync(kv.list({ prefix: [] })),
      () => kv.setup(),
    ]
  ) {
    assertEquals((await thrownBy(read)).outcomeUnknown, false);
  }
});

Deno.test("postgresKv() names setup() when the table is missing", async () => {
  const kv = postgresKv(fakeSql(failing({ code: "42P01" })));
  const error = await thrownBy(() => kv.get(["k"]));
  assertEquals(
    error.message,
    "Cannot read: the table or its function is missing, wanted setup() to have run (42P01)",
  );
});

Deno.test("postgresKv() leaves the query and its parameters out of the cause", async () => {
  const secret = "the secret value";
  const kv = postgresKv(fakeSql(failing({
    code: "22001",
    detail: secret,
    where: secret,
    query: secret,
    parameters: [secret],
    cause: new Error(secret),
  })));
  const error = await thrownBy(() => kv.commit(SETS));
  const { cause } = error;
  assert(cause instanceof Error);
  assertEquals([cause.message, Object.entries(cause)], ["it says", [[
    "code",
    "22001",
  ]]]);
  assertEquals(cause.cause, undefined);
  assertEquals(`${Deno.inspect(error)}`.includes(secret), false);
});

for (const code of ["40001", "40P01"]) {
  Deno.test(`postgresKv() tries a commit again after ${code}, with waits that grow and are spread`, async () => {
    const slept: number[] = [];
    const sql = fakeSql((call) =>
      call < 5
        ? Promise.reject(Object.assign(new Error(), { code }))
        : Promise.resolve([{ version: "7" }])
    );
    const kv = postgresKv(sql, {
      sleep: (ms) => Promise.resolve(void slept.push(ms)),
      random: () => 0.5,
    });
    assertEquals(await kv.commit(SETS), { ok: true, version: "7" });
    assertEquals(slept, [3.75, 7.5, 15, 30]);
  });

  Deno.test(`postgresKv() gives up after ten times ${code}`, async () => {
    const sql = fakeSql(failing({ code }));
    const kv = postgresKv(sql, { sleep: () => Promise.resolve() });
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals(sql.calls, 10);
    assertEquals(
      error.message,
      `Cannot commit: other transactions were in the way every time (${code})`,
    );
    assertEquals([error.outcomeUnknown, error.retryable], [false, true]);
  });
}

Deno.test("postgresKv() does not try again when a check failed, nor when the outcome is unknown", async () => {
  const failed = fakeSql(() => Promise.resolve([{ version: null }]));
  const kv = postgresKv(failed);
  const change = { checks: [{ key: ["k"], version: "1" }], ...SETS };
  assertEquals(await kv.commit(change), { ok: false });
  assertEquals(failed.calls, 1);
  const lost = fakeSql(failing({ code: "CONNECTION_CLOSED" }));
  await thrownBy(() => postgresKv(lost).commit(SETS));
  assertEquals(lost.calls, 1);
});

Deno.test("postgresKv() does not ask the server when the checks cannot hold", async () => {
  const sql = fakeSql(() => Promise.resolve([{ version: "1" }]));
  const kv = postgresKv(sql);
  const impossible = [
    [{ key: ["k"], version: "no version" }],
    [{ key: ["k"], version: "0" }],
    [{ key: ["k"], version: "12345678901234567890" }],
    [{ key: ["k"], version: "1,2" }],
    [{ key: ["k"], version: "1" }, { key: ["k"], version: null }],
  ];
  for (const checks of impossible) {
    assertEquals(await kv.commit({ checks, ...SETS }), { ok: false });
  }
  assertEquals(sql.calls, 0);
});

Deno.test("postgresKv() takes no answer without a row for a check that failed", async () => {
  for (const answer of [undefined, [], [{}], { rows: [] }]) {
    const kv = postgresKv(fakeSql(() => Promise.resolve(answer)));
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals(error.outcomeUnknown, true);
  }
});

const PROBE = Uint8Array.of(0, 255);

Deno.test("postgresKv() refuses a value that is not the JSON that was stored", async () => {
  const value = new Uint8Array([123]);
  const row = { value, is_json: true, version: "1", probe: PROBE };
  const kv = postgresKv(fakeSql(() => Promise.resolve([row])));
  const error = await thrownBy(() => kv.get(["k"]));
  assertEquals(
    error.message,
    "Cannot read: a value is not the JSON that was stored",
  );
});

Deno.test("postgresKv() refuses a key without an end", async () => {
  const row = {
    key: Uint8Array.of(2, 65),
    value: new Uint8Array([49]),
    is_json: true,
    version: "1",
    probe: PROBE,
  };
  const kv = postgresKv(fakeSql(() => Promise.resolve([row])));
  const error = await thrownBy(() => Array.fromAsync(kv.list({ prefix: [] })));
  assertEquals(
    error.message,
    "Cannot read: a key is not one that was stored",
  );
});

Deno.test("postgresKv() refuses the name of something beside another table", () => {
  for (const table of ["a_version", "a_commit", "a_expiry"]) {
    assertThrows(
      () => postgresKv(fakeSql(() => Promise.resolve([])), { table }),
      TypeError,
      "Cannot use table",
    );
  }
});

Deno.test("postgresKv() refuses rows whose types a client has changed", async () => {
  const good = {
    value: new Uint8Array([49]),
    is_json: true,
    version: "1",
    probe: PROBE,
  };
  for (const bad of [{ value: "\\x31" }, { version: 1 }, { version: null }]) {
    const kv = postgresKv(
      fakeSql(() => Promise.resolve([{ ...good, ...bad }])),
    );
    const error = await thrownBy(() => kv.get(["k"]));
    assertStringIncludes(error.message, "wanted its own parsers");
  }
});

Deno.test("get() gives bytes of their own, whatever kind of view the client gives", async () => {
  class Buffer extends Uint8Array {}
  const shared = new ArrayBuffer(8);
  const value = new Buffer(shared, 2, 3);
  const row = { value, is_json: false, version: "1", probe: PROBE };
  const kv = postgresKv(fakeSql(() => Promise.resolve([row])));
  const entry = await kv.get<Uint8Array>(["k"]);
  assertEquals(entry?.value.constructor, Uint8Array);
  assertEquals(entry?.value.buffer.byteLength, 3);
});

Deno.test("postgresKv() cancels a query after timeoutMs and reports what the server says then", async () => {
  const { promise, reject, resolve } = Promise.withResolvers<unknown>();
  const cancelled = Object.assign(new Error("cancelled"), { code: "57014" });
  const sql = fakeSql(() =>
    Object.assign(promise, { cancel: () => reject(cancelled) })
  );
  const error = await thrownBy(() =>
    postgresKv(sql, { timeoutMs: 5 }).commit(SETS)
  );
  assertEquals(
    error.message,
    "Cannot commit: it was cancelled after timeoutMs, by statement_timeout of the server or by an operator (57014)",
  );
  assertEquals([error.outcomeUnknown, error.retryable], [false, true]);
  resolve(undefined);
});

Deno.test("postgresKv() gives the answer that comes while a query is being cancelled", async () => {
  const { promise, resolve } = Promise.withResolvers<unknown>();
  const sql = fakeSql(() =>
    Object.assign(promise, {
      cancel(): Promise<void> {
        resolve([{ version: "5" }]);
        return Promise.reject(new Error("too late to cancel"));
      },
    })
  );
  const kv = postgresKv(sql, { timeoutMs: 5 });
  assertEquals(await kv.commit(SETS), { ok: true, version: "5" });
});

Deno.test("postgresKv() says that the outcome is unknown when nothing is heard even of the cancellation", async () => {
  for (const cancel of [undefined, () => {}]) {
    const query = Object.assign(new Promise(() => {}), cancel && { cancel });
    const kv = postgresKv(fakeSql(() => query), { timeoutMs: 5 });
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals(
      error.message,
      "Cannot commit: no answer came within timeoutMs",
    );
    assertEquals([error.outcomeUnknown, error.retryable], [true, true]);
  }
});

Deno.test("postgresKv() with a timeoutMs of Infinity sets no timer", async () => {
  const kv = postgresKv(fakeSql(() => Promise.resolve([{ version: "1" }])), {
    timeoutMs: Infinity,
  });
  assertEquals(await kv.commit(SETS), { ok: true, version: "1" });
});

Deno.test("postgresKv() refuses options that cannot be meant", () => {
  const sql = fakeSql(() => Promise.resolve([]));
  const wrong: [object, string][] = [
    [{ table: "a-b" }, "Cannot use table"],
    [{ table: "" }, "Cannot use table"],
    [{ table: 'x"; drop table y; --' }, "Cannot use table"],
    [{ table: "x".repeat(56) }, "Cannot use table"],
    [{ schema: "1st" }, "Cannot use schema"],
    [{ schema: null }, "Cannot use schema"],
    [{ sleep: 1 }, "Cannot use sleep"],
    [{ random: 1 }, "Cannot use random"],
  ];
  for (const [options, message] of wrong) {
    assertThrows(
      () => postgresKv(sql, options as PostgresKvOptions),
      TypeError,
      message,
    );
  }
  for (const timeoutMs of [-1, NaN]) {
    assertThrows(
      () => postgresKv(sql, { timeoutMs }),
      RangeError,
      "Cannot use timeoutMs",
    );
  }
  for (const client of [undefined, null, {}, { unsafe: 1 }]) {
    assertThrows(
      () => postgresKv(client as unknown as PostgresSqlLike),
      TypeError,
      "Cannot use sql",
    );
  }
  assertThrows(() => postgresSetupSql({ table: "a b" }), TypeError, "table");
  assertThrows(() => postgresSetupSql({ schema: "a'b" }), TypeError, "schema");
});

Deno.test("fromPg() tells a query that got no connection from one that lost it, and gives no lost connection back", async () => {
  const none = postgresKv(fromPg({
    connect: () =>
      Promise.reject(new Error("timeout exceeded when trying to connect")),
  }));
  const unsent = await thrownBy(() => none.commit(SETS));
  assertEquals(unsent.message, "Cannot commit: the client has no connection");
  assertEquals([unsent.outcomeUnknown, unsent.retryable], [false, true]);
  const released: unknown[] = [];
  const failures = [{}, { severity: "ERROR", code: "53100" }];
  for (const members of failures) {
    const kv = postgresKv(fromPg({
      connect: () =>
        Promise.resolve({
          query: () => Promise.reject(Object.assign(new Error(), members)),
          release: (error) => void released.push(error),
        }),
    }));
    const error = await thrownBy(() => kv.commit(SETS));
    assertEquals(error.outcomeUnknown, !("code" in members));
  }
  assertEquals(released, [true, undefined]);
});

Deno.test("fromPg() closes a connection that gives no answer, and no other", async () => {
  const released: unknown[] = [];
  let answer: Promise<unknown> = new Promise(() => {});
  const kv = postgresKv(
    fromPg({
      connect: () =>
        Promise.resolve({
          query: () => answer,
          release: (error) => void released.push(error),
        }),
    }),
    { timeoutMs: 5 },
  );
  const error = await thrownBy(() => kv.commit(SETS));
  assertEquals(error.message, "Cannot commit: no answer came within timeoutMs");
  assertEquals([error.outcomeUnknown, error.retryable], [true, true]);
  assertEquals(released, [true]);
  answer = Promise.resolve({ rows: [{ version: "1" }] });
  assertEquals((await kv.commit(SETS)).ok, true);
  assertEquals(released, [true, undefined]);
});

type Ended = { timeout: number }[];

/** Clients of which each answers by the next of the functions; what `end()` was given is noted by client. */
function fakeClients(
  answers: ((call: number) => Promise<unknown>)[],
): { ended: Ended[]; open: () => PostgresJsLike } {
  const ended: Ended[] = [];
  const open = (): PostgresJsLike => {
    const own: Ended = [];
    const answer = answers[ended.push(own) - 1];
    assert(answer, "one client too many");
    const end = (options: { timeout: number }): Promise<void> => {
      own.push(options);
      return Promise.reject(new Error("no way to end it"));
    };
    return { ...fakeSql(answer), end };
  };
  return { ended, open };
}

Deno.test("fromPostgresJs() replaces a client once when calls get no answer, and ends it after its last call", async () => {
  const slow = Promise.withResolvers<unknown>();
  const silent = new Promise<unknown>(() => {});
  const { ended, open } = fakeClients([
    (call) => call === 3 ? slow.promise : silent,
    () => Promise.resolve([{ version: "2" }]),
  ]);
  const sql = fromPostgresJs(open);
  const hasty = postgresKv(sql, { timeoutMs: 5 });
  const patient = postgresKv(sql);
  const calls = [hasty.commit(SETS), hasty.commit(SETS)];
  const undisturbed = patient.commit(SETS);
  for (const { status } of await Promise.allSettled(calls)) {
    assertEquals(status, "rejected");
  }
  assertEquals(await hasty.commit(SETS), { ok: true, version: "2" });
  assertEquals(ended, [[], []]);
  slow.resolve([{ version: "1" }]);
  assertEquals(await undisturbed, { ok: true, version: "1" });
  assertEquals(ended, [[{ timeout: 0 }], []]);
});

Deno.test("fromPostgresJs() opens no client once it has been ended", async () => {
  const { ended, open } = fakeClients([() => new Promise(() => {})]);
  const sql = fromPostgresJs(open);
  const call = postgresKv(sql, { timeoutMs: 5 }).commit(SETS);
  await sql.end?.({ timeout: 0 }).catch(() => {});
  await assertRejects(() => call, KvError);
  assertEquals(ended.length, 1);
});

Deno.test("fromPostgresJs() goes on with its client after answers and failures of any kind", async () => {
  const { ended, open } = fakeClients([
    (call) =>
      call === 1
        ? Promise.reject(Object.assign(new Error(), { code: "EPIPE" }))
        : Promise.resolve([{ version: "1" }]),
  ]);
  const kv = postgresKv(fromPostgresJs(open));
  await thrownBy(() => kv.commit(SETS));
  assertEquals((await kv.commit(SETS)).ok, true);
  assertEquals(ended, [[]]);
});

Deno.test("fromPostgresJs() ends the clients that it has replaced with the one in use", async () => {
  const ended: unknown[] = [];
  const open = (): PostgresJsLike => ({
    unsafe: () => new Promise(() => {}),
    end: (options) => Promise.resolve(ended.push(options)),
  });
  const sql = fromPostgresJs(open);
  void postgresKv(sql, { timeoutMs: Infinity }).commit(SETS);
  await thrownBy(() => postgresKv(sql, { timeoutMs: 5 }).commit(SETS));
  await sql.end({ timeout: 3 });
  assertEquals(ended, [{ timeout: 3 }, { timeout: 3 }]);
});
