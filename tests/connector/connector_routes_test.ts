import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConnectorError, ERROR_CODES } from "../../src/connector/mod.ts";
import {
  connectorRoutes,
  type ConnectorRoutesOptions,
  ERROR_STATUSES,
} from "../../src/hono/connector_routes.ts";
import { AUTH, mockConnector } from "./_support.ts";

const connector = mockConnector({ handleErrors: false });
connector.registerCapability("list_accounts", ({ request }) => ({
  response: [],
  rawData: request,
}));
connector.registerCapability("delete_account", ({ request }) => {
  const errorCode = ERROR_CODES.find((code) => code === request.account_id);
  if (errorCode) throw new ConnectorError("no", { errorCode });
  throw new Error("no");
});

const BODY = JSON.stringify({ auth: AUTH, request: {} });

async function post(
  path: string,
  body: BodyInit,
  options: ConnectorRoutesOptions = {},
): Promise<Response> {
  return await connectorRoutes(connector, options).request(path, {
    method: "POST",
    body,
  });
}

Deno.test("connectorRoutes() dispatches POST /<capability>", async () => {
  const answer = await post("/list_accounts", BODY);
  assertEquals(answer.status, 200);
  assertEquals(answer.headers.get("content-type"), "application/json");
  assertEquals(
    await answer.text(),
    '{"response":[],"raw_data":{},"page":null}',
  );
});

Deno.test("connectorRoutes() takes - for _ in a name", async () => {
  assertEquals((await post("/list-accounts", BODY)).status, 200);
});

for (
  const [what, path, body, code] of [
    [
      "a handler that throws",
      "/delete_account",
      JSON.stringify({ auth: AUTH, request: { account_id: "1" } }),
      "unexpected_error",
    ],
    ["malformed JSON", "/list_accounts", "{", "bad_request"],
    ["no body", "/list_accounts", "", "bad_request"],
    [
      "a body that is not UTF-8",
      "/list_accounts",
      new Uint8Array([0x22, 0xff, 0x22]),
      "bad_request",
    ],
    ["an unknown capability", "/list_resources", BODY, "not_implemented"],
    ["a name of the prototype", "/constructor", BODY, "not_implemented"],
  ] as const
) {
  Deno.test(`connectorRoutes() answers ${what} with 200 and an envelope`, async () => {
    const answer = await post(path, body);
    assertEquals(answer.status, 200);
    const { is_error, error } = await answer.json();
    assertEquals([is_error, error.error_code], [true, `mock.${code}`]);
  });
}

for (const code of ERROR_CODES) {
  Deno.test(`connectorRoutes() answers ${code} with ${ERROR_STATUSES[code]} when asked to`, async () => {
    const body = JSON.stringify({ auth: AUTH, request: { account_id: code } });
    const answer = await post("/delete_account", body, {
      statuses: ERROR_STATUSES,
    });
    assertEquals(answer.status, ERROR_STATUSES[code]);
    assertEquals((await answer.json()).error.error_code, `mock.${code}`);
  });
}

Deno.test("connectorRoutes() keeps 200 for codes that are left out, and for success", async () => {
  const statuses = { not_found: 404 };
  assertEquals((await post("/list_resources", BODY, { statuses })).status, 200);
  assertEquals((await post("/list_accounts", BODY, { statuses })).status, 200);
});

Deno.test("connectorRoutes() maps plain codes too", async () => {
  const plain = mockConnector({ errorFormat: "plain" });
  const app = connectorRoutes(plain, { statuses: ERROR_STATUSES });
  const answer = await app.request("/list_accounts", {
    method: "POST",
    body: BODY,
  });
  assertEquals(answer.status, 501);
});

for (
  const [name, status] of [["not_found", 99], ["not_found", 600], [
    "not_found",
    NaN,
  ], ["teapot", 418]] as const
) {
  Deno.test(`connectorRoutes() refuses the status ${status} for ${name}`, () => {
    assertThrows(
      () => connectorRoutes(connector, { statuses: { [name]: status } }),
      RangeError,
      `Cannot use statuses.${name}`,
    );
  });
}

Deno.test("connectorRoutes() refuses a longer body with 413, announced or not", async () => {
  const stream = new Blob([BODY]).stream();
  for (const body of [BODY, stream]) {
    const answer = await post("/list_accounts", body, { maxBodyBytes: 10 });
    assertEquals(answer.status, 413);
    assertEquals(await answer.json(), {
      message: "Cannot read the request: wanted at most 10 bytes",
    });
  }
  const fits = await post("/list_accounts", BODY, {
    maxBodyBytes: BODY.length,
  });
  assertEquals(fits.status, 200);
});

for (const maxBodyBytes of [0, -1, NaN, Infinity, 1.5]) {
  Deno.test(`connectorRoutes() refuses the maxBodyBytes ${maxBodyBytes}`, () => {
    assertThrows(
      () => connectorRoutes(connector, { maxBodyBytes }),
      RangeError,
      "Cannot use maxBodyBytes",
    );
  });
}

Deno.test("connectorRoutes() serves info, health and its OpenAPI document", async () => {
  const app = connectorRoutes(connector);
  assertEquals(
    await (await app.request("/info")).json(),
    JSON.parse(JSON.stringify(connector.info())),
  );
  assertEquals(await (await app.request("/healthz")).json(), { status: "ok" });
  const document = await (await app.request("/openapi.json")).json();
  assertEquals(document.openapi, "3.1.0");
  assertEquals(Object.keys(document.paths), [
    "/list_accounts",
    "/delete_account",
  ]);
});

Deno.test("connectorRoutes() answers 405 for another method and 404 for another path", async () => {
  const app = connectorRoutes(connector);
  const wrong = await app.request("/list_accounts");
  assertEquals([wrong.status, wrong.headers.get("allow")], [405, "POST"]);
  assertEquals((await app.request("/nothing")).status, 404);
  assertEquals((await app.request("/a/b", { method: "POST" })).status, 404);
});

Deno.test("connectorRoutes() gives handlers the signal of the request", async () => {
  const seen: (AbortSignal | undefined)[] = [];
  const looking = mockConnector();
  looking.registerCapability("list_accounts", ({ signal }) => {
    seen.push(signal);
    return { response: [] };
  });
  await connectorRoutes(looking).request("/list_accounts", {
    method: "POST",
    body: BODY,
  });
  assert(seen[0] instanceof AbortSignal);
});

Deno.test("connectorRoutes() refuses a body that does not arrive in time with 408", async () => {
  const body = new ReadableStream<Uint8Array>();
  const answer = await post("/list_accounts", body, { bodyTimeoutMs: 1 });
  assertEquals(answer.status, 408);
  assertEquals(await answer.json(), {
    message: "Cannot read the request: wanted all of it within 1 ms",
  });
});
