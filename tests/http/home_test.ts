import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ApiError, AuthError } from "../../src/errors.ts";
import { assertAtHome } from "../../src/http/_home.ts";
import { readBaseUrl } from "../../src/http/base_url.ts";
import type {
  HttpOptions,
  HttpPath,
  HttpRequest,
} from "../../src/http/request.ts";
import { client, failure, serve, tokenAnswer } from "./_support.ts";

const GET: Omit<HttpRequest, "path"> = {
  accept: "application/json",
  retry: true,
};
const ok = () => Response.json({});

Deno.test("send() encodes each segment of a path", async () => {
  await using server = serve(ok);
  const http = client(`${server.url}/v1//`);
  const path = ["a/b", "..%2f..", "%2e%2e", "ä ?#", 7, "c\\d", "...", "&=+"];
  await http.send({ ...GET, path });
  assertEquals(server.paths(), [
    "/v1/a%2Fb/..%252f../%252e%252e/%C3%A4%20%3F%23/7/c%5Cd/.../%26%3D%2B",
  ]);
});

for (const segment of ["", ".", ".."]) {
  Deno.test(`send() refuses the segment "${segment}"`, async () => {
    await using server = serve(ok);
    const sent = client(server.url).send({ ...GET, path: ["a", segment] });
    await assertRejects(
      () => sent,
      TypeError,
      `Cannot use path: wanted segments with a name, got "${segment}"`,
    );
    assertEquals(server.seen, []);
  });
}

Deno.test("send() refuses a segment that is not well-formed text", async () => {
  const sent = client("https://localhost").send({ ...GET, path: ["\ud800"] });
  await assertRejects(() => sent, TypeError, "well-formed");
});

Deno.test("send() asks a URL of its own host on the base, path and query to the letter", async () => {
  await using server = serve(ok);
  const http = client(`${server.url}/v1`);
  const paths: HttpPath[] = [
    new URL(`${server.url}/v1/api/file?x=1%202&y#part`),
    new URL(`${server.url}/elsewhere/v1`),
    new URL(`${server.url}/v10/file`),
  ];
  for (const path of paths) await http.send({ ...GET, path });
  await http.send({
    ...GET,
    path: new URL(`${server.url}/v1/f?a=b`),
    query: { c: "d e" },
  });
  assertEquals(server.paths(), [
    "/v1/api/file?x=1%202&y",
    "/elsewhere/v1",
    "/v10/file",
    "/v1/f?a=b&c=d+e",
  ]);
});

Deno.test("send() refuses a URL of another host and sends nothing", async () => {
  await using server = serve(ok);
  await using other = serve(ok);
  const { port } = new URL(server.url);
  const hosts: [string, string][] = [
    [`${other.url}/file?key=query-secret`, new URL(other.url).host],
    [`http://localhost:${port}/file`, `localhost:${port}`],
    [`https://127.0.0.1:${port}/file`, `127.0.0.1:${port}`],
    [`http://127.0.0.1:${port}@evil.example/`, "evil.example"],
    [`ftp://127.0.0.1:${port}/file`, `127.0.0.1:${port}`],
    ["data:text/plain,hello", "a data: URL"],
  ];
  for (const [href, host] of hosts) {
    const sent = client(server.url).send({ ...GET, path: new URL(href) });
    const error = await assertRejects(
      () => sent,
      ApiError,
      `Cannot send the token to ${host}:`,
    );
    assertEquals(
      [error.status, error.errorKey, error.retryable],
      [0, "http.foreign_url", false],
    );
    assertEquals(error.message.includes("query-secret"), false);
  }
  assertEquals([server.seen, other.seen], [[], []]);
});

for (const scheme of ["blob:", "blob: ", "filesystem:"]) {
  Deno.test(`send() refuses ${scheme} around a URL of its own host and sends nothing`, async () => {
    const asked: string[] = [];
    const http = client("https://api.example", {
      fetch: (url) => {
        asked.push(url.href);
        return Promise.resolve(Response.json({ access_token: "token-1" }));
      },
    });
    const path = new URL(`${scheme}https://api.example/file`);
    const error = await assertRejects(
      () => http.send({ ...GET, path }),
      ApiError,
    );
    assertEquals(error.errorKey, "http.foreign_url");
    assertEquals(asked, []);
  });
}

Deno.test("assertAtHome() refuses whatever is not http on the origin of the base", () => {
  const base = "https://api.example/v1";
  assertAtHome(new URL("https://api.example/v1/x"), base);
  for (
    const href of [
      "https://api.examplehttps//api.example/x",
      "blob:https://api.example/x",
      "http://api.example/x",
      "https://api.example:8443/x",
    ]
  ) {
    assertThrows(
      () => assertAtHome(new URL(href), base),
      ApiError,
      "Cannot send the token to",
    );
  }
});

Deno.test("send() refuses a URL with a user name or password, even of its own host", async () => {
  await using server = serve(ok);
  const path = new URL(server.url.replace("//", "//user:hidden@"));
  const error = await assertRejects(
    () => client(server.url).send({ ...GET, path }),
    ApiError,
    "user name",
  );
  assertEquals(error.message.includes("hidden"), false);
  assertEquals(server.seen, []);
});

for (const status of [301, 302, 303, 307, 308]) {
  Deno.test(`send() follows no ${status}`, async () => {
    await using other = serve(ok);
    const headers = { location: `${other.url}/x?key=query-secret` };
    await using server = serve(() =>
      new Response("moved", { status, headers })
    );
    const sent = client(server.url).send({ ...GET, path: ["a"] });
    const error = await assertRejects(() => sent, ApiError);
    assertEquals([error.status, error.errorKey, error.retryable], [
      status,
      "http.redirect",
      false,
    ]);
    assertEquals(
      error.apiMessage,
      `Cannot follow a redirect to ${
        new URL(other.url).host
      }: the token goes to the configured host only`,
    );
    assertEquals(other.seen, []);
    assertEquals(server.paths().length, 1);
  });
}

Deno.test("send() follows no redirect that the host hides", async () => {
  const hidden = Object.defineProperty(new Response(null), "type", {
    value: "opaqueredirect",
  });
  const http = client("https://api.example", {
    fetch: (url) =>
      Promise.resolve(
        url.pathname === "/oauth2/token" ? tokenAnswer("t") : hidden,
      ),
  });
  const error = await assertRejects(
    () => http.send({ ...GET, path: ["a"] }),
    ApiError,
  );
  assertEquals(error.errorKey, "http.redirect");
});

const FRONT = "https://front.example";
const EU = "https://eu.example";

/** A `fetch` for made-up hosts that notes where it was called. */
function world(
  answer: (url: URL, nth: number) => Response,
): { asked: string[]; fetch: HttpOptions["fetch"] } {
  const asked: string[] = [];
  return {
    asked,
    fetch: (url) => {
      asked.push(url.href);
      return Promise.resolve(answer(url, asked.length));
    },
  };
}

function rebase(apiUrl: unknown): Response {
  return Response.json({
    error_key: "region.rebase_required",
    error: "elsewhere",
    api_url: apiUrl,
  }, { status: 421 });
}

function tokenOr(answer: (url: URL) => Response): (url: URL) => Response {
  return (url) =>
    url.pathname.endsWith("/oauth2/token")
      ? tokenAnswer("t", { expires_in: 0 })
      : answer(url);
}

Deno.test("send() replays a 421 once on a listed base and stays there, tokens and URLs included", async () => {
  const { asked, fetch } = world(
    tokenOr((url) => url.origin === FRONT ? rebase(`${EU}/v2/`) : ok()),
  );
  const http = client(`${FRONT}/v1`, {
    fetch,
    rebaseOrigins: ["https://other.example", EU],
  });
  await http.send({ ...GET, path: ["a"], query: { q: 1 } });
  await http.send({ ...GET, path: new URL(`${FRONT}/v1/file?x=1`) });
  await http.send({ ...GET, path: new URL(`${EU}/v2/file`) });
  assertEquals(asked, [
    `${FRONT}/v1/oauth2/token`,
    `${FRONT}/v1/a?q=1`,
    `${EU}/v2/oauth2/token`,
    `${EU}/v2/a?q=1`,
    `${EU}/v2/oauth2/token`,
    `${EU}/v2/file?x=1`,
    `${EU}/v2/oauth2/token`,
    `${EU}/v2/file`,
  ]);
});

Deno.test("send() replays calls that were under way when another call moved the base", async () => {
  const { asked, fetch } = world((url) => {
    if (url.pathname === "/oauth2/token") return tokenAnswer("t");
    return url.origin === FRONT ? rebase(EU) : ok();
  });
  const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
  const sent = ["a", "b", "c"].map((name) =>
    http.send({ ...GET, path: [name] })
  );
  assertEquals((await Promise.all(sent)).map((each) => each.status), [
    200,
    200,
    200,
  ]);
  assertEquals(asked.length, 7);
});

const REFUSED: [string, unknown, string][] = [
  [
    "an origin that is not listed",
    "https://evil.example/x",
    'https://evil.example is not in the option "rebaseOrigins"',
  ],
  ["a listed host over http", "http://eu.example", "in api_url, wanted https"],
  [
    "a listed host on another port",
    "https://eu.example:8443",
    'https://eu.example:8443 is not in the option "rebaseOrigins"',
  ],
  [
    "a URL with a password",
    "https://u:p@eu.example",
    "in api_url, wanted a URL without user name",
  ],
  ["no URL", "nonsense", "in api_url, wanted an absolute URL"],
];
for (const [name, apiUrl, wanted] of REFUSED) {
  Deno.test(`send() does not move to ${name}`, async () => {
    const { asked, fetch } = world(tokenOr(() => rebase(apiUrl)));
    const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
    const error = await assertRejects(
      () => http.send({ ...GET, path: ["a"] }),
      ApiError,
    );
    assertEquals([error.status, error.errorKey], [
      421,
      "region.rebase_required",
    ]);
    assertEquals(
      error.apiMessage?.startsWith(
        `Cannot move to the region of this client: ${wanted}`,
      ),
      true,
      error.message,
    );
    assertEquals(asked.length, 2);
  });

  Deno.test(`send() does not move to ${name} of a token answer`, async () => {
    const { asked, fetch } = world(() => tokenAnswer("t", { api_url: apiUrl }));
    const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
    await assertRejects(
      () => http.send({ ...GET, path: ["a"] }),
      AuthError,
      wanted,
    );
    assertEquals(asked.length, 1);
  });
}

Deno.test("send() moves nowhere by default", async () => {
  const { fetch } = world(tokenOr(() => rebase(EU)));
  const sent = client(FRONT, { fetch }).send({ ...GET, path: ["a"] });
  await assertRejects(
    () => sent,
    ApiError,
    `${EU} is not in the option "rebaseOrigins"`,
  );
});

for (const apiUrl of [undefined, "", null, 5, FRONT, `${FRONT}/`]) {
  Deno.test(`send() rejects with the 421 when it names ${JSON.stringify(apiUrl)}`, async () => {
    const { asked, fetch } = world(tokenOr(() => rebase(apiUrl)));
    const sent = client(FRONT, { fetch }).send({ ...GET, path: ["a"] });
    const error = await assertRejects(
      () => sent,
      ApiError,
      "HTTP 421 (region.rebase_required): elsewhere",
    );
    assertEquals(error.status, 421);
    assertEquals(asked.length, 2);
  });
}

Deno.test("send() rejects with the second 421", async () => {
  const { asked, fetch } = world(
    tokenOr((url) => rebase(url.origin === FRONT ? EU : FRONT)),
  );
  const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
  await assertRejects(
    () => http.send({ ...GET, path: ["a"] }),
    ApiError,
    "HTTP 421",
  );
  assertEquals(asked.length, 4);
});

Deno.test("send() rejects with a 421 of another key", async () => {
  const { fetch } = world(tokenOr(() => failure(421, "other.key")));
  const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
  const error = await assertRejects(
    () => http.send({ ...GET, path: ["a"] }),
    ApiError,
  );
  assertEquals([error.status, error.errorKey], [421, "other.key"]);
});

Deno.test("send() goes to the base that a token answer names", async () => {
  const { asked, fetch } = world((url) =>
    url.pathname === "/oauth2/token" ? tokenAnswer("t", { api_url: EU }) : ok()
  );
  const http = client(FRONT, { fetch, rebaseOrigins: [EU] });
  await http.send({ ...GET, path: ["a"] });
  assertEquals(asked, [`${FRONT}/oauth2/token`, `${EU}/a`]);
});

Deno.test("send() replays a token request that gets a 421, once", async () => {
  const { asked, fetch } = world((url) => {
    if (url.pathname !== "/oauth2/token") return ok();
    return url.origin === FRONT ? rebase(EU) : tokenAnswer("t");
  });
  await client(FRONT, { fetch, rebaseOrigins: [EU] }).send({
    ...GET,
    path: ["a"],
  });
  assertEquals(asked, [
    `${FRONT}/oauth2/token`,
    `${EU}/oauth2/token`,
    `${EU}/a`,
  ]);

  const circle = world((url) => rebase(url.origin === FRONT ? EU : FRONT));
  const http = client(FRONT, { fetch: circle.fetch, rebaseOrigins: [EU] });
  const error = await assertRejects(
    () => http.send({ ...GET, path: ["a"] }),
    AuthError,
  );
  assertEquals([error.status, error.errorKey], [421, "region.rebase_required"]);
  assertEquals(circle.asked.length, 2);
});

const BASES: [string, string][] = [
  ["https://api.example", "https://api.example"],
  ["https://api.example///", "https://api.example"],
  [" https://API.example:443/v1/ ", "https://api.example/v1"],
  ["http://localhost:80/", "http://localhost"],
  ["http://sub.localhost:81", "http://sub.localhost:81"],
  ["http://127.0.0.1", "http://127.0.0.1"],
  ["http://127.9.8.7:1", "http://127.9.8.7:1"],
  ["http://[::1]:8000", "http://[::1]:8000"],
];
for (const [given, base] of BASES) {
  Deno.test(`readBaseUrl() takes ${given}`, () => {
    assertEquals(readBaseUrl(given), { base });
  });
}

const BAD_BASES: [string, string][] = [
  ["", "wanted an absolute URL"],
  ["api.example", "wanted an absolute URL"],
  ["/api", "wanted an absolute URL"],
  ["ftp://api.example", "wanted an https URL"],
  ["file:///etc", "wanted an https URL"],
  [
    "http://api.example",
    "wanted https, because http is for loopback hosts only",
  ],
  [
    "http://127.0.0.1.example",
    "wanted https, because http is for loopback hosts only",
  ],
  [
    "http://localhost.example",
    "wanted https, because http is for loopback hosts only",
  ],
  [
    "http://notlocalhost",
    "wanted https, because http is for loopback hosts only",
  ],
  ["http://10.0.0.1", "wanted https, because http is for loopback hosts only"],
  ["https://user@api.example", "wanted a URL without user name and password"],
  ["https://:pass@api.example", "wanted a URL without user name and password"],
  ["https://api.example/?", "wanted a URL without query and fragment"],
  ["https://api.example/?a=b", "wanted a URL without query and fragment"],
  ["https://api.example/#a", "wanted a URL without query and fragment"],
];
for (const [given, problem] of BAD_BASES) {
  Deno.test(`readBaseUrl() refuses ${JSON.stringify(given)}`, () => {
    assertEquals(readBaseUrl(given), { problem });
  });
}

Deno.test("createHttp() refuses options that it cannot keep", () => {
  const bad: [Partial<HttpOptions>, typeof TypeError, string][] = [
    [
      { baseUrl: "http://api.example" },
      TypeError,
      "Cannot use baseUrl: wanted https",
    ],
    [
      { rebaseOrigins: ["http://eu.example"] },
      TypeError,
      "Cannot use rebaseOrigins: wanted https",
    ],
    [
      { rebaseOrigins: ["https://eu.example/path"] },
      TypeError,
      "wanted origins without a path",
    ],
    [{ timeoutMs: -1 }, RangeError, "Cannot use timeoutMs"],
    [{ timeoutMs: NaN }, RangeError, "Cannot use timeoutMs"],
    [{ maxResponseBytes: 0 }, RangeError, "Cannot use maxResponseBytes"],
    [{ maxResponseBytes: Infinity }, RangeError, "Cannot use maxResponseBytes"],
    [{ maxResponseBytes: NaN }, RangeError, "Cannot use maxResponseBytes"],
    [
      { fetch: 1 as unknown as HttpOptions["fetch"] },
      TypeError,
      "Cannot use fetch",
    ],
  ];
  for (const [options, kind, message] of bad) {
    assertThrows(
      () => client(options.baseUrl ?? "https://api.example", options),
      kind,
      message,
    );
  }
});

Deno.test("send() refuses a timeout that is none", async () => {
  for (const timeoutMs of [-1, NaN]) {
    const sent = client("https://api.example").send({
      ...GET,
      path: ["a"],
      timeoutMs,
    });
    await assertRejects(() => sent, RangeError, "Cannot use timeoutMs");
  }
});
