/**
 * Prints how much a host loads for each entry, and what must not be in it: `deno task bundle:report`. With `--check`
 * a forbidden text makes it exit with 1.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { buildBundle } from "./_bundle/build.ts";
import { bundleProblems, ENTRIES } from "./_bundle/rules.ts";

const HEADINGS = ["entry", "minified", "gzipped", "lazy"];

async function main(): Promise<void> {
  const exports = await readExports();
  const problems: string[] = [];
  console.log(row(HEADINGS));
  for (const entry of ENTRIES) {
    const path = exports[entry.subpath];
    if (!path) throw new Error(`Cannot find ${entry.subpath} in deno.json`);
    const bundle = await buildBundle(path);
    problems.push(...bundleProblems(entry, bundle));
    console.log(row([
      entry.subpath,
      kilobytes(encodedLength(bundle.eager)),
      kilobytes(await gzippedLength(bundle.eager)),
      bundle.lazy ? kilobytes(encodedLength(bundle.lazy)) : "",
    ]));
  }
  for (const problem of problems) console.log(problem);
  if (problems.length > 0 && Deno.args.includes("--check")) Deno.exit(1);
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
