import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { sluice } from "./_support.ts";

const SOURCE = new URL("../../src/connector/mod.ts", import.meta.url).href;

const MODULE = `
import { Connector, credential } from "${SOURCE}";
const connector = new Connector({
  appId: "demo", version: "0.1.0", auth: credential("token"),
  descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
});
connector.registerCapability("list_accounts", ({ auth }) => {
  console.log("with", auth.token.token);
  return { response: [] };
});
export default connector;
`;

const folder = await Deno.makeTempDir();
globalThis.addEventListener(
  "unload",
  () => Deno.removeSync(folder, { recursive: true }),
);
const module = `${folder}/demo.js`;
await Deno.writeTextFile(module, MODULE);

const REQUEST = JSON.stringify({
  auth: { token: { token: "planted" } },
  request: {},
});

Deno.test("connector info prints what the connector is", async () => {
  const { code, out } = await sluice(["connector", "info", module]);
  assertEquals(code, EXIT.done);
  assertEquals(JSON.parse(out).response.app_id, "demo");
});

Deno.test("connector call prints the answer, and keeps the credential out of the log", async () => {
  const inputs = { readInput: () => Promise.resolve(REQUEST) };
  for (const flags of [["--json", REQUEST], ["--json-file", "-"]]) {
    const args = ["connector", "call", module, "list_accounts", ...flags];
    const { code, out, err } = await sluice(args, inputs);
    assertEquals(code, EXIT.done);
    assertEquals(JSON.parse(out).response, []);
    assertEquals(err, "with [redacted]\n");
  }
});

Deno.test("connector call refuses a capability that is not there, and no request", async () => {
  const oneOf = "Cannot call: wanted exactly one of --json and --json-file";
  const cases: [args: string[], words: string][] = [
    [
      ["nothing", "--json", REQUEST],
      "Cannot call nothing: the connector has no such capability, wanted one of list_accounts",
    ],
    [["serve", "--json", REQUEST], "the connector has no such capability"],
    [["list_accounts"], oneOf],
    [["list_accounts", "--json", "{}", "--json-file", "-"], oneOf],
    [
      ["list_accounts", "--json-file", "absent.json"],
      "Cannot read the request in absent.json: there is no such file",
    ],
    [
      ["list_accounts", "--json-file", REQUEST],
      "Cannot read the request: it is the text of a file and not its path",
    ],
  ];
  for (const [args, words] of cases) {
    const { code, out, err } = await sluice([
      "connector",
      "call",
      module,
      ...args,
    ]);
    assertEquals([code, out], [EXIT.input, ""]);
    assertMatch(err, /^Error: Cannot /);
    assertStringIncludes(err, words);
    assertEquals(err.includes("planted"), false);
  }
});

Deno.test("connector serve listens until it is told to stop", async () => {
  const stop = new AbortController();
  const listening = Promise.withResolvers<string>();
  const serving = sluice(["connector", "serve", module, "--port", "0"], {
    signal: stop.signal,
    err: (text) => Promise.resolve(listening.resolve(text)),
  });
  const [url = ""] = /http:\S+/.exec(await listening.promise) ?? [];
  const answer = await fetch(`${url}/list_accounts`, {
    method: "POST",
    body: REQUEST,
  });
  assertEquals((await answer.json()).response, []);
  stop.abort("SIGINT");
  assertEquals((await serving).code, EXIT.done);
});

Deno.test("connector scaffold writes a project, and overwrites none", async () => {
  const directory = `${folder}/project`;
  const args = ["connector", "scaffold", "my-app", directory];
  const made = await sluice([...args, "--json"]);
  assertEquals(made.code, EXIT.done);
  assertEquals(JSON.parse(made.out).files.includes("deno.json"), true);
  const again = await sluice(args);
  assertEquals(again.code, EXIT.input);
  assertStringIncludes(again.err, "is not empty");
  const bad = await sluice(["connector", "scaffold", "1 bad"]);
  assertEquals(bad.code, EXIT.input);
  assertStringIncludes(bad.err, "Cannot use name");
});

Deno.test("connector info takes what a scaffold makes", async () => {
  const made = `${folder}/integration.js`;
  await Deno.writeTextFile(
    made,
    `export { default as integration } from "file://${module}";`,
  );
  const { code, out } = await sluice(["connector", "info", made]);
  assertEquals(code, EXIT.done);
  assertEquals(JSON.parse(out).response.app_id, "demo");
});

Deno.test("connector commands refuse a module without a connector", async () => {
  const empty = `${folder}/empty.js`;
  await Deno.writeTextFile(empty, "export default 1;");
  const { code, err } = await sluice(["connector", "info", empty]);
  assertEquals(code, EXIT.input);
  assertStringIncludes(err, "wanted a Connector as its default export");
});
