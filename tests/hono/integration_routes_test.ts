import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  FAILURE_STATUSES,
  integrationRoutes,
  type IntegrationRoutesOptions,
} from "../../src/hono/integration_routes.ts";
import {
  ActionError,
  ActionResult,
  ConnectedAccountInfo,
  type ExecutionContext,
  type Integration,
  type JsonObject,
} from "../../src/integration/mod.ts";
import { echoing, FORM, POLLING } from "../integration/_support.ts";

const AUTH = {
  auth_type: "Custom",
  credentials: { api_key: "planted-5ecret" },
};

interface Answer {
  status: number;
  body: {
    version: string;
    type: string;
    result: JsonObject & { message: string };
  };
}

/** An integration whose `echo` does what its text says. */
async function obeying(): Promise<Integration> {
  const integration = await echoing(({ text }) => {
    switch (text) {
      case "fail":
        return new ActionError("no such thing", { costUsd: 1 });
      case "mismatch":
        return new ActionResult(7, { costUsd: 2 });
      case "big":
        return new ActionResult(text, { costUsd: 3n as unknown as number });
      case "throw":
        throw new RangeError(`planted-5ecret and ${AUTH.auth_type}`);
      default:
        return new ActionResult(text, { costUsd: 0 });
    }
  }, { config: { ...POLLING, auth: { ...FORM, client_secret: "not shown" } } });
  integration.pollingTrigger("news")((inputs, lastPollTs) => {
    if (inputs["topic"] === "throw") throw new Error("planted-5ecret");
    return [{ id: 1, data: { title: String(lastPollTs) } }];
  });
  return integration;
}

async function post(
  path: string,
  body: BodyInit | JsonObject,
  options: IntegrationRoutesOptions & { integration?: Integration } = {},
): Promise<Answer> {
  const { integration = await obeying(), ...rest } = options;
  const isJson = Object.getPrototypeOf(body) === Object.prototype;
  const answer = await integrationRoutes(integration, rest).request(path, {
    method: "POST",
    body: isJson ? JSON.stringify(body) : body as BodyInit,
  });
  return { status: answer.status, body: await answer.json() };
}

function echo(text: unknown): JsonObject {
  return { inputs: { text }, auth: AUTH };
}

Deno.test("integrationRoutes() answers POST /actions/<name> with the envelope", async () => {
  assertEquals(await post("/actions/echo", echo("a")), {
    status: 200,
    body: {
      version: "2.0.0",
      type: "action",
      result: { data: "a", cost_usd: 0 },
    } as unknown as Answer["body"],
  });
});

Deno.test("integrationRoutes() answers POST /triggers/<name> with the records", async () => {
  const answer = await post("/triggers/news", {
    auth: AUTH,
    inputs: { topic: "a" },
    last_poll_ts: "2026-01-02T00:00:00Z",
  });
  assertEquals(answer, {
    status: 200,
    body: [
      { id: 1, data: { title: "2026-01-02T00:00:00Z" } },
    ] as unknown as Answer["body"],
  });
  const first = await post("/triggers/news", { auth: AUTH });
  assertEquals<unknown>(first.body, [{ id: 1, data: { title: "null" } }]);
});

Deno.test("integrationRoutes() gives handlers credentials, metadata, fetch and signal", async () => {
  const seen: ExecutionContext[] = [];
  const integration = await obeying();
  integration.connectedAccount()(async (context) => {
    seen.push(context);
    const { data } = await context.fetch("https://api.example/me");
    return new ConnectedAccountInfo({ email: String(data) });
  });
  const signals: (AbortSignal | null | undefined)[] = [];
  const answer = await post("/account", {
    auth: AUTH,
    metadata: { tenant: "t" },
  }, {
    integration,
    context: {
      requestConfig: { maxRetries: 7 },
      fetch: (_url, init) => {
        signals.push(init?.signal);
        return Promise.resolve(new Response("anna@sluice.example"));
      },
    },
  });
  assertEquals(answer.body.type, "connected_account");
  assertEquals(answer.body.result["email"], "anna@sluice.example");
  assertEquals(seen[0]?.auth, AUTH);
  assertEquals(seen[0]?.metadata, { tenant: "t" });
  assertEquals(seen[0]?.config.maxRetries, 7);
  assert(signals[0] instanceof AbortSignal);
});

Deno.test("integrationRoutes() ends the calls of a handler when the caller goes away", async () => {
  const integration = await obeying();
  const gone = new AbortController();
  integration.connectedAccount()(async (context) => {
    await context.fetch("https://api.example/me");
    return new ConnectedAccountInfo();
  });
  const app = integrationRoutes(integration, {
    context: {
      requestConfig: { deadlineMs: 1_000 },
      fetch: (_url, init) =>
        new Promise((_, reject) => {
          init?.signal?.addEventListener(
            "abort",
            () => reject(init.signal?.reason),
          );
          gone.abort();
        }),
    },
  });
  const answer = await app.request("/account", {
    method: "POST",
    body: JSON.stringify({ auth: AUTH }),
    signal: gone.signal,
  });
  const { type, result } = await answer.json();
  assertEquals([type, result.error_type], ["error", "AbortError"]);
});

const NO_ACTION = 'Cannot run action "nothing": it is not registered';
const NO_TRIGGER = 'Cannot run polling trigger "nothing": it is not registered';
const NOT_JSON = "Cannot read the request: wanted a JSON object";

const REFUSED: readonly (readonly [
  what: string,
  path: string,
  body: BodyInit | JsonObject,
  source: string,
  message: string,
])[] = [
  ["an unknown action", "/actions/nothing", echo(""), "legacy", NO_ACTION],
  [
    "a name of the prototype",
    "/actions/constructor",
    echo(""),
    "legacy",
    NO_ACTION.replace("nothing", "constructor"),
  ],
  ["an unknown trigger", "/triggers/nothing", {}, "legacy", NO_TRIGGER],
  ["malformed JSON", "/actions/echo", "{", "input", NOT_JSON],
  ["no body", "/actions/echo", "", "input", NOT_JSON],
  ["a list", "/triggers/news", "[]", "input", NOT_JSON],
  [
    "a body that is not UTF-8",
    "/account",
    new Uint8Array([0x22, 0xff, 0x22]),
    "input",
    NOT_JSON,
  ],
  [
    "metadata that is no object",
    "/actions/echo",
    { ...echo("a"), metadata: 5 },
    "input",
    'Cannot read the request: wanted an object as "metadata"',
  ],
  [
    "inputs that do not match",
    "/actions/echo",
    { auth: AUTH },
    "input",
    'Cannot accept the inputs of action "echo"',
  ],
  [
    "inputs of null",
    "/actions/echo",
    { auth: AUTH, inputs: null },
    "input",
    'Cannot accept the inputs of action "echo"',
  ],
  [
    "credentials that do not match",
    "/actions/echo",
    { inputs: { text: "a" } },
    "input",
    "Cannot accept the credentials",
  ],
  [
    "an output that does not match",
    "/actions/echo",
    echo("mismatch"),
    "output",
    'Cannot accept the output of action "echo"',
  ],
  [
    "no account handler",
    "/account",
    { auth: AUTH },
    "legacy",
    "Cannot run connected account handler: it is not registered",
  ],
];

for (const [what, path, body, source, message] of REFUSED) {
  Deno.test(`integrationRoutes() answers ${what} with 200 and an envelope`, async () => {
    const answer = await post(path, body);
    assertEquals(answer.status, 200);
    assertEquals(answer.body.type, "validation_error");
    assertEquals(answer.body.result["source"], source);
    assertEquals(answer.body.result.message.slice(0, message.length), message);
  });
}

for (
  const [path, body, name] of [
    ["/actions/echo", echo("throw"), "RangeError"],
    ["/triggers/news", { auth: AUTH, inputs: { topic: "throw" } }, "Error"],
    ["/actions/echo", echo("big"), "TypeError"],
  ] as const
) {
  Deno.test(`integrationRoutes() answers ${path} that throws a ${name} with an envelope without credentials`, async () => {
    const { status, body: { type, result } } = await post(path, body);
    assertEquals([status, type], [200, "error"]);
    assertEquals(result["error_type"], name);
    assertEquals(JSON.stringify(result).includes("planted-5ecret"), false);
  });
}

for (
  const [path, body, status] of [
    ["/actions/echo", echo("a"), 200],
    ["/triggers/news", { auth: AUTH }, 200],
    ["/actions/echo", echo("fail"), 422],
    ["/actions/echo", echo(5), 400],
    ["/actions/echo", "{", 400],
    ["/actions/echo", echo("mismatch"), 500],
    ["/actions/echo", echo("throw"), 500],
  ] as const
) {
  Deno.test(`integrationRoutes() answers ${path} ${JSON.stringify(body)} with ${status} when asked to`, async () => {
    const answer = await post(path, body, { statuses: FAILURE_STATUSES });
    assertEquals(answer.status, status);
  });
}

Deno.test("integrationRoutes() keeps 200 for failures that are left out, and the options as they were", async () => {
  const statuses = { error: 503 };
  const app = integrationRoutes(await obeying(), { statuses });
  statuses.error = 504;
  const ask = (text: string) =>
    app.request("/actions/echo", {
      method: "POST",
      body: JSON.stringify(echo(text)),
    });
  assertEquals((await ask("fail")).status, 200);
  assertEquals((await ask("throw")).status, 503);
});

Deno.test("integrationRoutes() refuses options that cannot be meant", async () => {
  const integration = await obeying();
  for (
    const [options, words] of [
      [{ statuses: { error: 99 } }, "Cannot use statuses.error"],
      [
        { statuses: { ["action" as string]: 201 } },
        "Cannot use statuses.action",
      ],
      [{ maxBodyBytes: 0 }, "Cannot use maxBodyBytes"],
      [{ bodyTimeoutMs: NaN }, "Cannot use bodyTimeoutMs"],
      [
        { context: { requestConfig: { maxRetries: -1 } } },
        "Cannot use maxRetries",
      ],
    ] as const
  ) {
    assertThrows(
      () => integrationRoutes(integration, options),
      RangeError,
      words,
    );
  }
  assertThrows(
    () => integrationRoutes(integration, { context: { fetch: 5 as never } }),
    TypeError,
    "Cannot use fetch",
  );
});

Deno.test("integrationRoutes() refuses a longer body with 413 and a slow one with 408", async () => {
  const long = await post("/actions/echo", echo("a"), { maxBodyBytes: 10 });
  assertEquals(long, {
    status: 413,
    body: {
      message: "Cannot read the request: wanted at most 10 bytes",
    } as unknown as Answer["body"],
  });
  const body = new ReadableStream<Uint8Array>();
  const slow = await post("/actions/echo", body, { bodyTimeoutMs: 1 });
  assertEquals(slow.status, 408);
});

Deno.test("integrationRoutes() serves info and health", async () => {
  const app = integrationRoutes(await obeying());
  assertEquals(await (await app.request("/healthz")).json(), { status: "ok" });
  const info = await (await app.request("/info")).json();
  assertEquals(Object.keys(info), [
    "name",
    "version",
    "description",
    "auth",
    "actions",
    "polling_triggers",
  ]);
  assertEquals(info.auth, FORM);
  assertEquals(info.actions.echo.output_schema, { type: "string" });
  assertEquals(info.polling_triggers.news.polling_interval, "5m");
});

Deno.test("integrationRoutes() answers 405 for another method and 404 for another path", async () => {
  const app = integrationRoutes(await obeying());
  for (const path of ["/actions/echo", "/triggers/news", "/account"]) {
    const wrong = await app.request(path);
    assertEquals([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
  }
  for (const path of ["/nothing", "/actions", "/actions/a/b"]) {
    assertEquals((await app.request(path, { method: "POST" })).status, 404);
  }
});
