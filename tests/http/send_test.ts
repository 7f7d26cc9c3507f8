import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { systemClock } from "../../src/_internal/clock.ts";
import { ApiError } from "../../src/errors.ts";
import {
  type FetchLike,
  send,
  sendOpen,
  type SendRequest,
  type SendTools,
} from "../../src/http/send.ts";
import { testClock } from "./_support.ts";

const SECRET = "planted-5ecret";

function request(more: Partial<SendRequest> = {}): SendRequest {
  return {
    url: new URL("https://example.com/token"),
    method: "POST",
    headers: { "x-a": "1" },
    timeoutMs: 1000,
    maxResponseBytes: 100,
    ...more,
  };
}

function tools(fetch: FetchLike, more: Partial<SendTools> = {}): SendTools {
  return { fetch, clock: testClock(), random: () => 1, ...more };
}

function answering(...answers: (() => Response)[]): {
  fetch: FetchLike;
  asked: URL[];
} {
  const asked: URL[] = [];
  return {
    asked,
    fetch: (url): Promise<Response> => {
      asked.push(url);
      const answer = answers[Math.min(asked.length, answers.length) - 1];
      assert(answer);
      return Promise.resolve().then(answer);
    },
  };
}

function text(answer: { body: Uint8Array }): string {
  return new TextDecoder().decode(answer.body);
}

function endless(): ReadableStream {
  return new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(1000)),
  });
}

Deno.test("send() gives an answer of whatever status", async () => {
  for (const status of [200, 304, 400, 429, 503]) {
    const { fetch, asked } = answering(() =>
      new Response(status === 304 ? null : "body", { status })
    );
    const answer = await send(request(), tools(fetch));
    assertEquals([answer.status, text(answer)], [
      status,
      status === 304 ? "" : "body",
    ]);
    assertEquals(asked.length, 1);
  }
});

Deno.test("send() reads the first 64 KiB of an error and refuses a longer success", async () => {
  const { fetch } = answering(() => new Response(endless(), { status: 500 }));
  const { body, broken } = await send(request(), tools(fetch));
  assert(body.length >= 64 * 1024 && body.length < 70_000);
  assertNotEquals(broken, false);
  const long = answering(() => new Response("x".repeat(101)));
  const error = await assertRejects(
    () => send(request(), tools(long.fetch)),
    ApiError,
    "maxResponseBytes",
  );
  assertEquals([error.errorKey, error.status], ["http.too_large", 200]);
});

Deno.test("send() with headCounts gives what comes of a body, whatever the status", async () => {
  const headCounts = true;
  const cut = (): ReadableStream =>
    new ReadableStream({
      pull(controller): void {
        controller.enqueue(new TextEncoder().encode("start"));
        controller.error(new TypeError("cut"));
      },
    });
  const late = (): ReadableStream =>
    new ReadableStream({
      start: (controller) =>
        controller.enqueue(new TextEncoder().encode("start")),
    });
  for (const status of [200, 500]) {
    const cases: [() => BodyInit, Record<string, string>, string | false][] = [
      [() => "start", {}, false],
      [() => "start", { "content-length": "5" }, false],
      [late, {}, "cut_off"],
      [endless, {}, "too_long"],
      [endless, { "content-length": "1000000" }, "too_long"],
      [endless, { "content-length": "5" }, "too_long"],
    ];
    for (const [body, headers, broken] of cases) {
      const { fetch } = answering(() =>
        new Response(body(), { status, headers })
      );
      const answer = await send(
        request({ headCounts, timeoutMs: 50 }),
        tools(fetch),
      );
      assertEquals([answer.status, answer.broken], [status, broken]);
      if (broken !== "too_long") assertEquals(text(answer), "start");
      assert(answer.body.length <= 1100);
    }
    const { fetch } = answering(() => new Response(cut(), { status }));
    const { broken } = await send(request({ headCounts }), tools(fetch));
    assertEquals(broken, "cut_off");
  }
});

Deno.test("send() with headCounts gives a redirect as an answer", async () => {
  for (const status of [301, 303, 308]) {
    const headers = { location: "https://other.example/" };
    const { fetch, asked } = answering(() =>
      new Response(null, { status, headers })
    );
    const answer = await send(request({ headCounts: true }), tools(fetch));
    assertEquals([answer.status, asked.length], [status, 1]);
    assertEquals(answer.headers.get("location"), headers.location);
  }
});

Deno.test("send() reads a success of announced length within its limits", async () => {
  const of = (body: BodyInit, length: number): () => Response => () =>
    Object.defineProperty(
      new Response(body, { headers: { "content-length": `${length}` } }),
      "url",
      { value: "https://example.com/token" },
    );
  const whole = answering(of("x".repeat(100), 100));
  assertEquals(
    text(await send(request(), tools(whole.fetch))),
    "x".repeat(100),
  );
  const cases: [() => Response, string][] = [
    [of("x".repeat(101), 100), "http.too_large"],
    [of("x".repeat(99), 100), "http.network"],
    [of(new ReadableStream(), 100), "http.deadline"],
  ];
  for (const [answer, key] of cases) {
    const { fetch } = answering(answer);
    const error = await assertRejects(
      () => send(request({ timeoutMs: 50 }), tools(fetch)),
      ApiError,
    );
    assertEquals(error.errorKey, key);
  }
});

Deno.test("send() tries nothing again unless told to", async () => {
  const { fetch, asked } = answering(() => {
    throw new TypeError(`refused ${SECRET}`);
  });
  const error = await assertRejects(
    () => send(request({ secrets: [SECRET] }), tools(fetch)),
    ApiError,
    "Cannot reach example.com",
  );
  assertEquals([asked.length, error.errorKey], [1, "http.network"]);
  assertEquals(Deno.inspect(error).includes(SECRET), false);
});

Deno.test("send() tries again as often and for what it is told", async () => {
  const down = (): Response => new Response(null, { status: 503 });
  const cases: [Partial<SendRequest>, number][] = [
    [{ retry: true }, 1],
    [{ retryStatuses: [503] }, 1],
    [{ retry: true, retryStatuses: [503] }, 4],
    [
      { retry: true, retryStatuses: [503], maxRetries: 5, timeoutMs: 100_000 },
      6,
    ],
    [{ retry: true, retryStatuses: [503], maxRetries: 0 }, 1],
    [{ retry: true, retryStatuses: [502] }, 1],
  ];
  for (const [more, count] of cases) {
    const { fetch, asked } = answering(down);
    const answer = await send(
      request({ timeoutMs: 60_000, ...more }),
      tools(fetch),
    );
    assertEquals(
      [answer.status, asked.length],
      [503, count],
      JSON.stringify(more),
    );
  }
});

Deno.test("send() follows no redirect by default", async () => {
  const { fetch, asked } = answering(() =>
    new Response(null, { status: 302, headers: { location: "/b" } })
  );
  const error = await assertRejects(
    () => send(request(), tools(fetch)),
    ApiError,
    "Cannot follow a redirect: none is wanted",
  );
  assertEquals([error.errorKey, error.status, asked.length], [
    "http.redirect",
    302,
    1,
  ]);
});

Deno.test("send() refuses a redirect from https to http, and one that its rule refuses", async () => {
  const redirect = { most: 2, privateHeaders: [], allow: () => {} };
  const leading = (location: string): FetchLike =>
    answering(() => new Response(null, { status: 307, headers: { location } }))
      .fetch;
  await assertRejects(
    () => send(request({ redirect }), tools(leading("http://example.com/"))),
    ApiError,
    "wanted an https URL, or http after http",
  );
  const refusing = {
    ...redirect,
    allow(url: URL): void {
      throw new RangeError(url.host);
    },
  };
  await assertRejects(
    () =>
      send(
        request({ redirect: refusing }),
        tools(leading("https://other.org/")),
      ),
    RangeError,
    "other.org",
  );
});

for (
  const [what, from, to] of [
    ["port", "https://example.com/a", "https://example.com:8443/b"],
    ["scheme", "http://example.com/a", "https://example.com/b"],
  ] as const
) {
  Deno.test(`send() takes credentials and body to no other ${what} of the same host`, async () => {
    const seen: [string, Record<string, string>][] = [];
    const leading: FetchLike = (url, { headers }) => {
      seen.push([url.href, Object.fromEntries(new Headers(headers))]);
      const location = seen.length === 1 ? to : null;
      const answer = location
        ? new Response(null, { status: 307, headers: { location } })
        : new Response("there");
      return Promise.resolve(answer);
    };
    const sent = {
      url: new URL(from),
      headers: { authorization: SECRET, "x-own": SECRET, accept: "a/b" },
      redirect: { most: 2, privateHeaders: ["x-own"], allow: () => {} },
    };
    const answer = await send(request(sent), tools(leading));
    assertEquals(text(answer), "there");
    assertEquals(seen.map(([url]) => url), [from, to]);
    assertEquals(seen[0]?.[1], sent.headers);
    assertEquals(seen[1]?.[1], { accept: "a/b" });
    seen.length = 0;
    const error = await assertRejects(
      () => send(request({ ...sent, body: SECRET }), tools(leading)),
      ApiError,
      "Cannot follow a redirect: the body is not for another origin",
    );
    assertEquals([error.errorKey, error.status], ["http.redirect", 307]);
    assertEquals(seen.map(([url]) => url), [from]);
  });
}

Deno.test("send() stops at the deadline even when fetch ignores its signal", async () => {
  const hanging: FetchLike = () => new Promise(() => {});
  const error = await assertRejects(
    () =>
      send(
        request({ timeoutMs: 20, retry: true }),
        tools(hanging, { clock: systemClock }),
      ),
    ApiError,
    "the deadline of 20 ms passed",
  );
  assertEquals(error.errorKey, "http.deadline");
});

Deno.test("send() refuses limits that are none", async () => {
  const { fetch } = answering(() => new Response());
  for (
    const more of [
      { timeoutMs: NaN },
      { attemptTimeoutMs: -1 },
      { maxResponseBytes: 0 },
      { maxRetries: 1.5 },
    ]
  ) {
    const [name = ""] = Object.keys(more);
    await assertRejects(
      () => send(request(more), tools(fetch)),
      RangeError,
      `Cannot use ${name}: `,
    );
  }
});

Deno.test("sendOpen() gives the body as it comes and lets go of it when it is cancelled", async () => {
  let cancelled = false;
  const body = new ReadableStream({
    start(controller): void {
      controller.enqueue(new TextEncoder().encode("first"));
    },
    cancel(): void {
      cancelled = true;
    },
  });
  const { fetch } = answering(() => new Response(body));
  const open = await sendOpen(request(), tools(fetch));
  const reader = open.body.getReader();
  const { value } = await reader.read();
  assertEquals(new TextDecoder().decode(value), "first");
  await reader.cancel();
  await Promise.resolve();
  assertEquals(cancelled, true);
  const empty = answering(() => new Response(null, { status: 204 }));
  const none = await sendOpen(request(), tools(empty.fetch));
  assertEquals(await new Response(none.body).text(), "");
});

Deno.test("sendOpen() lets go of the answers that it does not give out", async () => {
  let cancelled = 0;
  const busy = (): Response =>
    new Response(
      new ReadableStream({
        cancel(): void {
          cancelled++;
        },
      }),
      { status: 503 },
    );
  const { fetch, asked } = answering(busy, busy, () => new Response("ok"));
  const more = { retry: true, retryStatuses: [503], timeoutMs: 60_000 };
  const { body } = await sendOpen(request(more), tools(fetch));
  assertEquals(await new Response(body).text(), "ok");
  assertEquals([asked.length, cancelled], [3, 2]);
});
