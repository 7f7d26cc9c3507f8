import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  ApiError,
  AuthError,
  ExecutionContext,
  type ExecutionContextInit,
  type FetchOptions,
} from "../../src/integration/mod.ts";
import { SECRET, type Seen, serve, type TestServer } from "./_support.ts";

/** Sends one request and gives it as the server saw it. */
async function sent(
  path: string,
  options: FetchOptions = {},
  init: ExecutionContextInit = {},
): Promise<Seen> {
  await using server = serve(() => new Response("ok"));
  await new ExecutionContext(init).fetch(`${server.url}${path}`, options);
  const [seen] = server.seen;
  assert(seen);
  return seen;
}

function oauth(
  credentials: unknown,
  auth_type = "PlatformOauth2",
): ExecutionContextInit {
  return { auth: { auth_type, credentials } };
}

Deno.test("fetch() adds parameters by kind: text, JSON, nothing for null", async () => {
  const { url } = await sent("/a?x=%2F1", {
    params: {
      q: "a b&c",
      empty: "",
      zero: 0,
      no: false,
      yes: true,
      gone: null,
      unset: undefined,
      filter: { status: "active" },
      list: ["é", 1],
    },
  });
  assertEquals(
    url,
    "/a?x=%2F1&q=a+b%26c&empty=&zero=0&no=false&yes=true" +
      "&filter=%7B%22status%22%3A+%22active%22%7D&list=%5B%22%5Cu00e9%22%2C+1%5D",
  );
});

Deno.test("fetch() leaves a URL as it is written when there is nothing to add", async () => {
  const path = "/urn:li:1%2F2?sig=a%2Fb%2C%3A&x=1,2";
  for (const params of [undefined, {}, { a: null }]) {
    assertEquals((await sent(path, { params })).url, path);
  }
});

Deno.test("fetch() puts parameters before a fragment and takes a URL object", async () => {
  assertEquals((await sent("/a#part", { params: { b: 1 } })).url, "/a?b=1");
  await using server = serve(() => new Response("ok"));
  const url = new URL(`${server.url}/a?b=1#c`);
  await new ExecutionContext().fetch(url, { params: { d: 2 } });
  assertEquals(server.seen[0]?.url, "/a?b=1&d=2");
  assertEquals(url.search, "?b=1");
});

const BODIES: [string, FetchOptions, string, string | null][] = [
  ["json", { json: { a: "é" } }, '{"a":"é"}', "application/json"],
  ["json that is false", { json: false }, "false", "application/json"],
  ["json that is empty", { json: [] }, "[]", "application/json"],
  ["json over data", { json: 0, data: "x" }, "0", "application/json"],
  [
    "json that is null",
    { json: null, data: "x" },
    "x",
    "text/plain; charset=utf-8",
  ],
  ["text", { data: "x" }, "x", "text/plain; charset=utf-8"],
  ["empty text", { data: "" }, "", "text/plain; charset=utf-8"],
  [
    "text as JSON",
    { data: "x", contentType: "application/json" },
    '"x"',
    "application/json",
  ],
  [
    "an object as JSON",
    { data: { a: 1 }, contentType: "application/json; charset=utf-8" },
    '{"a":1}',
    "application/json; charset=utf-8",
  ],
  [
    "an object as +json",
    { data: { a: 1 }, contentType: "application/vnd.api+json" },
    '{"a":1}',
    "application/vnd.api+json",
  ],
  [
    "an object under a JSON header",
    { data: { a: 1 }, headers: { "content-type": "application/json" } },
    '{"a":1}',
    "application/json",
  ],
  [
    "text under a JSON header",
    { data: '{"a":1}', headers: { "Content-Type": "application/json" } },
    '{"a":1}',
    "application/json",
  ],
  [
    "json under another JSON header",
    { json: { a: 1 }, headers: { "Content-Type": "application/vnd.api+json" } },
    '{"a":1}',
    "application/vnd.api+json",
  ],
  [
    "an object as a form",
    { data: { a: "b c", n: 1, gone: null, l: [1, 2] } },
    "a=b+c&n=1&l=1&l=2",
    "application/x-www-form-urlencoded",
  ],
  [
    "pairs as a form",
    { data: [["a", 1], ["a", 2]] },
    "a=1&a=2",
    "application/x-www-form-urlencoded",
  ],
  [
    "URLSearchParams",
    { data: new URLSearchParams({ a: "b" }) },
    "a=b",
    "application/x-www-form-urlencoded",
  ],
  [
    "text as a form",
    { data: "a=b", contentType: "application/x-www-form-urlencoded" },
    "a=b",
    "application/x-www-form-urlencoded",
  ],
  [
    "bytes",
    { data: new Uint8Array([104, 105]) },
    "hi",
    "application/octet-stream",
  ],
  [
    "an ArrayBuffer",
    { data: new Uint8Array([104, 105]).buffer },
    "hi",
    "application/octet-stream",
  ],
  [
    "bytes of a type",
    { data: new Uint8Array([104, 105]), contentType: "image/png" },
    "hi",
    "image/png",
  ],
  [
    "bytes that are JSON already",
    {
      data: new TextEncoder().encode('{"a":1}'),
      contentType: "application/json",
    },
    '{"a":1}',
    "application/json",
  ],
  [
    "a blob of a type",
    { data: new Blob(["hi"], { type: "text/csv" }) },
    "hi",
    "text/csv",
  ],
  [
    "a stream",
    { data: new Blob(["hi"]).stream() },
    "hi",
    "application/octet-stream",
  ],
];

for (const [what, options, text, type] of BODIES) {
  Deno.test(`fetch() sends ${what}`, async () => {
    const seen = await sent("/", { method: "post", ...options });
    assertEquals(seen.method, "POST");
    assertEquals(seen.text, text);
    assertEquals(seen.headers.get("content-type"), type);
  });
}

Deno.test("fetch() sends a content type without a body, and nothing without either", async () => {
  const seen = await sent("/", { contentType: "application/json" });
  assertEquals(seen.headers.get("content-type"), "application/json");
  assertEquals((await sent("/")).headers.get("content-type"), null);
  assertEquals((await sent("/", { method: "POST" })).text, "");
});

Deno.test("fetch() sends FormData with a boundary of its own, whatever content type was named", async () => {
  const data = new FormData();
  data.append("name", "a");
  data.append("file", new Blob(["hi"], { type: "text/plain" }), "a.txt");
  const seen = await sent("/", {
    method: "POST",
    data,
    headers: { "Content-Type": "multipart/form-data" },
  });
  assert(
    /^multipart\/form-data; ?boundary=/.test(
      seen.headers.get("content-type") ?? "",
    ),
  );
  assert(seen.text.includes('filename="a.txt"') && seen.text.includes("hi"));
});

Deno.test("fetch() refuses a body that JSON cannot hold and a header that is no text", async () => {
  const context = new ExecutionContext();
  await assertRejects(
    () => context.fetch("http://127.0.0.1:9/", { json: () => {} }),
    TypeError,
    "Cannot send the body as JSON: wanted a JSON value, got function",
  );
  for (const value of [5, `a\n${SECRET}`, `${SECRET}é😀`]) {
    const error = await assertRejects(
      () =>
        context.fetch("http://127.0.0.1:9/", {
          headers: { "X-A": value as string },
        }),
      TypeError,
      "Cannot send the header X-A: wanted a text of one line",
    );
    assertEquals(error.message.includes(SECRET), false);
  }
  const error = await assertRejects(
    () =>
      context.fetch("http://127.0.0.1:9/", {
        headers: { [`${SECRET} a`]: "" },
      }),
    TypeError,
    "Cannot send a header: wanted a name of HTTP",
  );
  assertEquals(error.message.includes(SECRET), false);
});

Deno.test("fetch() refuses a method that cannot be sent, or not with a body", async () => {
  const context = new ExecutionContext();
  const cases: [FetchOptions, string][] = [
    [
      { json: 1 },
      "Cannot send a body with GET: wanted another method or params",
    ],
    [{ method: "head", data: "x" }, "Cannot send a body with HEAD"],
    [{ method: "TRACE" }, "Cannot use method: wanted one that fetch can send"],
    [{ method: "a b" }, "Cannot use method"],
  ];
  for (const [options, message] of cases) {
    const call = (): Promise<unknown> =>
      context.fetch("http://127.0.0.1:9/", options);
    await assertRejects(call, TypeError, message);
  }
});

Deno.test("fetch() leaves out headers that are null and lets the caller's win whatever their case", async () => {
  const { headers } = await sent("/", {
    method: "POST",
    json: 1,
    headers: {
      "content-TYPE": "text/x",
      "X-None": null,
      "X-Unset": undefined,
      "AUTHORIZATION": "mine",
    },
  }, oauth({ access_token: SECRET }));
  assertEquals(headers.get("content-type"), "text/x");
  assertEquals(headers.get("authorization"), "mine");
  assertEquals([headers.has("x-none"), headers.has("x-unset")], [false, false]);
});

Deno.test("fetch() sends the access token of PlatformOauth2", async () => {
  const token = { access_token: "t" };
  for (const init of [oauth(token), { auth: { credentials: token } }]) {
    const { headers } = await sent("/", {}, init);
    assertEquals(headers.get("authorization"), "Bearer t");
  }
});

Deno.test("fetch() sends no token where there is none to send", async () => {
  const token = { access_token: SECRET };
  const auths: ExecutionContextInit[] = [
    {},
    { auth: null },
    { auth: token },
    oauth({ access_token: null }),
    oauth({ access_token: "" }),
    oauth(null),
    oauth({}),
    ...["PlatformTeams", "ApiKey", "Basic", "Custom", "oauth"]
      .map((type) => oauth(token, type)),
  ];
  for (const init of auths) {
    assertEquals(
      (await sent("/", {}, init)).headers.get("authorization"),
      null,
    );
  }
  const without = await sent("/", { credentials: false }, oauth(token));
  assertEquals(without.headers.get("authorization"), null);
});

Deno.test("fetch() sends HTTP Basic and API keys where it is told how", async () => {
  const basic = { basic: {} };
  const user = { username: "üser", password: "p:w" };
  for (
    const auth of [oauth(user, "Basic").auth, oauth(user, "Custom").auth, user]
  ) {
    const { headers } = await sent("/", {}, { auth, requestConfig: basic });
    assertEquals(headers.get("authorization"), "Basic w7xzZXI6cDp3");
  }
  const renamed = { basic: { username: "email", password: "token" } };
  const seen = await sent("/", {}, {
    auth: { email: "a", token: "b" },
    requestConfig: renamed,
  });
  assertEquals(seen.headers.get("authorization"), "Basic YTpi");

  const key = { auth: { api_key: "k" }, requestConfig: { apiKey: {} } };
  assertEquals((await sent("/", {}, key)).headers.get("x-api-key"), "k");
  const prefixed = {
    apiKey: { field: "token", header: "Authorization", prefix: "Token " },
  };
  const other = await sent("/", {}, {
    ...oauth({ token: "k" }, "ApiKey"),
    requestConfig: prefixed,
  });
  assertEquals(other.headers.get("authorization"), "Token k");
  const query = { apiKey: { query: "key" } };
  const inQuery = await sent("/?a=1", { params: { b: 2 } }, {
    auth: { api_key: "k k" },
    requestConfig: query,
  });
  assertEquals(inQuery.url, "/?a=1&b=2&key=k+k");
  const none = await sent("/", {}, {
    auth: {},
    requestConfig: { apiKey: {}, basic: {} },
  });
  assertEquals(
    [...none.headers.keys()].filter((name) => /api-key|auth/.test(name)),
    [],
  );
});

Deno.test("fetch() refuses a credential that no header can carry, without repeating it", async () => {
  const cases: [ExecutionContextInit, string][] = [
    [
      oauth({ access_token: `${SECRET}\n` }),
      'Cannot send the credential "access_token": wanted visible ASCII',
    ],
    [
      { auth: { api_key: `${SECRET}é` }, requestConfig: { apiKey: {} } },
      'Cannot send the credential "api_key"',
    ],
    [
      { auth: { username: `${SECRET}:` }, requestConfig: { basic: {} } },
      'Cannot send the credential "username": wanted a name without a colon',
    ],
  ];
  for (const [init, message] of cases) {
    const error = await assertRejects(
      () => new ExecutionContext(init).fetch("http://127.0.0.1:9/"),
      AuthError,
      message,
    );
    assertEquals(Deno.inspect(error).includes(SECRET), false);
  }
});

Deno.test("fetch() asks allowed hosts only", async () => {
  await using server = serve(() => new Response("ok"));
  const ask = (allowedHosts: string[], url = server.url): Promise<unknown> =>
    new ExecutionContext({ requestConfig: { allowedHosts } }).fetch(url);
  await ask(["127.0.0.1"]);
  await ask([`127.0.0.1:${server.port}`]);
  for (const hosts of [[], ["example.com"], ["127.0.0.1:1"], ["*.0.0.x"]]) {
    const error = await assertRejects(
      () => ask(hosts),
      ApiError,
      `Cannot ask 127.0.0.1:${server.port}: it is not in "allowedHosts"`,
    );
    assertEquals(error.errorKey, "http.foreign_url");
  }
  assertEquals(server.seen.length, 2);
  const seen: string[] = [];
  const context = new ExecutionContext({
    requestConfig: { allowedHosts: ["*.Example.com"] },
    fetch: (url) => {
      seen.push(url.hostname);
      return Promise.resolve(new Response("ok"));
    },
  });
  await context.fetch("https://api.example.com/");
  for (
    const host of ["example.com", "badexample.com", "example.com.evil.org"]
  ) {
    await assertRejects(() => context.fetch(`https://${host}/`), ApiError);
  }
  assertEquals(seen, ["api.example.com"]);
});

Deno.test("fetch() compares hosts and ports in the form of a URL", async () => {
  const asks = async (host: string, url: string): Promise<boolean> => {
    const context = new ExecutionContext({
      requestConfig: { allowedHosts: [host] },
      fetch: () => Promise.resolve(new Response("ok")),
    });
    return await context.fetch(url).then(() => true, () => false);
  };
  const cases: [string, string, boolean][] = [
    ["EXAMPLE.com", "https://example.com/", true],
    ["example.com", "https://example.com:8443/", true],
    ["example.com:443", "https://example.com/", true],
    ["example.com:443", "http://example.com/", false],
    ["example.com:80", "http://example.com/", true],
    ["*.example.com:8443", "https://a.example.com:8443/", true],
    ["*.example.com:8443", "https://a.example.com/", false],
    ["bücher.example", "https://xn--bcher-kva.example/", true],
    ["[::1]:8080", "http://[0:0:0:0:0:0:0:1]:8080/", true],
    ["[::1]", "http://[::2]/", false],
  ];
  for (const [host, url, isAsked] of cases) {
    assertEquals(await asks(host, url), isAsked, `${host} ${url}`);
  }
});

Deno.test("ExecutionContext refuses allowed hosts that are none", () => {
  const hosts: unknown[] = [
    "http://example.com",
    "example.com/",
    "user@example.com",
    "example.com:99999",
    "example.com:x",
    "*",
    "*.",
    "a.*.com",
    "*example.com",
    "::1",
    " example.com",
    "",
    5,
    null,
  ];
  for (const allowedHosts of [...hosts.map((host) => [host]), "example.com"]) {
    assertThrows(
      () => new ExecutionContext({ requestConfig: { allowedHosts } as never }),
      TypeError,
      "Cannot use allowedHosts: wanted a list of names",
      JSON.stringify(allowedHosts),
    );
  }
});

Deno.test("fetch() refuses what is no http URL without repeating it", async () => {
  for (const url of [`/${SECRET}`, `ftp://${SECRET}/`, "", `data:,${SECRET}`]) {
    const error = await assertRejects(
      () => new ExecutionContext().fetch(url),
      TypeError,
      "Cannot fetch the URL: wanted an absolute http or https URL",
    );
    assertEquals(error.message.includes(SECRET), false);
  }
});

async function redirected(
  status: number,
  options: {
    to?: (server: TestServer) => string;
    request?: FetchOptions;
    init?: ExecutionContextInit;
  } = {},
): Promise<Seen[]> {
  const { to = (): string => "/b", request = {}, init = {} } = options;
  await using server: TestServer = serve(({ url }): Response =>
    url === "/a"
      ? new Response(null, { status, headers: { location: to(server) } })
      : new Response("ok")
  );
  await new ExecutionContext(init).fetch(`${server.url}/a`, request);
  return server.seen;
}

Deno.test("fetch() follows redirects as browsers do", async () => {
  const post = { method: "POST", json: { a: 1 } };
  const cases: [number, FetchOptions, string, string][] = [
    [301, {}, "GET", ""],
    [302, post, "GET", ""],
    [303, post, "GET", ""],
    [303, { method: "PUT", json: 1 }, "GET", ""],
    [302, { method: "PUT", json: 1 }, "PUT", "1"],
    [307, post, "POST", '{"a":1}'],
    [308, post, "POST", '{"a":1}'],
  ];
  for (const [status, request, method, text] of cases) {
    const [, second] = await redirected(status, {
      request,
      init: oauth({ access_token: "t" }),
    });
    assertEquals([second?.url, second?.method, second?.text], [
      "/b",
      method,
      text,
    ]);
    assertEquals(
      second?.headers.get("content-type") ?? null,
      text === "" ? null : "application/json",
    );
    assertEquals(second?.headers.get("authorization"), "Bearer t");
  }
});

Deno.test("fetch() sends no credentials to another origin", async () => {
  await using other = serve(() => new Response("ok"));
  const to = (): string => `http://localhost:${other.port}/c`;
  await redirected(302, { to, init: oauth({ access_token: SECRET }) });
  await redirected(302, {
    to,
    init: {
      auth: { api_key: SECRET },
      requestConfig: { apiKey: { header: "X-Key" } },
    },
  });
  await redirected(302, {
    to,
    request: { headers: { Cookie: SECRET, "X-Plain": "1" } },
  });
  assertEquals(other.seen.length, 3);
  for (const { headers, url } of other.seen) {
    assertEquals(`${url}${[...headers]}`.includes(SECRET), false);
  }
  assertEquals(other.seen[2]?.headers.get("x-plain"), "1");
});

Deno.test("fetch() sends no header that tells of a credential to another origin", async () => {
  await using other = serve(() => new Response("ok"));
  const to = (): string => `http://localhost:${other.port}/c`;
  const names = "X-Api-Key X-Custom-Key ApiKey X-Auth-Token Private-Token " +
    "X-Amz-Security-Token X-Password Authorization Cookie X-Hub-Signature";
  const headers = Object.fromEntries(
    names.split(" ").map((name) => [name, SECRET]),
  );
  await redirected(307, {
    to,
    request: { headers: { ...headers, "Idempotency-Key": "i", Accept: "a/b" } },
  });
  const [seen] = other.seen;
  assertEquals(`${[...seen?.headers ?? []]}`.includes(SECRET), false);
  assertEquals(seen?.headers.get("idempotency-key"), "i");
  assertEquals(seen?.headers.get("accept"), "a/b");
});

Deno.test("fetch() takes a body to another origin only when asked", async () => {
  await using other = serve(() => new Response("ok"));
  const to = (): string => `http://localhost:${other.port}/c`;
  const cases: [number, FetchOptions][] = [
    [307, { method: "POST", json: { password: SECRET } }],
    [308, { method: "POST", data: SECRET }],
    [302, { method: "PUT", data: SECRET }],
    [307, { method: "POST", data: SECRET, forwardBody: false }],
  ];
  for (const [status, request] of cases) {
    await assertRejects(
      () => redirected(status, { to, request }),
      ApiError,
      "Cannot follow a redirect: the body is not for another origin",
    );
  }
  assertEquals(other.seen.length, 0);
  const request = { method: "POST", data: "x" };
  await redirected(303, { to, request });
  await redirected(307, { to, request: { method: "POST" } });
  await redirected(307, { to, request: { ...request, forwardBody: true } });
  assertEquals(other.seen.map(({ method, text }) => [method, text]), [
    ["GET", ""],
    ["POST", ""],
    ["POST", "x"],
  ]);
});

Deno.test("fetch() refuses redirects that lead nowhere, too far, or to a host that is not allowed", async () => {
  const cases: [string, Parameters<typeof redirected>[1]][] = [
    ["Cannot follow a redirect: there were too many", { to: () => "/a" }],
    ["Cannot follow a redirect: wanted an https URL, or http after http", {
      to: () => "http://[",
    }],
    ["Cannot follow a redirect: wanted an https URL, or http after http", {
      to: () => "file:///etc/passwd",
    }],
    ['Cannot ask example.com: it is not in "allowedHosts"', {
      to: () => "https://example.com/",
      init: { requestConfig: { allowedHosts: ["127.0.0.1"] } },
    }],
    ["Cannot follow a redirect: a stream cannot be sent again", {
      request: { method: "POST", data: new Blob(["a"]).stream() },
    }],
  ];
  for (const [message, options] of cases) {
    await assertRejects(() => redirected(307, options), ApiError, message);
  }
});
