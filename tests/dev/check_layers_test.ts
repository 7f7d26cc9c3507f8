import { assertEquals } from "@std/assert";
import { dirname, join } from "@std/path";
import { checkLayers } from "../../dev/check_layers.ts";
import { importBreach } from "../../dev/_layers/order.ts";

const GOOD: Record<string, string> = {
  "deno.json": `{
  "name": "@sluice/edge",
  "exports": {
    ".": "./mod.ts",
    "./company-data": "./src/company_data/mod.ts",
    "./errors": "./src/errors.ts"
  }
}
`,
  "mod.ts": 'export { client } from "./src/client.ts";\n',
  "README.md": "`@sluice/edge` has `@sluice/edge/company-data`.\n",
  "src/errors.ts": 'import "./_internal/json.ts";\nexport const code = 1;\n',
  "src/client.ts": 'export { a as client } from "./company_data/mod.ts";\n',
  "src/_internal/json.ts": "export const json = 1;\n",
  "src/_internal/clock.ts":
    "export const t = [Date.now(), setTimeout, new Date()];\n",
  "src/_internal/backoff.ts": "export const r = Math.random();\n",
  "src/crypto/_der.ts": "export const der = 1;\n",
  "src/crypto/mod.ts": 'export { der } from "./_der.ts";\n',
  "src/kv/fs.ts": 'import "node:fs";\nexport const cwd = Deno.cwd();\n',
  "src/kv/_fs_log.ts": 'export { cwd } from "./fs.ts";\nDeno.cwd();\n',
  "src/company_data/mod.ts":
    'import { a } from "./a.ts";\nexport { a };\nexport type { B } from "./a.ts";\n',
  "src/company_data/a.ts": `import { der } from "../crypto/mod.ts";
import { json } from "../_internal/json.ts";
export interface B { Deno?: { now: number }; timer: ReturnType<typeof setTimeout> }
// Deno.cwd(), Date.now(), "node:fs" and export * from "../hono/mod.ts" are words here.
export const a = [der, json, "Deno.cwd()", (globalThis as { Deno?: 1 }).Deno, new Date(0)];
`,
};

async function violationsOf(
  changes: Record<string, string>,
): Promise<string[]> {
  const root = await Deno.makeTempDir();
  try {
    for (const [path, source] of Object.entries({ ...GOOD, ...changes })) {
      await Deno.mkdir(dirname(join(root, path)), { recursive: true });
      await Deno.writeTextFile(join(root, path), source);
    }
    const violations = await checkLayers(root);
    return violations.map(({ file, line, rule }) => `${file}:${line} ${rule}`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("checkLayers() finds nothing in a tree that keeps to the rules", async () => {
  assertEquals(await violationsOf({}), []);
});

Deno.test("checkLayers() reports an import of a higher layer, whatever its form", async () => {
  assertEquals(
    await violationsOf({
      "src/crypto/x.ts": `import "../kv/fs.ts";
export { cwd } from "../kv/fs.ts";
export type { B } from "../company_data/a.ts";
export type C = import("../company_data/a.ts").B;
export const lazy = () => import(
  "../company_data/a.ts"
);
`,
      "src/kv/x.ts": 'import "../client.ts";\n',
      "src/_internal/x.ts": 'import "../errors.ts";\n',
    }),
    [
      "src/_internal/x.ts:1 order",
      "src/crypto/x.ts:1 order",
      "src/crypto/x.ts:2 order",
      "src/crypto/x.ts:3 order",
      "src/crypto/x.ts:4 order",
      "src/crypto/x.ts:6 order",
      "src/kv/x.ts:1 order",
    ],
  );
});

Deno.test("checkLayers() reports a folder that has no layer", async () => {
  assertEquals(
    await violationsOf({
      "src/extra/a.ts": 'import "./b.ts";\n',
      "src/extra/b.ts": "export {};\n",
    }),
    ["src/extra/a.ts:1 order"],
  );
});

Deno.test("checkLayers() reports an import of another folder's private file", async () => {
  assertEquals(
    await violationsOf({
      "mod.ts": 'export { der } from "./src/crypto/_der.ts";\n',
      "src/kv/x.ts": 'import "../crypto/_der.ts";\nimport "./_fs_log.ts";\n',
    }),
    ["mod.ts:1 private", "src/kv/x.ts:1 private"],
  );
});

Deno.test("checkLayers() reports an import from outside src", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts": `import "../../tests/a.ts";
import "../../dev/a.ts";
import "../../examples/a.ts";
import "../../mod.ts";
import "@sluice/edge/errors";
import "npm:hono@4";
import "https://example.com/a.ts";
import "hono";
`,
    }),
    [1, 2, 3, 4, 5, 6, 7].map((line) => `src/kv/x.ts:${line} outside`),
  );
});

Deno.test("checkLayers() reports a dynamic import that cannot be followed", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts": "export const a = (b: string) => import(b);\n",
    }),
    ["src/kv/x.ts:1 dynamic"],
  );
});

Deno.test("checkLayers() reports code in mod.ts and export * anywhere", async () => {
  assertEquals(
    await violationsOf({
      "src/crypto/mod.ts":
        'export { der } from "./_der.ts";\nexport const a = 1;\nconsole.log(a);\n',
      "src/kv/x.ts": 'export * from "./fs.ts";\n',
    }),
    [
      "src/crypto/mod.ts:2 surface",
      "src/crypto/mod.ts:3 surface",
      "src/kv/x.ts:1 export-all",
    ],
  );
});

Deno.test("checkLayers() reports node: outside the filesystem store", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts":
        'import "node:fs";\nexport const a = () => import("node:os");\n',
      "src/crypto/_fs.ts": 'export const name = "node:fs";\n',
    }),
    ["src/crypto/_fs.ts:1 node", "src/kv/x.ts:1 node", "src/kv/x.ts:2 node"],
  );
});

Deno.test("checkLayers() reports Deno outside the filesystem store and the command", async () => {
  assertEquals(
    await violationsOf({
      "src/cli/main.ts": "Deno.exit(0);\n",
      "src/kv/x.ts":
        "export let kv: Deno.Kv;\nexport const { env } = Deno;\nexport const b = { Deno };\n",
    }),
    ["src/kv/x.ts:1 deno", "src/kv/x.ts:2 deno", "src/kv/x.ts:3 deno"],
  );
});

Deno.test("checkLayers() reports time and chance outside clock and backoff", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts": `export const a = Date.now();
export const b = Math["random"]();
export const c = setTimeout(() => {}, 1);
export const d = globalThis.setInterval;
export const e = new Date();
export const f = performance.now;
export const g = { setTimeout };
`,
    }),
    [1, 2, 3, 5, 6, 7].map((line) => `src/kv/x.ts:${line} clock`),
  );
});

Deno.test("checkLayers() reports exports that are missing or spelled otherwise", async () => {
  assertEquals(
    await violationsOf({
      "deno.json": `{
  "name": "@sluice/edge",
  "exports": {
    ".": "./mod.ts",
    "./company-data": "./src/company_data/a.ts",
    "./errors": "./src/errors.ts",
    "./kv/deno": "./src/kv/deno.ts"
  }
}
`,
    }),
    ["deno.json:5 export", "deno.json:7 export"],
  );
});

Deno.test("checkLayers() reports a subpath that words name and nobody exports", async () => {
  assertEquals(
    await violationsOf({
      "README.md": "ok\n`@sluice/edge/company_data`\n`@sluice/edge/webhook`\n",
      "src/kv/x.ts": "// see @sluice/edge/spool\n",
    }),
    ["README.md:2 subpath", "README.md:3 subpath", "src/kv/x.ts:1 subpath"],
  );
});

Deno.test("checkLayers() reports a comment that switches its rules off", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts":
        "// deno-lint-ignore layers/clock\nexport const a = Date.now();\n",
      "src/kv/y.ts": "// deno-lint-ignore-file\nDeno.exit(0);\n",
    }),
    ["src/kv/x.ts:1 escape", "src/kv/y.ts:1 escape"],
  );
});

Deno.test("checkLayers() reports a comment that switches the types off", async () => {
  assertEquals(
    await violationsOf({
      "src/kv/x.ts":
        "// deno-lint-ignore no-console no-explicit-any -- why\nexport let a: any;\n",
      "src/kv/y.ts": "// @ts-ignore\nexport const b: string = 1;\n",
      "src/kv/z.ts":
        "// deno-lint-ignore require-await\nexport const any = 1;\n",
    }),
    ["src/kv/x.ts:1 types", "src/kv/y.ts:1 types"],
  );
});

Deno.test("checkLayers() reports a file that cannot be parsed", async () => {
  assertEquals(
    await violationsOf({ "src/kv/x.ts": "export const = 1;\n" }),
    ["src/kv/x.ts:1 syntax"],
  );
});

Deno.test("importBreach() says which layer is above which", () => {
  const site = {
    file: "src/crypto/a.ts",
    specifier: "../kv/kv.ts",
  };
  assertEquals(importBreach(site), {
    rule: "order",
    message: 'Cannot import "src/kv/kv.ts": kv is above crypto',
  });
});
