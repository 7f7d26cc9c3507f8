import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import type {
  Change,
  Client,
  ClientOptions,
  JsonObject,
} from "../../src/company_data/mod.ts";
import { encryptPkcs8, generateKeyPair } from "../../src/crypto/mod.ts";
import {
  ApiError,
  ConfigError,
  KvError,
  WebhookError,
} from "../../src/errors.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { countSubtle } from "../_support/subtle.ts";
import { jumpingClock } from "../_support/clock.ts";
import { crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { signHex } from "./_hostile_delivery.ts";
import { webhookWorld } from "./_webhook_world.ts";

const SECRET = "first secret";
const HMAC = { webhooks: { wh_1: SECRET } };
const TOKEN = "token-0123456789";
const BEARER = { webhook_bearer_token: TOKEN };
const instantly = { backoff: (): number => 0 };
const INBOX = { source: "inbox" } as const;
const TEN_MINUTES = 600_000;

const world = await webhookWorld();

let serial = 0;

function row(members: JsonObject = {}): JsonObject {
  return {
    id: `r-${++serial}`,
    event: "connection_created",
    person_user_id: `p-${serial}`,
    at: "2026-06-17T12:00:00Z",
    ...members,
  };
}

async function store(
  client: Client,
  body: JsonObject | string | Uint8Array<ArrayBuffer>,
): Promise<void> {
  const bytes = body instanceof Uint8Array
    ? body
    : encodeUtf8(typeof body === "string" ? body : JSON.stringify(body));
  const result = await client.storeWebhook(bytes, await headersFor(bytes));
  assertEquals(result, { stored: true });
}

async function headersFor(
  bytes: Uint8Array<ArrayBuffer>,
): Promise<Record<string, string>> {
  return {
    "X-Allus-Webhook-Id": "wh_1",
    "X-Allus-Signature": await signHex(SECRET, bytes),
  };
}

function clientWith(options: ClientOptions = {}): Promise<Client> {
  return world.client(HMAC, options);
}

async function drained(
  client: Client,
  options: Parameters<Client["processInbox"]>[1] = {},
): Promise<unknown[]> {
  const ids: unknown[] = [];
  await client.processInbox(({ raw }) => ids.push(raw["id"]), {
    ...instantly,
    ...options,
  });
  return ids;
}

async function dump(kv: KvStore): Promise<string> {
  const decoder = new TextDecoder();
  let all = "";
  for await (const { key, value } of kv.list({ prefix: [] })) {
    all += `${JSON.stringify(key)} `;
    all += value instanceof Uint8Array
      ? decoder.decode(value)
      : JSON.stringify(value);
  }
  return all;
}

Deno.test("storeWebhook() has the bytes as they came in the store when it resolves, and another client delivers them", async () => {
  const kv = memoryKv();
  const client = await clientWith({ kv });
  const value = await world.value("anna@example.com");
  const wire = row({ event: "field_updated", slug: "email", value });
  const body = JSON.stringify(wire, null, 3);
  await store(client, body);
  const stored = await dump(kv);
  assert(stored.includes(body));
  assertEquals(stored.includes("anna@example.com"), false);
  assertEquals(stored.includes(SECRET), false);
  const seen: Change[] = [];
  const other = await clientWith({ kv });
  await other.processInbox((change) => seen.push(change));
  assertEquals(seen[0]?.value, "anna@example.com");
  assertEquals(seen[0]?.raw, wire);
});

Deno.test("storeWebhook() keeps an envelope closed, and it is opened at delivery", async () => {
  const kv = memoryKv();
  const client = await clientWith({ kv });
  const wire = row({ person_user_id: "somebody" });
  await store(client, { ...await world.envelope(JSON.stringify(wire)) });
  assertEquals((await dump(kv)).includes("somebody"), false);
  const seen: Change[] = [];
  await client.processInbox((change) => seen.push(change));
  assertEquals(seen[0]?.raw, wire);
});

Deno.test("storeWebhook() writes nothing when the credentials are wrong", async () => {
  let commits = 0;
  const kv = withCommit(memoryKv(), async (change, next) => {
    commits++;
    return await next(change);
  });
  const client = await clientWith({ kv });
  assertEquals(await client.storeWebhook("{}", {}), {
    stored: false,
    reason: "unauthenticated",
  });
  assertEquals(commits, 0);
});

Deno.test("storeWebhook() is a KvError when the store is down, and works when it is back", async () => {
  let down = true;
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (down) throw new KvError("Cannot commit: the store is down");
    return await next(change);
  });
  const client = await clientWith({ kv });
  const wire = row();
  await assertRejects(() => store(client, wire), KvError, "the store is down");
  down = false;
  await store(client, wire);
  assertEquals(await drained(client), [wire["id"]]);
});

Deno.test("storeWebhook() shares commits among deliveries that come at once", async () => {
  let commits = 0;
  const kv = withCommit(memoryKv(), async (change, next) => {
    commits++;
    await Promise.resolve();
    return await next(change);
  });
  const client = await clientWith({ kv });
  const rows = Array.from({ length: 64 }, () => row());
  await Promise.all(rows.map((each) => store(client, each)));
  assert(commits < 32, `${commits}`);
  const ids = await drained(client);
  assertEquals(ids.toSorted(), rows.map(({ id }) => id).toSorted());
});

Deno.test("storeWebhook() is a ConfigError when there is no store", async () => {
  const { sandbox } = world;
  const { Client: StoreClient } = await import(
    "../../src/company_data/mod.ts"
  );
  const client = await StoreClient.fromConfig(sandbox.config(HMAC), {
    env: {},
  });
  const bytes = encodeUtf8("{}");
  const headers = await headersFor(bytes);
  await assertRejects(
    () => client.storeWebhook(bytes, headers),
    ConfigError,
    "Cannot keep changes: kv: wanted a store",
  );
});

Deno.test("storeWebhook() and processInbox() lose nothing that was stored when the process dies at any commit", async () => {
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const kv = memoryKv();
      const crashing = crashingKv(kv, { commit, applied });
      const before = await clientWith({ kv: crashing.kv });
      const seen = new Set<unknown>();
      const handler = ({ raw }: Change): void => {
        seen.add(raw["id"]);
      };
      const promised: unknown[] = [];
      try {
        for (let i = 0; i < 3; i++) {
          const wire = row();
          await store(before, wire);
          promised.push(wire["id"]);
        }
        await before.processInbox(handler, instantly);
      } catch {
        assert(crashing.crashed);
      }
      const clock = jumpingClock(Date.now() + 3_600_000);
      const after = await clientWith({ kv, ...clock });
      const report = await after.processInbox(handler, instantly);
      assertEquals([report.pending, report.deadLettered], [0, 0]);
      for (const id of promised) assert(seen.has(id), `${commit} ${id}`);
      if (!crashing.crashed) break;
    }
  }
});

Deno.test("processInbox() retries, gives up into the dead letters of the inbox, and reports as the pump does", async () => {
  const client = await clientWith();
  const [bad, good] = [row(), row()];
  await store(client, bad);
  await store(client, good);
  const attempts: number[] = [];
  const report = await client.processInbox(({ raw }, { attempt }) => {
    if (raw["id"] !== bad["id"]) return;
    attempts.push(attempt);
    throw new Error("personal data");
  }, { ...instantly, maxRetries: 2 });
  assertEquals(report, {
    delivered: 1,
    retried: 2,
    deadLettered: 1,
    duplicates: 0,
    drained: 0,
    dropped: 0,
    pending: 0,
    stopped: "empty",
  });
  assertEquals(attempts, [1, 2, 3]);
  const [letter, ...more] = await client.deadLetters(INBOX);
  assertEquals(more, []);
  assertEquals(letter?.event, bad);
  assertEquals(letter?.error, { name: "Error" });
  assertEquals(letter?.attempts, 3);
  assertEquals(await client.deadLetters(), []);
});

Deno.test("processInbox() stops at an outage, a deadline and a signal, and leaves everything pending", async () => {
  const client = await clientWith();
  for (let i = 0; i < 4; i++) await store(client, row());
  const fail = (): never => {
    throw new Error("down");
  };
  const outage = await client.processInbox(fail, {
    ...instantly,
    maxRetries: 0,
    outageThreshold: 3,
  });
  assertEquals([outage.stopped, outage.pending], ["outage", 4]);
  const aborted = await client.processInbox(fail, {
    signal: AbortSignal.abort(),
  });
  assertEquals([aborted.stopped, aborted.pending], ["aborted", 4]);
  const late = await client.processInbox(fail, { deadlineMs: 0 });
  assertEquals([late.stopped, late.pending], ["deadline", 4]);
  assertEquals((await drained(client)).length, 4);
});

Deno.test("processInbox() is busy while another run holds the inbox, and the feed is not in its way", async () => {
  const client = await clientWith();
  await store(client, row());
  const reports: string[] = [];
  await client.processInbox(async () => {
    reports.push((await client.processInbox(() => {})).stopped);
    reports.push((await client.processChanges(() => {})).stopped);
  });
  assertEquals(reports, ["busy", "empty"]);
});

Deno.test("processInbox() keeps what cannot be read to the byte in the dead letters, with the reason", async () => {
  const client = await clientWith();
  await store(client, Uint8Array.of(0xff, 0x00));
  await store(client, "garbage");
  await store(client, "[1]");
  await store(client, `{"a":${"[".repeat(5_000)}${"]".repeat(5_000)}}`);
  await store(client, '{"_enc":1,"k":"","iv":"","d":""}');
  const report = await client.processInbox(() => {});
  assertEquals([report.deadLettered, report.delivered], [5, 0]);
  const letters = await client.deadLetters(INBOX);
  assertEquals(letters.slice(0, 3).map(({ event }) => event), [
    { base64: "/wA=" },
    "garbage",
    "[1]",
  ]);
  assertEquals(letters[4]?.event, { _enc: 1, k: "", iv: "", d: "" });
  assertEquals(
    letters.map(({ error }) => [error.code, error.message]),
    [
      "it is not UTF-8",
      "it is neither JSON nor XML",
      "it is neither JSON nor XML",
      "its JSON is malformed or nested too deeply",
      "its envelope cannot be opened",
    ].map((state) => ["webhook", `Cannot read the webhook: ${state}`]),
  );
  const lines = await Array.fromAsync(client.exportDeadLetters(INBOX));
  assertEquals(lines.length, 5);
  assertEquals(await Array.fromAsync(client.exportDeadLetters()), []);
});

Deno.test("retryDeadLetters() delivers the dead letters of the inbox and leaves those of the feed", async () => {
  const kv = memoryKv();
  const without = await world.client({
    ...BEARER,
    account_private_key: null,
  }, { kv });
  const wire = row({ event: undefined });
  const envelope = await world.envelope(JSON.stringify(wire));
  await without.storeWebhook(JSON.stringify(envelope), {
    Authorization: `Bearer ${TOKEN}`,
    "X-Allus-Event": "from_the_header",
  });
  const report = await without.processInbox(() => {});
  assertEquals(report.deadLettered, 1);
  const [letter] = await without.deadLetters(INBOX);
  assertEquals(
    letter?.error.message,
    'Cannot read the webhook: it is in an envelope, and "account_private_key" is not set',
  );
  assertEquals(await without.retryDeadLetters(() => {}, INBOX), 0);

  const client = await clientWith({ kv });
  assertEquals(await client.retryDeadLetters(() => {}), 0);
  const seen: Change[] = [];
  const again = await client.retryDeadLetters(
    (change) => seen.push(change),
    INBOX,
  );
  assertEquals(again, 1);
  assertEquals([seen[0]?.event, seen[0]?.raw["id"]], [
    "from_the_header",
    wire["id"],
  ]);
  assertEquals(await client.deadLetters(INBOX), []);
});

Deno.test("dropDeadLetters() deletes those of the inbox alone", async () => {
  const client = await clientWith();
  await store(client, "garbage");
  await client.processInbox(() => {});
  assertEquals(await client.dropDeadLetters("all"), 0);
  assertEquals(await client.dropDeadLetters("all", INBOX), 1);
  assertEquals(await client.deadLetters(INBOX), []);
});

Deno.test("deadLetters() and its kin refuse a source that there is not", async () => {
  const client = await clientWith();
  const source = "outbox" as "inbox";
  const calls: (() => Promise<unknown>)[] = [
    () => client.deadLetters({ source }),
    () => client.retryDeadLetters(() => {}, { source }),
    () => client.dropDeadLetters("all", { source }),
    () => Array.fromAsync(client.exportDeadLetters({ source })),
  ];
  for (const call of calls) {
    await assertRejects(
      call,
      TypeError,
      'Cannot use source: wanted "feed" or "inbox"',
    );
  }
});

Deno.test("processInbox() rejects with the ConfigError of an account key that cannot be opened, and gives nothing up", async () => {
  const { privateKey } = await generateKeyPair();
  const pem = await encryptPkcs8(privateKey, "right", { iterations: 1_000 });
  const kv = memoryKv();
  const broken = await world.client({
    ...HMAC,
    account_private_key: pem,
    account_passphrase: "wrong",
  }, { kv });
  const [plain, closed] = [row(), row()];
  await store(broken, plain);
  await store(broken, { ...await world.envelope(JSON.stringify(closed)) });
  await assertRejects(
    () => broken.processInbox(() => {}),
    ConfigError,
    "Cannot use account_private_key",
  );
  assertEquals(await broken.deadLetters(INBOX), []);
  const mended = await clientWith({ kv });
  assertEquals(await drained(mended), [closed["id"]]);
});

Deno.test("processInbox() skips a delivery whose content was delivered within ten minutes, and no later", async () => {
  const clock = jumpingClock();
  const client = await clientWith(clock);
  const wire = row();
  const again = (): Promise<void> =>
    store(client, { ...wire, id: row()["id"] });
  await store(client, wire);
  assertEquals((await drained(client)).length, 1);
  await clock.sleep(TEN_MINUTES - 1);
  await again();
  const report = await client.processInbox(() => {});
  assertEquals([report.delivered, report.duplicates], [0, 1]);
  await clock.sleep(1);
  await again();
  assertEquals((await drained(client)).length, 1);
});

Deno.test("processInbox() recognises two deliveries of one event in one run, in any number of lanes", async () => {
  const client = await clientWith();
  const rows = Array.from({ length: 20 }, () => row());
  for (const wire of rows) await store(client, wire);
  for (const wire of rows) await store(client, { ...wire, id: "other" });
  const report = await client.processInbox(() => {}, { concurrency: 8 });
  assertEquals([report.delivered, report.duplicates], [20, 20]);
});

Deno.test("processInbox() tells two events apart by their time, their ciphertext and every other member", async () => {
  const client = await clientWith();
  const wire = row({ slug: "email", event: "consent_accepted" });
  const others: JsonObject[] = [
    wire,
    { ...wire, at: "2026-06-17T12:00:01Z" },
    { ...wire, person_user_id: "somebody else" },
    { ...wire, slug: "phone" },
    { ...wire, event: "consent_declined" },
    { ...wire, anything: ["else"] },
    { ...wire, anything: ["els", "e"] },
  ];
  for (const other of others) await store(client, other);
  const report = await client.processInbox(() => {});
  assertEquals([report.delivered, report.duplicates], [others.length, 0]);
});

Deno.test("processInbox() takes an event without a time for a repeat of nothing", async () => {
  const client = await clientWith();
  const wire = row({ at: undefined });
  await store(client, wire);
  await store(client, wire);
  assertEquals((await drained(client)).length, 2);
});

Deno.test("processInbox() delivers a repeat of an event that was not delivered", async () => {
  const client = await clientWith();
  const wire = row();
  await store(client, wire);
  const other = row();
  await store(client, other);
  await client.processInbox(({ raw }) => {
    if (raw["id"] === wire["id"]) throw new Error("no");
  }, { maxRetries: 0 });
  await store(client, wire);
  assertEquals(await drained(client), [wire["id"]]);
});

Deno.test("processInbox() remembers for dedupeMs, and nothing at all for 0", async () => {
  const clock = jumpingClock();
  const client = await clientWith(clock);
  const wire = row();
  await store(client, wire);
  await store(client, wire);
  const calls = await countSubtle(async () => {
    assertEquals((await drained(client, { dedupeMs: 0 })).length, 2);
  });
  assertEquals(calls, []);
  await store(client, wire);
  assertEquals((await drained(client, { dedupeMs: 1_000 })).length, 1);
  await clock.sleep(999);
  await store(client, wire);
  assertEquals((await drained(client, { dedupeMs: 1_000 })).length, 0);
  await clock.sleep(1);
  await store(client, wire);
  assertEquals((await drained(client, { dedupeMs: 1_000 })).length, 1);
});

Deno.test("processInbox() counts what is pending without opening it", async () => {
  const client = await clientWith();
  await store(client, { ...await world.envelope(JSON.stringify(row())) });
  const signal = AbortSignal.abort();
  const calls = await countSubtle(async () => {
    const report = await client.processInbox(() => {}, { signal });
    assertEquals([report.stopped, report.pending], ["aborted", 1]);
  });
  assertEquals(calls, []);
});

Deno.test("processInbox() takes the body that was signed for the same event, whatever the header calls it", async () => {
  const client = await clientWith();
  for (const member of ["action", "nothing"]) {
    const wire = row({ event: undefined, [member]: "key_rotated" });
    const bytes = encodeUtf8(JSON.stringify(wire));
    for (const name of ["connection_deleted", "connection_created", "x", ""]) {
      const result = await client.storeWebhook(bytes, {
        ...await headersFor(bytes),
        "X-Allus-Event": name,
      });
      assertEquals(result, { stored: true });
    }
  }
  const events: unknown[] = [];
  const report = await client.processInbox(({ event }) => events.push(event));
  assertEquals(events, ["key_rotated", null]);
  assertEquals([report.delivered, report.duplicates], [2, 6]);
});

Deno.test("processInbox() takes the event from the header when the body has none, if it can be the name of one and was proved", async () => {
  const client = await world.client(BEARER);
  for (const length of [256, 257]) {
    await client.storeWebhook(JSON.stringify(row({ event: undefined })), {
      Authorization: `Bearer ${TOKEN}`,
      "X-Allus-Event": "e".repeat(length),
    });
  }
  const events: unknown[] = [];
  await client.processInbox(({ event }) => events.push(event));
  assertEquals(events, ["e".repeat(256), null]);
});

Deno.test("processInbox() refuses options that cannot be meant before it touches the store", async () => {
  const client = await clientWith();
  for (const dedupeMs of [-1, 0.5, NaN, Infinity]) {
    await assertRejects(
      () => client.processInbox(() => {}, { dedupeMs }),
      RangeError,
      "Cannot use dedupeMs",
    );
  }
  await assertRejects(
    () => client.processInbox(undefined as unknown as () => void),
    TypeError,
    "Cannot use handler: wanted a function",
  );
});

Deno.test("processInbox() keeps the order of each person, also of those in envelopes, while lanes work side by side", async () => {
  const client = await clientWith();
  for (let i = 0; i < 12; i++) {
    const wire = row({
      person_user_id: `lane-${i % 3}`,
      at: `2026-06-${10 + i}`,
    });
    await store(
      client,
      i % 2 ? { ...await world.envelope(JSON.stringify(wire)) } : wire,
    );
  }
  const seen = new Map<string | null, number[]>();
  const gates = Array.from({ length: 3 }, () => Promise.withResolvers<void>());
  let atOnce = 0;
  await client.processInbox(async ({ personId, at }) => {
    const lane = seen.get(personId) ?? [];
    seen.set(personId, lane);
    if (lane.length === 0) {
      // The first of each lane waits until all lanes are at work.
      gates[atOnce++]?.resolve();
      await gates[2]?.promise;
    }
    lane.push(at?.getTime() ?? 0);
  }, { concurrency: 3 });
  assertEquals(atOnce, 3);
  for (const times of seen.values()) {
    assertEquals(times, times.toSorted((a, b) => a - b));
    assertEquals(times.length, 4);
  }
});

Deno.test("drainWebhookBacklog() moves the backlog page by page into the inbox and leaves the feed alone", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  const { sandbox } = own;
  const rows = await sandbox.publishMany(
    Array.from({ length: 7 }, (_, i) => ({
      event: "field_updated",
      slug: "email",
      value: `${i}@example.com`,
      webhookId: "wh/1 &",
    })),
  );
  await sandbox.publish({ event: "connection_deleted" });
  assertEquals(
    await client.drainWebhookBacklog("wh/1 &", { batchSize: 3 }),
    { pages: 3, rows: 7 },
  );
  assertEquals([sandbox.backlog("wh/1 &"), sandbox.pending], [0, 1]);
  const { requests } = sandbox;
  assertEquals(requests.list("changes").map(({ query }) => query), [
    "limit=3&webhook_id=wh%2F1+%26",
    "limit=3&webhook_id=wh%2F1+%26",
    "limit=3&webhook_id=wh%2F1+%26",
    "limit=3&webhook_id=wh%2F1+%26",
  ]);
  const seen: unknown[] = [];
  const report = await client.processInbox((change) =>
    seen.push([change.id, change.value])
  );
  assertEquals(report.delivered, 7);
  assertEquals(seen, rows.map(({ id }, i) => [id, `${i}@example.com`]));
  assertEquals(await client.drainWebhookBacklog("wh/1 &"), {
    pages: 0,
    rows: 0,
  });
});

Deno.test("drainWebhookBacklog() brings an event that was received before as a duplicate", async () => {
  const own = await webhookWorld();
  const client = await own.client({ ...HMAC, format: "xml" });
  const published = await own.sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "anna@example.com",
    webhookId: "wh_1",
  });
  await store(client, { ...published, id: "live" });
  await client.drainWebhookBacklog("wh_1");
  const report = await client.processInbox(() => {});
  assertEquals([report.delivered, report.duplicates], [1, 1]);
});

Deno.test("drainWebhookBacklog() has each page in the store before it asks for the next one", async () => {
  const own = await webhookWorld();
  const kv = memoryKv();
  const stored: number[] = [];
  const client = await own.client(HMAC, {
    kv,
    fetch: async (url, init) => {
      stored.push((await dump(kv)).split("connection_deleted").length - 1);
      return await own.sandbox.clientFetch(url, init);
    },
  });
  for (let i = 0; i < 4; i++) {
    await own.sandbox.publish({
      event: "connection_deleted",
      webhookId: "wh_1",
    });
  }
  await client.drainWebhookBacklog("wh_1", { batchSize: 2 });
  assertEquals(stored, [0, 0, 2, 4]);
});

Deno.test("drainWebhookBacklog() keeps what arrived of a page that broke off, and asks for no page twice", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  const { sandbox } = own;
  await sandbox.publishMany([1, 2, 3].map(() => ({
    event: "connection_deleted",
    webhookId: "wh_1",
  })));
  sandbox.failNext("changes", { kind: "truncate", bytes: 250 });
  const report = await client.drainWebhookBacklog("wh_1");
  assertEquals([report.pages, sandbox.requests.count("changes")], [1, 2]);
  const run = await client.processInbox(() => {}, { dedupeMs: 0 });
  assertEquals(run.delivered + run.deadLettered, report.rows);
  assert(run.delivered >= 1 && run.deadLettered === 1);
  sandbox.failNext("changes", { kind: "drop" });
  await assertRejects(() => client.drainWebhookBacklog("wh_1"), ApiError);
  assertEquals(sandbox.requests.count("changes"), 3);
});

Deno.test("drainWebhookBacklog() holds a page that the store does not take, and stores it with the next call", async () => {
  const own = await webhookWorld();
  let down = true;
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (down) throw new KvError("Cannot commit: the store is down");
    return await next(change);
  });
  const client = await own.client(HMAC, { kv, ...jumpingClock() });
  await own.sandbox.publish({ event: "connection_deleted", webhookId: "wh_1" });
  await assertRejects(
    () => client.drainWebhookBacklog("wh_1"),
    KvError,
    "bytes are held in memory",
  );
  down = false;
  assertEquals(await client.drainWebhookBacklog("wh_1"), { pages: 1, rows: 1 });
  assertEquals((await drained(client)).length, 1);
});

Deno.test("drainWebhookBacklog() ends with an ApiError when the platform answers with no page, which is a dead letter then", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  own.sandbox.failNext("changes", { kind: "html" });
  await assertRejects(
    () => client.drainWebhookBacklog("wh_1"),
    ApiError,
    "the backlog answered with something that is no page of changes",
  );
  assertEquals(own.sandbox.requests.count("changes"), 1);
  const report = await client.processInbox(() => {});
  assertEquals(report.deadLettered, 1);
});

Deno.test("drainWebhookBacklog() lets a second call wait for the first", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  await own.sandbox.publishMany([1, 2, 3].map(() => ({
    event: "connection_deleted",
    webhookId: "wh_1",
  })));
  const reports = await Promise.all([
    client.drainWebhookBacklog("wh_1", { batchSize: 2 }),
    client.drainWebhookBacklog("wh_1", { batchSize: 2 }),
  ]);
  assertEquals(reports, [{ pages: 2, rows: 3 }, { pages: 0, rows: 0 }]);
});

Deno.test("drainWebhookBacklog() ends between two pages when it is aborted, and keeps what it has", async () => {
  const own = await webhookWorld();
  const abort = new AbortController();
  const client = await own.client(HMAC, {
    fetch: async (url, init) => {
      const response = await own.sandbox.clientFetch(url, init);
      if (String(url).includes("changes")) abort.abort(new Error("enough"));
      return response;
    },
  });
  await own.sandbox.publishMany([1, 2, 3].map(() => ({
    event: "connection_deleted",
    webhookId: "wh_1",
  })));
  await assertRejects(
    () =>
      client.drainWebhookBacklog("wh_1", {
        batchSize: 2,
        signal: abort.signal,
      }),
    Error,
    "enough",
  );
  assertEquals((await drained(client, { dedupeMs: 0 })).length, 2);
  assertEquals(own.sandbox.backlog("wh_1"), 1);
});

Deno.test("drainWebhookBacklog() refuses a signal that is none before it asks", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  await assertRejects(
    () => client.drainWebhookBacklog("wh_1", { signal: 5 as never }),
    TypeError,
    "Cannot use signal: wanted an AbortSignal, got number",
  );
  assertEquals(own.sandbox.requests.total, 0);
});

Deno.test("drainWebhookBacklog() refuses a webhookId that is none", async () => {
  const client = await clientWith();
  for (const webhookId of ["", undefined, 7]) {
    await assertRejects(
      () => client.drainWebhookBacklog(webhookId as string),
      TypeError,
      "Cannot use webhookId: wanted a non-empty text",
    );
  }
});

Deno.test("processInbox() opens an envelope that lies in a backlog", async () => {
  const own = await webhookWorld();
  const client = await own.client(HMAC);
  const wire = row();
  own.sandbox.publishRaw(await own.envelope(JSON.stringify(wire)), {
    webhookId: "wh_1",
  });
  own.sandbox.publishRaw("no object", { webhookId: "wh_1" });
  await client.drainWebhookBacklog("wh_1");
  const seen: Change[] = [];
  const report = await client.processInbox((change) => seen.push(change));
  assertEquals([report.delivered, report.deadLettered], [1, 1]);
  assertEquals(seen[0]?.raw, wire);
  const [letter] = await client.deadLetters(INBOX);
  assertEquals([letter?.event, letter?.error.code], [
    "no object",
    "validation",
  ]);
});

Deno.test("WebhookError of a dead letter says what a client says at once", async () => {
  const client = await clientWith();
  await store(client, "garbage");
  await client.processInbox(() => {});
  const [letter] = await client.deadLetters(INBOX);
  const error = await assertRejects(
    () => client.parseWebhook("garbage", {}),
    WebhookError,
  );
  assertEquals(letter?.error.message, error.message);
});

Deno.test("drainWebhookBacklog() ends with an ApiError when the platform gives the same page again, and keeps what came", async () => {
  const again = await webhookWorld();
  const client = await again.client({ webhook_auth_none: true });
  again.sandbox.setFaults({
    changes: {
      kind: "answer",
      body: { changes: [{ id: "1", event: "connection_created" }] },
    },
  });
  await assertRejects(() => client.drainWebhookBacklog("wh"), ApiError, "page");
  assertEquals((await client.health()).inbox.pending, 2);
});

Deno.test("storeWebhook() gives up on a request whose body does not come in time", async () => {
  const slow = await webhookWorld();
  const client = await slow.client({ webhook_auth_none: true });
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(3)),
  });
  const request = new Request("https://receiver.test", {
    method: "POST",
    body,
  });
  const result = await client.storeWebhook(request, { bodyTimeoutMs: 20 });
  assertEquals(result, { stored: false, reason: "too_large" });
});

Deno.test("storeWebhook() rejects as the body does when that breaks off", async () => {
  const cut = await webhookWorld();
  const client = await cut.client({ webhook_auth_none: true });
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("reset")),
  });
  const request = new Request("https://receiver.test", {
    method: "POST",
    body,
  });
  await assertRejects(() => client.storeWebhook(request), Error, "reset");
});
