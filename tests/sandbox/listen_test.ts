import { assert, assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../src/errors.ts";
import { askToken, quickSandbox, startRig, untilAborted } from "./_support.ts";

const ASK = "https://anything.example/api/company-data/logs";

Deno.test("listen() takes a free port and config() then names the server", async () => {
  const sandbox = await quickSandbox();
  assertEquals(sandbox.url, "https://sandbox.test");
  const server = await sandbox.listen();
  assertEquals(server.url, `http://127.0.0.1:${server.port}`);
  assertEquals([sandbox.url, sandbox.config().api_url], [
    server.url,
    server.url,
  ]);
  assertEquals((await askToken(sandbox)).status, 200);
  await sandbox.close();
  assertEquals(sandbox.config().api_url, "https://sandbox.test");
});

Deno.test("close() ends the server, and twice is no error", async () => {
  await using sandbox = await quickSandbox();
  const server = await sandbox.listen();
  await Promise.all([server.close(), server.close()]);
  await server[Symbol.asyncDispose]();
  await assertRejects(() => fetch(server.url), TypeError);
  const again = await sandbox.listen({ port: server.port });
  assertEquals(again.url, server.url);
});

Deno.test("close() ends delayed and stalled answers", async () => {
  const { promise: sleeping, resolve } = Promise.withResolvers<void>();
  const rig = await startRig({
    sleep(_ms, signal): Promise<void> {
      resolve();
      return untilAborted(signal);
    },
  });
  const { sandbox } = rig;
  sandbox.setFaults({
    logs: { kind: "delay", delayMs: Infinity },
    changes: { kind: "stall", bytes: 5 },
  });
  // Whether the last word of a closing server still arrives is up to the host.
  const outcomes = [
    rig.get("/api/company-data/changes"),
    rig.get("/api/company-data/logs"),
  ].map((pending) => pending.then(({ status }) => status, () => 503));
  await sleeping;
  await sandbox.close();
  assertEquals(await Promise.all(outcomes), [503, 503]);
  const [logged] = sandbox.requests.list("logs");
  assertEquals([logged?.status, logged?.fault], [0, "delay"]);
});

Deno.test("close() does not wait for a caller who holds an answer without reading it", async () => {
  const rig = await startRig();
  rig.sandbox.failNext("logs", { kind: "huge", bytes: 50_000_000 });
  const response = await fetch(`${rig.server.url}/api/company-data/logs`);
  await rig.sandbox.close();
  await assertRejects(() => response.bytes(), TypeError);
});

Deno.test("listen() twice serves one platform at two addresses, each naming files as it was asked", async () => {
  await using rig = await startRig();
  const second = await rig.sandbox.listen();
  await rig.sandbox.connect({ values: { photo: { photo: Uint8Array.of(1) } } });
  const { access_token } = JSON.parse((await askToken(rig.sandbox)).text);
  for (const { url } of [rig.server, second]) {
    const response = await fetch(`${url}/api/company-data/connections`, {
      headers: { authorization: `Bearer ${access_token}` },
    });
    const { items } = await response.json();
    assertEquals(new URL(items[0].values.photo.value_url).origin, url);
  }
});

Deno.test("listen() refuses an address that is taken and a port that is none", async () => {
  await using rig = await startRig();
  const error = await assertRejects(
    () => rig.sandbox.listen({ port: rig.server.port }),
    ConfigError,
    `Cannot listen on 127.0.0.1:${rig.server.port}: the host refuses it (AddrInUse)`,
  );
  assert(error.cause instanceof Deno.errors.AddrInUse);
  await assertRejects(
    () => rig.sandbox.listen({ port: 65536 }),
    RangeError,
    "Cannot use port",
  );
});

Deno.test("listen() says so where the host has no server", async () => {
  await using sandbox = await quickSandbox();
  const serve = Object.getOwnPropertyDescriptor(Deno, "serve");
  assert(serve);
  Object.defineProperty(Deno, "serve", {
    value: undefined,
    configurable: true,
  });
  try {
    await assertRejects(
      () => sandbox.listen(),
      ConfigError,
      "Cannot listen: wanted a host with Deno.serve; give 'clientFetch'",
    );
  } finally {
    Object.defineProperty(Deno, "serve", serve);
  }
});

Deno.test("clientFetch() answers in this process, whatever the host in the URL", async () => {
  const sandbox = await quickSandbox();
  const response = await sandbox.clientFetch(new URL(ASK), {
    headers: { authorization: "Bearer x" },
  });
  assertEquals([response.status, (await response.json()).error_key], [
    401,
    "auth.expired",
  ]);
  assertEquals((await sandbox.fetch(new Request(ASK))).status, 401);
});

Deno.test("clientFetch() rejects where a fault drops the connection", async () => {
  const sandbox = await quickSandbox();
  sandbox.publishRaw({ id: "r" });
  sandbox.failNext("logs", { kind: "drop", when: "before" });
  await assertRejects(
    () => sandbox.clientFetch(ASK),
    TypeError,
    "Cannot answer: the sandbox dropped the connection",
  );
  sandbox.failNext("logs", { kind: "truncate", bytes: 3 });
  const broken = await sandbox.clientFetch(ASK);
  await assertRejects(
    () => broken.text(),
    TypeError,
    "Cannot send the rest: the sandbox broke the connection",
  );
  sandbox.failNext("logs", { kind: "drop" });
  const dropped = await sandbox.fetch(new Request(ASK));
  await assertRejects(
    () => dropped.text(),
    TypeError,
    "Cannot send the rest: the sandbox broke the connection",
  );
});

Deno.test("clientFetch() rejects with the signal's reason, before and while a body stalls", async () => {
  const sandbox = await quickSandbox();
  const reason = new DOMException("enough", "AbortError");
  await assertRejects(
    () => sandbox.clientFetch(ASK, { signal: AbortSignal.abort(reason) }),
    DOMException,
    "enough",
  );
  assertEquals(sandbox.requests.total, 0);
  sandbox.failNext("logs", { kind: "stall" });
  const giveUp = new AbortController();
  const response = await sandbox.clientFetch(ASK, { signal: giveUp.signal });
  const body = response.text();
  giveUp.abort(reason);
  await assertRejects(() => body, DOMException, "enough");
});

Deno.test("members work on their own, taken out of the sandbox", async () => {
  const { connect, publish, fetch: answer, close } = await quickSandbox();
  await connect();
  await publish({ event: "key_rotated" });
  assertEquals((await answer(new Request(ASK))).status, 401);
  await close();
});
