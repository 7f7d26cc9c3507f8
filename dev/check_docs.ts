/**
 * Checks the doc comments of everything that deno.json exports: `deno task check:docs`.
 *
 * @module
 */
import { fromFileUrl } from "@std/path";

async function main(): Promise<void> {
  const root = fromFileUrl(import.meta.resolve("../"));
  const manifest = JSON.parse(
    await Deno.readTextFile(`${root}deno.json`),
  ) as { exports: Record<string, string> };
  const { code } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", ...Object.values(manifest.exports)],
    cwd: root,
    stdin: "null",
  }).spawn().status;
  if (code !== 0) Deno.exit(code);
}

if (import.meta.main) await main();
