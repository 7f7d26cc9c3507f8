/**
 * Prints how much a host loads for each entry, and what must not be in it: `deno task bundle:report`. With `--check`
 * a forbidden text makes it exit with 1.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { buildBundle, type BuiltBundle } from "./_bundle/build.ts";
import {
  bundleProblems,
  ENTRIES,
  entryProblems,
  moduleProblems,
} from "./_bundle/rules.ts";

const HEADINGS = ["entry", "minified", "gzipped", "lazy"];
const SHOWN_MODULES = 12;

async function main(): Promise<void> {
  const exports = await readExports();
  const problems = entryProblems(Object.keys(exports));
  const details: string[] = [];
  console.log(row(HEADINGS));
  for (const entry of ENTRIES) {
    const path = entry.path ?? exports[entry.subpath];
    if (!path) throw new Error(`Cannot find ${entry.subpath} in deno.json`);
    const bundle = await buildBundle(path);
    problems.push(
      ...bundleProblems(entry, bundle),
      ...moduleProblems(entry, bundle.modules.keys()),
    );
    const gzipped = await gzippedLength(bundle.eager);
    console.log(row([
      entry.subpath,
      kilobytes(encodedLength(bundle.eager)),
      kilobytes(gzipped),
      bundle.lazy ? kilobytes(encodedLength(bundle.lazy)) : "",
    ]));
    const { subpath, aim } = entry;
    if (aim) details.push(...detailsOf(bundle, { subpath, aim, gzipped }));
  }
  for (const detail of details) console.log(detail);
  for (const problem of problems) console.log(problem);
  if (problems.length > 0 && Deno.args.includes("--check")) Deno.exit(1);
}

/** Where the bytes of a bundle go: by folder, and by the largest modules. */
function detailsOf(
  { modules }: BuiltBundle,
  { subpath, aim, gzipped }: { subpath: string; aim: number; gzipped: number },
): string[] {
  const verdict = gzipped < aim ? "reached" : "missed";
  return [
    `\n${subpath}: ${kilobytes(gzipped)} gzipped, aim ${
      kilobytes(aim)
    }: ${verdict}`,
    "minified, by folder",
    ...largest(byFolder(modules), Infinity),
    `minified, the ${SHOWN_MODULES} largest of ${modules.size} modules`,
    ...largest(modules, SHOWN_MODULES),
  ];
}

function byFolder(
  modules: ReadonlyMap<string, number>,
): Map<string, number> {
  const folders = new Map<string, number>();
  for (const [module, length] of modules) {
    const folder = module.split("/").slice(0, 2).join("/") || "the bundler";
    folders.set(folder, (folders.get(folder) ?? 0) + length);
  }
  return folders;
}

function largest(
  lengths: ReadonlyMap<string, number>,
  count: number,
): string[] {
  return [...lengths].toSorted(([, a], [, b]) => b - a).slice(0, count)
    .map(([name, length]) => `  ${name.padEnd(40)}${kilobytes(length)}`);
}

async function readExports(): Promise<Record<string, string>> {
  const path = fromFileUrl(import.meta.resolve("../deno.json"));
  const manifest = JSON.parse(await Deno.readTextFile(path)) as {
    exports: Record<string, string>;
  };
  return manifest.exports;
}

function encodedLength(text: string): number {
  return new TextEncoder().encode(text).length;
}

async function gzippedLength(text: string): Promise<number> {
  const zipped = new Blob([text]).stream()
    .pipeThrough(new CompressionStream("gzip"));
  return (await new Response(zipped).arrayBuffer()).byteLength;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(1)} kB`;
}

function row([first = "", ...rest]: readonly string[]): string {
  return first.padEnd(20) + rest.map((cell) => cell.padStart(10)).join("");
}

if (import.meta.main) await main();
