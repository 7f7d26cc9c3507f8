import { join } from "@std/path";
import type { Violation } from "./violation.ts";

/** Checks that each export exists and is spelled like its file: `./company-data` is `src/company_data/mod.ts`. */
export async function exportViolations(root: string): Promise<Violation[]> {
  const source = await Deno.readTextFile(join(root, "deno.json"));
  const { exports } = JSON.parse(source) as { exports: Record<string, string> };
  const lines = source.split("\n");
  const violations: Violation[] = [];
  for (const [subpath, path] of Object.entries(exports)) {
    const message = await exportProblem(root, { subpath, path });
    if (!message) continue;
    // A path may stand in several lines, its pair in one.
    const line = lines.findIndex((text) =>
      text.includes(`"${subpath}":`) && text.includes(`"${path}"`)
    ) + 1;
    violations.push({ file: "deno.json", line, rule: "export", message });
  }
  return violations;
}

async function exportProblem(
  root: string,
  { subpath, path }: { subpath: string; path: string },
): Promise<string | undefined> {
  const wanted = spellings(subpath);
  if (!wanted.includes(path)) {
    return `Cannot export "${subpath}" from ${path}: wanted ${
      wanted.join(" or ")
    }`;
  }
  if (await isFile(join(root, path))) return undefined;
  return `Cannot export "${subpath}": ${path} does not exist`;
}

function spellings(subpath: string): string[] {
  if (subpath === ".") return ["./mod.ts"];
  const path = subpath.replace("./", "./src/").replaceAll("-", "_");
  return [`${path}.ts`, `${path}/mod.ts`];
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
