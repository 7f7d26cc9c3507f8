/**
 * Rehearses the publication and checks what it would ship: `deno task check:publish`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

const ROOT = new URL("../", import.meta.url);
const SHIPPED = /^(?:mod\.ts|src\/.+\.ts|deno\.json|LICENSE|[A-Z]+\.md)$/;

/** The files of a rehearsal that are no part of the package, relative to its root. */
export function strayFiles(report: string, root: URL): string[] {
  const files = report.matchAll(/^ *(file:\/\/.+) \([\d.]+ ?[kMG]?i?B\)$/gmi);
  return [...files]
    .map(([, url = ""]) => decodeURI(url.replace(root.href, "")))
    .filter((path) => !SHIPPED.test(path));
}

async function main(): Promise<void> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["publish", "--dry-run", "--allow-dirty"],
    cwd: fromFileUrl(ROOT),
    env: { NO_COLOR: "1" },
    stdin: "null",
  }).output();
  const report = [stdout, stderr].map((bytes) =>
    new TextDecoder().decode(bytes)
  ).join("\n");
  console.log(report.trim());
  const strays = strayFiles(report, ROOT);
  for (const path of strays) console.log(`Cannot ship ${path}`);
  // A list that lacks the entry was not read, whatever its form is now.
  const isRead = report.includes(new URL("mod.ts", ROOT).href);
  if (!isRead) console.log("Cannot read the list of files");
  if (!success || !isRead || strays.length > 0) Deno.exit(1);
}

if (import.meta.main) await main();
