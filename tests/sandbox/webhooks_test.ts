import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeUtf8, toHex } from "../../src/_internal/bytes.ts";
import { hmacSha256 } from "../../src/_internal/hmac.ts";
import { Client } from "../../src/company_data/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { Sandbox, SandboxWebhookAuth } from "../../src/sandbox/mod.ts";
import { KEYS, quickSandbox, startRig, untilAborted } from "./_support.ts";

/** What a receiver was sent. */
interface Received {
  headers: Headers;
  body: string;
}

/** A receiver in this process that answers what it is told, 200 by default. */
function receiver(
  answer: (count: number) => Response = () => new Response(),
): { got: Received[]; fetch: (request: Request) => Promise<Response> } {
  const got: Received[] = [];
  return {
    got,
    async fetch(request): Promise<Response> {
      const body = await request.text();
      got.push({ headers: request.headers, body });
      return answer(got.length);
    },
  };
}

function clientOf(sandbox: Sandbox): Promise<Client> {
  return Client.fromConfig(sandbox.config(), {
    env: {},
    kv: memoryKv(),
    fetch: sandbox.clientFetch,
  });
}

const URL_OF_ALL = "https://hooks.test/in";
const METHODS: readonly SandboxWebhookAuth[] = [
  { method: "hmac", secret: "s" },
  { method: "bearer", token: "t" },
  { method: "basic", username: "ü", password: "p:q" },
  { method: "header", name: "X-Own", value: "v" },
  { method: "none" },
  { method: "hmac" },
  { method: "bearer" },
  { method: "basic" },
  { method: "header" },
];

for (const auth of METHODS) {
  const given = "secret" in auth || Object.keys(auth).length > 1;
  const title = given ? "given credentials" : "credentials of its own";
  Deno.test(`deliver() proves itself by ${auth.method} with ${title} to a client that is configured by config()`, async () => {
    const sandbox = await quickSandbox();
    const { got, fetch } = receiver();
    await sandbox.addWebhook({ id: "wh_1", url: URL_OF_ALL, auth, fetch });
    const [delivery] = await sandbox.deliver({
      event: "field_updated",
      slug: "email",
      value: "anna@example.com",
    });
    assertEquals([delivery?.delivered, delivery?.status], [true, 200]);
    const client = await clientOf(sandbox);
    const [sent] = got;
    assert(sent);
    const change = await client.handleWebhook(sent.body, sent.headers);
    assertEquals(change.value, "anna@example.com");
    assertEquals(change.raw, delivery?.row);
    const forged = new Headers(sent.headers);
    for (
      const name of [
        "x-allus-signature",
        "authorization",
        "x-own",
        "x-webhook-token",
      ]
    ) {
      if (forged.has(name)) forged.set(name, "other");
    }
    assertEquals(
      await client.verifyWebhook(sent.body, forged),
      auth.method === "none",
    );
  });
}

Deno.test("deliver() sends the id of the webhook, the event, and the signature of exactly the body", async () => {
  const sandbox = await quickSandbox();
  const { got, fetch } = receiver();
  const auth = { method: "hmac", secret: "s" } as const;
  const id = await sandbox.addWebhook({ url: URL_OF_ALL, auth, fetch });
  await sandbox.deliver({ event: "connection_created" });
  const [{ headers, body } = { headers: new Headers(), body: "" }] = got;
  const tag = await hmacSha256(encodeUtf8("s")).sign(encodeUtf8(body));
  assertEquals(headers.get("x-allus-webhook-id"), id);
  assertEquals(headers.get("x-allus-event"), "connection_created");
  assertEquals(headers.get("x-allus-signature"), toHex(tag));
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(sandbox.pending, 0);
});

for (const format of ["json", "xml"] as const) {
  Deno.test(`deliver() puts ${format} into an envelope that only the company's key opens`, async () => {
    const sandbox = await quickSandbox({ accountKeys: KEYS });
    assertEquals(sandbox.config().account_private_key, undefined);
    const { got, fetch } = receiver();
    await sandbox.addWebhook({
      url: URL_OF_ALL,
      envelope: true,
      format,
      fetch,
    });
    const [delivery] = await sandbox.deliver({
      event: "field_deleted",
      slug: "email",
    });
    const [{ headers, body } = { headers: new Headers(), body: "" }] = got;
    assertEquals(Object.keys(JSON.parse(body)), ["_enc", "k", "iv", "d"]);
    assertEquals(headers.get("content-type"), "application/json");
    const client = await clientOf(sandbox);
    const change = await client.handleWebhook(body, headers);
    assertEquals([change.event, change.id], [
      "field_deleted",
      delivery?.row.id ?? null,
    ]);
    const without = await Client.fromConfig(
      sandbox.config({ account_private_key: null }),
      { env: {}, kv: memoryKv() },
    );
    await assertRejects(() => without.handleWebhook(body, headers));
  });
}

Deno.test("deliver() writes XML where the webhook wants it", async () => {
  const sandbox = await quickSandbox();
  const { got, fetch } = receiver();
  await sandbox.addWebhook({ url: URL_OF_ALL, format: "xml", fetch });
  await sandbox.deliver({ event: "consent_accepted", slug: "email" });
  const [{ headers, body } = { headers: new Headers(), body: "" }] = got;
  assertEquals(headers.get("content-type"), "application/xml");
  assert(body.startsWith("<response><id>"));
  const client = await clientOf(sandbox);
  const { event, slug } = await client.handleWebhook(body, headers);
  assertEquals([event, slug], ["consent_accepted", "email"]);
});

Deno.test("deliver() gives each live delivery an id of its own, and lets the change take effect", async () => {
  const sandbox = await quickSandbox();
  const { got, fetch } = receiver();
  const person = await sandbox.connect();
  await sandbox.addWebhook({ id: "a", url: URL_OF_ALL, fetch });
  await sandbox.addWebhook({ id: "b", url: URL_OF_ALL, fetch });
  const change = {
    event: "field_updated",
    person,
    slug: "email",
    value: "new@example.com",
    id: "row-1",
  };
  const deliveries = await sandbox.deliver(change);
  assertEquals(deliveries.map(({ webhookId }) => webhookId), ["a", "b"]);
  const ids = got.map(({ body }) => JSON.parse(body).id);
  assertEquals(new Set(ids).size, 2);
  assertEquals(ids.includes("row-1"), false);
  const client = await clientOf(sandbox);
  const { values } = await client.connection(person.connectionId);
  assertEquals(values["email"]?.value, "new@example.com");
});

for (const status of [201, 202, 204, 301, 302, 400, 401, 404, 413, 500, 503]) {
  Deno.test(`deliver() takes ${status} for a failure: that event and all further ones go to the backlog`, async () => {
    const sandbox = await quickSandbox();
    const { got, fetch } = receiver((count) =>
      count === 1 ? new Response() : new Response(null, {
        status,
        headers: { location: "/elsewhere" },
      })
    );
    await sandbox.addWebhook({ id: "wh_1", url: URL_OF_ALL, fetch });
    const deliveries = await sandbox.deliverMany(
      ["a", "b", "c", "d"].map((id) => ({ event: "connection_created", id })),
    );
    const outcomes = deliveries.map((one) => [one.delivered, one.status]);
    assertEquals(outcomes, [
      [true, 200],
      [false, status],
      [false, null],
      [false, null],
    ]);
    assertEquals(deliveries.slice(1).map(({ row }) => row.id), ["b", "c", "d"]);
    assertEquals([got.length, sandbox.backlog("wh_1")], [2, 3]);
    const [later] = await sandbox.deliver({ event: "connection_deleted" });
    assertEquals([later?.delivered, got.length], [false, 2]);
  });
}

Deno.test("deliver() takes a connection that fails and one that gives no answer for failures", async () => {
  const sandbox = await quickSandbox();
  const refuse = (): Promise<Response> => Promise.reject(new TypeError("no"));
  const hang = (request: Request): Promise<Response> =>
    untilAborted(request.signal);
  await sandbox.addWebhook({ id: "a", url: URL_OF_ALL, fetch: refuse });
  await sandbox.addWebhook({
    id: "b",
    url: URL_OF_ALL,
    fetch: hang,
    timeoutMs: 1,
  });
  const deliveries = await sandbox.deliver({ event: "connection_created" });
  assertEquals(
    deliveries.map(({ webhookId, status }) => [webhookId, status]),
    [["a", 0], ["b", 0]],
  );
  assertEquals([sandbox.backlog("a"), sandbox.backlog("b")], [1, 1]);
});

Deno.test("probe() delivers the backlog oldest first under the ids of its rows, and makes the webhook good again", async () => {
  const sandbox = await quickSandbox();
  let healthy = false;
  const { got, fetch } = receiver(() =>
    new Response(null, { status: healthy ? 200 : 500 })
  );
  await sandbox.addWebhook({ id: "wh_1", url: URL_OF_ALL, fetch });
  await sandbox.deliverMany(
    ["a", "b"].map((id) => ({ event: "connection_created", id })),
  );
  assertEquals(await sandbox.probe("wh_1"), false);
  assertEquals(sandbox.backlog("wh_1"), 2);
  healthy = true;
  assertEquals(await sandbox.probe("wh_1"), true);
  assertEquals(sandbox.backlog("wh_1"), 0);
  const ids = got.map(({ body }) => JSON.parse(body).id);
  // The live attempt, the probe that failed, and the one that went through.
  assertEquals(ids.slice(1), ["a", "a", "b"]);
  const [later] = await sandbox.deliver({ event: "connection_deleted" });
  assertEquals(later?.delivered, true);
});

Deno.test("probe() stops where the webhook fails again, and the rest stays", async () => {
  const sandbox = await quickSandbox();
  const { fetch } = receiver((count) =>
    new Response(null, { status: count === 2 ? 200 : 500 })
  );
  await sandbox.addWebhook({ id: "wh_1", url: URL_OF_ALL, fetch });
  await sandbox.deliverMany(
    ["a", "b", "c"].map((id) => ({ event: "connection_created", id })),
  );
  assertEquals(await sandbox.probe("wh_1"), false);
  assertEquals(sandbox.backlog("wh_1"), 2);
});

Deno.test("deliver() posts over HTTP, and what the endpoint refused can be drained by its client", async () => {
  await using rig = await startRig({ accountKeys: KEYS });
  const { sandbox } = rig;
  const state: { client?: Client; down: boolean } = { down: false };
  await using server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const result = await state.client?.storeWebhook(request);
      const stored = result?.stored ?? false;
      return new Response(null, {
        status: state.down ? 503 : stored ? 200 : 401,
      });
    },
  );
  await sandbox.addWebhook({
    id: "wh_1",
    url: `http://127.0.0.1:${server.addr.port}/in`,
    envelope: true,
  });
  const client = await Client.fromConfig(sandbox.config(), {
    env: {},
    kv: memoryKv(),
  });
  state.client = client;
  const send = (value: string): ReturnType<Sandbox["deliver"]> =>
    sandbox.deliver({ event: "field_updated", slug: "email", value });
  await send("one@example.com");
  state.down = true;
  // Stored all the same: the answer is what the platform does not get to see.
  await send("two@example.com");
  await send("three@example.com");
  assertEquals(sandbox.backlog("wh_1"), 2);
  assertEquals(await client.drainWebhookBacklog("wh_1"), {
    pages: 1,
    rows: 2,
  });
  const values: unknown[] = [];
  const report = await client.processInbox(({ value }) => values.push(value));
  assertEquals(values, [
    "one@example.com",
    "two@example.com",
    "three@example.com",
  ]);
  assertEquals([report.delivered, report.duplicates], [3, 1]);
  state.down = false;
  assertEquals(await sandbox.probe("wh_1"), true);
});

Deno.test("config() holds the secrets of all hmac webhooks, and of other methods the last one", async () => {
  const sandbox = await quickSandbox();
  const add = (id: string, auth: SandboxWebhookAuth): Promise<string> =>
    sandbox.addWebhook({ id, url: URL_OF_ALL, auth });
  await add("a", { method: "hmac", secret: "one" });
  await add("b", { method: "hmac", secret: "two" });
  assertEquals(sandbox.config()["webhooks"], { a: "one", b: "two" });
  await add("c", { method: "bearer", token: "three" });
  assertEquals(sandbox.config()["webhooks"], undefined);
  assertEquals(sandbox.config()["webhook_bearer_token"], "three");
});

Deno.test("addWebhook() refuses a URL that is none, an id that is taken, and options that cannot be meant", async () => {
  const sandbox = await quickSandbox();
  const url = URL_OF_ALL;
  await sandbox.addWebhook({ id: "a", url });
  const wrong: [Parameters<Sandbox["addWebhook"]>[0], string][] = [
    [{ url: "nowhere" }, ""],
    [{ url, id: "a" }, 'Cannot add a webhook: id "a" is taken'],
    [{ url, format: "yaml" as "xml" }, "Cannot use format"],
    [
      { url, auth: { method: "magic" as "none" } },
      "Cannot add a webhook: there is no such method",
    ],
    [{ url, fetch: 7 as unknown as () => Response }, "Cannot use fetch"],
  ];
  for (const [webhook, message] of wrong) {
    await assertRejects(() => sandbox.addWebhook(webhook), TypeError, message);
  }
  await assertRejects(
    () => sandbox.addWebhook({ url, timeoutMs: -1 }),
    RangeError,
    "Cannot use timeoutMs",
  );
});

Deno.test("deliver() and probe() refuse a webhook that there is not", async () => {
  const sandbox = await quickSandbox();
  const event = "connection_created";
  await assertRejects(
    () => sandbox.deliver({ event }),
    TypeError,
    "Cannot deliver: there is no webhook, add one first",
  );
  await assertRejects(
    () => sandbox.deliver({ event, webhookId: "x" }),
    TypeError,
    'Cannot deliver: there is no webhook "x"',
  );
  await assertRejects(() => sandbox.probe("x"), TypeError);
});

Deno.test("addWebhook() is a ConfigError when the account keys are none", async () => {
  const sandbox = await quickSandbox({
    accountKeys: {
      publicKey: new Uint8Array(3),
      privateKey: new Uint8Array(3),
    },
  });
  await assertRejects(
    () => sandbox.addWebhook({ url: URL_OF_ALL, envelope: true }),
    ConfigError,
  );
});
