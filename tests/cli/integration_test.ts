import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { sluice } from "./_support.ts";

const SOURCE = new URL("../../src/integration/mod.ts", import.meta.url).href;

const MODULE = `
import { ActionError, ActionResult, ConnectedAccountInfo, Integration } from "${SOURCE}";
const integration = await Integration.load({
  name: "Greetings", version: "1.0.0", description: "Says hello",
  actions: { greet: {
    description: "Greets", input_schema: { required: ["name"] }, output_schema: { type: "string" },
  } },
  polling_triggers: { news: {
    description: "New", polling_interval: "1m", output_schema: {},
    input_schema: { properties: { fails: { type: "boolean" } } },
  } },
});
integration.action("greet")(({ name }) => {
  if (name === "Bob") return new ActionError("not here");
  if (name === "Eve") throw new Error("broken");
  return new ActionResult("Hello " + name);
});
integration.pollingTrigger("news")((inputs, since, context) => {
  if (inputs.fails) throw new Error("refused with key " + context.auth.credentials.key);
  if (inputs.fetches) return context.fetch("http://127.0.0.1:9/");
  return [{ id: "1", data: { since } }];
});
integration.connectedAccount()((context) => new ConnectedAccountInfo({ userId: context.auth.user }));
export default integration;
`;

const module = await Deno.makeTempFile({ suffix: ".js" });
await Deno.writeTextFile(module, MODULE);
globalThis.addEventListener("unload", () => Deno.removeSync(module));

const RUN = ["integration", "run", module];
const FAILING = ["--inputs", '{"fails":true}'];

for (
  const [name, code, type] of [
    ["Anna", EXIT.done, "action"],
    ["Bob", EXIT.left, "action_error"],
    ["Eve", EXIT.left, "error"],
    [undefined, EXIT.input, "validation_error"],
  ] as const
) {
  Deno.test(`integration run gives the envelope ${type}, and ends with ${code}`, async () => {
    const inputs = JSON.stringify({ name });
    const ran = await sluice([...RUN, "greet", "--inputs", inputs]);
    assertEquals([ran.code, ran.err], [code, ""]);
    assertEquals(JSON.parse(ran.out).type, type);
  });
}

Deno.test("integration run polls a trigger and finds an account, with inputs and credentials from files", async () => {
  const polled = await sluice([
    ...RUN,
    "news",
    "--trigger",
    "--since",
    "2026-01-01",
  ]);
  assertEquals(JSON.parse(polled.out), [{
    id: "1",
    data: { since: "2026-01-01" },
  }]);
  const found = await sluice([...RUN, "--account", "--auth-file", "-"], {
    readInput: () => Promise.resolve('{"user":"u1"}'),
  });
  assertEquals(JSON.parse(found.out).result.user_id, "u1");
  const read = await sluice([...RUN, "greet", "--inputs-file", "-"], {
    readInput: () => Promise.resolve('{"name":"A"}'),
  });
  assertEquals(JSON.parse(read.out).result.data, "Hello A");
});

for (const json of [[], ["--json"]]) {
  Deno.test(`integration run --trigger ${json} gives what a trigger throws as an envelope without the credentials, and ends with 4`, async () => {
    const auth = {
      auth_type: "Custom",
      credentials: { key: "planted-5ecret-key" },
    };
    const ran = await sluice(
      [...RUN, "news", "--trigger", "--auth-file", "-", ...FAILING, ...json],
      { readInput: () => Promise.resolve(JSON.stringify(auth)) },
    );
    assertEquals([ran.code, ran.err], [EXIT.left, ""]);
    assertEquals(JSON.parse(ran.out), {
      version: "2.0.0",
      type: "error",
      result: {
        message: "refused with key [redacted]",
        error_type: "Error",
      },
    });
  });
}

Deno.test("integration run --trigger gives an envelope, and ends with 1, for inputs that do not match and a name that is none", async () => {
  for (
    const args of [["news", "--inputs", '{"fails":"yes"}'], ["nothing"]]
  ) {
    const ran = await sluice([...RUN, ...args, "--trigger"]);
    assertEquals([ran.code, ran.err], [EXIT.input, ""]);
    assertEquals(JSON.parse(ran.out).type, "validation_error");
  }
});

Deno.test("integration run --trigger ends with 130 when it is told to stop", async () => {
  const inputs = ["--inputs", '{"fetches":true}'];
  const { code, out, err } = await sluice(
    [...RUN, "news", "--trigger", ...inputs],
    { signal: AbortSignal.abort("SIGINT") },
  );
  assertEquals([code, out, err], [EXIT.interrupted, "", ""]);
});

for (
  const [args, words] of [
    [[], "wanted either the name of an action or trigger, or --account"],
    [["greet", "--account"], "wanted either the name"],
    [["--account", "--trigger"], "Cannot use --account with --trigger"],
    [["--account", "--inputs", "{}"], "Cannot use --account with --trigger"],
    [["greet", "--since", "x"], "Cannot use --since: wanted with --trigger"],
    [
      ["greet", "--inputs-file", "-", "--auth-file", "-"],
      "wanted one of them from the standard input",
    ],
    [
      ["greet", "--inputs", '{"planted'],
      "Cannot use --inputs: it is not JSON",
    ],
    [["greet", "--inputs", "[1]"], "Cannot use --inputs: wanted a JSON object"],
    [
      ["greet", "--inputs", "{}", "--inputs-file", "x"],
      "wanted one of --inputs and",
    ],
    [
      ["greet", "--auth-file", "absent.json"],
      "Cannot read --auth-file in absent.json: there is no such file",
    ],
  ] as const
) {
  Deno.test(`integration run refuses ${JSON.stringify(args)}`, async () => {
    const { code, out, err } = await sluice([...RUN, ...args]);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
    assertEquals(err.includes("planted"), false);
  });
}

Deno.test("integration check names problems, and ends with 1 when one is an error", async () => {
  const { code, out } = await sluice(["integration", "check", module]);
  assertEquals(code, EXIT.input);
  assertStringIncludes(out, "error   /entry_point: ");
  const { out: json } = await sluice([
    "integration",
    "check",
    module,
    "--json",
  ]);
  assertEquals(Array.isArray(JSON.parse(json)), true);
});
