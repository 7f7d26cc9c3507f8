import { assert, assertEquals } from "@std/assert";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { Type } from "typebox";
import {
  Connector,
  credential,
  type JsonObject,
  openApi,
  STANDARD_CAPABILITIES,
  type StandardCapability,
} from "../../src/connector/mod.ts";
import { AUTH, BASICS, call, mockConnector } from "./_support.ts";

function everything(): Connector {
  const connector = mockConnector();
  for (const name of Object.keys(STANDARD_CAPABILITIES)) {
    connector.registerCapability(
      name as StandardCapability,
      () => ({ response: {} }) as never,
    );
  }
  return connector;
}

/** The schema at a place of the document, judged on its own. */
function judge(
  document: JsonObject,
  pointer: string,
): (value: unknown) => boolean {
  const ajv = new Ajv2020({ strict: false });
  ajv.addSchema(document, "doc");
  return ajv.compile({ $ref: `doc#${pointer}` });
}

function bodyAt(name: string, part: "request" | "response"): string {
  const place = part === "request" ? "requestBody" : "responses/200";
  return `/paths/~1${name}/post/${place}/content/application~1json/schema`;
}

Deno.test("openApi() is a valid document of OpenAPI 3.1 for all capabilities", async () => {
  const validator = new Validator();
  const { valid, errors } = await validator.validate(openApi(everything()));
  assert(valid, JSON.stringify(errors));
  assertEquals(validator.version, "3.1");
});

Deno.test("openApi() is valid with all options, and its validator can say no", async () => {
  const connector = new Connector({
    ...BASICS,
    auth: credential("token", Type.Object({ region: Type.String() })),
    settings: Type.Object({ tenant: Type.String() }),
    descriptionData: {
      userFriendlyName: "Mock",
      categories: ["OTHER"],
      description: "d",
    },
  });
  connector.registerCapability(
    "count_seats",
    () => ({ response: { seats: 1 } }),
    {
      request: Type.Object({
        plan: Type.Optional(Type.Union([Type.String(), Type.Null()])),
      }),
      response: Type.Object({ seats: Type.Integer() }),
      description: "Counts",
    },
  );
  const document = openApi(connector, { prefix: "/mock" });
  assertEquals((await new Validator().validate(document)).valid, true);
  assertEquals(Object.keys(document["paths"] as JsonObject), [
    "/mock/count_seats",
  ]);
  const broken = { ...document, paths: { count_seats: {} } };
  assertEquals((await new Validator().validate(broken)).valid, false);
});

Deno.test("openApi() describes requests and answers as dispatch takes and gives them", async () => {
  const connector = mockConnector({
    settings: Type.Object({ tenant: Type.String() }),
  });
  connector.registerCapability("get_last_activity", () => ({
    response: [{
      account_id: "1",
      event_type: "last_login",
      happened_at: "2026-01-01",
    }],
    page: { token: "t" },
  }));
  const document = openApi(connector);
  const requests = judge(document, bodyAt("get_last_activity", "request"));
  const answers = judge(document, bodyAt("get_last_activity", "response"));
  const good = {
    auth: AUTH,
    request: { account_ids: ["1"] },
    settings: { tenant: "t" },
  };
  const wrong = [
    { ...good, auth: undefined },
    { ...good, auth: {} },
    { ...good, settings: undefined },
    { ...good, request: {} },
    { ...good, page: { size: "5" } },
  ].map((each) => JSON.parse(JSON.stringify(each)));
  for (const request of [good, ...wrong]) {
    const answer = JSON.parse(
      await connector.dispatch("get_last_activity", JSON.stringify(request)),
    );
    assertEquals(
      requests(request),
      answer.is_error === undefined,
      JSON.stringify(request),
    );
    assert(answers(answer), JSON.stringify(answer));
  }
  assert(!answers({ response: [{}], raw_data: null, page: null }));
});

Deno.test("openApi() shares nothing with the connector", async () => {
  const connector = mockConnector();
  connector.registerCapability("list_accounts", () => ({ response: [] }));
  const { components } = openApi(connector);
  Object.assign(
    (components as { schemas: { Page: JsonObject } }).schemas.Page,
    { type: "string" },
  );
  assertEquals(
    (await call(connector, "list_accounts", { page: {} })).response,
    [],
  );
});
