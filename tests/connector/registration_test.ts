import { assert, assertEquals, assertThrows } from "@std/assert";
import { Type } from "typebox";
import {
  ConfigError,
  Connector,
  DuplicateCapabilityError,
  InvalidAppIdError,
  STANDARD_CAPABILITIES,
} from "../../src/connector/mod.ts";
import { BASICS, call, mockConnector } from "./_support.ts";

const SEATS = {
  request: Type.Object({ plan: Type.String() }),
  response: Type.Object({ seats: Type.Integer() }),
};

Deno.test("Connector() cuts white space off its appId", () => {
  assertEquals(mockConnector({ appId: "  mock\n" }).appId, "mock");
});

for (const appId of ["", " \t\n"]) {
  Deno.test(`Connector() refuses the appId ${JSON.stringify(appId)}`, () => {
    assertThrows(
      () => mockConnector({ appId }),
      InvalidAppIdError,
      "Cannot use appId: wanted a text that is not empty",
    );
  });
}

Deno.test("Connector() refuses an unknown errorFormat", () => {
  const errorFormat = "dotted" as "plain";
  assertThrows(
    () => mockConnector({ errorFormat }),
    TypeError,
    'Cannot use errorFormat: wanted "prefixed" or "plain"',
  );
});

Deno.test("Connector() refuses settings that are no schema", () => {
  const settings = { type: "object", required: "no" } as never;
  assertThrows(() => mockConnector({ settings }), ConfigError, "/required");
});

for (
  const [rule, words] of [
    [["Error", null], "exceptionHandlers[0]: wanted a class"],
    [[Error, {}], 'exceptionHandlers[0]: wanted a handler with "handle"'],
    [[Error, null, "teapot"], "exceptionHandlers[0]: wanted a standard code"],
  ] as const
) {
  Deno.test(`Connector() refuses a rule without ${words.slice(-8)}`, () => {
    const exceptionHandlers = [rule] as never;
    assertThrows(() => mockConnector({ exceptionHandlers }), TypeError, words);
  });
}

Deno.test("STANDARD_CAPABILITIES has the 17 names of the 3.x line and the later ones", () => {
  assertEquals(Object.keys(STANDARD_CAPABILITIES), [
    "validate_credentials",
    "list_accounts",
    "list_resources",
    "list_entitlements",
    "find_entitlement_associations",
    "get_last_activity",
    "list_custom_attributes_schema",
    "create_account",
    "delete_account",
    "activate_account",
    "deactivate_account",
    "assign_entitlement",
    "unassign_entitlement",
    "get_authorization_url",
    "handle_authorization_callback",
    "handle_client_credentials_request",
    "refresh_access_token",
    "update_account",
    "list_expenses",
    "info",
    "app_info",
    "connected_info",
  ]);
});

Deno.test("registerCapability() refuses a name twice", () => {
  const connector = mockConnector();
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  assertThrows(
    () =>
      connector.registerCapability("list_accounts", () => ({ response: [] })),
    DuplicateCapabilityError,
    "list_accounts already registered",
  );
});

Deno.test("registerCapability() refuses what is no function", () => {
  assertThrows(
    () => mockConnector().registerCapability("list_accounts", 1 as never),
    TypeError,
    "handler of list_accounts",
  );
});

for (const name of ["Seats", "seats2", "_seats", "seats_", "count-seats", ""]) {
  Deno.test(`registerCapability() refuses the name "${name}"`, () => {
    assertThrows(
      () =>
        mockConnector().registerCapability(
          name,
          () => ({ response: { seats: 1 } }),
          SEATS,
        ),
      TypeError,
      "wanted letters from a to z in snake case",
    );
  });
}

Deno.test("registerCapability() wants the schemas of a capability of one's own", () => {
  const register = (options: unknown) => () =>
    mockConnector().registerCapability(
      "count_seats",
      () => ({ response: { seats: 1 } }),
      options as typeof SEATS,
    );
  const { request, response } = SEATS;
  assertThrows(
    register(undefined),
    TypeError,
    'wanted a schema as its "request"',
  );
  assertThrows(
    register({ request }),
    TypeError,
    'wanted a schema as its "response"',
  );
  assertThrows(
    register({ request: Type.String(), response }),
    TypeError,
    "wanted an object schema",
  );
  assertThrows(
    register({ request: { type: "object", required: 5 }, response }),
    ConfigError,
  );
});

Deno.test("registerCapability() does not let a standard response be changed", () => {
  const options = { response: Type.Object({}) } as never;
  assertThrows(
    () =>
      mockConnector().registerCapability(
        "list_accounts",
        () => ({ response: [] }),
        options,
      ),
    TypeError,
    'the protocol fixes its "response" and "auth"',
  );
});

Deno.test("registerCapability() runs a capability of one's own with its schemas", async () => {
  const connector = new Connector(BASICS);
  connector.registerCapability(
    "count_seats",
    ({ request, auth }) => ({
      response: { seats: request.plan.length + auth.basic.username.length },
    }),
    SEATS,
  );
  const { response } = await call(connector, "count_seats", {
    request: { plan: "team" },
  });
  assertEquals(response, { seats: 8 });
  const { error } = await call(connector, "count_seats", {
    request: { plan: 1 },
  });
  assertEquals(error.error_code, "mock.bad_request");
  assert(
    error.message.startsWith("Invalid request - /request/plan"),
    error.message,
  );
});

Deno.test("registerCapability() lets a capability of one's own do without a credential", async () => {
  const connector = mockConnector();
  connector.registerCapability("ping", () => ({ response: {} }), {
    request: Type.Object({}),
    response: Type.Object({}),
    auth: false,
  });
  const answer = await connector.dispatch("ping", '{"request":{}}');
  assertEquals(JSON.parse(answer).response, {});
});

Deno.test("registerCapability() adds members to a standard request, and they show up in info", async () => {
  const connector = new Connector(BASICS);
  connector.registerCapability(
    "create_account",
    ({ request }) => ({
      response: {
        id: `${request.email}-${request.licence}`,
        status: "ACTIVE",
        created: true,
      },
    }),
    { request: Type.Object({ licence: Type.String() }) },
  );
  const request = { entitlements: [], email: "a@example.com" };
  const refused = await call(connector, "create_account", { request });
  assert(refused.error.message.includes("licence"), refused.error.message);
  const { response } = await call(connector, "create_account", {
    request: { ...request, licence: "pro" },
  });
  assertEquals(response, {
    id: "a@example.com-pro",
    status: "ACTIVE",
    created: true,
  });
  const { argument } =
    connector.info().response.capability_schema["create_account"] ??
      { argument: {} };
  assertEquals(
    (argument as { required: string[] }).required,
    ["entitlements", "licence"],
  );
});

Deno.test("registerCapability() does not let a standard member change its type", () => {
  assertThrows(
    () =>
      mockConnector().registerCapability(
        "delete_account",
        () => ({ response: { status: "DELETED", deleted: true } }),
        {
          request: {
            type: "object",
            properties: { account_id: { type: "integer" } },
          },
        },
      ),
    TypeError,
    'Cannot extend the request of delete_account: wanted the standard type for "account_id"',
  );
});

Deno.test("registerCapabilities() takes handlers with and without names for people", () => {
  const connector = mockConnector();
  connector.registerCapabilities({
    list_accounts: () => ({ response: [] }),
    list_resources: [() => ({ response: [] }), {
      displayName: "Projects",
      description: "All of them",
    }],
  });
  assertEquals(
    [...connector.capabilities.values()].map(({ displayName, description }) => [
      displayName,
      description,
    ]),
    [["List Accounts", null], ["Projects", "All of them"]],
  );
});

Deno.test("registerCapabilities() registers all or none", () => {
  const connector = mockConnector();
  connector.registerCapability("list_resources", () => ({ response: [] }));
  assertThrows(
    () =>
      connector.registerCapabilities({
        list_accounts: () => ({ response: [] }),
        list_resources: () => ({ response: [] }),
      }),
    DuplicateCapabilityError,
  );
  assertEquals([...connector.capabilities.keys()], ["list_resources"]);
});

Deno.test("Connector() does not see later changes of its schemas", async () => {
  const settings = { type: "object" as const, required: ["tenant"] };
  const connector = mockConnector({ settings });
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  settings.required.push("other");
  const answer = await call(connector, "list_accounts", {
    settings: { tenant: "t" },
  });
  assertEquals(answer.response, []);
});
