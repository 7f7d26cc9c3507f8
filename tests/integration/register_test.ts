import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import {
  type ActionHandler,
  ActionResult,
  ConfigurationError,
  ConnectedAccountInfo,
  type ExecutionContext,
  Integration,
  type JsonObject,
} from "../../src/integration/mod.ts";
import { config, echo, mockContext, POLLING } from "./_support.ts";

Deno.test("action() registers a class as a standard decorator and gives it back unchanged", async () => {
  const integration = await Integration.load(config());

  @integration.action("echo")
  class Echo implements ActionHandler {
    execute(inputs: JsonObject, _context: ExecutionContext): ActionResult {
      return new ActionResult(inputs["text"]);
    }
  }

  assertEquals(typeof Echo, "function");
  assertEquals(new Echo() instanceof Echo, true);
  const result = await echo(integration);
  assertEquals(result.type, "action");
});

Deno.test("action() registers a class and a plain async function by a call", async () => {
  const integration = await Integration.load(config());
  class Echo {
    readonly execute = (inputs: { text: string }): Promise<ActionResult> =>
      Promise.resolve(new ActionResult(inputs.text));
  }
  assertEquals(integration.action("echo")(Echo), Echo);
  assertEquals((await echo(integration)).type, "action");
  const plain = async (inputs: { text: string }): Promise<ActionResult> => {
    await Promise.resolve();
    return new ActionResult(`${inputs.text}!`);
  };
  assertEquals(integration.action("echo")(plain), plain);
  const { result } = await echo(integration);
  assertEquals((result as ActionResult).data, "a!");
});

Deno.test("action() makes a fresh instance for every execution", async () => {
  const integration = await Integration.load(config());
  let made = 0;
  integration.action("echo")(
    class {
      #calls = 0;
      constructor() {
        made++;
      }
      execute(): ActionResult {
        return new ActionResult(`${++this.#calls}`);
      }
    },
  );
  await echo(integration);
  const { result } = await echo(integration);
  assertEquals((result as ActionResult).data, "1");
  assertEquals(made, 2);
});

Deno.test("action() and pollingTrigger() refuse a name that the configuration does not define", async () => {
  const integration = await Integration.load(config());
  assertThrows(
    () => integration.action("other")(() => new ActionResult(1)),
    ConfigurationError,
    'Cannot register action "other": the configuration does not define it',
  );
  assertThrows(
    () => integration.action("toString")(() => new ActionResult(1)),
    ConfigurationError,
  );
  assertThrows(
    () => integration.pollingTrigger("other")(() => []),
    ConfigurationError,
    'Cannot register polling trigger "other"',
  );
});

Deno.test("action() refuses what is no handler, and a class without the method fails when it runs", async () => {
  const integration = await Integration.load(config());
  assertThrows(
    () => integration.action("echo")({} as never),
    TypeError,
    "Cannot register the handler: wanted a class or a function, got object",
  );
  integration.action("echo")(class {} as never);
  await assertRejects(
    () => echo(integration),
    TypeError,
    "Cannot call the handler: its class has no method execute",
  );
});

Deno.test("pollingTrigger() and connectedAccount() take classes and functions, and decorate", async () => {
  const integration = await Integration.load(config(POLLING));
  const context = mockContext();

  @integration.pollingTrigger("news")
  class News {
    poll(): { id: number; data: unknown }[] {
      return [{ id: 1, data: { title: "a" } }];
    }
  }
  assertEquals(typeof News, "function");
  assertEquals(
    await integration.executePollingTrigger("news", {}, null, context),
    [{ id: 1, data: { title: "a" } }],
  );

  integration.connectedAccount()(
    class {
      getAccountInfo(): ConnectedAccountInfo {
        return new ConnectedAccountInfo({ email: "a@example.com" });
      }
    },
  );
  assertEquals(
    (await integration.getConnectedAccount(context)).type,
    "connected_account",
  );
});
