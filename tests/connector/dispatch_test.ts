import { assert, assertEquals, assertRejects } from "@std/assert";
import { Type } from "typebox";
import { Connector, ConnectorError } from "../../src/connector/mod.ts";
import { AUTH, BASICS, call, mockConnector } from "./_support.ts";

Deno.test("dispatch() answers an unknown capability with not_implemented", async () => {
  const answer = await mockConnector().dispatch("list_accounts", "{}");
  assertEquals(JSON.parse(answer), {
    is_error: true,
    error: {
      message: "Capability 'list_accounts' is not implemented.",
      status_code: null,
      app_error_code: null,
      error_code: "mock.not_implemented",
      app_id: "mock",
      raised_by: null,
      raised_in: null,
    },
    response: null,
    raw_data: null,
    page: null,
  });
});

for (const name of ["constructor", "__proto__", "toString", ""]) {
  Deno.test(`dispatch() knows no capability "${name}"`, async () => {
    const answer = JSON.parse(await mockConnector().dispatch(name, "{}"));
    assertEquals(answer.error.error_code, "mock.not_implemented");
  });
}

Deno.test("dispatch() throws an unknown capability on when handleErrors is false", async () => {
  const connector = mockConnector({ handleErrors: false });
  const error = await assertRejects(
    () => connector.dispatch("list_accounts", "{}"),
    ConnectorError,
    "is not implemented",
  );
  assertEquals(error.errorCode, "not_implemented");
});

for (const json of ["", "{", "null", "[]", "5", '"text"', "undefined"]) {
  Deno.test(`dispatch() answers the JSON ${json} with bad_request`, async () => {
    const connector = mockConnector();
    connector.registerCapability("list_accounts", () => ({ response: [] }));
    const answer = JSON.parse(await connector.dispatch("list_accounts", json));
    assertEquals(answer.error.error_code, "mock.bad_request");
    assertEquals(
      answer.error.message,
      "Invalid request, expected JSON input.",
    );
  });
}

for (
  const [what, request, words] of [
    ["no request", { request: undefined }, "(required)"],
    ["a request that is no object", { request: [] }, "/request"],
    ["a page that is a text", { page: "2" }, "/page"],
    ["a size that is a text", { page: { size: "5" } }, "/page/size"],
    [
      "a flag that is a text",
      { include_raw_data: "true" },
      "/include_raw_data",
    ],
    ["settings that are a list", { settings: [] }, "/settings"],
  ] as const
) {
  Deno.test(`dispatch() refuses ${what} and says where`, async () => {
    const connector = mockConnector();
    connector.registerCapability("list_accounts", () => ({ response: [] }));
    const { error } = await call(connector, "list_accounts", { ...request });
    assertEquals(error.error_code, "mock.bad_request");
    assert(error.message.startsWith("Invalid request - "), error.message);
    assert(error.message.includes(words), error.message);
  });
}

Deno.test("dispatch() ignores unknown keys and takes null for what is optional", async () => {
  const connector = mockConnector();
  connector.registerCapability(
    "list_accounts",
    ({ page, settings, includeRawData }) => {
      assertEquals([page, settings, includeRawData], [{}, {}, false]);
      return { response: [] };
    },
  );
  const answer = await call(connector, "list_accounts", {
    page: null,
    settings: null,
    include_raw_data: null,
    credentials: [],
    more: 1,
  });
  assertEquals(answer.response, []);
});

Deno.test("dispatch() hands over request, auth, settings, page and flag", async () => {
  const connector = mockConnector();
  connector.registerCapability("get_last_activity", (args) => {
    const { capability, request, auth, settings, page, includeRawData } = args;
    return {
      response: [],
      rawData: { capability, request, auth, settings, page, includeRawData },
    };
  });
  const sent = {
    request: { account_ids: ["7"], extra: 1 },
    settings: { a: 1 },
    page: { token: "t", size: 5 },
  };
  const { raw_data } = await call(connector, "get_last_activity", {
    ...sent,
    include_raw_data: true,
  });
  assertEquals(raw_data, {
    capability: "get_last_activity",
    ...sent,
    auth: AUTH,
    includeRawData: true,
  });
});

Deno.test("dispatch() writes all members compactly, null where they are unset", async () => {
  const connector = mockConnector();
  connector.registerCapability("list_accounts", () => ({
    response: [{ integration_specific_id: "7", email: undefined as never }],
  }));
  const json = JSON.stringify({ auth: AUTH, request: {} });
  const answer = await connector.dispatch("list_accounts", json);
  assertEquals(
    answer,
    '{"response":[{"integration_specific_id":"7","email":null,"given_name":null,"family_name":null,' +
      '"username":null,"user_status":null,"extra_data":null,"custom_attributes":null,"account_type":null}],' +
      '"raw_data":null,"page":null}',
  );
});

for (
  const [what, page, written] of [
    ["no page", undefined, null],
    ["a page without a token", { size: 5 }, null],
    ["a page with an empty token", { token: "", size: 5 }, null],
    ["a token", { token: "t" }, { token: "t", size: null }],
    ["a token and a size", { token: "t", size: 5 }, { token: "t", size: 5 }],
  ] as const
) {
  Deno.test(`dispatch() ends ${what} with ${JSON.stringify(written)}`, async () => {
    const connector = mockConnector();
    connector.registerCapability("list_accounts", () => ({
      response: [],
      ...page && { page },
    }));
    assertEquals((await call(connector, "list_accounts")).page, written);
  });
}

for (
  const [what, result] of [
    ["nothing", undefined],
    ["a list", []],
    ["no response", {}],
    ["a response of another form", { response: [{ id: 1 }] }],
    ["a page of another form", { response: [], page: { token: 5 } }],
    [
      "a cycle",
      (() => {
        const raw: Record<string, unknown> = {};
        return { response: [], rawData: raw["raw"] = raw };
      })(),
    ],
    ["a bigint", { response: [], rawData: 1n }],
  ] as const
) {
  Deno.test(`dispatch() answers a handler that gives ${what} with unexpected_error`, async () => {
    const connector = mockConnector();
    connector.registerCapability("list_accounts", () => result as never);
    const { error, is_error } = await call(connector, "list_accounts");
    assertEquals([is_error, error.error_code], [true, "mock.unexpected_error"]);
    assertEquals(error.raised_in, "mock:list_accounts");
  });
}

Deno.test("dispatch() wants settings when the connector has a schema for them", async () => {
  const settings = Type.Object({ tenant: Type.String() }, {
    title: "MockSettings",
  });
  const connector = new Connector({ ...BASICS, settings });
  connector.registerCapability("validate_credentials", (args) => ({
    response: { valid: true, unique_tenant_id: args.settings.tenant },
  }));
  const name = "validate_credentials";
  const none = await call(connector, name);
  assertEquals(
    none.error.message,
    "No settings passed on request: mock requires MockSettings",
  );
  const wrong = await call(connector, name, { settings: { tenant: 5 } });
  assert(
    wrong.error.message.startsWith(
      "Invalid settings passed on request - /settings/tenant",
    ),
    wrong.error.message,
  );
  assertEquals(wrong.error.error_code, "mock.bad_request");
  const right = await call(connector, name, {
    settings: { tenant: "t", more: 1 },
  });
  assertEquals(right.response, { valid: true, unique_tenant_id: "t" });
});

Deno.test("dispatch() wants settings of the capabilities without a credential too", async () => {
  const settings = Type.Object({ tenant: Type.String() });
  const connector = mockConnector({ settings });
  connector.registerCapability("app_info", () => ({ response: {} }));
  const answer = await connector.dispatch("app_info", '{"request":{}}');
  assertEquals(
    JSON.parse(answer).error.message,
    "No settings passed on request: mock requires settings",
  );
});

Deno.test("dispatch() rejects with the reason of its signal", async () => {
  const connector = mockConnector();
  const stop = new AbortController();
  connector.registerCapability("list_accounts", ({ signal }) => {
    stop.abort(new Error("enough"));
    signal?.throwIfAborted();
    return { response: [] };
  });
  const json = JSON.stringify({ auth: AUTH, request: {} });
  const { signal } = stop;
  const run = () => connector.dispatch("list_accounts", json, { signal });
  await assertRejects(run, Error, "enough");
  await assertRejects(run, Error, "enough");
});

Deno.test("dispatch() runs calls side by side without mixing them", async () => {
  const connector = mockConnector();
  connector.registerCapability("get_last_activity", async ({ request }) => {
    await Promise.resolve();
    const [account_id = ""] = request.account_ids;
    return {
      response: [{
        account_id,
        event_type: "last_login",
        happened_at: "2026-01-01T00:00:00Z",
      }],
    };
  });
  const ids = Array.from({ length: 50 }, (_, i) => `${i}`);
  const answers = await Promise.all(
    ids.map((id) =>
      call(connector, "get_last_activity", { request: { account_ids: [id] } })
    ),
  );
  assertEquals(
    answers.map(({ response }) =>
      (response as { account_id: string }[])[0]?.account_id
    ),
    ids,
  );
});
