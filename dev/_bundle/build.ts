import { fromFileUrl, join } from "@std/path";

/** The files of a bundle, by what a host loads at once and what it loads when it is asked for. */
export interface Bundle {
  /** The text of the entry and of all that it imports statically. */
  readonly eager: string;
  /** The text of what is behind a dynamic import. */
  readonly lazy: string;
}

const ROOT = fromFileUrl(import.meta.resolve("../../"));

/** Bundles a module for the browser, minified and split at its dynamic imports; `node:` modules stay outside. */
export async function buildBundle(entry: string): Promise<Bundle> {
  const folder = await Deno.makeTempDir({ prefix: "sluice-bundle-" });
  try {
    await runBundler(entry, folder);
    return await readBundle(folder, entry);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function runBundler(entry: string, outdir: string): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--platform=browser",
      "--minify",
      "--code-splitting",
      "--external=node:*",
      `--outdir=${outdir}`,
      entry,
    ],
    cwd: ROOT,
    env: { NO_COLOR: "1" },
    stdin: "null",
    stdout: "null",
  }).output();
  if (success) return;
  const reason = new TextDecoder().decode(stderr);
  throw new Error(`Cannot bundle ${entry}: ${reason}`);
}

async function readBundle(folder: string, entry: string): Promise<Bundle> {
  const files = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    files.set(name, await Deno.readTextFile(join(folder, name)));
  }
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  const eager = staticClosure(files, name);
  const lazy = [...files.keys()].filter((file) => !eager.has(file));
  return { eager: joined(files, eager), lazy: joined(files, lazy) };
}

/** The names of a chunk and of all that it imports, directly or not, without `import()`. */
export function staticClosure(
  files: ReadonlyMap<string, string>,
  entry: string,
): Set<string> {
  const seen = new Set<string>();
  const waiting = [entry];
  for (let name = waiting.pop(); name; name = waiting.pop()) {
    if (seen.has(name)) continue;
    seen.add(name);
    waiting.push(...staticImports(files, name));
  }
  return seen;
}

function staticImports(
  files: ReadonlyMap<string, string>,
  name: string,
): string[] {
  const text = files.get(name);
  if (text === undefined) {
    throw new Error(`Cannot find ${name} among ${[...files.keys()]}`);
  }
  // The bundler writes `from"./chunk.js"` and `import"./chunk.js"`; a dynamic import has a parenthesis.
  const imports = text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+)"/g);
  return [...imports].flatMap(([, file]) => file ?? []);
}

function joined(
  files: ReadonlyMap<string, string>,
  names: Iterable<string>,
): string {
  return [...names].map((name) => files.get(name) ?? "").join("\n");
}
