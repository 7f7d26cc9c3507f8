import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  ApiError,
  ExecutionContext,
  type FetchOptions,
  HTTPError,
  RateLimitError,
  type RequestConfig,
} from "../../src/integration/mod.ts";
import { jumping, SECRET, serve } from "./_support.ts";

interface Sent {
  readonly url: string;
  readonly method: string;
  readonly type: string | null;
  readonly text: string;
}

/** A context whose `fetch` gives or throws the outcomes in turn, the last one for ever. */
function scripted(
  outcomes: readonly (Response | Error)[],
  config: RequestConfig = {},
): { context: ExecutionContext; sent: Sent[]; slept: readonly number[] } {
  const sent: Sent[] = [];
  const clock = jumping();
  const context = new ExecutionContext({
    requestConfig: config,
    clock,
    random: () => 1,
    auth: {
      auth_type: "PlatformOauth2",
      credentials: { access_token: SECRET },
    },
    fetch: async (url, init) => {
      const request = new Request(url, init);
      sent.push({
        url: request.url,
        method: request.method,
        type: request.headers.get("content-type")?.replace(/boundary=.*/, "") ??
          null,
        text: await request.text(),
      });
      const outcome = outcomes[Math.min(sent.length, outcomes.length) - 1];
      if (outcome instanceof Response) return outcome;
      throw outcome;
    },
  });
  return { context, sent, slept: clock.slept };
}

const REFUSED = new TypeError(`refused https://example.com/?k=${SECRET}`);
const URL_ = "https://example.com/a?x=1";

function ok(): Response {
  return new Response("ok");
}

Deno.test("fetch() tries a failed connection again, waiting longer each time", async () => {
  const { context, sent, slept } = scripted([REFUSED, REFUSED, REFUSED, ok()]);
  assertEquals((await context.fetch(URL_)).data, "ok");
  assertEquals([sent.length, slept], [4, [1000, 2000, 4000]]);
});

Deno.test("fetch() gives up after maxRetries with an error that repeats no credential", async () => {
  for (const maxRetries of [0, 1, 3]) {
    const { context, sent } = scripted([REFUSED], { maxRetries });
    const error = await assertRejects(
      () => context.fetch(URL_),
      ApiError,
      "Cannot reach example.com",
    );
    assertEquals([error.errorKey, error.status, error.retryable], [
      "http.network",
      0,
      true,
    ]);
    assertEquals(sent.length, maxRetries + 1);
    assertEquals(Deno.inspect(error).includes(SECRET), false);
  }
});

Deno.test("fetch() sends the same URL and body in every attempt", async () => {
  const form = new FormData();
  form.append("a", "b");
  const bodies: [FetchOptions, string | null][] = [
    [{ params: { a: 1 } }, null],
    [{ json: { a: 1 } }, "application/json"],
    [{ data: { a: 1 }, contentType: "application/json" }, "application/json"],
    [{ data: { a: 1 } }, "application/x-www-form-urlencoded"],
    [{ data: new Uint8Array([1, 2]) }, "application/octet-stream"],
  ];
  for (const [options, type] of bodies) {
    const { context, sent } = scripted([REFUSED, REFUSED, ok()]);
    await context.fetch(URL_, {
      method: options.params ? "GET" : "PUT",
      ...options,
    });
    assertEquals(sent.length, 3);
    assertEquals(sent[0]?.type, type);
    assertEquals(sent[1], sent[0]);
    assertEquals(sent[2], sent[0]);
  }
  const { context, sent } = scripted([REFUSED, ok()]);
  await context.fetch(URL_, { method: "PUT", data: form });
  assertEquals(sent.map(({ text }) => text.includes('name="a"')), [true, true]);
});

Deno.test("fetch() tries again when the body breaks off, with the request it began with", async () => {
  const cut = new Response(
    new ReadableStream({
      start(controller): void {
        controller.enqueue(new Uint8Array([1]));
        controller.error(new TypeError("reset"));
      },
    }),
    { headers: { "content-type": "image/png" } },
  );
  const { context, sent } = scripted([cut, ok()]);
  assertEquals(
    (await context.fetch(URL_, { method: "PUT", json: 1 })).data,
    "ok",
  );
  assertEquals(sent.map(({ type }) => type), [
    "application/json",
    "application/json",
  ]);
});

Deno.test("fetch() tries idempotent methods again, and others only when asked", async () => {
  for (
    const method of ["GET", "HEAD", "OPTIONS", "PUT", "DELETE", "POST", "PATCH"]
  ) {
    const safe = !["POST", "PATCH"].includes(method);
    const byDefault = scripted([REFUSED]);
    await assertRejects(
      () => byDefault.context.fetch(URL_, { method }),
      ApiError,
    );
    assertEquals(byDefault.sent.length, safe ? 4 : 1, method);
    const opposite = scripted([REFUSED]);
    await assertRejects(
      () => opposite.context.fetch(URL_, { method, retry: !safe }),
      ApiError,
    );
    assertEquals(opposite.sent.length, safe ? 1 : 4, method);
  }
});

Deno.test("fetch() sends a stream once", async () => {
  const { context, sent } = scripted([REFUSED]);
  const data = new Blob(["a"]).stream();
  await assertRejects(
    () => context.fetch(URL_, { method: "PUT", data, retry: true }),
    ApiError,
  );
  assertEquals(sent.length, 1);
});

function limited(status: number, retryAfter?: string): Response {
  const headers = retryAfter === undefined ? {} : { "retry-after": retryAfter };
  return new Response("later", { status, headers });
}

Deno.test("fetch() tries no status again by default", async () => {
  for (const status of [429, 500, 502, 503, 504]) {
    const { context, sent } = scripted([limited(status, "1")]);
    await assertRejects(() => context.fetch(URL_), HTTPError);
    assertEquals(sent.length, 1);
  }
});

Deno.test("fetch() tries chosen statuses again after their Retry-After, as seconds or date", async () => {
  const date = new Date(Date.UTC(2026, 5, 1, 12, 0, 9)).toUTCString();
  const { context, sent, slept } = scripted(
    [limited(429, "2"), limited(503, date), limited(502), ok()],
    { retryStatuses: true },
  );
  assertEquals((await context.fetch(URL_)).data, "ok");
  assertEquals([sent.length, slept], [4, [2000, 7000, 4000]]);
  const chosen = scripted([limited(500), limited(503), ok()], {
    retryStatuses: true,
  });
  await assertRejects(() => chosen.context.fetch(URL_), HTTPError);
  const perCall = scripted([limited(500), ok()]);
  await perCall.context.fetch(URL_, { retryStatuses: [500] });
  assertEquals(perCall.sent.length, 2);
});

Deno.test("fetch() gives the answer as an error when the wait would pass the deadline, and does not wait", async () => {
  const { context, sent, slept } = scripted([limited(429, "30")], {
    retryStatuses: true,
  });
  const error = await assertRejects(() => context.fetch(URL_), RateLimitError);
  assertEquals([error.retryAfter, sent.length, slept], [30, 1, []]);
});

Deno.test("fetch() ends at the deadline in real time, whatever is under way", async () => {
  await using server = serve(() => "hang");
  const context = new ExecutionContext({ requestConfig: { deadlineMs: 60 } });
  const error = await assertRejects(
    () => context.fetch(server.url),
    ApiError,
    "Cannot finish the call: the deadline of 60 ms passed",
  );
  assertEquals(error.errorKey, "http.deadline");
  assertEquals(server.seen.length, 1);
});

Deno.test("fetch() ends an attempt at its own limit and tries again", async () => {
  await using server = serve((_seen, nth) => nth === 1 ? "hang" : ok());
  const context = new ExecutionContext({
    requestConfig: { timeoutMs: 40 },
    random: () => 0,
  });
  assertEquals((await context.fetch(server.url)).data, "ok");
  assertEquals(server.seen.length, 2);
  await using silent = serve(() => "hang");
  const error = await assertRejects(
    () => context.fetch(silent.url, { retry: false }),
    ApiError,
    "Cannot get an answer: no attempt may take over 40 ms",
  );
  assertEquals([error.errorKey, error.retryable], ["http.timeout", true]);
});

/** Shortens every wait of the host to a hundredth, until it is disposed. */
function hastened(): Disposable {
  const { setTimeout } = globalThis;
  const hasten = (work: () => void, ms = 0): unknown =>
    setTimeout(work, ms / 100);
  globalThis.setTimeout = hasten as typeof setTimeout;
  return {
    [Symbol.dispose](): void {
      globalThis.setTimeout = setTimeout;
    },
  };
}

Deno.test("fetch() tries a hung request again by default where a repeat changes nothing", async () => {
  using _ = hastened();
  await using server = serve((_seen, nth) => nth === 1 ? "hang" : ok());
  const context = new ExecutionContext({ random: () => 0 });
  assertEquals((await context.fetch(server.url)).data, "ok");
  assertEquals(server.seen.length, 2);
});

Deno.test("fetch() grants all of the deadline by default to a request that is made once", async () => {
  using _ = hastened();
  const once: [FetchOptions, RequestConfig][] = [
    [{ method: "POST" }, {}],
    [{ retry: false }, {}],
    [{}, { maxRetries: 0 }],
    [{ method: "PUT", data: new Blob(["a"]).stream() }, {}],
  ];
  for (const [options, requestConfig] of once) {
    await using server = serve(() => "hang");
    const context = new ExecutionContext({ requestConfig });
    const error = await assertRejects(
      () => context.fetch(server.url, options),
      ApiError,
      "the deadline of 25000 ms passed",
    );
    assertEquals([error.errorKey, server.seen.length], ["http.deadline", 1]);
  }
});

Deno.test("fetch() stops by the signal of the call and of the context", async () => {
  let asked = Promise.withResolvers<void>();
  await using server = serve(() => {
    asked.resolve();
    return "hang";
  });
  const reason = new Error("enough");
  for (const where of ["call", "context", "both"]) {
    asked = Promise.withResolvers();
    const stop = new AbortController();
    const { signal } = stop;
    const idle = new AbortController().signal;
    const context = new ExecutionContext(
      where === "call" ? {} : { signal: where === "both" ? idle : signal },
    );
    const call = context.fetch(
      server.url,
      where === "context" ? {} : { signal },
    );
    const ended = call.catch((error) => error);
    await asked.promise;
    stop.abort(reason);
    assertEquals(await ended, reason);
  }
  const over = scripted([ok()]);
  const aborted = over.context.fetch(URL_, {
    signal: AbortSignal.abort(reason),
  });
  assertEquals(await aborted.catch((error) => error), reason);
  assertEquals(over.sent.length, 0);
});

Deno.test("fetch() ends a stream at the deadline and by the signal", async () => {
  const endless = (): Response =>
    new Response(
      new ReadableStream({
        start(controller): void {
          controller.enqueue(new TextEncoder().encode("first"));
        },
      }),
    );
  await using server = serve(endless);
  const context = new ExecutionContext({ requestConfig: { deadlineMs: 80 } });
  const { data } = await context.fetch(server.url, { responseType: "stream" });
  await assertRejects(
    () => new Response(data as ReadableStream).text(),
    ApiError,
    "deadline of 80 ms",
  );
});

Deno.test("ExecutionContext fills a partial requestConfig and refuses what cannot be meant", () => {
  const { config, metadata, auth } = new ExecutionContext({
    requestConfig: { maxRetries: 1 },
  });
  assertEquals([config.maxRetries, config.timeoutMs, config.deadlineMs], [
    1,
    null,
    25_000,
  ]);
  assertEquals([metadata, auth], [{}, {}]);
  assertEquals(
    new ExecutionContext({ requestConfig: { maxRetries: undefined } }).config
      .maxRetries,
    3,
  );
  for (
    const requestConfig of [
      { maxRetries: -1 },
      { maxRetries: NaN },
      { timeoutMs: -1 },
      { deadlineMs: NaN },
      { maxResponseBytes: 0 },
      { retryStatuses: [200] },
    ]
  ) {
    const [name = ""] = Object.keys(requestConfig);
    let message = "";
    try {
      new ExecutionContext({ requestConfig });
    } catch (error) {
      assert(error instanceof RangeError);
      message = error.message;
    }
    assert(message.startsWith(`Cannot use ${name}: `), name);
  }
});

Deno.test("ExecutionContext shows the credentials in one form", () => {
  const inner = { access_token: "t" };
  const forms: [unknown, unknown][] = [
    [{ auth_type: "Custom", credentials: inner }, {
      authType: "Custom",
      values: inner,
      isEnvelope: true,
    }],
    [{ credentials: inner }, {
      authType: "PlatformOauth2",
      values: inner,
      isEnvelope: true,
    }],
    [{ auth_type: "other", credentials: null }, {
      authType: null,
      values: {},
      isEnvelope: true,
    }],
    [inner, { authType: null, values: inner, isEnvelope: false }],
    [{ credentials: "text" }, {
      authType: null,
      values: { credentials: "text" },
      isEnvelope: false,
    }],
    [{ credentials: {}, more: 1 }, {
      authType: null,
      values: { credentials: {}, more: 1 },
      isEnvelope: false,
    }],
    [null, { authType: null, values: {}, isEnvelope: false }],
  ];
  for (const [auth, credentials] of forms) {
    const context = new ExecutionContext({ auth });
    assertEquals(context.auth, auth);
    assertEquals(context.credentials as unknown, credentials);
  }
});
