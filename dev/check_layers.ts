/**
 * Proves the layer rules of the package: `deno task check:layers`.
 *
 * Prints each violation as `file:line rule message` and exits with 1 when there is one.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";
import { exportViolations } from "./_layers/export_rules.ts";
import { sourceViolations } from "./_layers/source_rules.ts";
import { textViolations } from "./_layers/text_rules.ts";
import { formatViolation, type Violation } from "./_layers/violation.ts";

/** All violations of the package at `root`, by file and line. */
export async function checkLayers(root: string): Promise<Violation[]> {
  // A linked folder has two names, and the report of the linter uses the real one.
  const folder = await Deno.realPath(root);
  const found = await Promise.all([
    sourceViolations(folder),
    exportViolations(folder),
    textViolations(folder),
  ]);
  return found.flat().sort(byPlace);
}

function byPlace(a: Violation, b: Violation): number {
  return a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1;
}

async function main(): Promise<void> {
  const violations = await checkLayers(fromFileUrl(import.meta.resolve("../")));
  for (const violation of violations) console.log(formatViolation(violation));
  console.log(`check_layers: ${violations.length} violations`);
  if (violations.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
