import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { printableJson } from "../../src/cli/_terminal/printable.ts";
import { linesOf, sluice, startWorld, valuesOf } from "./_support.ts";

// Of a text that a terminal shows, everything that it would obey, and what turns the order of the letters round.
const OBEYED = /[^\P{C}\n]/u;
const HOSTILE = "a\x1b]0;PWNED\x07\x1b[2J\u009b31m\u202eb";

function platform(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    () =>
      Response.json({ error_key: HOSTILE, message: HOSTILE }, { status: 403 }),
  );
}

for (const args of [["drain", "--ndjson"], ["doctor"]]) {
  for (const json of [[], ["--json"]]) {
    const words = [...args, ...json];
    Deno.test(`${words.join(" ")} shows nothing of the platform that a terminal obeys`, async () => {
      await using world = await startWorld();
      await using server = platform();
      const env = { ALLUS_API_URL: `http://127.0.0.1:${server.addr.port}` };
      const { code, out, err } = await world.sluice(words, { env });
      assertEquals(code, EXIT.platform);
      assertStringIncludes(out + err, "HTTP 403 (a ]0;PWNED");
      assertEquals(OBEYED.exec(out + err), null);
    });
  }
}

Deno.test("an error of a module, and its name, are shown as one line that no terminal obeys", async () => {
  await using world = await startWorld();
  const module = await world.write(
    "m\x1b[2J.js",
    `throw new Error(${JSON.stringify(HOSTILE)});`,
  );
  const words = ["drain", "--module", module];
  const { code, err } = await world.sluice(words);
  assertEquals(code, EXIT.input);
  assertMatch(err, /^Error: Cannot load the module .*m\ufffd\[2J\.js: /);
  assertEquals(OBEYED.exec(err), null);
  const json = await world.sluice([...words, "--json"]);
  assertEquals(OBEYED.exec(json.err), null);
  // Nothing is lost of it in JSON.
  assertStringIncludes(JSON.parse(json.err).error.message, HOSTILE);
});

Deno.test("an unknown command is shown as what no terminal obeys", async () => {
  const { code, err } = await sluice([HOSTILE]);
  assertEquals(code, EXIT.input);
  assertEquals(OBEYED.exec(err), null);
});

Deno.test("NDJSON holds values as they are, and nothing that a terminal obeys", async () => {
  await using world = await startWorld();
  const person = await world.sandbox.connect({ displayName: HOSTILE });
  await world.sandbox.publish({
    event: "field_updated",
    slug: "job_title",
    person,
    value: HOSTILE,
  });
  const drained = await world.sluice(["drain", "--ndjson"]);
  assertEquals(valuesOf(drained.out), [HOSTILE]);
  const people = await world.sluice(["connections", "export"]);
  assertEquals(linesOf(people.out)[0]?.["displayName"], HOSTILE);
  assertEquals(OBEYED.exec(drained.out + people.out), null);
});

Deno.test("printableJson() writes what lies beyond the first plane as a pair", () => {
  const text = JSON.stringify("\u{e0041}\u2028\u007f😀");
  assertEquals(printableJson(text), '"\\udb40\\udc41\\u2028\\u007f😀"');
  assertEquals(JSON.parse(printableJson(text)), JSON.parse(text));
});
