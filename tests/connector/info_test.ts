import { assertEquals } from "@std/assert";
import { Type } from "typebox";
import { Connector, credential } from "../../src/connector/mod.ts";
import { BASICS, mockConnector } from "./_support.ts";

Deno.test("info() says what the connector is", () => {
  const connector = new Connector({
    ...BASICS,
    version: "1.2.3",
    auth: credential("token"),
    settings: Type.Object({ tenant: Type.String() }),
    descriptionData: {
      userFriendlyName: "Mock",
      categories: ["DEVELOPERS", "OTHER"],
      description: "A mock",
      logoUrl: "https://mock.example/logo.svg",
      appVendorDomain: "mock.example",
    },
    resourceTypes: [{ typeId: "project", typeLabel: "Project" }],
    entitlementTypes: [
      { typeId: "role", typeLabel: "Role", resourceTypeId: "", min: 0 },
      {
        typeId: "licence",
        typeLabel: "Licence",
        resourceTypeId: "project",
        min: 1,
        max: 2,
      },
    ],
  });
  connector.registerCapability("validate_credentials", () => ({
    response: { valid: true, unique_tenant_id: "t" },
  }));
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  const { response, raw_data, page } = connector.info();
  assertEquals([raw_data, page], [null, null]);
  const {
    capability_schema,
    authentication_schema,
    request_settings_schema,
    ...rest
  } = response;
  assertEquals(rest, {
    app_id: "mock",
    version: "1.2.3",
    capabilities: ["list_accounts", "validate_credentials"],
    oauth_scopes: null,
    logo_url: "https://mock.example/logo.svg",
    user_friendly_name: "Mock",
    description: "A mock",
    categories: ["DEVELOPERS", "OTHER"],
    entitlement_types: [
      {
        type_id: "role",
        type_label: "Role",
        resource_type_id: "",
        min: 0,
        max: null,
      },
      {
        type_id: "licence",
        type_label: "Licence",
        resource_type_id: "project",
        min: 1,
        max: 2,
      },
    ],
    resource_types: [{ type_id: "project", type_label: "Project" }],
    app_vendor_domain: "mock.example",
  });
  assertEquals(Object.keys(capability_schema), [
    "list_accounts",
    "validate_credentials",
  ]);
  assertEquals(
    capability_schema["list_accounts"]?.display_name,
    "List Accounts",
  );
  assertEquals(capability_schema["list_accounts"]?.output, {
    title: "Empty",
    type: "object",
    properties: {},
  });
  assertEquals(capability_schema["validate_credentials"]?.output, {
    title: "ValidatedCredentials",
    type: "object",
    required: ["valid", "unique_tenant_id"],
    properties: {
      valid: { type: "boolean" },
      unique_tenant_id: { type: "string" },
    },
  });
  assertEquals(authentication_schema, {
    title: "TokenCredential",
    type: "object",
    required: ["token"],
    properties: {
      token: { type: "string", "x-secret": true, "x-field_type": "SECRET" },
    },
  });
  assertEquals(request_settings_schema, {
    type: "object",
    required: ["tenant"],
    properties: { tenant: { type: "string" } },
  });
});

Deno.test("info() says null and empty for what was left out", () => {
  const { response } = mockConnector().info();
  assertEquals(
    [
      response.description,
      response.logo_url,
      response.app_vendor_domain,
      response.resource_types,
      response.entitlement_types,
      response.capabilities,
      response.request_settings_schema,
    ],
    [null, null, null, [], [], [], {
      title: "Empty",
      type: "object",
      properties: {},
    }],
  );
});

Deno.test("info() gives out nothing that the connector goes on using", () => {
  const connector = mockConnector();
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  const first = connector.info();
  first.response.capabilities.push("x");
  Object.assign(first.response.authentication_schema, { required: [] });
  assertEquals(connector.info().response.capabilities, ["list_accounts"]);
  assertEquals(
    (connector.info().response.authentication_schema as { required: string[] })
      .required,
    ["username", "password"],
  );
});
