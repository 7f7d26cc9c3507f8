import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { type Change, Client } from "../../src/company_data/mod.ts";
import { generateKeyPair } from "../../src/crypto/mod.ts";
import {
  ApiError,
  ConfigError,
  DecryptError,
  KvError,
} from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { startPlatform } from "../_support/platform.ts";

const instantly = { backoff: (): number => 0 };

Deno.test("processChanges() delivers every kind of event with typed values when the feed is read page by page", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  const rows = await sandbox.publishMany([
    {
      event: "field_updated",
      person,
      slug: "email",
      value: "anna@example.com",
    },
    {
      event: "field_updated",
      person,
      slug: "address",
      value: { street: "Hafenweg", city: "Kiel" },
    },
    { event: "field_updated", person, slug: "birth_date", value: "1990-02-28" },
    { event: "field_deleted", person, slug: "phone" },
    { event: "consent_accepted", person, slug: "email" },
    { event: "consent_declined", person, slug: "email" },
    {
      event: "document_status_changed",
      person,
      fields: { document_id: "d1", status: "active" },
    },
    {
      event: "connection_request_accepted",
      person,
      fields: { request_id: "r1" },
    },
    { event: "key_rotated", person },
    { event: "message_received", person, value: "hello" },
    { event: "connection_deleted", person },
  ]);
  const seen: Change[] = [];
  const report = await client.processChanges((change) => seen.push(change), {
    batchSize: 3,
  });
  assertEquals(report, {
    delivered: rows.length,
    retried: 0,
    deadLettered: 0,
    duplicates: 0,
    drained: rows.length,
    dropped: 0,
    pending: 0,
    stopped: "empty",
  });
  assertEquals(seen.map(({ id }) => id), rows.map(({ id }) => id));
  assertEquals(seen[0]?.value, "anna@example.com");
  assertEquals(seen[1]?.value, { street: "Hafenweg", city: "Kiel" });
  assertEquals(seen[2]?.value, new Date("1990-02-28"));
  assertEquals(seen[6]?.documentId, "d1");
  assertEquals(seen[9]?.messageBody, "hello");
});

Deno.test("processChanges() gives the same changes when the platform speaks XML", async () => {
  await using platform = await startPlatform({ config: { format: "xml" } });
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "a < b & c",
  });
  await sandbox.publish({ event: "connection_deleted", person });
  const seen: [string | null, unknown, unknown][] = [];
  await client.processChanges(({ event, value, live }) =>
    seen.push([event, value, live])
  );
  assertEquals(seen, [["field_updated", "a < b & c", true], [
    "connection_deleted",
    null,
    null,
  ]]);
});

Deno.test("processChanges() has the whole page in the store before the first handler call, as ciphertext", async () => {
  await using platform = await startPlatform();
  const { sandbox, client, kv } = platform;
  const person = await sandbox.connect({});
  for (const value of ["secret-one", "secret-two"]) {
    await sandbox.publish({
      event: "field_updated",
      person,
      slug: "email",
      value,
    });
  }
  let stored = "";
  await client.processChanges(async () => {
    if (stored === "") stored = await dump(kv);
  });
  assertEquals(stored.match(/field_updated/g)?.length, 2);
  assertEquals(stored.includes("secret-"), false);
});

Deno.test("processChanges() delivers what a halted run left first, with the same ids, and asks the platform only then", async () => {
  await using platform = await startPlatform();
  const { sandbox, client, another } = platform as typeof platform;
  const person = await sandbox.connect({});
  const rows = await sandbox.publishMany(
    ["a", "b", "c"].map((value) => ({
      event: "field_updated",
      person,
      slug: "email",
      value,
    })),
  );
  const broken = (change: Change): void => {
    if (change.value === "b") throw new Error("not now");
  };
  await assertRejects(
    () => client.processChanges(broken, { onError: "halt", maxRetries: 0 }),
    Error,
    "not now",
  );
  await sandbox.publish({ event: "connection_deleted", person });
  const seen: (string | null)[] = [];
  const second = await another();
  await second.processChanges((change) => {
    seen.push(change.id);
    if (seen.length === 1) assertEquals(sandbox.pending, 1);
  });
  assertEquals(seen.slice(0, 2), [rows[1]?.id, rows[2]?.id] as string[]);
  assertEquals(seen.length, 3);
});

Deno.test("processChanges() dead-letters a value that cannot be decrypted at once and delivers the rest", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  const wrapper = await sandbox.encrypt("fine");
  sandbox.publishRaw({
    id: "bad",
    event: "field_updated",
    person_user_id: person.userId,
    slug: "email",
    live: true,
    value: { ...wrapper, d: wrapper.k.slice(0, 64) },
  });
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "good",
  });
  const seen: unknown[] = [];
  const report = await client.processChanges(({ value }) => seen.push(value));
  assertEquals(seen, ["good"]);
  assertEquals([report.deadLettered, report.retried], [1, 0]);
  const [letter] = await client.deadLetters();
  assertEquals(letter?.error.name, "DecryptError");
  assertEquals(letter?.error.code, "decrypt");
  assertEquals(letter?.attempts, 1);
  assertEquals((letter?.event as { id: string }).id, "bad");
});

Deno.test("processChanges() retries a DecryptError of the handler's own code like any other failure", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  await sandbox.publish({ event: "connection_created" });
  let calls = 0;
  const report = await client.processChanges(() => {
    if (++calls < 3) {
      throw new DecryptError("Cannot open the file of the handler");
    }
  }, instantly);
  assertEquals([calls, report.delivered, report.deadLettered], [3, 1, 0]);
});

Deno.test("processChanges() keeps rows that are no objects with the reason and delivers the others", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  for (const row of [7, "text", null, ["a"]]) sandbox.publishRaw(row);
  sandbox.publishRaw({
    event: "something_new",
    person_user_id: person.userId,
    extra: 1,
  });
  const seen: Change[] = [];
  const report = await client.processChanges((change) => seen.push(change));
  assertEquals(seen.map(({ event, id, raw }) => [event, id, raw["extra"]]), [[
    "something_new",
    null,
    1,
  ]]);
  assertEquals(report.deadLettered, 4);
  const letters = await client.deadLetters();
  assertEquals(letters.map(({ event }) => event), [7, "text", null, ["a"]]);
  for (const { error } of letters) {
    assertEquals(error.code, "validation");
    assertMatch(error.message ?? "", /row is not an object/);
  }
});

Deno.test("processChanges() delivers the rows that arrived whole and keeps the rest when the connection breaks in a page", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  const rows = await sandbox.publishMany(
    Array.from(
      { length: 5 },
      (_, i) => ({ event: "field_deleted", person, slug: `s${i}` }),
    ),
  );
  const whole = JSON.stringify({ changes: rows });
  sandbox.failNext("changes", { kind: "truncate", bytes: whole.length - 40 });
  const seen: (string | null)[] = [];
  const report = await client.processChanges(({ slug }) => seen.push(slug));
  assertEquals(seen, ["s0", "s1", "s2", "s3"]);
  assertEquals([report.delivered, report.deadLettered, report.stopped], [
    4,
    1,
    "empty",
  ]);
  const [letter] = await client.deadLetters();
  assert(String(letter?.event).startsWith('{"id":'));
});

for (
  const [what, fault] of [
    ["HTML", { kind: "html" }],
    ["truncated JSON", { kind: "truncate", bytes: 5, clean: true }],
    ["JSON of another form", { kind: "answer", body: { rows: [] } }],
  ] as const
) {
  Deno.test(`processChanges() rejects and keeps the answer as a dead letter when the feed answers with ${what}`, async () => {
    await using platform = await startPlatform();
    const { sandbox, client } = platform;
    await sandbox.publish({ event: "connection_created" });
    sandbox.setFaults({ changes: fault });
    const error = await assertRejects(
      () => client.processChanges(() => {}),
      ApiError,
    );
    assertEquals([error.status, error.errorKey], [
      200,
      "sluice.unusable_answer",
    ]);
    const letters = await client.deadLetters();
    assertEquals(letters.length, 1);
    sandbox.clearFaults();
    assertEquals((await client.processChanges(() => {})).stopped, "empty");
  });
}

Deno.test("processChanges() rejects after three pages in a row whose rows are all none, and keeps these", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  for (let page = 0; page < 10; page++) {
    sandbox.failNext("changes", {
      kind: "answer",
      body: { changes: [page, null] },
    });
  }
  const error = await assertRejects(
    () => client.processChanges(() => {}),
    ApiError,
    "no page of changes",
  );
  assertEquals(error.errorKey, "sluice.unusable_answer");
  assertEquals(sandbox.requests.count("changes"), 3);
  const letters = await client.deadLetters();
  assertEquals(letters.map(({ event }) => event), [0, null, 1, null, 2, null]);
});

Deno.test("processChanges() never repeats a call to the feed that failed, because a page may be gone already", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  await sandbox.publish({ event: "connection_created" });
  for (
    const fault of [
      { kind: "drop", when: "before" },
      { kind: "status", status: 503 },
      { kind: "status", status: 502 },
    ] as const
  ) {
    sandbox.requests.clear();
    sandbox.failNext("changes", fault);
    await assertRejects(() => client.processChanges(() => {}), ApiError);
    assertEquals(sandbox.requests.count("changes"), 1);
  }
  assertEquals((await client.processChanges(() => {})).delivered, 1);
});

Deno.test("processChanges() holds a page in memory while the store fails, and stores it with the next call", async () => {
  const kv = memoryKv();
  let failing = false;
  const flaky = withCommit(
    kv,
    (change, next) =>
      failing && change.sets?.some(({ key }) => key.includes("seg"))
        ? Promise.reject(new KvError("Cannot write: the disk is full"))
        : next(change),
  );
  await using platform = await startPlatform({
    client: { kv: flaky, sleep: () => Promise.resolve() },
  });
  const { sandbox, client } = platform;
  await sandbox.publish({ event: "connection_created" });
  failing = true;
  const error = await assertRejects(
    () => client.processChanges(() => {}),
    KvError,
  );
  assertMatch(error.message, /held in memory/);
  assertEquals(sandbox.pending, 0);
  failing = false;
  assertEquals((await client.processChanges(() => {})).delivered, 1);
});

Deno.test("processChanges() asks for the catalog once, and once more for a slug that is not in it", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "x",
  });
  await client.processChanges(() => {});
  assertEquals(sandbox.requests.count("request-fields"), 1);
  sandbox.addField({ slug: "home", label: "Home", type: "address" });
  for (let i = 0; i < 3; i++) {
    await sandbox.publish({
      event: "field_updated",
      person,
      slug: "home",
      value: { city: "Kiel" },
    });
  }
  const seen: unknown[] = [];
  await client.processChanges(({ value }) => seen.push(value));
  assertEquals(seen, [{ city: "Kiel" }, { city: "Kiel" }, { city: "Kiel" }]);
  assertEquals(sandbox.requests.count("request-fields"), 2);
  for (let i = 0; i < 20; i++) {
    const row = {
      id: `u${i}`,
      event: "field_updated",
      slug: `unknown${i}`,
      value: await sandbox.encrypt("t"),
    };
    sandbox.publishRaw({ ...row, person_user_id: person.userId });
  }
  const texts: unknown[] = [];
  await client.processChanges(({ value }) => texts.push(value));
  assertEquals(texts, Array(20).fill("t"));
  assertEquals(sandbox.requests.count("request-fields"), 3);
});

Deno.test("processChanges() skips a change id that was delivered before when dedupe is on", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const row = { id: "same", event: "connection_created", person_user_id: "p" };
  for (let i = 0; i < 3; i++) sandbox.publishRaw(row);
  const report = await client.processChanges(() => {}, { dedupe: true });
  assertEquals([report.delivered, report.duplicates], [1, 2]);
  for (let i = 0; i < 3; i++) sandbox.publishRaw(row);
  assertEquals((await client.processChanges(() => {})).delivered, 3);
});

Deno.test("processChanges() delivers each of several events with the same, odd or missing ids", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const ids = [
    "a/b",
    "a.b",
    "a b",
    "",
    undefined,
    "../x",
    "a/b",
    "ü".repeat(3000),
  ];
  for (const id of ids) {
    sandbox.publishRaw({
      id,
      event: "connection_created",
      person_user_id: "p",
    });
  }
  const seen: unknown[] = [];
  const report = await client.processChanges((change) => {
    seen.push(change.raw["id"]);
  }, { dedupe: false });
  assertEquals(seen, ids);
  assertEquals(report.pending, 0);
});

Deno.test("processChanges() clamps the batch size and refuses options that cannot be meant", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  for (
    const [batchSize, limit] of [[0, 1], [-5, 1], [9_999, 500], [NaN, 100], [
      "x",
      100,
    ], [undefined, 100]]
  ) {
    await client.processChanges(() => {}, { batchSize: batchSize as number });
    assertEquals(
      sandbox.requests.list("changes").at(-1)?.query,
      `limit=${limit}`,
    );
  }
  const asked = sandbox.requests.total;
  const refused: [
    Record<string, unknown>,
    typeof RangeError | typeof TypeError,
    string,
  ][] = [
    [{ maxRetries: -1 }, RangeError, "maxRetries"],
    [{ maxRetries: NaN }, RangeError, "maxRetries"],
    [{ concurrency: 0 }, RangeError, "concurrency"],
    [{ concurrency: Infinity }, RangeError, "concurrency"],
    [{ deadlineMs: -1 }, RangeError, "deadlineMs"],
    [{ deadlineMs: NaN }, RangeError, "deadlineMs"],
    [{ outageThreshold: 0 }, RangeError, "outageThreshold"],
    [{ ackWindow: 0 }, RangeError, "ackWindow"],
    [{ leaseMs: 0 }, RangeError, "leaseMs"],
    [{ dedupe: -1 }, RangeError, "dedupe"],
    [{ onError: "ignore" }, TypeError, "onError"],
    [{ backoff: 5 }, TypeError, "backoff"],
  ];
  for (const [options, ErrorClass, word] of refused) {
    await assertRejects(
      () => client.processChanges(() => {}, options),
      ErrorClass,
      word,
    );
  }
  await assertRejects(
    () => client.processChanges("no" as never),
    TypeError,
    "handler",
  );
  assertEquals(sandbox.requests.total, asked);
});

Deno.test("processChanges() of a client without a store is a ConfigError that names it", async () => {
  await using platform = await startPlatform();
  const client = await platform.another({ kv: undefined as never });
  const error = await assertRejects(
    () => client.processChanges(() => {}),
    ConfigError,
    "denoKv",
  );
  assertEquals(error.problems[0]?.field, "kv");
  assertEquals(platform.sandbox.requests.total, 0);
});

for (const deadlineMs of [3_000, 60_000]) {
  Deno.test(`processChanges() leaves 1,000 of 1,000 pending and ends within ${deadlineMs} ms when the handler always fails`, async () => {
    const clock = jumpingClock();
    await using platform = await startPlatform({
      client: { now: clock.now, sleep: clock.sleep },
    });
    const { sandbox, client } = platform;
    for (let i = 0; i < 1_000; i++) {
      sandbox.publishRaw({
        id: `${i}`,
        event: "connection_created",
        person_user_id: `p${i % 100}`,
      });
    }
    const start = clock.now();
    const report = await client.processChanges(
      () => Promise.reject(new Error("down")),
      {
        batchSize: 500,
        deadlineMs,
      },
    );
    assertEquals([report.stopped, report.delivered, report.deadLettered], [
      "outage",
      0,
      0,
    ]);
    assertEquals(clock.now() - start <= deadlineMs, true);
    assertEquals(sandbox.pending + report.pending, 1_000);
    // Those that were parked are due by then.
    await clock.sleep(60_000);
    const seen = new Set<string | null>();
    assertEquals(
      (await client.processChanges(({ id }) => seen.add(id))).delivered,
      1_000,
    );
    assertEquals(seen.size, 1_000);
  });
}

Deno.test("retryDeadLetters() delivers again, removes what succeeds, and returns how many", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "first",
  });
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "phone",
    value: "+49123456",
  });
  const failing = (change: Change): void => {
    if (change.slug === "email") throw new Error("first is refused");
  };
  await client.processChanges(failing, { ...instantly, maxRetries: 1 });
  const [letter] = await client.deadLetters();
  assertEquals([letter?.error, letter?.attempts], [{ name: "Error" }, 2]);
  assertEquals(
    await client.retryDeadLetters(failing, { ...instantly, maxRetries: 4 }),
    0,
  );
  const [again] = await client.deadLetters();
  assertEquals([again?.id, again?.attempts], [letter?.id, 5]);
  const seen: unknown[] = [];
  assertEquals(
    await client.retryDeadLetters(({ value }) => seen.push(value)),
    1,
  );
  assertEquals(seen, ["first"]);
  assertEquals(await client.deadLetters(), []);
});

Deno.test("drainBatch() gives one page, with an error on the one value that cannot be decrypted", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "good",
  });
  sandbox.publishRaw({
    id: "bad",
    event: "field_updated",
    slug: "email",
    value: { k: "a", iv: "b", d: "c" },
  });
  sandbox.publishRaw(12);
  const changes = await client.drainBatch();
  assertEquals(changes.length, 3);
  assertEquals(changes[0]?.value, "good");
  assert(changes[1]?.error instanceof DecryptError);
  assertEquals(changes[2]?.raw["unreadable"], 12);
  assertEquals(await client.drainBatch(), []);
});

async function dump(kv: KvStore): Promise<string> {
  let text = "";
  for await (const { value } of kv.list({ prefix: ["sluice"] })) {
    text += value instanceof Uint8Array
      ? new TextDecoder().decode(value)
      : JSON.stringify(value);
  }
  return text;
}

Deno.test("processChanges() loses nothing to a logger that throws or rejects", async () => {
  const bad = [
    () => {
      throw new Error("the log is full");
    },
    () => Promise.reject(new Error("the log is away")),
  ];
  for (const say of bad) {
    await using platform = await startPlatform({
      client: { logger: { info: say, warn: say } },
    });
    const { sandbox, client } = platform;
    await sandbox.publish({ event: "connection_created" });
    await sandbox.publish({ event: "connection_deleted" });
    sandbox.failNext("changes", { kind: "truncate", bytes: 200 });
    const ran = await client.processChanges(() => {});
    assertEquals([ran.delivered, ran.deadLettered], [1, 1]);
    assertEquals((await client.processChanges(() => {})).drained, 0);
  }
});

Deno.test("processChanges() tells that a page was too long by a warning and a dead letter that name the option", async () => {
  const warnings: string[] = [];
  await using platform = await startPlatform({
    client: {
      maxResponseBytes: 1_000,
      logger: { info: () => {}, warn: (words) => warnings.push(words) },
    },
  });
  const { sandbox, client } = platform;
  const row = (id: number) => ({ id: `${id}`, pad: "x".repeat(1_000) });
  sandbox.failNext("changes", {
    kind: "answer",
    body: JSON.stringify({
      changes: Array.from({ length: 400 }, (_, id) => row(id)),
    }),
  });
  const { delivered, deadLettered } = await client.processChanges(() => {});
  assertEquals([delivered >= 3, deadLettered], [true, 1]);
  const [letter] = await client.deadLetters();
  assertMatch(letter?.error.message ?? "", /"maxResponseBytes"/);
  assertMatch(warnings[0] ?? "", /maxResponseBytes, the rest of it is lost/);
});

Deno.test("processChanges() makes every value a dead letter when the key is that of another service, and retries them with the right one", async () => {
  await using other = await startPlatform({ keys: await generateKeyPair() });
  const { service_private_key, key_passphrase } = other.sandbox.config();
  await using platform = await startPlatform({
    config: { service_private_key, key_passphrase },
  });
  const { sandbox, client, kv } = platform;
  const person = await sandbox.connect({});
  const value = "anna@example.com";
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value,
  });
  await sandbox.publish({ event: "connection_deleted", person });
  const { delivered, deadLettered } = await client.processChanges(() => {});
  assertEquals([delivered, deadLettered], [1, 1]);
  const [letter] = await client.deadLetters();
  assertEquals(letter?.error.code, "decrypt");
  const right = await Client.fromConfig(sandbox.config(), { env: {}, kv });
  const seen: unknown[] = [];
  const redriven = await right.retryDeadLetters((change) => {
    seen.push(change.value);
  });
  assertEquals([redriven, seen], [1, [value]]);
});
