import { assertEquals } from "@std/assert";
import { moduleProblems } from "../../dev/_bundle/rules.ts";
import { lengthsByModule } from "../../dev/_bundle/source_map.ts";

Deno.test("lengthsByModule() gives each module the columns up to the next mapping", () => {
  // Column 2 is a.ts, column 5 is b.ts, and the second line is a.ts from its start.
  const map = { sources: ["a.ts", "b.ts"], mappings: "EAAA,GCAA;ADAA" };
  assertEquals(
    lengthsByModule("..aaabbbb\naaaaaa", map),
    new Map([["", 2], ["a.ts", 9], ["b.ts", 4]]),
  );
});

Deno.test("lengthsByModule() reads numbers of several digits, and mappings without a module", () => {
  const map = { sources: ["a.ts"], mappings: "AAAA,gC" };
  assertEquals(
    lengthsByModule(`${"a".repeat(32)};`, map),
    new Map([["", 1], ["a.ts", 32]]),
  );
});

Deno.test("moduleProblems() names the module by which a part is loaded", () => {
  const entry = {
    subpath: "a worker",
    neverParts: ["the filesystem", "a store", "the connector", "an XML parser"],
    modules: ["src/company_data/client.ts"],
  } as const;
  const loaded = [
    "src/kv/_fs_open.ts",
    "src/kv/kv.ts",
    "src/kv/_durable_store.ts",
    "src/kv/_walk.ts",
    "src/hono/webhook_receiver.ts",
    "src/hono/connector_routes.ts",
    "npm:fast-xml-parser/5.12.1/src/fxp.js",
  ];
  assertEquals(moduleProblems(entry, loaded), [
    "Cannot ship a worker: it loads the filesystem, by src/kv/_fs_open.ts",
    "Cannot ship a worker: it loads a store, by src/kv/_fs_open.ts",
    "Cannot ship a worker: it loads a store, by src/kv/_durable_store.ts",
    "Cannot ship a worker: it loads the connector, by src/hono/connector_routes.ts",
    "Cannot ship a worker: it loads an XML parser, by npm:fast-xml-parser/5.12.1/src/fxp.js",
    "Cannot find src/company_data/client.ts in a worker: wanted a list of its modules",
  ]);
});
