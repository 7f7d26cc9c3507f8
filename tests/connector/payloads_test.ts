import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import {
  type JsonObject,
  STANDARD_CAPABILITIES,
  type StandardCapability,
} from "../../src/connector/mod.ts";
import { type Answer, call, mockConnector } from "./_support.ts";

const STATUS = "ACTIVE";
const CLIENT = { client_id: "id", client_secret: "client-secret" };
const TOKEN = { access_token: "token-value", token_type: "bearer" };
const ASSIGNMENT = {
  account_integration_specific_id: "a",
  resource_integration_specific_id: "",
  resource_type: "",
  entitlement_type: "role",
  entitlement_integration_specific_id: "e",
};

/** A request and a response of each capability, and what is wrong when a member is taken out or turned. */
const SAMPLES: Record<
  StandardCapability,
  {
    request: JsonObject;
    response: unknown;
    wrong?: JsonObject;
    badResponse?: unknown;
  }
> = {
  validate_credentials: {
    request: {},
    response: { valid: true, unique_tenant_id: "t" },
    badResponse: { valid: "yes", unique_tenant_id: "t" },
  },
  list_accounts: {
    request: { custom_attributes: ["a"] },
    response: [{
      integration_specific_id: "1",
      user_status: STATUS,
      account_type: "user",
    }],
    wrong: { custom_attributes: "a" },
    badResponse: [{ integration_specific_id: "1", user_status: "ASLEEP" }],
  },
  list_resources: {
    request: {},
    response: [{
      integration_specific_id: "1",
      label: "l",
      resource_type: "t",
    }],
    badResponse: [{ integration_specific_id: "1", label: "l" }],
  },
  list_entitlements: {
    request: { custom_attributes: null },
    response: [{
      entitlement_type: "role",
      integration_specific_id: "1",
      integration_specific_resource_id: "",
      label: "l",
      is_assignable: true,
    }],
    wrong: { custom_attributes: [1] },
    badResponse: {},
  },
  find_entitlement_associations: {
    request: {},
    response: [{
      account_id: "1",
      integration_specific_entitlement_id: "2",
      integration_specific_resource_id: "",
    }],
    badResponse: [{ account: { id: "1" } }],
  },
  get_last_activity: {
    request: { account_ids: ["1"] },
    response: [{
      account_id: "1",
      event_type: "last_login",
      happened_at: "2026-01-01T00:00:00+02:00",
    }],
    wrong: {},
    badResponse: [{ account_id: "1" }],
  },
  list_custom_attributes_schema: {
    request: {},
    response: [{
      customized_type: "ACCOUNT",
      name: "n",
      attribute_type: "STRING",
    }],
    badResponse: [{
      customized_type: "GROUP",
      name: "n",
      attribute_type: "STRING",
    }],
  },
  create_account: {
    request: {
      entitlements: [{
        entitlement_type: "licence",
        integration_specific_id: "1",
      }],
      email: "a@b.c",
    },
    response: { id: "1", status: STATUS, created: true },
    wrong: { email: "a@b.c" },
    badResponse: { id: "1", status: STATUS },
  },
  delete_account: {
    request: { account_id: "1" },
    response: { status: "DELETED", deleted: true },
    wrong: { account_id: 1 },
    badResponse: { status: "GONE", deleted: true },
  },
  activate_account: {
    request: { account_id: "1" },
    response: { status: STATUS, activated: true },
    wrong: {},
    badResponse: { activated: true },
  },
  deactivate_account: {
    request: { account_id: "1" },
    response: { status: "SUSPENDED", deactivated: true },
    wrong: { account_id: null },
    badResponse: { status: "SUSPENDED" },
  },
  assign_entitlement: {
    request: ASSIGNMENT,
    response: { assigned: true },
    wrong: { ...ASSIGNMENT, resource_type: undefined },
    badResponse: { unassigned: true },
  },
  unassign_entitlement: {
    request: ASSIGNMENT,
    response: { unassigned: true },
    wrong: { ...ASSIGNMENT, entitlement_type: 5 },
    badResponse: { assigned: true },
  },
  get_authorization_url: {
    request: {
      client_id: "id",
      scopes: [],
      redirect_uri: "https://a.example/cb",
      state: "s",
    },
    response: { authorization_url: "https://a.example" },
    wrong: { client_id: "id", scopes: "a b", redirect_uri: "r", state: "s" },
    badResponse: {},
  },
  handle_authorization_callback: {
    request: {
      ...CLIENT,
      redirect_uri_with_code: "https://a.example/cb?code=c",
    },
    response: { ...TOKEN, refresh_token: "r", expires_in: 3600 },
    wrong: CLIENT,
    badResponse: { ...TOKEN, token_type: "mac" },
  },
  handle_client_credentials_request: {
    request: { ...CLIENT, scopes: ["a"] },
    response: TOKEN,
    wrong: CLIENT,
    badResponse: { token_type: "bearer" },
  },
  refresh_access_token: {
    request: { ...CLIENT, refresh_token: "r" },
    response: { ...TOKEN, state: "s" },
    wrong: CLIENT,
    badResponse: { ...TOKEN, expires_in: 1.5 },
  },
  update_account: {
    request: { id: "1", nickname: "n" },
    response: { id: "1", nickname: "n" },
    wrong: {},
    badResponse: {},
  },
  list_expenses: {
    request: { filters: { a: 1 } },
    response: [{}],
    wrong: { filters: [] },
    badResponse: [1],
  },
  info: { request: {}, response: { app_id: "mock" }, badResponse: [] },
  app_info: { request: {}, response: {}, badResponse: null },
  connected_info: { request: {}, response: {}, badResponse: 5 },
};

const names = Object.keys(SAMPLES) as StandardCapability[];

Deno.test("STANDARD_CAPABILITIES are all tried here", () => {
  assertEquals(names, Object.keys(STANDARD_CAPABILITIES));
});

for (const name of names) {
  const { request, response, wrong, badResponse } = SAMPLES[name];

  const answerOf = async (
    given: JsonObject,
    result: unknown,
  ): Promise<Answer> => {
    const connector = mockConnector();
    connector.registerCapability(name, () => ({ response: result }) as never);
    return await call(connector, name, { request: given });
  };

  Deno.test(`${name} takes its request and gives its response`, async () => {
    const answer = await answerOf(request, response);
    assertEquals(answer.is_error, undefined, JSON.stringify(answer));
    const sent = Array.isArray(response) ? response : [response];
    const got = Array.isArray(answer.response)
      ? answer.response
      : [answer.response];
    sent.forEach((each, i) => assertEquals({ ...got[i], ...each }, got[i]));
  });

  if (wrong) {
    Deno.test(`${name} refuses a request of another form`, async () => {
      const { error } = await answerOf(wrong, response);
      assertEquals(error.error_code, "mock.bad_request");
      assert(error.message.includes("/request"), error.message);
    });
  }

  Deno.test(`${name} does not give out a response of another form`, async () => {
    const { error } = await answerOf(request, badResponse);
    assertEquals([error.error_code, error.raised_by], [
      "mock.unexpected_error",
      "ValidationError",
    ]);
  });

  Deno.test(`${name} has schemas that a second validator reads alike`, () => {
    const ajv = new Ajv({ strict: false });
    const schemas = STANDARD_CAPABILITIES[name];
    assert(ajv.validate(schemas.request, request));
    assert(ajv.validate(schemas.response, response));
    if (wrong) {
      assert(!ajv.validate(schemas.request, JSON.parse(JSON.stringify(wrong))));
    }
    assert(!ajv.validate(schemas.response, badResponse));
  });
}
