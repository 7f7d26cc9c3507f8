import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { AuthError } from "../../src/errors.ts";
import type { HttpRequest } from "../../src/http/request.ts";
import {
  client,
  CLIENT_SECRET,
  failure,
  serve,
  testClock,
  tokenAnswer,
} from "./_support.ts";

const GET: HttpRequest = {
  path: ["api", "logs"],
  accept: "application/json",
  retry: true,
};
const ok = () => Response.json({});

Deno.test("send() asks for a token with exactly the three form members and no other credential", async () => {
  await using server = serve(ok);
  await client(server.url).send({ ...GET, accept: "application/xml" });
  const [token, call] = server.seen;
  assertEquals(token?.method, "POST");
  assertEquals(token?.path, "/oauth2/token");
  assertEquals(
    token?.body,
    "grant_type=client_credentials&client_id=svc_1&client_secret=s3cr3t%2F%2B+%25client",
  );
  assertEquals(token?.headers.get("accept"), "application/json");
  assertEquals(
    token?.headers.get("content-type"),
    "application/x-www-form-urlencoded",
  );
  assertEquals(token?.headers.get("authorization"), null);
  assertEquals(call?.headers.get("authorization"), "Bearer token-1");
  assertEquals(call?.headers.get("accept"), "application/xml");
});

Deno.test("send() asks for one token when a hundred calls begin at once", async () => {
  await using server = serve(ok);
  const http = client(server.url);
  await Promise.all(Array.from({ length: 100 }, () => http.send(GET)));
  assertEquals(server.tokens(), 1);
  assertEquals(server.paths().length, 100);
});

Deno.test("send() keeps the shared token request going when one of its callers aborts", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = serve(ok, async () => {
    await gate.promise;
    return tokenAnswer("shared");
  });
  const http = client(server.url);
  const leaving = new AbortController();
  const first = http.send({ ...GET, signal: leaving.signal });
  const second = http.send(GET);
  leaving.abort(new Error("gone"));
  await assertRejects(() => first, Error, "gone");
  gate.resolve();
  assertEquals((await second).status, 200);
  assertEquals(server.tokens(), 1);
});

Deno.test("send() stops the token request when its last caller aborts, and the next call starts anew", async () => {
  const asked = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  await using server = serve(ok, (_seen, nth) => {
    if (nth > 1) return tokenAnswer(`token-${nth}`);
    asked.resolve();
    return new Promise(() => {});
  });
  const http = client(server.url, {
    fetch: (url, init) => {
      init.signal?.addEventListener("abort", () => stopped.resolve());
      return fetch(url, init);
    },
  });
  const leaving = new AbortController();
  const first = http.send({ ...GET, signal: leaving.signal });
  await asked.promise;
  leaving.abort(new Error("gone"));
  await assertRejects(() => first, Error, "gone");
  await stopped.promise;
  assertEquals((await http.send(GET)).status, 200);
});

Deno.test("send() uses a token until 30 s before its end", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) => tokenAnswer(`t-${nth}`, { expires_in: 130 }),
  );
  const http = client(server.url, { clock, random: () => 0 }); // renews in the last tenth only
  await http.send(GET);
  clock.advance(89_999);
  await http.send(GET);
  assertEquals(server.tokens(), 1);
  clock.advance(10_001);
  await http.send(GET);
  assertEquals(server.tokens(), 2);
});

Deno.test("send() asks for a token each time when it lives no longer than 30 s", async () => {
  await using server = serve(
    ok,
    () => tokenAnswer("short", { expires_in: 30 }),
  );
  const http = client(server.url);
  await http.send(GET);
  await http.send(GET);
  assertEquals(server.tokens(), 2);
});

for (const expires of [undefined, null, "soon", true, {}, ""]) {
  Deno.test(`send() takes 3600 s for expires_in of ${JSON.stringify(expires)}`, async () => {
    const clock = testClock();
    await using server = serve(
      ok,
      () => tokenAnswer("t", { expires_in: expires }),
    );
    const http = client(server.url, { clock, random: () => 0 });
    await http.send(GET);
    clock.advance(3_212_000);
    await http.send(GET);
    assertEquals(server.tokens(), 1);
    clock.advance(358_001);
    await http.send(GET);
    assertEquals(server.tokens(), 2);
  });
}

Deno.test("send() renews early at a random point of the last fifth of the token's life", async () => {
  const renewedAt = async (random: number) => {
    const clock = testClock();
    await using server = serve(
      ok,
      (_seen, nth) => tokenAnswer(`t-${nth}`, { expires_in: 1030 }),
    );
    const http = client(server.url, { clock, random: () => random });
    await http.send(GET);
    for (let second = 1; second <= 1000; second++) {
      clock.advance(1000);
      await http.send(GET);
      if (server.tokens() === 2) return second;
    }
    return undefined;
  };
  assertEquals(await renewedAt(0), 900);
  assertEquals(await renewedAt(1), 800);
});

Deno.test("send() goes on with the old token while another call renews it", async () => {
  const clock = testClock();
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  await using server = serve(ok, async (_seen, nth) => {
    if (nth === 2) {
      asked.resolve();
      await gate.promise;
    }
    return tokenAnswer(`token-${nth}`, { expires_in: 1030 });
  });
  const http = client(server.url, { clock });
  await http.send(GET);
  clock.advance(850_000);
  const renewing = http.send(GET);
  await asked.promise;
  await http.send(GET);
  gate.resolve();
  await renewing;
  const used = server.seen.map((each) => each.headers.get("authorization"));
  assertEquals(used, [
    null,
    "Bearer token-1",
    null,
    "Bearer token-1",
    "Bearer token-2",
  ]);
});

Deno.test("send() goes on with the old token when renewing fails, and tries again later only", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) =>
      nth === 2
        ? failure(503, "down")
        : tokenAnswer(`token-${nth}`, { expires_in: 1030 }),
  );
  const http = client(server.url, { clock });
  await http.send(GET);
  clock.advance(850_000);
  await http.send(GET);
  await http.send(GET);
  assertEquals(server.tokens(), 2);
  clock.advance(30_000);
  await http.send(GET);
  assertEquals(server.tokens(), 3);
});

Deno.test("send() gives a hanging renewal half of its time, then uses the old token", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) =>
      nth === 2
        ? new Promise(() => {})
        : tokenAnswer(`token-${nth}`, { expires_in: 1030 }),
  );
  const http = client(server.url, { clock });
  await http.send(GET);
  clock.advance(850_000);
  assertEquals((await http.send({ ...GET, timeoutMs: 600 })).status, 200);
  const used = server.seen.at(-1)?.headers.get("authorization");
  assertEquals(used, "Bearer token-1");
});

Deno.test("send() with destructive does not wait for ever for a renewal that hangs", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) =>
      nth === 2
        ? new Promise(() => {})
        : tokenAnswer(`token-${nth}`, { expires_in: 1030 }),
  );
  const http = client(server.url, { clock, timeoutMs: 600 });
  await http.send(GET);
  clock.advance(850_000);
  assertEquals((await http.send({ ...GET, destructive: true })).status, 200);
});

for (const status of [429, 500, 503]) {
  Deno.test(`send() rejects with a retryable AuthError when the token endpoint answers ${status}`, async () => {
    await using server = serve(
      ok,
      () => failure(status, "rate.limited", { "retry-after": "17" }),
    );
    const error = await assertRejects(
      () => client(server.url).send(GET),
      AuthError,
    );
    assertEquals(
      [
        error.code,
        error.status,
        error.errorKey,
        error.retryAfter,
        error.retryable,
      ],
      ["auth", status, "rate.limited", 17, true],
    );
    assertEquals(
      error.message,
      `Cannot get an access token: HTTP ${status} (rate.limited): words of rate.limited`,
    );
    assertEquals(server.tokens(), 1);
  });
}

Deno.test("send() does not ask the token endpoint before the time that it named", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) =>
      nth === 1
        ? failure(429, "rate.limited", { "retry-after": "20" })
        : tokenAnswer("t"),
  );
  const http = client(server.url, { clock });
  await assertRejects(() => http.send(GET), AuthError);
  clock.advance(5000);
  const error = await assertRejects(
    () => http.send(GET),
    AuthError,
    "rate.limited",
  );
  assertEquals([error.retryAfter, error.retryable], [15, true]);
  assertEquals(server.tokens(), 1);
  clock.advance(15_000);
  assertEquals((await http.send(GET)).status, 200);
});

Deno.test("send() believes the token endpoint for a minute at most", async () => {
  const clock = testClock();
  await using server = serve(
    ok,
    (_seen, nth) =>
      nth === 1
        ? failure(429, "rate.limited", { "retry-after": "86400" })
        : tokenAnswer("t"),
  );
  const http = client(server.url, { clock });
  const error = await assertRejects(() => http.send(GET), AuthError);
  assertEquals(error.retryAfter, 86400);
  clock.advance(60_000);
  assertEquals((await http.send(GET)).status, 200);
});

Deno.test("send() rejects with an AuthError that is not retryable when the client is refused", async () => {
  await using server = serve(ok, () => failure(401, "oauth.bad_client"));
  const error = await assertRejects(
    () => client(server.url).send(GET),
    AuthError,
    "oauth.bad_client",
  );
  assertEquals([error.status, error.retryable, error.retryAfter], [
    401,
    false,
    null,
  ]);
  assertEquals(server.tokens(), 1);
});

const UNUSABLE: [string, () => Response, string][] = [
  [
    "is not JSON",
    () => new Response("<html>hello</html>"),
    "not a JSON object",
  ],
  ["is a JSON array", () => Response.json([]), "not a JSON object"],
  ["is empty", () => new Response(null, { status: 204 }), "not a JSON object"],
  ["has no token", () => Response.json({ expires_in: 5 }), `"access_token"`],
  ["has an empty token", () => tokenAnswer(""), `"access_token"`],
  ["has a number as token", () => tokenAnswer(7), `"access_token"`],
  [
    "has a token with a line end",
    () => tokenAnswer("a\r\nx: y"),
    `"access_token"`,
  ],
  [
    "is far too long",
    () => new Response("x".repeat(2 ** 20 + 1)),
    "longer than",
  ],
];
for (const [name, answer, wanted] of UNUSABLE) {
  Deno.test(`send() rejects with an AuthError when the token answer ${name}`, async () => {
    await using server = serve(ok, answer);
    const error = await assertRejects(
      () => client(server.url).send(GET),
      AuthError,
    );
    assertStringIncludes(error.message, wanted);
    assertEquals(server.paths(), []);
  });
}

Deno.test("send() rejects with a retryable AuthError when the token endpoint cannot be reached", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  const http = client(`http://127.0.0.1:${port}`);
  const error = await assertRejects(
    () => http.send(GET),
    AuthError,
    `Cannot reach 127.0.0.1:${port}`,
  );
  assertEquals([error.status, error.retryable], [0, true]);
  assert(error.cause instanceof Error);
});

Deno.test("send() follows no redirect of the token endpoint", async () => {
  await using other = serve(ok);
  await using server = serve(
    ok,
    () => Response.redirect(`${other.url}/oauth2/token`, 307),
  );
  const error = await assertRejects(
    () => client(server.url).send(GET),
    AuthError,
    "redirect",
  );
  assertEquals(error.status, 307);
  assertEquals(other.seen, []);
  assert(!error.message.includes(CLIENT_SECRET));
});

Deno.test("send() renews once for many calls that get a 401 with the same token", async () => {
  await using server = serve((seen) =>
    seen.headers.get("authorization") === "Bearer token-1"
      ? failure(401, "auth.expired")
      : Response.json({})
  );
  const http = client(server.url);
  await Promise.all(Array.from({ length: 20 }, () => http.send(GET)));
  assertEquals(server.tokens(), 2);
});

Deno.test("send() gives up a token request that never settles once its time is over", async () => {
  // As in a Worker whose request has ended: neither the fetch nor the waiting call ever goes on.
  const clock = testClock();
  await using server = serve(ok);
  let calls = 0;
  const http = client(server.url, {
    clock,
    timeoutMs: 2 ** 40, // no timer of ours ends it
    fetch: (url, init) =>
      ++calls === 1 ? new Promise(() => {}) : fetch(url, init),
  });
  void http.send(GET);
  clock.advance(2 ** 40);
  assertEquals((await http.send(GET)).status, 200);
});
