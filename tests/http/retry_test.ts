import { assert, assertEquals, assertRejects } from "@std/assert";
import { ApiError, AuthError, RateLimitError } from "../../src/errors.ts";
import { readRetryAfter } from "../../src/http/_retry.ts";
import type { HttpOptions, HttpRequest } from "../../src/http/request.ts";
import {
  client,
  failure,
  serve,
  serveRaw,
  splitFetch,
  testClock,
} from "./_support.ts";

const GET: HttpRequest = {
  path: ["api", "logs"],
  accept: "application/json",
  retry: true,
};
const ok = () => Response.json({ fine: true });

Deno.test("send() answers a 401 with one new token and one replay", async () => {
  await using server = serve((_seen, nth) =>
    nth === 1 ? failure(401, "auth.expired") : ok()
  );
  const answer = await client(server.url).send({ ...GET, retry: false });
  assertEquals(answer.status, 200);
  assertEquals(server.tokens(), 2);
  assertEquals(
    server.seen.at(-1)?.headers.get("authorization"),
    "Bearer token-2",
  );
});

Deno.test("send() rejects with an AuthError when the new token is refused too", async () => {
  await using server = serve(() => failure(401, "auth.expired"));
  const error = await assertRejects(
    () => client(server.url).send(GET),
    AuthError,
  );
  assertEquals(
    error.message,
    "Cannot use the API: HTTP 401 (auth.expired) even with a new token: words of auth.expired",
  );
  assertEquals([error.status, error.errorKey, error.retryable], [
    401,
    "auth.expired",
    false,
  ]);
  assertEquals([server.tokens(), server.paths().length], [2, 2]);
});

Deno.test("send() waits as long as a 429 asks, three times, then rejects with a RateLimitError", async () => {
  const clock = testClock();
  await using server = serve(() =>
    failure(429, "rate.limited", { "retry-after": "7" })
  );
  const http = client(server.url, { clock });
  const error = await assertRejects(
    () => http.send({ ...GET, retry: false }),
    RateLimitError,
  );
  assertEquals(
    [
      error.code,
      error.status,
      error.errorKey,
      error.retryAfter,
      error.retryable,
    ],
    ["rate_limited", 429, "rate.limited", 7, true],
  );
  assertEquals(error.message, "HTTP 429 (rate.limited): words of rate.limited");
  assertEquals(clock.slept, [7000, 7000, 7000]);
  assertEquals(server.paths().length, 4);
});

Deno.test("send() waits 1, 2 and 4 s for a 429 that asks for nothing", async () => {
  const clock = testClock();
  await using server = serve(() => failure(429, "rate.limited"));
  const error = await assertRejects(
    () => client(server.url, { clock }).send(GET),
    RateLimitError,
  );
  assertEquals(error.retryAfter, null);
  assertEquals(clock.slept, [1000, 2000, 4000]);
});

Deno.test("send() spreads the waits that nobody asked for", async () => {
  const clock = testClock();
  await using server = serve((_seen, nth) =>
    nth < 4 ? failure(429, "rate.limited") : ok()
  );
  await client(server.url, { clock, random: () => 0 }).send(GET);
  assertEquals(clock.slept, [500, 1000, 2000]);
});

Deno.test("send() waits until the HTTP date that a 429 names", async () => {
  const clock = testClock();
  const date = new Date(clock.now() + 9000).toUTCString();
  await using server = serve((_seen, nth) =>
    nth === 1 ? failure(429, "rate.limited", { "retry-after": date }) : ok()
  );
  assertEquals((await client(server.url, { clock }).send(GET)).status, 200);
  assertEquals(clock.slept, [9000]);
});

for (
  const [name, seconds, timeoutMs] of [
    ["ends after the deadline", 20, 20_000],
    ["is longer than a minute", 61, 300_000],
  ] as const
) {
  Deno.test(`send() does not begin a wait that ${name}`, async () => {
    const clock = testClock();
    await using server = serve(() =>
      failure(429, "rate.limited", { "retry-after": `${seconds}` })
    );
    const http = client(server.url, { clock, timeoutMs });
    const error = await assertRejects(() => http.send(GET), RateLimitError);
    assertEquals(error.retryAfter, seconds);
    assertEquals(clock.slept, []);
    assertEquals(server.paths().length, 1);
  });
}

Deno.test("send() does not retry a 429 of a full challenge queue", async () => {
  const clock = testClock();
  await using server = serve(() =>
    failure(429, "twofa.pending_cap", { "retry-after": "1" })
  );
  const error = await assertRejects(
    () => client(server.url, { clock }).send(GET),
    ApiError,
  );
  assert(!(error instanceof RateLimitError));
  assertEquals([error.status, error.errorKey], [429, "twofa.pending_cap"]);
  assertEquals(server.paths().length, 1);
});

for (const status of [502, 503, 504]) {
  Deno.test(`send() retries a ${status} three times when it may`, async () => {
    const clock = testClock();
    await using server = serve((_seen, nth) =>
      nth < 4 ? failure(status, "down") : ok()
    );
    assertEquals((await client(server.url, { clock }).send(GET)).status, 200);
    assertEquals(clock.slept, [1000, 2000, 4000]);
  });

  Deno.test(`send() does not retry a ${status} when it may not`, async () => {
    await using server = serve(() => failure(status, "down"));
    const error = await assertRejects(
      () => client(server.url).send({ ...GET, retry: false }),
      ApiError,
    );
    assertEquals([error.status, error.errorKey, error.retryable], [
      status,
      "down",
      true,
    ]);
    assertEquals(server.paths().length, 1);
  });
}

Deno.test("send() rejects with the last answer when a 503 stays", async () => {
  await using server = serve(() => failure(503, "down"));
  const error = await assertRejects(
    () => client(server.url).send(GET),
    ApiError,
    "HTTP 503 (down): words of down",
  );
  assertEquals([error.status, error.retryable], [503, true]);
  assertEquals(server.paths().length, 4);
});

Deno.test("send() waits as long as a 503 asks", async () => {
  const clock = testClock();
  await using server = serve((_seen, nth) =>
    nth === 1 ? failure(503, "down", { "retry-after": "11" }) : ok()
  );
  await client(server.url, { clock }).send(GET);
  assertEquals(clock.slept, [11_000]);
});

for (const status of [400, 403, 404, 409, 410, 500]) {
  Deno.test(`send() does not retry a ${status}`, async () => {
    await using server = serve(() => failure(status, "some.key"));
    const error = await assertRejects(
      () => client(server.url).send(GET),
      ApiError,
    );
    assertEquals([error.code, error.status, error.retryable], [
      "api",
      status,
      status >= 500,
    ]);
    assertEquals(server.paths().length, 1);
  });
}

Deno.test("send() retries a connection that breaks before the answer when it may", async () => {
  const clock = testClock();
  await using tokens = serve(ok);
  await using raw = serveRaw([
    "",
    "",
    "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}",
  ]);
  const http = client(tokens.url, {
    clock,
    fetch: splitFetch(tokens.url, raw.url),
  });
  const answer = await http.send(GET);
  assertEquals([answer.status, answer.body.length], [200, 2]);
  assertEquals(clock.slept, [1000, 2000]);
});

Deno.test("send() does not retry a broken connection when it may not", async () => {
  await using tokens = serve(ok);
  await using raw = serveRaw([""]);
  const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
  const error = await assertRejects(
    () => http.send({ ...GET, retry: false }),
    ApiError,
  );
  assertEquals(
    [error.status, error.errorKey, error.retryable],
    [0, "http.network", true],
  );
  assert(error.cause instanceof Error);
  assertEquals(raw.count(), 1);
});

const never = <T>() => new Promise<T>(() => {});

const HANGS: [string, Partial<HttpOptions>][] = [
  ["head", {}],
  ["body", {}],
  ["wait", { clock: { now: () => 0, sleep: () => never() } }],
  ["deaf", {
    fetch: (url, init) => url.pathname === "/deaf" ? never() : fetch(url, init),
  }],
];
for (const [path, options] of HANGS) {
  Deno.test(`send() rejects at its deadline when something hangs: ${path}`, async () => {
    await using server = serve((seen): Promise<Response> | Response => {
      if (seen.path === "/head") return never();
      if (seen.path === "/wait") {
        return failure(429, "rate.limited", { "retry-after": "0" });
      }
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(9)),
        pull: () => server.closing,
      });
      return new Response(body);
    });
    const http = client(server.url, options);
    const request = { ...GET, path: [path], timeoutMs: 200 };
    const error = await assertRejects(() => http.send(request), ApiError);
    assertEquals(
      [error.status, error.errorKey, error.retryable],
      [0, "http.deadline", true],
    );
    assertEquals(
      error.message,
      "No answer (http.deadline): Cannot finish the call: the deadline of 200 ms passed",
    );
  });
}

Deno.test("send() counts waits and the token against its deadline by the given clock", async () => {
  const clock = testClock();
  await using server = serve(() => {
    clock.advance(4000);
    return failure(429, "rate.limited", { "retry-after": "0" });
  });
  const http = client(server.url, { clock, timeoutMs: 6000 });
  const error = await assertRejects(() => http.send(GET), RateLimitError);
  assertEquals(error.retryAfter, 0);
  assertEquals(server.paths().length, 2);
});

Deno.test("send() with a timeout of 0 sends nothing", async () => {
  await using server = serve(ok);
  const error = await assertRejects(
    () => client(server.url).send({ ...GET, timeoutMs: 0 }),
    ApiError,
  );
  assertEquals(error.errorKey, "http.deadline");
  assertEquals(server.seen, []);
});

Deno.test("send() has no deadline with a timeout of Infinity", async () => {
  await using server = serve(ok);
  const http = client(server.url, { timeoutMs: Infinity });
  assertEquals((await http.send(GET)).status, 200);
});

Deno.test("send() rejects with the signal's reason and sends nothing when it has aborted before", async () => {
  await using server = serve(ok);
  const reason = new Error("not today");
  const error = await assertRejects(() =>
    client(server.url).send({ ...GET, signal: AbortSignal.abort(reason) })
  );
  assertEquals(error, reason);
  assertEquals(server.seen, []);
});

Deno.test("send() rejects with the signal's reason when it aborts during the answer", async () => {
  const asked = Promise.withResolvers<void>();
  await using server = serve(() => {
    asked.resolve();
    return never();
  });
  const reason = { any: "value" };
  const { signal, abort } = aborter();
  const sent = client(server.url).send({ ...GET, signal });
  await asked.promise;
  abort(reason);
  assertEquals(await sent.catch((error) => error), reason);
});

Deno.test("send() rejects with the signal's reason when it aborts during a wait", async () => {
  await using server = serve(() => failure(429, "rate.limited"));
  const reason = { any: "value" };
  const { signal, abort } = aborter();
  const sleep = () => {
    abort(reason);
    return never<void>();
  };
  const http = client(server.url, { clock: { now: () => 0, sleep } });
  const error = await http.send({ ...GET, signal }).catch((error) => error);
  assertEquals(error, reason);
});

Deno.test("send() lets go of the caller's signal when it is done", async () => {
  await using server = serve(ok);
  const { signal } = aborter();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  Object.assign(signal, {
    addEventListener(type: string, listener: () => void): void {
      listeners++;
      addEventListener.call(signal, type, listener);
    },
    removeEventListener(type: string, listener: () => void): void {
      listeners--;
      removeEventListener.call(signal, type, listener);
    },
  });
  await client(server.url).send({ ...GET, signal });
  assertEquals(listeners, 0);
});

function aborter(): { signal: AbortSignal; abort: (reason: unknown) => void } {
  const controller = new AbortController();
  return {
    signal: controller.signal,
    abort: (reason) => controller.abort(reason),
  };
}

Deno.test("readRetryAfter() reads seconds and all three date forms of RFC 9110, and nothing else", () => {
  const now = Date.UTC(1994, 10, 6, 8, 49, 30);
  const read = (text: string) =>
    readRetryAfter(new Headers({ "retry-after": text }), now);
  assertEquals(read("0"), 0);
  assertEquals(read(" 120 "), 120);
  assertEquals(read("1.5"), 1.5);
  assertEquals(read("Sun, 06 Nov 1994 08:49:37 GMT"), 7);
  assertEquals(read("Sunday, 06-Nov-94 08:49:37 GMT"), 7);
  assertEquals(read("Sun Nov  6 08:49:37 1994"), 7);
  assertEquals(read("Sun, 06 Nov 1994 08:00:00 GMT"), 0);
  for (
    const text of [
      "",
      "-1",
      "soon",
      "1e3",
      "0x10",
      "NaN",
      "Infinity",
      "try 5",
      "2030-01-01",
      "Sun",
      "Sun, 99 Foo 2030",
      "9".repeat(400),
    ]
  ) {
    assertEquals(read(text), null, text);
  }
  assertEquals(readRetryAfter(new Headers(), now), null);
});
