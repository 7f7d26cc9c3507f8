import { fromFileUrl } from "@std/path";
import type { Violation } from "./violation.ts";

interface LintReport {
  diagnostics: {
    filename: string;
    range: { start: { line: number } };
    code: string;
    message: string;
  }[];
  errors: { file_path: string; message: string }[];
}

/** Runs the plugin of this folder over `src/` and `mod.ts` of the package at `root`, an absolute path. */
export async function sourceViolations(root: string): Promise<Violation[]> {
  const { diagnostics, errors } = await lint(root);
  return [
    ...errors.map(({ file_path, message }) => ({
      file: relativeTo(root, file_path),
      line: 1,
      rule: "syntax",
      message,
    })),
    ...diagnostics.map(({ filename, range, code, message }) => ({
      file: relativeTo(root, fromFileUrl(filename)),
      line: range.start.line,
      rule: code.replace("layers/", ""),
      message,
    })),
  ];
}

async function lint(root: string): Promise<LintReport> {
  const config = fromFileUrl(import.meta.resolve("./layers.json"));
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["lint", "--json", "--config", config, "src", "mod.ts"],
    cwd: root,
    stdin: "null",
  }).output();
  try {
    return JSON.parse(new TextDecoder().decode(stdout)) as LintReport;
  } catch (cause) {
    const reason = new TextDecoder().decode(stderr);
    throw new Error(`Cannot read the lint report: ${reason}`, { cause });
  }
}

function relativeTo(root: string, path: string): string {
  return path.slice(root.length + 1).replaceAll("\\", "/");
}
