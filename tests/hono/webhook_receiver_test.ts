import { assert, assertEquals, assertThrows } from "@std/assert";
import { Hono } from "hono";
import type { Change, Client } from "../../src/company_data/mod.ts";
import { KvError } from "../../src/errors.ts";
import {
  drainRoute,
  healthRoute,
  webhookReceiver,
  type WebhookReceiverOptions,
} from "../../src/hono/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { webhookWorld } from "../company_data/_webhook_world.ts";
import {
  hostileDeliveries,
  type Receiver,
  RECEIVERS,
} from "../company_data/hostile_deliveries.ts";
import { withCommit } from "../_support/wrapped_kv.ts";

const world = await webhookWorld();
const table = await hostileDeliveries(world);
const genuine = table.find(({ status, end, receiver }) =>
  status === 200 && end === "delivered" && receiver === "hmac"
);
assert(genuine);
const { body: goodBody, headers: goodHeaders } = genuine;

function post(
  body: BodyInit,
  headers: Iterable<readonly [string, string]> = goodHeaders,
): RequestInit {
  return {
    method: "POST",
    body,
    headers: [...headers].map((
      [name, value],
    ): [string, string] => [name, value]),
  };
}

async function appWith(
  options: WebhookReceiverOptions<Change> = {},
  client?: Client,
): Promise<{ app: Hono; client: Client }> {
  const own = client ?? await world.client(RECEIVERS.hmac);
  return {
    app: new Hono().post("/webhook", webhookReceiver(own, options)),
    client: own,
  };
}

for (const receiver of Object.keys(RECEIVERS) as Receiver[]) {
  const own = table.filter((delivery) =>
    delivery.receiver === receiver && !delivery.unsendable
  );
  Deno.test(`webhookReceiver() over HTTP answers each of ${own.length} odd deliveries to ${receiver} as it must, and the inbox holds exactly the genuine ones`, async () => {
    const client = await world.client(RECEIVERS[receiver]);
    const app = new Hono().post("/webhook", webhookReceiver(client));
    await using server = serve(app);
    for (const { name, headers, body, status } of own) {
      const answer = await fetch(`${server.url}/webhook`, post(body, headers))
        .catch((error) => error);
      // A server that has seen enough may close before the client has sent all.
      if (status === 413 && answer instanceof TypeError) continue;
      assertEquals(answer.status, status, name);
      await answer.body?.cancel();
    }
    const { inbox } = await client.health();
    const kept = own.filter(({ end }) => end !== "refused").length;
    assertEquals(inbox.pending, kept);
    const report = await client.processInbox(() => {});
    assertEquals(
      report.delivered + report.deadLettered + report.duplicates,
      kept,
    );
  });
}

Deno.test("webhookReceiver() answers 503 with Retry-After when the store is down, and keeps nothing", async () => {
  const errors: unknown[] = [];
  const kv = withCommit(
    memoryKv(),
    () => Promise.reject(new KvError("Cannot commit: no connection")),
  );
  const client = await world.client(RECEIVERS.hmac, { kv });
  const { app } = await appWith({
    retryAfterSeconds: 7,
    onFailure: (error) => errors.push(error),
  }, client);
  const answer = await app.request("/webhook", post(goodBody));
  assertEquals([answer.status, answer.headers.get("retry-after")], [503, "7"]);
  assertEquals(errors.length, 1);
  assert(errors[0] instanceof KvError);
  assertEquals((await answer.text()).includes("connection"), false);
});

Deno.test("webhookReceiver() verifies the very bytes when another middleware has read the body through c.req", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono().basePath("/api");
  app.use(async (c, next) => {
    await c.req.json();
    await c.req.text();
    await next();
  });
  const inner = new Hono().post("/in", webhookReceiver(client));
  app.route("/hooks", inner);
  assertEquals(
    (await app.request("/api/hooks/in", post(goodBody))).status,
    200,
  );
});

Deno.test("webhookReceiver() leaves the body for those who come after it", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono();
  const receive = webhookReceiver(client);
  let later: ArrayBuffer | undefined;
  app.post("/webhook", async (c) => {
    const answer = await receive(c);
    later = await c.req.arrayBuffer();
    return answer;
  });
  assertEquals((await app.request("/webhook", post(goodBody))).status, 200);
  assertEquals(new Uint8Array(later ?? new ArrayBuffer()), goodBody);
});

Deno.test("webhookReceiver() says so and answers 503 when a middleware has read the raw request", async () => {
  const errors: unknown[] = [];
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono();
  app.use(async (c, next) => {
    await c.req.raw.arrayBuffer();
    await next();
  });
  app.post(
    "/webhook",
    webhookReceiver(client, { onFailure: (error) => errors.push(error) }),
  );
  assertEquals((await app.request("/webhook", post(goodBody))).status, 503);
  assert(errors[0] instanceof TypeError);
});

Deno.test("webhookReceiver() answers 408 when the body comes too slowly, and 413 when it is too long, announced or not", async () => {
  const { app } = await appWith({ bodyTimeoutMs: 50, maxBodyBytes: 1_000 });
  const never = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new Uint8Array(10)),
  });
  assertEquals((await app.request("/webhook", post(never))).status, 408);
  assertEquals(
    (await app.request("/webhook", post(new Uint8Array(1_001)))).status,
    413,
  );
  let sent = 0;
  const endless = new ReadableStream<Uint8Array>({
    pull(controller): void {
      sent += 100;
      controller.enqueue(new Uint8Array(100));
    },
  });
  assertEquals((await app.request("/webhook", post(endless))).status, 413);
  assert(sent < 2_000);
});

Deno.test("webhookReceiver() answers 400 when the body breaks off", async () => {
  const { app } = await appWith();
  const broken = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.error(new Error("reset")),
  });
  assertEquals((await app.request("/webhook", post(broken))).status, 400);
});

Deno.test("webhookReceiver() inline gives the change to the handler, and keeps it when that fails", async () => {
  const seen: Change[] = [];
  let broken = false;
  const { app, client } = await appWith({
    mode: "inline",
    handler: (change) => {
      if (broken) throw new Error("down");
      seen.push(change);
    },
  });
  assertEquals((await app.request("/webhook", post(goodBody))).status, 200);
  assertEquals([seen.length, (await client.health()).inbox.pending], [1, 0]);
  broken = true;
  assertEquals((await app.request("/webhook", post(goodBody))).status, 200);
  assertEquals([seen.length, (await client.health()).inbox.pending], [1, 1]);
  assertEquals((await app.request("/webhook", post(goodBody, []))).status, 401);
  broken = false;
  assertEquals(
    (await client.processInbox((change) => seen.push(change))).delivered,
    1,
  );
});

Deno.test("webhookReceiver() with a replay window refuses an old change and keeps what has no time", async () => {
  const sandboxWorld = await webhookWorld();
  const client = await sandboxWorld.client({ webhook_auth_none: true });
  const app = new Hono().post(
    "/webhook",
    webhookReceiver(client, { replayWindowMs: 60_000 }),
  );
  const row = (at?: string): string =>
    JSON.stringify({
      id: "1",
      event: "connection_created",
      person_user_id: "p",
      at,
    });
  const send = async (body: string): Promise<number> =>
    (await app.request("/webhook", post(body, []))).status;
  assertEquals(await send(row(new Date().toISOString())), 200);
  assertEquals(
    await send(row(new Date(Date.now() - 120_000).toISOString())),
    409,
  );
  assertEquals(
    await send(row(new Date(Date.now() + 120_000).toISOString())),
    409,
  );
  assertEquals(await send(row()), 200);
  assertEquals(await send("garbage"), 200);
  assertEquals((await client.health()).inbox.pending, 3);
});

Deno.test("webhookReceiver() refuses options that cannot be meant", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const refused: [
    WebhookReceiverOptions,
    typeof TypeError | typeof RangeError,
    string,
  ][] = [
    [{ mode: "later" as never }, TypeError, "mode"],
    [{ mode: "inline" }, TypeError, "handler"],
    [{ maxBodyBytes: 0 }, RangeError, "maxBodyBytes"],
    [{ maxBodyBytes: NaN }, RangeError, "maxBodyBytes"],
    [{ bodyTimeoutMs: -1 }, RangeError, "bodyTimeoutMs"],
    [{ retryAfterSeconds: -1 }, RangeError, "retryAfterSeconds"],
    [{ replayWindowMs: NaN }, RangeError, "replayWindowMs"],
    [{ onFailure: 1 as never }, TypeError, "onFailure"],
  ];
  for (const [options, ErrorClass, word] of refused) {
    assertThrows(() => webhookReceiver(client, options), ErrorClass, word);
  }
});

const TOKEN = "a-token-of-many-characters";

Deno.test("drainRoute() drains what is asked for and answers with the report, and 401 without the token", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const seen: (string | null)[] = [];
  const drain = (
    source: "feed" | "inbox" | "both",
  ): ReturnType<typeof drainRoute> =>
    drainRoute(client, ({ event }) => seen.push(event), {
      token: TOKEN,
      source,
    });
  const app = new Hono().post("/hook", webhookReceiver(client)).post(
    "/inbox",
    drain("inbox"),
  )
    .post("/feed", drain("feed")).post("/both", drain("both"));
  await app.request("/hook", post(goodBody));
  world.sandbox.publishRaw({ id: "f", event: "connection_created" });
  for (
    const headers of [{}, { authorization: "Bearer wrong" }, {
      authorization: TOKEN,
    }] as Record<string, string>[]
  ) {
    assertEquals(
      (await app.request("/both", { method: "POST", headers })).status,
      401,
    );
  }
  const ask = async (path: string): Promise<Record<string, unknown>> => {
    const answer = await app.request(path, {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assertEquals(answer.status, 200);
    return await answer.json();
  };
  assertEquals((await ask("/inbox"))["delivered"], 1);
  assertEquals((await ask("/feed"))["delivered"], 1);
  assertEquals(Object.keys(await ask("/both")).toSorted(), ["feed", "inbox"]);
  assertEquals(seen.length, 2);
});

Deno.test("drainRoute() tells a failure by its code alone, and refuses a token that can be guessed", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono().post(
    "/feed",
    drainRoute(client, () => {}, { token: TOKEN }),
  );
  world.sandbox.failNext("changes", {
    kind: "status",
    status: 500,
    message: "a secret of the platform",
  });
  const answer = await app.request("/feed", {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  assertEquals(answer.status, 502);
  assertEquals(await answer.json(), {
    error: { code: "api", retryable: true },
  });
  for (const token of ["", "short", undefined]) {
    assertThrows(
      () => drainRoute(client, () => {}, { token: token as string }),
      TypeError,
      "token",
    );
  }
  assertThrows(
    () =>
      drainRoute(client, () => {}, { token: TOKEN, source: "all" as never }),
    TypeError,
    "source",
  );
});

Deno.test("healthRoute() tells what waits, since when, what is dead, and the last run", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono().post("/hook", webhookReceiver(client))
    .get("/health", healthRoute(client)).get(
      "/private",
      healthRoute(client, { token: TOKEN }),
    );
  await app.request("/hook", post(goodBody));
  const { feed, inbox } = await (await app.request("/health")).json();
  assertEquals(feed, {
    pending: 0,
    oldestAgeMs: null,
    deadLetters: 0,
    lastRun: null,
  });
  assertEquals([inbox.pending, inbox.oldestAgeMs >= 0], [1, true]);
  await client.processInbox(() => {});
  const after = await (await app.request("/health")).json();
  assertEquals([after.inbox.pending, after.inbox.lastRun.delivered], [0, 1]);
  assertEquals((await app.request("/private")).status, 401);
  const broken = {
    health: () => Promise.reject(new KvError("Cannot read: gone")),
  };
  const down = await new Hono().get("/h", healthRoute(broken)).request("/h");
  assertEquals([down.status, await down.json()], [503, {
    error: { code: "kv" },
  }]);
});

Deno.test("webhookReceiver() gives no forged delivery to the handler, and looks at no time of one", async () => {
  const seen: Change[] = [];
  const inline = await appWith({
    mode: "inline",
    handler: (change) => seen.push(change),
  });
  assertEquals(
    (await inline.app.request("/webhook", post(goodBody, []))).status,
    401,
  );
  assertEquals(seen.length, 0);
  const { app } = await appWith({ replayWindowMs: 1 });
  const old = JSON.stringify({
    id: "1",
    event: "connection_created",
    at: "2001-01-01T00:00:00Z",
  });
  assertEquals((await app.request("/webhook", post(old, []))).status, 401);
});

const ODD_LISTENERS = [
  (): never => {
    throw new Error("of the listener");
  },
  () => Promise.reject(new Error("of the listener")),
  () => new Promise(() => {}),
];

Deno.test("drainRoute() answers when onFailure throws or never resolves", async () => {
  const client = await world.client(RECEIVERS.hmac);
  for (const onFailure of ODD_LISTENERS) {
    const route = drainRoute(client, () => {}, { token: TOKEN, onFailure });
    const app = new Hono().post("/feed", route);
    world.sandbox.failNext("changes", { kind: "status", status: 500 });
    const answer = await app.request("/feed", {
      method: "POST",
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    assertEquals([answer.status, await answer.json()], [502, {
      error: { code: "api", retryable: true },
    }]);
  }
});

Deno.test("webhookReceiver() keeps the event and answers when onFailure throws or never resolves", async () => {
  for (const onFailure of ODD_LISTENERS) {
    const { app, client } = await appWith({
      mode: "inline",
      onFailure,
      handler: () => Promise.reject(new Error("down")),
    });
    assertEquals((await app.request("/webhook", post(goodBody))).status, 200);
    assertEquals((await client.health()).inbox.pending, 1);
    const kv = withCommit(
      memoryKv(),
      () => Promise.reject(new KvError("Cannot commit: down")),
    );
    const broken = await appWith(
      { onFailure },
      await world.client(RECEIVERS.hmac, { kv }),
    );
    assertEquals(
      (await broken.app.request("/webhook", post(goodBody))).status,
      503,
    );
  }
});

Deno.test("webhookReceiver() answers 503 when the store never answers, and keeps the event when the handler never does", async () => {
  const kv = withCommit(memoryKv(), () => new Promise(() => {}));
  const stuck = await appWith(
    { storeTimeoutMs: 20 },
    await world.client(RECEIVERS.hmac, { kv }),
  );
  assertEquals(
    (await stuck.app.request("/webhook", post(goodBody))).status,
    503,
  );
  let stopped = false;
  const { app, client } = await appWith({
    mode: "inline",
    handlerTimeoutMs: 20,
    handler: (_change, { signal }) =>
      new Promise(() => signal.addEventListener("abort", () => stopped = true)),
  });
  assertEquals((await app.request("/webhook", post(goodBody))).status, 200);
  assertEquals([stopped, (await client.health()).inbox.pending], [true, 1]);
});

Deno.test("webhookReceiver() answers 413 also for a body that a middleware has read before", async () => {
  const client = await world.client(RECEIVERS.hmac);
  const app = new Hono();
  app.use(async (c, next) => {
    await c.req.text();
    await next();
  });
  app.post("/webhook", webhookReceiver(client, { maxBodyBytes: 10 }));
  assertEquals(
    (await app.request("/webhook", post(new Uint8Array(11)))).status,
    413,
  );
});

Deno.test("webhookReceiver() with a replay window refuses a time that cannot be read, and 503 while the catalog cannot", async () => {
  const replayWorld = await webhookWorld();
  const client = await replayWorld.client({ webhook_auth_none: true });
  const app = new Hono().post(
    "/webhook",
    webhookReceiver(client, { replayWindowMs: 60_000 }),
  );
  const send = async (row: object): Promise<number> =>
    (await app.request("/webhook", post(JSON.stringify(row), []))).status;
  for (const at of [1_700_000_000, "soon", "2020-13-45"]) {
    assertEquals(await send({ id: "1", event: "connection_created", at }), 409);
  }
  replayWorld.sandbox.setFaults({
    "request-fields": { kind: "status", status: 400 },
  });
  const value = await replayWorld.value("x");
  const row = {
    id: "1",
    event: "field_updated",
    slug: "email",
    at: "2020-01-01T00:00:00Z",
    value,
  };
  assertEquals(await send(row), 503);
  assertEquals((await client.health()).inbox.pending, 0);
});

Deno.test("drainRoute() refuses options of the run when it is made, tells onFailure why a run failed, and takes bearer in any case", async () => {
  const client = await world.client(RECEIVERS.hmac);
  assertThrows(
    () => drainRoute(client, () => {}, { token: TOKEN, deadlineMs: -1 }),
    RangeError,
    "deadlineMs",
  );
  const told: unknown[] = [];
  const route = drainRoute(client, () => {}, {
    token: TOKEN,
    onFailure: (error) => told.push(error),
  });
  const app = new Hono().post("/feed", route);
  world.sandbox.failNext("changes", { kind: "status", status: 500 });
  const headers = { authorization: `bearer ${TOKEN}` };
  assertEquals(
    (await app.request("/feed", { method: "POST", headers })).status,
    502,
  );
  assertEquals(told.length, 1);
  const kv = withCommit(
    memoryKv(),
    () => Promise.reject(new KvError("Cannot commit: down")),
  );
  const down = await world.client(RECEIVERS.hmac, { kv });
  const other = new Hono().post(
    "/feed",
    drainRoute(down, () => {}, { token: TOKEN }),
  );
  assertEquals(
    (await other.request("/feed", { method: "POST", headers })).status,
    503,
  );
});

function serve(
  app: Hono,
): { url: string; [Symbol.asyncDispose](): Promise<void> } {
  const server = Deno.serve({
    port: 0,
    hostname: "127.0.0.1",
    onListen: () => {},
  }, app.fetch);
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
