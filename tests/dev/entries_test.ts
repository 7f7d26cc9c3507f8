import { assertEquals } from "@std/assert";
import { entryProblems } from "../../dev/_bundle/rules.ts";

// What these reach is a host: a folder, or a terminal.
const HOST_ENTRIES = [".", "./cli", "./kv/fs"];

interface Manifest {
  readonly exports: Readonly<Record<string, string>>;
  readonly tasks: { readonly "check:edge": { readonly command: string } };
}

const { exports, tasks } = JSON.parse(
  await Deno.readTextFile(new URL("../../deno.json", import.meta.url)),
) as Manifest;

Deno.test("deno.json checks the types of every entry without a host, but for those that are of one", () => {
  const checked = tasks["check:edge"].command.match(/src\/\S+/g) ?? [];
  const wanted = Object.entries(exports)
    .filter(([subpath]) => !HOST_ENTRIES.includes(subpath))
    .map(([, path]) => path.replace("./", ""));
  assertEquals(checked.toSorted(), wanted.toSorted());
});

Deno.test("dev/_bundle/rules.ts says of every entry what must not be in it", () => {
  assertEquals(entryProblems(Object.keys(exports)), []);
});
