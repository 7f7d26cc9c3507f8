import { assertEquals } from "@std/assert";
import { staticClosure } from "../../dev/_bundle/build.ts";
import { bundleProblems, entryProblems } from "../../dev/_bundle/rules.ts";

Deno.test("staticClosure() follows static imports and stops at dynamic ones", () => {
  const files = new Map([
    ["mod.js", 'import{a}from"./a.js";import"./b.js";import("./lazy.js");'],
    ["a.js", 'export{c as a}from"./c.js";'],
    ["b.js", 'import{a}from"./a.js";import"node:fs";'],
    ["c.js", 'export const c=1;import("./lazy.js");'],
    ["lazy.js", 'import"./d.js";'],
    ["d.js", ""],
  ]);
  assertEquals(
    [...staticClosure(files, "mod.js")].sort(),
    ["a.js", "b.js", "c.js", "mod.js"],
  );
});

Deno.test("bundleProblems() names what an entry loads and must not", () => {
  assertEquals(
    bundleProblems({ subpath: "./crypto", never: ["node:", "hono"] }, {
      eager: 'import"node:fs";',
      lazy: "Context is not finalized",
    }),
    [`Cannot ship ./crypto: it loads node:, found '"node:'`],
  );
});

Deno.test("bundleProblems() names a mark that is not where it should be", () => {
  const entry = {
    subpath: ".",
    never: ["hono"],
    eager: ["crypto"],
    lazy: ["kv/fs"],
  } as const;
  assertEquals(
    bundleProblems(entry, { eager: "sluice-kv", lazy: "RSA-OAEP" }),
    [
      "Cannot find crypto by 'RSA-OAEP' in .: wanted a mark that is there",
      "Cannot find kv/fs by 'sluice-kv' in .: wanted a mark that is there",
    ],
  );
});

Deno.test("entryProblems() names an export that has no rules", () => {
  assertEquals(entryProblems(["./crypto", "./new", "."]), [
    "Cannot judge ./new: wanted an entry in dev/_bundle/rules.ts",
  ]);
});
