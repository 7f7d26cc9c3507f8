import { assertEquals, assertRejects } from "@std/assert";
import {
  ConnectedAccountInfo,
  Integration,
  ValidationError,
} from "../../src/integration/mod.ts";
import {
  config,
  FORM,
  mockContext,
  POLLING,
  SECRET,
  wire,
} from "./_support.ts";

async function polling(
  handler: (...args: never[]) => unknown,
  more: Record<string, unknown> = {},
): Promise<Integration> {
  const integration = await Integration.load(config({ ...POLLING, ...more }));
  integration.pollingTrigger("news")(handler as never);
  return integration;
}

async function refused(
  integration: Integration,
  message: string,
  inputs: unknown = {},
): Promise<void> {
  const error = await assertRejects(
    () =>
      integration.executePollingTrigger("news", inputs, null, mockContext()),
    ValidationError,
    message,
  );
  assertEquals([error.code, error.source], ["validation", "legacy"]);
}

Deno.test("executePollingTrigger() hands lastPollTs through and gives the records untouched", async () => {
  const records = [
    { id: null, data: { title: "a" }, more: 1 },
    { id: null, data: { title: "a" } },
  ];
  const seen: unknown[] = [];
  const integration = await polling((...args: unknown[]) => {
    seen.push(args.slice(0, 2));
    return Promise.resolve(records);
  });
  const opaque = { any: "thing" };
  const given = await integration.executePollingTrigger(
    "news",
    { topic: "x" },
    opaque,
    mockContext(),
  );
  assertEquals(given, records);
  assertEquals(seen, [[{ topic: "x" }, opaque]]);
});

Deno.test("executePollingTrigger() throws when it is not registered, before all else", async () => {
  const integration = await Integration.load(config(POLLING));
  await refused(
    integration,
    'Cannot run polling trigger "news": it is not registered',
    5,
  );
});

Deno.test("executePollingTrigger() judges the inputs", async () => {
  const integration = await polling(() => []);
  await refused(
    integration,
    'Cannot accept the inputs of polling trigger "news": /topic (type): wanted string',
    { topic: 5 },
  );
});

Deno.test("executePollingTrigger() judges the credentials only where there are auth.fields", async () => {
  const without = await polling(() => []);
  assertEquals(
    await without.executePollingTrigger("news", {}, null, mockContext()),
    [],
  );
  const withFields = await polling(() => [], { auth: FORM });
  await refused(
    withFields,
    'Cannot accept the credentials: the value (required): wanted the property "api_key"',
  );
  const context = mockContext({
    auth_type: "Custom",
    credentials: { api_key: "k" },
  });
  assertEquals(
    await withFields.executePollingTrigger("news", {}, null, context),
    [],
  );
});

Deno.test("executePollingTrigger() stops at the first record that is none", async () => {
  const good = { id: 1, data: { title: "a" } };
  const cases: [unknown, string][] = [
    [null, "wanted a list of records, got null"],
    [{ 0: good }, "wanted a list of records, got object"],
    [
      [good, { data: {} }],
      'Cannot accept a record of polling trigger "news": it has no "id"',
    ],
    [[{ id: 1 }], 'it has no "data"'],
    [[5], 'it has no "id"'],
    [
      [{ id: 1, data: {} }, { data: {} }],
      'the value (required): wanted the property "title"',
    ],
  ];
  for (const [records, message] of cases) {
    await refused(await polling(() => records), message);
  }
});

Deno.test("executePollingTrigger() throws on what the handler throws", async () => {
  const integration = await polling(() => Promise.reject(new RangeError("no")));
  await assertRejects(
    () => integration.executePollingTrigger("news", {}, null, mockContext()),
    RangeError,
    "no",
  );
});

Deno.test("getConnectedAccount() gives all seven keys", async () => {
  const integration = await Integration.load(config());
  integration.connectedAccount()(() =>
    new ConnectedAccountInfo({ firstName: "Anna", userId: "7" })
  );
  assertEquals(wire(await integration.getConnectedAccount(mockContext())), {
    version: "2.0.0",
    type: "connected_account",
    result: {
      email: null,
      first_name: "Anna",
      last_name: null,
      username: null,
      user_id: "7",
      avatar_url: null,
      organization: null,
    },
  });
});

Deno.test("getConnectedAccount() throws without a handler, for credentials that do not match and for a wrong outcome", async () => {
  const integration = await Integration.load(config({ auth: FORM }));
  const context = mockContext({ api_key: "k" });
  const cases: [() => unknown, unknown, string][] = [
    [
      () => ({ email: "a" }),
      { api_key: "k" },
      "wanted ConnectedAccountInfo, got object",
    ],
    [() => null, { api_key: "k" }, "wanted ConnectedAccountInfo, got null"],
    [
      () => null,
      { api_key: 5 },
      "Cannot accept the credentials: /api_key (type): wanted string",
    ],
  ];
  await assertRejects(
    () => integration.getConnectedAccount(context),
    ValidationError,
    "Cannot run connected account handler: it is not registered",
  );
  for (const [handler, auth, message] of cases) {
    integration.connectedAccount()(handler as never);
    const error = await assertRejects(
      () => integration.getConnectedAccount(mockContext(auth)),
      ValidationError,
      message,
    );
    assertEquals(error.source, "legacy");
  }
});

Deno.test("getConnectedAccount() throws on what the handler throws, and answers everything in safe mode", async () => {
  const integration = await Integration.load(config());
  integration.connectedAccount()(() =>
    Promise.reject(new RangeError(`no ${SECRET}`))
  );
  const context = mockContext({ token: SECRET });
  await assertRejects(
    () => integration.getConnectedAccount(context),
    RangeError,
  );
  const safe = await integration.getConnectedAccount(context, { safe: true });
  assertEquals(wire(safe), {
    version: "2.0.0",
    type: "error",
    result: { message: "no [redacted]", error_type: "RangeError" },
  });
  integration.connectedAccount()(() => null as never);
  const wrong = await integration.getConnectedAccount(context, { safe: true });
  assertEquals(wrong.type, "validation_error");
});
