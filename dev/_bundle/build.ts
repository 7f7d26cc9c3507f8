import { fromFileUrl, join, toFileUrl } from "@std/path";
import { lengthsByModule, type SourceMap } from "./source_map.ts";

/** The files of a bundle, by what a host loads at once and what it loads when it is asked for. */
export interface Bundle {
  /** The text of the entry and of all that it imports statically. */
  readonly eager: string;
  /** The text of what is behind a dynamic import. */
  readonly lazy: string;
}

/** A bundle, and which modules wrote what a host loads at once. */
export interface BuiltBundle extends Bundle {
  /** Minified bytes by module: a path of this repository, or `npm:` and a path. */
  readonly modules: ReadonlyMap<string, number>;
}

const ROOT = fromFileUrl(import.meta.resolve("../../"));

/** Bundles a module for the browser, minified and split at its dynamic imports; `node:` modules stay outside. */
export async function buildBundle(entry: string): Promise<BuiltBundle> {
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
      "--sourcemap=external",
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

async function readBundle(
  folder: string,
  entry: string,
): Promise<BuiltBundle> {
  const files = new Map<string, string>();
  const maps = new Map<string, SourceMap>();
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(join(folder, name));
    if (name.endsWith(".map")) maps.set(name.slice(0, -4), JSON.parse(text));
    else files.set(name, text);
  }
  const name = entry.replace(/^.*\//, "").replace(/\.ts$/, ".js");
  const eager = staticClosure(files, name);
  const lazy = [...files.keys()].filter((file) => !eager.has(file));
  return {
    eager: joined(files, eager),
    lazy: joined(files, lazy),
    modules: modulesOf(eager, { files, maps, folder }),
  };
}

function modulesOf(
  names: Iterable<string>,
  { files, maps, folder }: {
    files: ReadonlyMap<string, string>;
    maps: ReadonlyMap<string, SourceMap>;
    folder: string;
  },
): Map<string, number> {
  const modules = new Map<string, number>();
  for (const name of names) {
    const map = maps.get(name);
    if (!map) throw new Error(`Cannot find the source map of ${name}`);
    for (
      const [source, length] of lengthsByModule(files.get(name) ?? "", map)
    ) {
      const module = source && moduleName(source, folder);
      modules.set(module, (modules.get(module) ?? 0) + length);
    }
  }
  return modules;
}

function moduleName(source: string, folder: string): string {
  const { href } = new URL(source, `${toFileUrl(folder)}/`);
  const root = toFileUrl(ROOT).href;
  return href.startsWith(root)
    ? href.slice(root.length)
    : href.replace(/^.*\/npm\/[^/]+\//, "npm:");
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
  // The bundler writes `from"./chunk.js"` and `import"./chunk.js"`; a dynamic import has a parenthesis, and what ends
  // in `.ts` is in the text of a template.
  const imports = text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+\.js)"/g);
  return [...imports].flatMap(([, file]) => file ?? []);
}

function joined(
  files: ReadonlyMap<string, string>,
  names: Iterable<string>,
): string {
  return [...names].map((name) => files.get(name) ?? "").join("\n");
}
