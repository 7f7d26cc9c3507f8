/** The layers of `src/` from the lowest up; an import goes down this list or stays inside its own folder. */
export const LAYERS: readonly string[] = [
  "_internal",
  "errors",
  "observe",
  "otel",
  "crypto",
  "kv",
  "http",
  "schema",
  "spool",
  "company_data",
  "integration",
  "connector",
  "delivery",
  "flowflex",
  "hono",
  "sandbox",
  // The root's own modules reach the filesystem: of all the parts only the command may use them.
  "import",
  "client",
  "cli",
];

// The linter of Deno 2.5 lets a plugin read no file, so the name is not taken from deno.json.
const OWN_NAME = /^@sluice\/edge(?:\/|$)/;

/** A rule that does not hold, and why. */
export interface Breach {
  /** Name of the rule. */
  readonly rule: "order" | "outside" | "private";
  /** What is wrong and what is wanted. */
  readonly message: string;
}

/** Where the imports of a file are looked up. */
export interface ImportSite {
  /** The importing file, relative to the root of the package, with `/`. */
  readonly file: string;
  /** What is imported, as it is written. */
  readonly specifier: string;
}

/** The first layer rule that an import breaks, if any. */
export function importBreach(site: ImportSite): Breach | undefined {
  const { file, specifier } = site;
  if (!specifier.startsWith(".")) return packageBreach(specifier);
  const target = new URL(specifier, `file:///${file}`).pathname.slice(1);
  return outsideBreach(target) ?? privateBreach(file, target) ??
    orderBreach(file, target);
}

/** The rank of a file's layer: its place in {@linkcode LAYERS}, above them all for `mod.ts`, -1 when unknown. */
export function layerRank(file: string): number {
  return file === "mod.ts" ? LAYERS.length : LAYERS.indexOf(layerName(file));
}

function packageBreach(specifier: string): Breach | undefined {
  if (OWN_NAME.test(specifier)) {
    return outside(specifier, "the relative path of the module");
  }
  // node: has a rule of its own.
  if (!/^(?!node:)[a-z]+:/.test(specifier)) return undefined;
  return outside(specifier, "a bare name that deno.json maps");
}

function outsideBreach(target: string): Breach | undefined {
  return target.startsWith("src/")
    ? undefined
    : outside(target, "a module inside src/");
}

function outside(what: string, wanted: string): Breach {
  return {
    rule: "outside",
    message: `Cannot import "${what}": wanted ${wanted}`,
  };
}

function privateBreach(file: string, target: string): Breach | undefined {
  const parts = target.split("/");
  const at = parts.findIndex((part) =>
    part.startsWith("_") && part !== "_internal"
  );
  if (at < 0) return undefined;
  const owner = parts.slice(0, at).join("/");
  if (file.startsWith(`${owner}/`)) return undefined;
  return {
    rule: "private",
    message: `Cannot import "${target}": it is private to ${owner}/`,
  };
}

function orderBreach(file: string, target: string): Breach | undefined {
  const from = layerRank(file);
  const to = layerRank(target);
  if (from >= 0 && to >= 0 && to <= from) return undefined;
  const unknown = from < 0 ? file : to < 0 ? target : undefined;
  return {
    rule: "order",
    message: unknown
      ? `Cannot place "${unknown}": its layer is not in LAYERS of dev/_layers/order.ts`
      : `Cannot import "${target}": ${layerName(target)} is above ${
        layerName(file)
      }`,
  };
}

function layerName(file: string): string {
  return (file.split("/")[1] ?? "").replace(/\.ts$/, "");
}
