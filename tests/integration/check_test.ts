import { assertEquals, assertThrows } from "@std/assert";
import {
  ActionResult,
  ConnectedAccountInfo,
  Integration,
} from "../../src/integration/mod.ts";
import { config, FORM, POLLING } from "./_support.ts";

async function check(
  more: Record<string, unknown> = {},
  register: (integration: Integration) => void = (integration) => {
    integration.action("echo")(() => new ActionResult("x"));
  },
): Promise<string[]> {
  const integration = await Integration.load(config(more));
  register(integration);
  return integration.check()
    .map(({ severity, pointer, message }) =>
      `${severity} ${pointer} ${message}`
    );
}

Deno.test("check() finds nothing where all is well", async () => {
  assertEquals(await check(), []);
  assertEquals(await check({ auth: FORM }), []);
  const platform = { type: "platform", provider: "github", scopes: ["a"] };
  assertEquals(await check({ auth: platform }), []);
  assertEquals(
    await check({ auth: { type: "platform", provider: "bitly" } }),
    [],
  );
});

Deno.test("check() tells definitions without a handler", async () => {
  assertEquals(await check(POLLING, () => {}), [
    "error /actions/echo wanted a handler, none is registered",
    "error /polling_triggers/news wanted a handler, none is registered",
  ]);
});

Deno.test("check() tells handlers without a definition", async () => {
  const found = await check({}, (integration) => {
    integration.action("echo")(() => new ActionResult("x"));
    assertThrows(() => integration.action("other")(() => new ActionResult(1)));
    assertThrows(() => integration.pollingTrigger("news")(() => []));
  });
  assertEquals(found, [
    "error /actions/other wanted a definition for the handler that was registered",
    "error /polling_triggers/news wanted a definition for the handler that was registered",
  ]);
});

Deno.test("check() compares the connected account with what the configuration promises", async () => {
  const at = "/supports_connected_account";
  assertEquals(await check({ supports_connected_account: true }), [
    `error ${at} wanted a connected account handler, none is registered`,
  ]);
  const found = await check({}, (integration) => {
    integration.action("echo")(() => new ActionResult("x"));
    integration.connectedAccount()(() => new ConnectedAccountInfo());
  });
  assertEquals(found, [
    `warning ${at} wanted true, because a handler is registered`,
  ]);
});

Deno.test("check() tells schemas that are not valid draft 7, with their place", async () => {
  const actions = {
    echo: {
      display_name: "Echo",
      description: "",
      input_schema: { properties: { a: { type: "text" } } },
      output_schema: null,
    },
  };
  const fields = {
    properties: { key: { type: "string", required: false } },
  };
  const found = await check({ actions, auth: { type: "custom", fields } });
  const places = [...new Set(found.map((line) => line.split(" ")[1]))];
  assertEquals(places, [
    "/auth/fields/properties/key/required",
    "/actions/echo/input_schema/properties/a/type",
    "/actions/echo/output_schema",
  ]);
});

const AUTHS: [unknown, string[]][] = [
  [{ type: "oauth2_pkce" }, [
    'warning /auth/type wanted "platform" or "custom"',
  ]],
  [{ provider: "x" }, ['warning /auth/type wanted "platform" or "custom"']],
  [{ type: "platform", scopes: "a" }, [
    "error /auth/provider wanted the name of the provider",
    "error /auth/scopes wanted a list",
  ]],
  [{ type: "custom" }, ["error /auth/fields wanted a schema with properties"]],
  [{ type: "custom", fields: {} }, [
    "error /auth/fields wanted a schema with properties",
  ]],
  [null, ["error /auth wanted an object or nothing"]],
];

for (const [auth, found] of AUTHS) {
  Deno.test(`check() judges the credentials section ${JSON.stringify(auth)}`, async () => {
    assertEquals(await check({ auth }), found);
  });
}

Deno.test("check() tells what the tools of the platform would, errors first", async () => {
  const actions = {
    Echo: { description: "", input_schema: {}, output_schema: {} },
  };
  const found = await check(
    {
      actions,
      version: "1.0",
      name: 5,
      entry_point: undefined,
      display_name: " ",
    },
    (integration) => {
      integration.action("Echo")(() => new ActionResult("x"));
    },
  );
  assertEquals(found, [
    "error /name wanted a text that is not blank",
    "error /entry_point wanted the file that is started",
    "warning /version wanted three numbers with dots between, such as 1.0.0",
    "warning /display_name wanted a name for people",
    "warning /actions/Echo wanted a name in lower case",
    "warning /actions/Echo/display_name wanted a name for people",
  ]);
  assertEquals(await check({ actions: {} }, () => {}), [
    "error /actions wanted at least one action",
  ]);
});
