import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ApiError, AuthError } from "../../src/errors.ts";
import type { HttpOptions, HttpRequest } from "../../src/http/request.ts";
import {
  client,
  CLIENT_SECRET,
  type Handler,
  serve,
  serveRaw,
  spill,
  splitFetch,
  tokenAnswer,
} from "./_support.ts";

const GET: HttpRequest = {
  path: ["a"],
  accept: "application/json",
  retry: false,
};

async function errorOf(
  response: () => Response,
  options: Partial<HttpOptions> = {},
): Promise<ApiError> {
  await using server = serve(response);
  return await assertRejects(
    () => client(server.url, options).send(GET),
    ApiError,
  );
}

function json(body: unknown, status = 410): () => Response {
  return () => Response.json(body, { status });
}

Deno.test("send() reads key, words and details of an error body", async () => {
  const error = await errorOf(json({
    error_key: "company_data.file_expired",
    error: "gone",
    message: "not this",
    content_sha256: "ab",
    expired_at: "2026-01-01",
  }));
  assertEquals(
    [error.status, error.errorKey, error.apiMessage, error.message],
    [
      410,
      "company_data.file_expired",
      "gone",
      "HTTP 410 (company_data.file_expired): gone",
    ],
  );
  assertEquals(error.details, {
    content_sha256: "ab",
    expired_at: "2026-01-01",
  });
});

Deno.test("send() takes the message where there is no error", async () => {
  const error = await errorOf(json({ message: "words" }));
  assertEquals([error.errorKey, error.apiMessage, error.details], [
    null,
    "words",
    {},
  ]);
});

const ODD: unknown[] = [
  { error_key: 5, error: { a: 1 }, message: ["x"] },
  { error_key: null, error: null },
  { error_key: "", error: "" },
  {},
];
for (const body of ODD) {
  Deno.test(`send() finds neither key nor words in ${JSON.stringify(body)}`, async () => {
    const error = await errorOf(json(body));
    assertEquals([error.errorKey, error.apiMessage, error.message], [
      null,
      null,
      "HTTP 410",
    ]);
  });
}

Deno.test("send() leaves no trap in the details", async () => {
  const body =
    '{"error_key":"k","__proto__":{"polluted":true},"constructor":1}';
  const error = await errorOf(() => new Response(body, { status: 400 }));
  assertEquals(Object.hasOwn(error.details, "__proto__"), true);
  assertEquals(({} as Record<string, unknown>)["polluted"], undefined);
  assertEquals(error.details["polluted"], undefined);
});

Deno.test("send() survives an error body of great depth", async () => {
  const body = `{"error_key":"k","deep":${"[".repeat(20_000)}${
    "]".repeat(20_000)
  }}`;
  const error = await errorOf(() => new Response(body, { status: 400 }));
  assertEquals(error.errorKey, "k");
  assert(JSON.stringify(error.details).length < 100);
});

Deno.test("send() shows the words of an HTML page in one short line", async () => {
  const page =
    `<!doctype html><style>b { color: red }</style><h1>502\r\n Bad</h1>\x1b[31m<p>Gateway ${
      "x".repeat(2000)
    }`;
  const error = await errorOf(() => new Response(page, { status: 500 }));
  assertEquals(error.errorKey, null);
  assertEquals(error.apiMessage?.slice(0, 26), "502 Bad [31m Gateway xxxxx");
  assertEquals(error.apiMessage?.length, 500);
});

for (
  const hostile of [
    "<".repeat(70_000),
    "<script".repeat(10_000),
    " ".repeat(70_000),
    "<script ".repeat(8000) + "<".repeat(6000),
  ]
) {
  Deno.test(`send() reads the hostile page ${hostile.slice(0, 9)}… in no time`, async () => {
    const start = performance.now();
    await errorOf(() => new Response(hostile, { status: 500 }));
    assert(performance.now() - start < 2000);
  });
}

Deno.test("send() keeps no more of long words and keys than fits a log line", async () => {
  const error = await errorOf(
    json({ error_key: "k".repeat(5000), error: "w".repeat(5000) }),
  );
  assertEquals([error.errorKey?.length, error.apiMessage?.length], [100, 500]);
});

Deno.test("send() reads only the start of an endless error body", async () => {
  const chunk = new Uint8Array(8192).fill(120);
  let pulled = 0;
  const endless = (): Response => {
    const body = new ReadableStream({
      pull: (controller) => {
        pulled++;
        controller.enqueue(chunk);
      },
    });
    return new Response(body, { status: 500 });
  };
  const fetch: HttpOptions["fetch"] = (url) =>
    Promise.resolve(
      url.pathname === "/oauth2/token" ? tokenAnswer("t") : endless(),
    );
  const http = client("http://localhost", { fetch });
  const error = await assertRejects(() => http.send(GET), ApiError);
  assertEquals(error.apiMessage?.length, 500);
  assert(pulled < 12, `${pulled} chunks`);
});

Deno.test("send() takes an error without body, and one whose body breaks off", async () => {
  assertEquals(
    (await errorOf(() => new Response(null, { status: 404 }))).message,
    "HTTP 404",
  );
  await using tokens = serve(() => Response.json({}));
  await using raw = serveRaw([
    "HTTP/1.1 404 Not Found\r\ncontent-length: 50\r\n\r\ncut",
  ]);
  const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
  await assertRejects(() => http.send(GET), ApiError, "HTTP 404: cut");
});

Deno.test("send() shows the raw words when the parser of error bodies fails", async () => {
  const parsers: HttpOptions["parseErrorBody"][] = [
    () => Promise.reject(new Error("inner")),
    () => {
      throw new Error("inner");
    },
    () => Promise.resolve(undefined),
  ];
  for (const parseErrorBody of parsers) {
    const error = await errorOf(() => new Response("plain", { status: 400 }), {
      parseErrorBody,
    });
    assertEquals(error.message, "HTTP 400: plain");
  }
});

// What must appear nowhere in an error, plain or encoded.
const TOKEN = "tok-PLANTED+/=9f";
const ENCODED = new URLSearchParams({ a: CLIENT_SECRET }).toString().slice(2);
const PLANTED = [
  TOKEN,
  CLIENT_SECRET,
  ENCODED,
  encodeURIComponent(CLIENT_SECRET),
  encodeURIComponent(TOKEN),
  "query-secret",
  "body-secret",
];

function assertClean(error: unknown): void {
  const text = spill(error);
  for (const planted of PLANTED) {
    assertEquals(text.includes(planted), false, `${planted} in ${text}`);
  }
}

const POST: HttpRequest = {
  method: "POST",
  path: ["a"],
  query: { key: "query-secret" },
  accept: "application/json",
  body: { contentType: "text/plain", content: "body-secret" },
  retry: false,
};

function echo(how: (text: string) => Response): Handler {
  return (seen) =>
    how(
      `${
        seen.headers.get("authorization")
      } ${TOKEN} ${CLIENT_SECRET} ${ENCODED}`,
    );
}

const ECHOES: [string, (text: string) => Response][] = [
  ["as text", (text) => new Response(text, { status: 400 })],
  [
    "as words",
    (text) => Response.json({ error: text, error_key: text }, { status: 403 }),
  ],
  [
    "in details",
    (text) => Response.json({ a: { [text]: [text] } }, { status: 500 }),
  ],
  ["in a 401", (text) => Response.json({ error: text }, { status: 401 })],
  [
    "in a 421",
    (text) =>
      Response.json({
        error_key: "region.rebase_required",
        api_url: `https://x.example/${encodeURIComponent(text)}`,
      }, { status: 421 }),
  ],
  [
    "in a 429",
    (text) =>
      Response.json({ error: text }, {
        status: 429,
        headers: { "retry-after": "100" },
      }),
  ],
  [
    "in a redirect",
    (text) =>
      new Response(text, {
        status: 302,
        headers: {
          location: `https://x.example/?t=${encodeURIComponent(text)}`,
        },
      }),
  ],
];
for (const [name, how] of ECHOES) {
  Deno.test(`send() shows no secret that the platform repeats ${name}`, async () => {
    await using server = serve(echo(how), () => tokenAnswer(TOKEN));
    assertClean(await assertRejects(() => client(server.url).send(POST)));
  });

  Deno.test(`send() shows no secret that the token endpoint repeats ${name}`, async () => {
    const repeat = (seen: { body: string }) =>
      how(`${CLIENT_SECRET} ${ENCODED} ${seen.body}`);
    await using server = serve(() => Response.json({}), repeat);
    const error = await assertRejects(
      () => client(server.url).send(POST),
      AuthError,
    );
    assertClean(error);
  });
}

Deno.test("send() shows neither secret nor query of a connection that fails", async () => {
  await using tokens = serve(() => Response.json({}), () => tokenAnswer(TOKEN));
  await using raw = serveRaw([
    "",
    "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ncut",
  ]);
  const http = client(tokens.url, { fetch: splitFetch(tokens.url, raw.url) });
  for (const _ of [1, 2]) {
    const error = await assertRejects(() => http.send(POST), ApiError);
    assertEquals(error.errorKey, "http.network");
    assert(error.cause instanceof Error && error.cause.message !== "");
    assertClean(error);
  }
});

Deno.test("send() shows nothing that a custom fetch hangs on its errors", async () => {
  const inner = Object.assign(
    new Error(`inner of https://u:${TOKEN}@x.example/?k=query-secret end`),
    { authorization: TOKEN },
  );
  const outer = Object.assign(
    new TypeError(`Bearer ${TOKEN} refused`, { cause: inner }),
    { request: { body: "body-secret" } },
  );
  const http = client("https://api.example", {
    fetch: (url) =>
      url.pathname === "/oauth2/token"
        ? Promise.resolve(tokenAnswer(TOKEN))
        : Promise.reject(outer),
  });
  const error = await assertRejects(() => http.send(POST), ApiError);
  assertClean(error);
  assert(error.cause instanceof Error);
  assertEquals(
    error.cause.message,
    "TypeError: Bearer [redacted] refused; Error: inner of (URL) end",
  );
});

Deno.test("send() shows no secret when the token endpoint cannot be reached", async () => {
  const http = client("https://api.example", {
    fetch: (url, init) =>
      Promise.reject(new TypeError(`failed ${url.href}?${init.body}`)),
  });
  assertClean(await assertRejects(() => http.send(POST), AuthError));
});

Deno.test("createHttp() gives out an object that shows no secret", () => {
  const http = client("https://api.example");
  assertEquals(
    Deno.inspect(http, { showHidden: true, depth: 20 }).includes("s3cr3t"),
    false,
  );
  assertEquals(JSON.stringify(http), "{}");
});

const SIGNED =
  "https://files.example/a%20b?X-Amz-Signature=LEAK1&X-Amz-Credential=LEAK2";

for (
  const [name, body] of [
    ["the words", { error: `expired: ${SIGNED}, ask again` }],
    ["the key", { error_key: SIGNED }],
    ["details", { value_url: SIGNED, list: [{ [SIGNED]: SIGNED }] }],
    ["a relative address", { error: "/files/a?sig=LEAK3&x=LEAK4" }],
    ["a fragment", { error: "wss://files.example/a#LEAK5" }],
    ["JSON inside of text", { error: JSON.stringify({ u: SIGNED }) }],
    [
      "JSON with escaped slashes",
      { error: SIGNED.replaceAll("/", "\\/") },
    ],
  ] as const
) {
  Deno.test(`send() shows no query of an address in ${name}`, async () => {
    const error = await errorOf(json(body));
    assertEquals(spill(error).includes("LEAK"), false, spill(error));
  });
}

Deno.test("send() keeps the rest of an address and the words around it", async () => {
  const error = await errorOf(json({ error: `see ${SIGNED} (why? because)` }));
  assertEquals(
    error.apiMessage,
    "see https://files.example/a%20b?[redacted] (why? because)",
  );
});

Deno.test("send() hides queries in a long hostile text in no time", async () => {
  for (const word of ["https://", "a:/", "?a", "?a="]) {
    const text = word.repeat(60_000 / word.length);
    const started = performance.now();
    await errorOf(json({ error: text }));
    assert(performance.now() - started < 1_500, word);
  }
});

const AWKWARD = "quo\"te/\\back<&>'slash-ü€😀";

for (
  const [name, encode] of [
    ["JSON", (text) => JSON.stringify(text)],
    ["JSON with escaped slashes", escapedSlashes],
    ["JSON in ASCII", (text) => ascii(JSON.stringify(text))],
    ["JSON in ASCII, upper case", (text) => upper(JSON.stringify(text))],
    ["JSON of PHP", (text) => ascii(escapedSlashes(text))],
    ["JSON that is safe in HTML", (text) => htmlSafe(JSON.stringify(text))],
    ["HTML", html],
  ] as [string, (text: string) => string][]
) {
  Deno.test(`send() shows no secret that is repeated as ${name}`, async () => {
    await using server = serve(
      () => Response.json({}),
      () => new Response(`oops ${encode(AWKWARD)} end`, { status: 400 }),
    );
    const http = client(server.url, { clientSecret: AWKWARD });
    const error = await assertRejects(() => http.send(GET), AuthError);
    const words = error.message.split("HTTP 400: ")[1] ?? "";
    assertMatch(words, /^oops "?\[redacted\]"? end$/);
  });
}

function escapedSlashes(text: string): string {
  return JSON.stringify(text).replaceAll("/", "\\/");
}

function ascii(text: string): string {
  return text.replace(
    /[^ -~]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function upper(text: string): string {
  return ascii(text).replace(
    /\\u([0-9a-f]{4})/g,
    (_, hex) => `\\u${hex.toUpperCase()}`,
  );
}

function htmlSafe(text: string): string {
  const inner = text.slice(1, -1).replace(/\\"/g, "\\u0022").replace(
    /[<>&']/g,
    (char) => `\\u00${char.charCodeAt(0).toString(16)}`,
  );
  return ascii(inner);
}

function html(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;").replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

Deno.test("send() lets no control character of a JSON answer into key or words", async () => {
  const error = await errorOf(
    json({
      error_key: "k\x1b]0;PWNED\x07",
      message: "\x1b[2Jone\r\n\u009b31mtwo\x00",
    }),
  );
  assertEquals(
    [error.errorKey, error.apiMessage, error.message],
    ["k ]0;PWNED", "[2Jone 31mtwo", "HTTP 410 (k ]0;PWNED): [2Jone 31mtwo"],
  );
  const empty = await errorOf(json({ error_key: "\x07", error: "\x1b" }));
  assertEquals([empty.errorKey, empty.apiMessage], [null, null]);
});
