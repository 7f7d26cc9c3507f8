import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import type { SandboxFault } from "../../src/sandbox/mod.ts";
import { askToken, type Rig, startRig, untilAborted } from "./_support.ts";

const CHANGES = "/api/company-data/changes";
const LOGS = "/api/company-data/logs";

/** What arrived of an answer, and whether it arrived whole. */
async function arrived(
  rig: Rig,
  path: string,
  init: RequestInit & { accept?: string } = {},
): Promise<{ status: number; headers: Headers; text: string; whole: boolean }> {
  const { access_token } = JSON.parse((await askToken(rig.sandbox)).text);
  const { accept = "application/json", ...rest } = init;
  const decoder = new TextDecoder();
  let text = "";
  let response: Response | undefined;
  try {
    response = await fetch(rig.server.url + path, {
      headers: { authorization: `Bearer ${access_token}`, accept },
      ...rest,
    });
    for await (const part of response.body ?? []) {
      text += decoder.decode(part, { stream: true });
    }
    return {
      status: response.status,
      headers: response.headers,
      text,
      whole: true,
    };
  } catch {
    return {
      status: response?.status ?? 0,
      headers: response?.headers ?? new Headers(),
      text,
      whole: false,
    };
  }
}

async function fullRig(): Promise<Rig> {
  const rig = await startRig();
  for (let i = 0; i < 3; i++) {
    rig.sandbox.publishRaw({ id: `r${i}`, event: "x" });
  }
  return rig;
}

const PAGE =
  '{"changes":[{"id":"r0","event":"x"},{"id":"r1","event":"x"},{"id":"r2","event":"x"}]}';

Deno.test("drop loses the answer after the page is deleted", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", { kind: "drop" });
  const { text, whole } = await arrived(rig, CHANGES);
  assertEquals([text, whole, rig.sandbox.pending], ["", false, 0]);
  assertEquals((await arrived(rig, CHANGES)).text, '{"changes":[]}');
});

Deno.test("drop before the work leaves the page where it is", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", { kind: "drop", when: "before" });
  assertEquals((await arrived(rig, CHANGES)).whole, false);
  assertEquals(rig.sandbox.pending, 3);
  assertEquals((await arrived(rig, CHANGES)).text, PAGE);
});

Deno.test("truncate gives the first bytes, then breaks the connection, and the page is deleted", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", { kind: "truncate", bytes: 40 });
  const { status, headers, text, whole } = await arrived(rig, CHANGES);
  assertEquals([status, text, whole], [200, PAGE.slice(0, 40), false]);
  assertEquals(headers.get("content-length"), String(PAGE.length));
  assertEquals(rig.sandbox.pending, 0);
});

Deno.test("truncate with clean ends a short body properly", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", { kind: "truncate", bytes: 40, clean: true });
  const { status, text, whole } = await arrived(rig, CHANGES);
  assertEquals([status, text, whole], [200, PAGE.slice(0, 40), true]);
  assertEquals(rig.sandbox.pending, 0);
});

Deno.test("stall sends some bytes and then nothing until the caller gives up", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", { kind: "stall", bytes: 12 });
  const { access_token } = JSON.parse((await askToken(rig.sandbox)).text);
  const giveUp = new AbortController();
  const response = await fetch(rig.server.url + CHANGES, {
    headers: { authorization: `Bearer ${access_token}` },
    signal: giveUp.signal,
  });
  const reader = response.body?.getReader();
  const first = await reader?.read();
  assertEquals(new TextDecoder().decode(first?.value), PAGE.slice(0, 12));
  const more = reader?.read();
  giveUp.abort();
  await assertRejects(async () => await more, DOMException);
  assertEquals(rig.sandbox.pending, 0);
});

Deno.test("status answers any status with an error body, Retry-After and headers", async () => {
  await using rig = await fullRig();
  for (const status of [403, 500, 502, 503, 504]) {
    rig.sandbox.failNext("changes", {
      kind: "status",
      status,
      errorKey: "some.key",
      message: "words",
      details: { more: 1 },
      retryAfter: 7,
      headers: { "x-more": "y" },
    });
    const answer = await arrived(rig, CHANGES);
    assertEquals([
      answer.status,
      answer.headers.get("retry-after"),
      answer.headers.get("x-more"),
    ], [status, "7", "y"]);
    assertEquals(JSON.parse(answer.text), {
      error: "words",
      error_key: "some.key",
      more: 1,
    });
  }
  assertEquals(rig.sandbox.pending, 3);
});

Deno.test("status answers also what has no body, and redirects", async () => {
  await using rig = await startRig();
  for (const status of [204, 304]) {
    rig.sandbox.failNext("logs", { kind: "status", status });
    const answer = await arrived(rig, LOGS);
    assertEquals([answer.status, answer.text], [status, ""]);
  }
  rig.sandbox.failNext("logs", {
    kind: "status",
    status: 302,
    headers: { location: "https://elsewhere.example/" },
  });
  const { status, headers } = await arrived(rig, LOGS, { redirect: "manual" });
  assertEquals([status, headers.get("location")], [
    302,
    "https://elsewhere.example/",
  ]);
});

Deno.test("status after the work has deleted the page", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", {
    kind: "status",
    status: 502,
    when: "after",
  });
  const { status, text } = await arrived(rig, CHANGES, {
    accept: "application/xml",
  });
  assertEquals([status, text], [
    502,
    "<response><error>The sandbox answers 502</error></response>",
  ]);
  assertEquals(rig.sandbox.pending, 0);
});

Deno.test("rate_limit answers 429 with Retry-After in seconds, as a date, as any text or not at all", async () => {
  await using rig = await startRig();
  const cases: [number | Date | string | undefined, string | null][] = [
    [3, "3"],
    [0, "0"],
    [new Date(0), "Thu, 01 Jan 1970 00:00:00 GMT"],
    ["soon", "soon"],
    [undefined, null],
  ];
  for (const [retryAfter, wanted] of cases) {
    rig.sandbox.failNext("connections", {
      kind: "rate_limit",
      ...(retryAfter === undefined ? {} : { retryAfter }),
    });
    const { status, headers, text } = await arrived(
      rig,
      "/api/company-data/connections",
    );
    assertEquals([
      status,
      headers.get("retry-after"),
      JSON.parse(text).error_key,
    ], [429, wanted, "rate.limited"]);
  }
});

Deno.test("no_client answers 403 and rebase 421 with the new base", async () => {
  await using rig = await startRig();
  rig.sandbox.failNext("logs", { kind: "no_client" });
  const forbidden = await arrived(rig, LOGS, { accept: "application/xml" });
  assertEquals(forbidden.status, 403);
  assert(
    forbidden.text.endsWith(
      "<error_key>company_data.no_client</error_key></response>",
    ),
  );
  rig.sandbox.failNext("logs", {
    kind: "rebase",
    apiUrl: "https://eu.example.com",
  });
  rig.sandbox.failNext("logs", { kind: "rebase" });
  const first = await arrived(rig, LOGS);
  const { error: _, ...rest } = JSON.parse(first.text);
  assertEquals([first.status, rest], [421, {
    error_key: "region.rebase_required",
    api_url: "https://eu.example.com",
  }]);
  assertEquals("api_url" in JSON.parse((await arrived(rig, LOGS)).text), false);
});

Deno.test("html and answer send anything instead of JSON", async () => {
  await using rig = await startRig();
  const cases: [SandboxFault, number, string, string][] = [
    [{ kind: "html" }, 200, "text/html; charset=utf-8", "<!doctype html>"],
    [
      { kind: "html", status: 502 },
      502,
      "text/html; charset=utf-8",
      "<!doctype html>",
    ],
    [{ kind: "answer", body: "" }, 200, "application/json", ""],
    [{ kind: "answer", body: "{", status: 201 }, 201, "application/json", "{"],
    [
      { kind: "answer", body: Uint8Array.of(65), contentType: "x/y" },
      200,
      "x/y",
      "A",
    ],
    [{ kind: "answer", body: [1] }, 200, "application/json", "[1]"],
    [{ kind: "answer", body: null }, 200, "application/json", "null"],
  ];
  for (const [fault, status, type, start] of cases) {
    rig.sandbox.failNext("changes", fault);
    const answer = await arrived(rig, CHANGES);
    assertEquals([answer.status, answer.headers.get("content-type")], [
      status,
      type,
    ]);
    assertEquals(answer.text.slice(0, start.length || 1), start);
  }
});

Deno.test("patch replaces members of the proper answer, also of the token's", async () => {
  await using rig = await fullRig();
  rig.sandbox.failNext("changes", {
    kind: "patch",
    members: { changes: "none", more: 1 },
  });
  assertEquals(
    (await arrived(rig, CHANGES)).text,
    '{"changes":"none","more":1}',
  );
  assertEquals(rig.sandbox.pending, 0);
  rig.sandbox.failNext("token", {
    kind: "patch",
    members: { access_token: undefined, expires_in: "soon" },
  });
  assertEquals(JSON.parse((await askToken(rig.sandbox)).text), {
    token_type: "Bearer",
    expires_in: "soon",
  });
  rig.sandbox.failNext("logs", { kind: "patch", members: { items: 5 } });
  assertEquals(
    (await arrived(rig, LOGS, { accept: "application/xml" })).text,
    "<response><total>0</total><items>5</items></response>",
  );
});

Deno.test("huge sends exactly so many bytes of a well-formed answer", async () => {
  await using rig = await fullRig();
  const bytes = 300_000;
  rig.sandbox.failNext("changes", { kind: "huge", bytes });
  const json = await arrived(rig, CHANGES);
  assertEquals([json.text.length, json.headers.get("content-length")], [
    bytes,
    null,
  ]);
  assertEquals(
    JSON.parse(json.text).padding.length,
    bytes - '{"padding":""}'.length,
  );
  rig.sandbox.failNext("changes", { kind: "huge", bytes, announced: true });
  const xml = await arrived(rig, CHANGES, { accept: "application/xml" });
  assertEquals([xml.text.length, xml.headers.get("content-length")], [
    bytes,
    String(bytes),
  ]);
  assert(xml.text.endsWith("a</padding></response>"));
  assertEquals(rig.sandbox.pending, 3);
});

Deno.test("page_cap gives fewer connections than asked for", async () => {
  await using rig = await startRig();
  for (let i = 0; i < 3; i++) await rig.sandbox.connect();
  rig.sandbox.setFaults({ connections: { kind: "page_cap", rows: 2 } });
  const { items, total } = await rig.json(
    "/api/company-data/connections?limit=100",
  );
  assertEquals([items.length, total], [2, 3]);
});

Deno.test("delay waits as long as it says through the sandbox's sleep, and every fault can have one", async () => {
  const waits: number[] = [];
  await using rig = await startRig({
    sleep: (ms) => {
      waits.push(ms);
      return Promise.resolve();
    },
  });
  rig.sandbox.failNext("logs", { kind: "delay", delayMs: 1234 });
  rig.sandbox.failNext("logs", { kind: "status", status: 500, delayMs: 77 });
  assertEquals((await rig.get(LOGS)).status, 200);
  assertEquals((await rig.get(LOGS)).status, 500);
  assertEquals(waits, [1234, 77]);
});

Deno.test("a delayed answer ends when the caller gives up", async () => {
  const { promise: sleeping, resolve } = Promise.withResolvers<void>();
  await using rig = await startRig({
    sleep(_ms, signal): Promise<void> {
      resolve();
      return untilAborted(signal);
    },
  });
  rig.sandbox.failNext("logs", { kind: "delay", delayMs: Infinity });
  const giveUp = new AbortController();
  const pending = rig.sandbox.clientFetch(
    "https://sandbox.test/api/company-data/logs",
    { signal: giveUp.signal },
  );
  await sleeping;
  giveUp.abort(new DOMException("enough", "TimeoutError"));
  await assertRejects(() => pending, DOMException, "enough");
  assertEquals(
    rig.sandbox.requests.list("logs").map((
      { status, fault },
    ) => [status, fault]),
    [[0, "delay"]],
  );
});

Deno.test("failNext() strikes so many requests, in the order given, before the faults that stay", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  sandbox.setFaults({
    "*": { kind: "status", status: 500 },
    "logs": { kind: "status", status: 501 },
  });
  sandbox.failNext("logs", { kind: "status", status: 502 }, { times: 2 });
  sandbox.failNext("*", { kind: "status", status: 503 });
  sandbox.failNext("logs", { kind: "status", status: 504 }, { times: 0 });
  const statuses: number[] = [];
  for (const path of [CHANGES, LOGS, LOGS, LOGS, CHANGES]) {
    statuses.push((await rig.get(path)).status);
  }
  assertEquals(statuses, [503, 502, 502, 501, 500]);
  sandbox.failNext("logs", { kind: "status", status: 504 });
  sandbox.clearFaults();
  assertEquals((await rig.get(LOGS)).status, 200);
  sandbox.setFaults({ logs: { kind: "status", status: 501 } });
  sandbox.setFaults({});
  assertEquals((await rig.get(LOGS)).status, 200);
});

Deno.test("failNext() with a function strikes the requests that it picks", async () => {
  await using rig = await startRig();
  rig.sandbox.failNext(
    ({ url, endpoint, method }) =>
      endpoint === "logs" && method === "GET" &&
      url.searchParams.get("offset") === "50",
    {
      kind: "status",
      status: 500,
    },
  );
  const statuses: number[] = [];
  for (const offset of [0, 50, 50]) {
    statuses.push((await rig.get(`${LOGS}?offset=${offset}`)).status);
  }
  assertEquals(statuses, [200, 500, 200]);
});

Deno.test("failNext() and setFaults() refuse faults that cannot be", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const drop = { kind: "drop" } as const;
  assertThrows(
    () => sandbox.failNext("log" as "logs", drop),
    TypeError,
    'no endpoint "log"',
  );
  assertThrows(
    () => sandbox.setFaults({ ["log" as "logs"]: drop }),
    TypeError,
    'no endpoint "log"',
  );
  assertThrows(
    () => sandbox.failNext("logs", { kind: "toString" as "drop" }),
    TypeError,
    'there is no kind "toString"',
  );
  const numbers: [SandboxFault, string][] = [
    [{ kind: "truncate", bytes: -1 }, "bytes"],
    [{ kind: "huge", bytes: NaN }, "bytes"],
    [{ kind: "page_cap", rows: 0 }, "rows"],
    [{ kind: "status", status: 99 }, "status"],
    [{ kind: "delay", delayMs: -1 }, "delayMs"],
  ];
  for (const [fault, name] of numbers) {
    assertThrows(
      () => sandbox.failNext("logs", fault),
      RangeError,
      `Cannot use ${name}`,
    );
  }
  assertThrows(
    () => sandbox.failNext("logs", drop, { times: -1 }),
    RangeError,
    "Cannot use times",
  );
});

Deno.test("a member that cannot be written in XML answers 500 and says why", async () => {
  await using rig = await startRig();
  rig.sandbox.publishRaw({ "no name": 1 });
  const { status, text } = await rig.get(CHANGES, "application/xml");
  assertEquals([status, JSON.parse(text).error_key], [500, "sandbox.unable"]);
  assert(JSON.parse(text).error.includes('"no name" is not an element name'));
  assertEquals(
    rig.sandbox.requests.list("changes").map((request) => request.status),
    [500],
  );
});
