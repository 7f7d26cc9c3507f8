import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
} from "@std/assert";
import {
  ApiError,
  ExecutionContext,
  type ExecutionContextInit,
  type FetchOptions,
  type FetchResponse,
  HTTPError,
  RateLimitError,
} from "../../src/integration/mod.ts";
import { isSluiceError } from "../../src/errors.ts";
import { smallChunks } from "../_support/small_chunks.ts";
import { SECRET, serve } from "./_support.ts";

async function answered(
  answer: () => Response,
  options: FetchOptions = {},
  init: ExecutionContextInit = {},
): Promise<FetchResponse> {
  await using server = serve(() => answer());
  return await new ExecutionContext(init).fetch(server.url, options);
}

function typed(
  body: BodyInit | null,
  type: string,
  status = 200,
): () => Response {
  return () =>
    new Response(body, { status, headers: { "content-type": type } });
}

const BINARY = new Uint8Array([0xff, 0xfe, 0, 1]);

const BODIES: [string, () => Response, unknown][] = [
  ["JSON", typed('{"a":1}', "application/json"), { a: 1 }],
  ["JSON with a charset", typed("[1]", "application/json; charset=utf-8"), [1]],
  ["JSON in capitals", typed("[1]", "Application/JSON"), [1]],
  ["+json", typed("[1]", "application/vnd.api+json"), [1]],
  ["problem+json", typed("[1]", "application/problem+json; x=y"), [1]],
  ["JSON with a byte order mark", typed("\uFEFF[1]", "application/json"), [1]],
  ["JSON that is none", typed("{", "application/json"), "{"],
  ["empty JSON", typed("", "application/json"), null],
  ["null as JSON", typed("null", "application/json"), null],
  ["bytes that say they are JSON", typed(BINARY, "application/json"), BINARY],
  ["blank JSON", typed(" \n", "application/json"), null],
  ["empty JSON of a 202", typed("", "application/json", 202), null],
  ["text", typed("hé", "text/plain; charset=utf-8"), "hé"],
  [
    "text of another charset",
    typed(new Uint8Array([0xe9]), "text/plain; charset=iso-8859-1"),
    "é",
  ],
  [
    "text without a type",
    () => new Response(new TextEncoder().encode("hi")),
    "hi",
  ],
  ["JSON of another type", typed('{"a":1}', "application/jsonx"), '{"a":1}'],
  ["no body of a 204", () => new Response(null, { status: 204 }), null],
  ["no body of a 200", () => new Response(null), null],
  ["no body of a 202", () => new Response(null, { status: 202 }), ""],
  ["no body of a 304", () => new Response(null, { status: 304 }), ""],
  ["a 300 with text", typed("which", "text/plain", 300), "which"],
  ["bytes", typed(BINARY, "image/png"), BINARY],
];

for (const [what, answer, data] of BODIES) {
  Deno.test(`fetch() gives ${what}`, async () => {
    assertEquals((await answered(answer)).data, data);
  });
}

Deno.test("fetch() gives the body in the form that is asked for", async () => {
  const json = typed('{"a":1}', "text/plain");
  assertEquals((await answered(json, { responseType: "json" })).data, { a: 1 });
  assertEquals(
    (await answered(json, { responseType: "text" })).data,
    '{"a":1}',
  );
  assertEquals(
    (await answered(json, { responseType: "bytes" })).data,
    new TextEncoder().encode('{"a":1}'),
  );
  const broken = typed("{", "application/json");
  assertEquals((await answered(broken, { responseType: "json" })).data, "{");
  await using server = serve(() => json());
  const { data } = await new ExecutionContext().fetch(server.url, {
    responseType: "stream",
  });
  assertInstanceOf(data, ReadableStream);
  assertEquals(await new Response(data as BodyInit).text(), '{"a":1}');
});

Deno.test("fetch() gives headers whatever their case, and every cookie", async () => {
  const { status, headers } = await answered(() => {
    const given = new Headers({ "Content-Type": "text/plain" });
    given.append("Set-Cookie", "a=1");
    given.append("Set-Cookie", "b=2");
    return new Response("x", { status: 201, headers: given });
  });
  assertEquals(status, 201);
  assertEquals(headers.get("CONTENT-TYPE"), "text/plain");
  assertEquals(headers.getSetCookie(), ["a=1", "b=2"]);
});

Deno.test("fetch() throws HTTPError from 400 up, with the body at hand and out of sight", async () => {
  const body = { error: { message: `no such ${SECRET}thing` }, more: SECRET };
  for (const status of [400, 404, 500]) {
    const error = await assertRejects(
      () => answered(() => Response.json(body, { status })),
      HTTPError,
      `HTTP ${status}: no such ${SECRET}thing`,
    );
    assertEquals(error.status, status);
    assertEquals(error.responseData, body);
    assertEquals(error.name, "HTTPError");
    assertEquals([error.code, error.retryable], ["api", status === 500]);
    assertEquals(Object.keys(error).includes("responseData"), false);
    assertEquals(
      JSON.stringify({ ...error, message: "" }).includes("more"),
      false,
    );
    assert(isSluiceError(error) && error instanceof ApiError);
  }
});

Deno.test("fetch() takes the words of an error from wherever they are", async () => {
  const cases: [() => Response, string, unknown][] = [
    [() => Response.json({ error: "x" }, { status: 400 }), "HTTP 400: x", {
      error: "x",
    }],
    [() => Response.json({ detail: "x" }, { status: 400 }), "HTTP 400: x", {
      detail: "x",
    }],
    [typed("a\n  b", "text/plain", 502), "HTTP 502: a b", "a\n  b"],
    [typed("", "application/json", 500), "HTTP 500", null],
    [typed("", "text/plain", 500), "HTTP 500", ""],
    [
      typed("x".repeat(900), "text/plain", 500),
      `HTTP 500: ${"x".repeat(500)}`,
      "x".repeat(900),
    ],
  ];
  for (const [answer, message, data] of cases) {
    const error = await assertRejects(() => answered(answer), HTTPError);
    assertEquals(error.message, message);
    assertEquals(error.responseData, data);
  }
});

Deno.test("fetch() takes credentials out of the words of an error", async () => {
  const auth = {
    auth_type: "Custom",
    credentials: { deep: [{ key: SECRET }] },
  };
  const error = await assertRejects(
    () => answered(typed(`bad key ${SECRET}`, "text/plain", 401), {}, { auth }),
    HTTPError,
  );
  assertEquals(error.message, "HTTP 401: bad key [redacted]");
  assertEquals(Deno.inspect(error).includes(SECRET), false);
});

Deno.test("fetch() takes HTTP Basic out of the words of an error", async () => {
  const echoing = (headers: Record<string, string>, auth: unknown) => {
    const init = { auth, requestConfig: { basic: {} } };
    return assertRejects(
      async () => {
        await using server = serve(({ headers }) =>
          new Response(`bad ${headers.get("authorization")}`, { status: 401 })
        );
        await new ExecutionContext(init).fetch(server.url, { headers });
      },
      HTTPError,
    );
  };
  const credentials = { username: "u", password: SECRET };
  const auth = { auth_type: "Basic", credentials };
  const own = btoa(`else:${SECRET}`);
  for (
    const error of [
      await echoing({}, auth),
      await echoing({ authorization: `Basic ${own}` }, auth),
      await echoing({ authorization: `Basic ${own}` }, {}),
    ]
  ) {
    assertEquals(error.message, "HTTP 401: bad Basic [redacted]");
  }
});

Deno.test("fetch() throws RateLimitError for a 429 with the seconds to wait", async () => {
  const limited = (retryAfter?: string) => (): Response =>
    new Response('{"a":1}', {
      status: 429,
      headers: {
        "content-type": "application/json",
        ...(retryAfter === undefined ? {} : { "retry-after": retryAfter }),
      },
    });
  const date = new Date(Date.now() + 90_000).toUTCString();
  const cases: [string | undefined, (seconds: number) => boolean][] = [
    ["7", (seconds) => seconds === 7],
    ["1.5", (seconds) => seconds === 1.5],
    [undefined, (seconds) => seconds === 60],
    ["soon", (seconds) => seconds === 60],
    [date, (seconds) => seconds > 80 && seconds <= 91],
  ];
  for (const [header, holds] of cases) {
    const error = await assertRejects(
      () => answered(limited(header)),
      RateLimitError,
      "HTTP 429: Rate limit exceeded",
    );
    assert(holds(error.retryAfter), `${header}: ${error.retryAfter}`);
    assertInstanceOf(error, HTTPError);
    assertEquals([error.name, error.code, error.status], [
      "RateLimitError",
      "rate_limited",
      429,
    ]);
    assertEquals(error.responseData, '{"a":1}');
  }
});

Deno.test("fetch() throws errors for a stream too, and caps its length", async () => {
  const stream = { responseType: "stream" } as const;
  const error = await assertRejects(
    () => answered(typed("no", "text/plain", 404), stream),
    HTTPError,
  );
  assertEquals(error.responseData, "no");
  const cap = { requestConfig: { maxResponseBytes: 3 } };
  await using server = serve(() => new Response("four"));
  const { data } = await new ExecutionContext(cap).fetch(server.url, stream);
  await assertRejects(
    () => new Response(data as ReadableStream).text(),
    ApiError,
    "maxResponseBytes",
  );
  await assertRejects(
    () => answered(() => new Response("four"), {}, cap),
    ApiError,
    'Cannot read the answer: it is longer than "maxResponseBytes", which is 3',
  );
});

Deno.test("fetch() holds little more than the error of a stream, whatever buffers its chunks are views of", async () => {
  const { stream, length, assertLet } = smallChunks();
  const fetch = (): Promise<Response> =>
    Promise.resolve(new Response(stream, { status: 500 }));
  const context = new ExecutionContext({ fetch });
  const error = await assertRejects(
    () => context.fetch("https://a.example", { responseType: "stream" }),
    HTTPError,
  );
  assertEquals(error.responseData, "x".repeat(length));
  assertLet();
});
