import { join } from "@std/path";
import type { Violation } from "./violation.ts";

interface Manifest {
  name: string;
  exports: Record<string, string>;
}

interface TextRule {
  rule: string;
  problem(line: string): string | undefined;
}

/** What a comment or a page may say: real subpaths only, and nothing that switches a layer rule or the types off. */
export async function textViolations(root: string): Promise<Violation[]> {
  const manifest = JSON.parse(
    await Deno.readTextFile(join(root, "deno.json")),
  ) as Manifest;
  const pages = await filesIn(root, { ext: ".md", deep: false });
  const sources = await filesIn(root, { folder: "src", ext: ".ts" });
  const subpaths = subpathRule(manifest);
  const found = [
    ...pages.map((file) => scan(root, { file, rules: [subpaths] })),
    ...[...sources, "mod.ts"].map((file) =>
      scan(root, { file, rules: [subpaths, escapeRule, typesRule] })
    ),
  ];
  return (await Promise.all(found)).flat();
}

const escapeRule: TextRule = {
  rule: "escape",
  problem: (line) =>
    /deno-lint-ignore-file|deno-lint-ignore\b.*\blayers\//.test(line)
      ? "Cannot switch a layer rule off: wanted code that keeps to it"
      : undefined,
};

// That there is no `any` is a rule of the linter, which a comment could switch off.
const typesRule: TextRule = {
  rule: "types",
  problem: (line) =>
    /deno-lint-ignore\b.*\bno-explicit-any\b|@ts-(?:ignore|expect-error|nocheck)\b/
        .test(line)
      ? "Cannot switch the types off: wanted unknown and a check"
      : undefined,
};

function subpathRule({ name, exports }: Manifest): TextRule {
  const mention = new RegExp(`${name}((?:/[a-z][a-z0-9_-]*)*)`, "g");
  return {
    rule: "subpath",
    problem(line): string | undefined {
      for (const [whole, subpath] of line.matchAll(mention)) {
        if (Object.hasOwn(exports, `.${subpath}`)) continue;
        return `Cannot find "${whole}": deno.json does not export it`;
      }
      return undefined;
    },
  };
}

async function scan(
  root: string,
  { file, rules }: { file: string; rules: TextRule[] },
): Promise<Violation[]> {
  const lines = (await Deno.readTextFile(join(root, file))).split("\n");
  return lines.flatMap((text, index) =>
    rules.flatMap(({ rule, problem }) => {
      const message = problem(text);
      return message ? [{ file, line: index + 1, rule, message }] : [];
    })
  );
}

async function filesIn(
  root: string,
  options: { folder?: string; ext: string; deep?: boolean },
): Promise<string[]> {
  const { folder, ext, deep = true } = options;
  const files: string[] = [];
  for await (const entry of Deno.readDir(join(root, folder ?? "."))) {
    const path = folder ? `${folder}/${entry.name}` : entry.name;
    if (entry.isFile && path.endsWith(ext)) files.push(path);
    if (!entry.isDirectory || !deep) continue;
    files.push(...await filesIn(root, { folder: path, ext }));
  }
  return files;
}
