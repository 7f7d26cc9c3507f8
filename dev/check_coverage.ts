/**
 * Judges the coverage that a test run collected: `deno run -A dev/check_coverage.ts FOLDER`, with the folder that
 * `deno test --coverage=FOLDER` wrote.
 *
 * Prints the totals of `mod.ts` and `src/` and the ten files with most that is not reached, and exits with 1 when
 * fewer than 90 % of lines or of branches are, or when a module is loaded by no test. What runs in other processes
 * does not count: the killed writers of tests/crash, the examples, workerd, and `sluice` where it is started as a
 * command.
 *
 * @module
 */
import { fromFileUrl, join } from "@std/path";
import {
  coverageProblems,
  percent,
  totals,
  worstFiles,
} from "./_coverage/judge.ts";
import { type FileCoverage, parseLcov, type Share } from "./_coverage/lcov.ts";

const ROOT = fromFileUrl(import.meta.resolve("../"));
const WANTED_PERCENT = 90;
const SHOWN_FILES = 10;

async function main(folder = "cov"): Promise<void> {
  const sources = await modules();
  // The report needs what was run, and a test that starts a program with a configuration of its own replaces that.
  const paths = [...sources.keys()].map((path) => ROOT + path);
  await output(["cache", "--quiet", ...paths]);
  const files = await readCoverage(folder);
  console.log(row(["", "lines", "branches"]));
  console.log(coverageRow("all", totals(files)));
  for (const file of worstFiles(files, SHOWN_FILES)) {
    console.log(coverageRow(file.path, file));
  }
  const problems = coverageProblems(files, {
    percent: WANTED_PERCENT,
    modules: sources,
  });
  for (const problem of problems) console.log(problem);
  if (problems.length > 0) Deno.exit(1);
}

/** What the profiles of a folder say about the modules of the package, by their path in it. */
async function readCoverage(folder: string): Promise<FileCoverage[]> {
  const include = "--include=/(?:mod\\.ts$|src/)";
  return parseLcov(await output(["coverage", "--lcov", include, folder]))
    .filter(({ path }) => path.startsWith(ROOT))
    .map((file) => ({ ...file, path: relative(file.path) }))
    .filter(({ path }) => path === "mod.ts" || path.startsWith("src/"));
}

/** What Deno prints. */
async function output(args: string[]): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  await Deno.stderr.write(stderr);
  if (!success) throw new Error(`Cannot run deno ${args[0]}`);
  return new TextDecoder().decode(stdout);
}

/** The text of each module of the package. */
async function modules(): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const visit = async (path: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(path)) {
      const inside = join(path, name);
      if (isDirectory) await visit(inside);
      else found.set(relative(inside), await Deno.readTextFile(inside));
    }
  };
  await visit(join(ROOT, "src"));
  return found;
}

function relative(path: string): string {
  return path.slice(ROOT.length).replaceAll("\\", "/");
}

function coverageRow(
  name: string,
  { lines, branches }: { lines: Share; branches: Share },
): string {
  return row([name, cell(lines), cell(branches)]);
}

function cell(share: Share): string {
  const missed = share.found - share.hit;
  return `${percent(share).toFixed(1)} %${missed > 0 ? ` (-${missed})` : ""}`;
}

function row([first = "", ...rest]: readonly string[]): string {
  return first.padEnd(44) + rest.map((text) => text.padStart(16)).join("");
}

if (import.meta.main) await main(Deno.args[0]);
