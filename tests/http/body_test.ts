import { assert, assertEquals, assertRejects } from "@std/assert";
import { systemClock } from "../../src/_internal/clock.ts";
import { ApiError } from "../../src/errors.ts";
import type { Http, HttpOptions, HttpRequest } from "../../src/http/request.ts";
import { client, serve, serveRaw, splitFetch, testClock } from "./_support.ts";

const GET: HttpRequest = {
  path: ["changes"],
  accept: "application/json",
  retry: false,
};
const KEEP: HttpRequest = { ...GET, destructive: true };
const ok = () => Response.json({});
const CAP = 1000;

/** A body in chunks, without a length, that goes on or fails as told. */
function stream(
  chunks: readonly number[],
  end: "close" | "error" | "hang" = "close",
): { body: ReadableStream<Uint8Array>; cancelled: Promise<void> } {
  const cancelled = Promise.withResolvers<void>();
  const left = [...chunks];
  const body = new ReadableStream<Uint8Array>({
    pull(controller): void | Promise<void> {
      const size = left.shift();
      if (size !== undefined) return controller.enqueue(new Uint8Array(size));
      if (end === "close") return controller.close();
      if (end === "error") return controller.error(new TypeError("cut"));
      return new Promise(() => {});
    },
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  return { body, cancelled: cancelled.promise };
}

/** A `fetch` in process: tokens as always, everything else is the given answer. */
function answering(response: () => Response): HttpOptions["fetch"] {
  return (url) =>
    Promise.resolve(
      url.pathname === "/oauth2/token"
        ? Response.json({ access_token: "token-1" })
        : response(),
    );
}

function local(response: () => Response): Http {
  const fetch = answering(response);
  return client("http://localhost", { fetch, maxResponseBytes: CAP });
}

Deno.test("send() gives out status, headers and body of any 2xx", async () => {
  await using server = serve((_seen, nth) => {
    if (nth === 1) {
      return new Response("made", { status: 201, headers: { "x-a": "b" } });
    }
    return new Response(null, { status: 204 });
  });
  const http = client(server.url);
  const made = await http.send(GET);
  assertEquals([made.status, made.headers.get("x-a"), made.broken], [
    201,
    "b",
    false,
  ]);
  assertEquals(new TextDecoder().decode(made.body), "made");
  const empty = await http.send(GET);
  assertEquals([empty.status, empty.body.length, empty.broken], [
    204,
    0,
    false,
  ]);
});

Deno.test("send() sends method, type, body and query as they were when it was called", async () => {
  await using server = serve(ok);
  const content = new TextEncoder().encode("before");
  const query: Record<string, string | number | undefined> = {
    limit: 5,
    "a b": "c&d",
    none: undefined,
  };
  const path = ["one"];
  const sent = client(server.url).send({
    method: "PUT",
    path,
    query,
    accept: "application/json",
    body: { contentType: "text/plain", content },
    retry: false,
  });
  content.fill(0);
  query["limit"] = 6;
  path[0] = "two";
  await sent;
  const seen = server.seen.at(-1);
  assertEquals([seen?.method, seen?.path, seen?.body], [
    "PUT",
    "/one?limit=5&a+b=c%26d",
    "before",
  ]);
  assertEquals(seen?.headers.get("content-type"), "text/plain");
});

Deno.test("send() takes a body of exactly maxResponseBytes", async () => {
  const { body } = stream([600, 400]);
  const answer = await local(() => new Response(body)).send(GET);
  assertEquals([answer.body.length, answer.broken], [CAP, false]);
});

Deno.test("send() stops reading a body beyond maxResponseBytes", async () => {
  const { body, cancelled } = stream([600, 401], "hang");
  const error = await assertRejects(
    () => local(() => new Response(body)).send(GET),
    ApiError,
  );
  assertEquals(
    [error.status, error.errorKey, error.retryable],
    [200, "http.too_large", false],
  );
  assertEquals(
    error.message,
    'HTTP 200 (http.too_large): Cannot read the answer: it is longer than "maxResponseBytes", which is 1000',
  );
  await cancelled;
});

Deno.test("send() does not begin to read a body that is announced as too long", async () => {
  let read = false;
  const cancelled = Promise.withResolvers<void>();
  const body = new ReadableStream({
    pull: () => void (read = true),
    cancel: () => cancelled.resolve(),
  }, { highWaterMark: 0 });
  const headers = { "content-length": "1001" };
  const error = await assertRejects(
    () => local(() => new Response(body, { headers })).send(GET),
    ApiError,
  );
  assertEquals(error.errorKey, "http.too_large");
  await cancelled.promise;
  assert(!read);
});

Deno.test("send() refuses a body over a real connection that is too long", async () => {
  await using server = serve(() => new Response(new Uint8Array(3_000_000)));
  const error = await assertRejects(
    () => client(server.url).send(GET),
    ApiError,
  );
  assertEquals(error.errorKey, "http.too_large");
});

Deno.test("send() with destructive keeps all that arrived of a body that is too long", async () => {
  for (const headers of [{}, { "content-length": "5000" }]) {
    const { body, cancelled } = stream([3600, 400, 700], "hang");
    const answer = await local(() => new Response(body, { headers })).send(
      KEEP,
    );
    assertEquals([answer.status, answer.body.length, answer.broken], [
      200,
      4700,
      "too_long",
    ]);
    await cancelled;
  }
});

const CUT = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\nx-a: b\r\n\r\nfirst";
const CUT_CHUNKED =
  "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\nx-a: b\r\n\r\n5\r\nfirst\r\n";

for (const cut of [CUT, CUT_CHUNKED]) {
  Deno.test(`send() rejects when the connection breaks within the body: ${cut.slice(17, 34)}`, async () => {
    await using tokens = serve(ok);
    await using raw = serveRaw([cut]);
    const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
    const error = await assertRejects(
      () => http.send(GET),
      ApiError,
      "the answer broke off",
    );
    assertEquals([error.status, error.errorKey, error.retryable], [
      0,
      "http.network",
      true,
    ]);
    assertEquals(raw.count(), 1);
  });

  Deno.test(`send() retries a body that breaks when it may: ${cut.slice(17, 34)}`, async () => {
    await using tokens = serve(ok);
    await using raw = serveRaw([
      cut,
      "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nwhole",
    ]);
    const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
    const answer = await http.send({ ...GET, retry: true });
    assertEquals([answer.body.length, answer.broken, raw.count()], [
      5,
      false,
      2,
    ]);
  });

  Deno.test(`send() with destructive gives out what arrived before the break: ${cut.slice(17, 34)}`, async () => {
    await using tokens = serve(ok);
    await using raw = serveRaw([cut]);
    const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
    const answer = await http.send({ ...KEEP, retry: true });
    assertEquals([answer.status, answer.headers.get("x-a"), answer.broken], [
      200,
      "b",
      "cut_off",
    ]);
    assertEquals(new TextDecoder().decode(answer.body), "first");
    assertEquals(raw.count(), 1);
  });
}

Deno.test("send() notices a body in process that ends before its length", async () => {
  const short = () =>
    new Response("abc", { headers: { "content-length": "4" } });
  await assertRejects(
    () => local(short).send(GET),
    ApiError,
    "the answer broke off",
  );
  const answer = await local(short).send(KEEP);
  assertEquals([answer.body.length, answer.broken], [3, "cut_off"]);
});

Deno.test("send() does not compare the length of a coded body", async () => {
  const headers = { "content-length": "4", "content-encoding": "gzip" };
  const answer = await local(() => new Response("abc", { headers })).send(GET);
  assertEquals([answer.body.length, answer.broken], [3, false]);
});

Deno.test("send() with destructive gives out what arrived before the deadline", async () => {
  const { body, cancelled } = stream([10], "hang");
  const answer = await local(() => new Response(body)).send({
    ...KEEP,
    timeoutMs: 50,
  });
  assertEquals([answer.body.length, answer.broken], [10, "cut_off"]);
  await cancelled;
});

Deno.test("send() with destructive gives out what arrived before the signal aborted", async () => {
  const { body } = stream([10], "hang");
  const controller = new AbortController();
  const http = local(() => new Response(body));
  const sent = http.send({ ...KEEP, signal: controller.signal });
  while (!body.locked) await Promise.resolve();
  for (let i = 0; i < 20; i++) await Promise.resolve();
  controller.abort(new Error("stop"));
  const answer = await sent;
  assertEquals([answer.body.length, answer.broken], [10, "cut_off"]);
});

Deno.test("send() with destructive tells of a page whose first byte never came", async () => {
  const { body } = stream([], "error");
  const answer = await local(() => new Response(body)).send(KEEP);
  assertEquals([answer.status, answer.body.length, answer.broken], [
    200,
    0,
    "cut_off",
  ]);
});

Deno.test("send() with destructive still rejects when no answer came", async () => {
  await using tokens = serve(ok);
  await using raw = serveRaw([""]);
  const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
  const error = await assertRejects(() => http.send(KEEP), ApiError);
  assertEquals(error.errorKey, "http.network");
});

Deno.test("send() calls fetch as a plain function", async () => {
  const fetch = function (this: unknown): Promise<Response> {
    assertEquals(this, undefined);
    return Promise.resolve(Response.json({ access_token: "t" }));
  };
  assertEquals(
    (await client("http://localhost", { fetch }).send(GET)).status,
    200,
  );
});

Deno.test("send() with destructive reads a whole body of up to four times maxResponseBytes", async () => {
  const headers = { "content-length": "4000" };
  const { body } = stream([1001, 2999]);
  const answer = await local(() => new Response(body, { headers })).send(KEEP);
  assertEquals([answer.body.length, answer.broken], [4000, false]);
});

Deno.test("send() with destructive cuts no body that flows, also when it takes longer in all", async () => {
  const http = local(() => new Response(trickle(8, 60)));
  const answer = await http.send({ ...KEEP, timeoutMs: 200 });
  assertEquals([answer.body.length, answer.broken], [8, false]);
  const error = await assertRejects(
    () => http.send({ ...GET, timeoutMs: 200 }),
    ApiError,
  );
  assertEquals(error.errorKey, "http.deadline");
});

Deno.test("send() with destructive ends a body that drips after twenty times its time, and keeps what came", async () => {
  const http = local(() => new Response(trickle(1_000, 10)));
  const began = performance.now();
  const answer = await http.send({ ...KEEP, timeoutMs: 40 });
  const tookMs = performance.now() - began;
  assertEquals(answer.broken, "cut_off");
  assert(answer.body.length > 20, `${answer.body.length} bytes`);
  assert(tookMs > 780 && tookMs < 4_000, `${tookMs} ms`);
});

Deno.test("send() with destructive leaves no timer, which would keep a process alive", async () => {
  const { setTimeout: start, clearTimeout: stop } = globalThis;
  const running = new Set<unknown>();
  globalThis.setTimeout = ((...args: Parameters<typeof start>) => {
    const id = start(...args);
    running.add(id);
    return id;
  }) as typeof start;
  globalThis.clearTimeout = (id): void => {
    running.delete(id);
    stop(id);
  };
  try {
    const http = local(() => new Response("page"));
    const answer = await http.send({ ...KEEP, timeoutMs: 5_000 });
    assertEquals(answer.broken, false);
    assertEquals(running.size, 0);
  } finally {
    Object.assign(globalThis, { setTimeout: start, clearTimeout: stop });
  }
});

Deno.test("send() with destructive gives the request its whole time after the token and the waits", async () => {
  let asked = 0;
  const clock = testClock();
  const fetch: HttpOptions["fetch"] = async (url) => {
    clock.advance(150);
    if (url.pathname === "/oauth2/token") {
      return Response.json({ access_token: "token-1" });
    }
    const headers = { "retry-after": "10" };
    if (++asked < 3) return new Response(null, { status: 429, headers });
    return await Promise.resolve(new Response("page"));
  };
  const http = client("http://localhost", { fetch, clock });
  const answer = await http.send({ ...KEEP, timeoutMs: 200 });
  assertEquals([answer.body.length, clock.slept], [4, [10_000, 10_000]]);
});

Deno.test("send() with destructive rejects when no head comes in time", async () => {
  const http = client("http://localhost", {
    fetch: (url) =>
      url.pathname === "/oauth2/token"
        ? Promise.resolve(Response.json({ access_token: "token-1" }))
        : new Promise(() => {}),
  });
  const error = await assertRejects(
    () => http.send({ ...KEEP, timeoutMs: 50 }),
    ApiError,
  );
  assertEquals([error.errorKey, error.retryable], ["http.deadline", true]);
});

/** A body of single bytes, one every `everyMs`. */
function trickle(count: number, everyMs: number): ReadableStream<Uint8Array> {
  let left = count;
  const cancelled = new AbortController();
  return new ReadableStream<Uint8Array>({
    async pull(controller): Promise<void> {
      if (left-- === 0) return controller.close();
      await systemClock.sleep(everyMs, cancelled.signal);
      controller.enqueue(new Uint8Array(1));
    },
    cancel: () => cancelled.abort(),
  }, { highWaterMark: 0 });
}
