import type { Bundle } from "./build.ts";

/** What a text must hold when a part of the package is in it, and only then. */
const MARKS = {
  "node:": '"node:', // a member may be called node
  "Deno.": "Deno.", // what is looked up with globalThis first has no dot behind it
  "Deno.open": "Deno.open", // openSync and openKv too
  "kv/fs": "sluice-kv",
  "kv/memory": "maxCommitBytes",
  "crypto": "RSA-OAEP",
  "hono": "Context is not finalized",
  "fast-xml-parser": "alwaysCreateTextNode",
} as const;

/** Something that can leak into a bundle. */
export type Mark = keyof typeof MARKS;

/** Something that can be loaded with an entry. */
export type Part =
  | "the filesystem"
  | "a store"
  | "a database driver"
  | "OpenTelemetry"
  | "an XML parser"
  | "hono"
  | "the connector"
  | "integrations"
  | "delivery"
  | "the command"
  | "the sandbox";

/** The modules that each part is made of. */
const PARTS: Readonly<Record<Part, RegExp>> = {
  "the filesystem": /^src\/(?:kv\/_?fs[_.]|client\.ts|import\/)/,
  "a store": /^src\/kv\/_?(?:deno|durable|fs|memory|postgres)[_.]/,
  "a database driver": /^npm:(?:pg|postgres|@electric-sql)\b/,
  "OpenTelemetry": /^(?:src\/otel\/|npm:@opentelemetry\/)/,
  "an XML parser": /^npm:(?:fast-xml-parser|@nodable\/entities)\//,
  "hono": /^npm:hono\//,
  "the connector":
    /^src\/(?:connector\/|hono\/(?:connector_|run_|_command|_rpc|_console))/,
  "integrations":
    /^(?:src\/(?:(?:hono\/_?)?integration[/_]|schema\/)|npm:@cfworker\/)/,
  "delivery": /^src\/(?:delivery|flowflex)\//,
  "the command": /^(?:src\/cli[./]|npm:(?:commander|cli-progress)\/)/,
  "the sandbox": /^src\/sandbox\//,
};

/** What is bundled, and what is known about it. */
export interface Entry {
  /** Its name in the `exports` of deno.json. */
  readonly subpath: string;
  /** The module itself, when it is no export. */
  readonly path?: string;
  /** Parts of which no module must be loaded with it. */
  readonly neverParts?: readonly Part[];
  /** Modules that are loaded with it: a list without them proves nothing. */
  readonly modules?: readonly string[];
  /** Bytes that are aimed at, gzipped; where they go is told module by module. */
  readonly aim?: number;
  /** What must not be loaded with it. */
  readonly never?: readonly Mark[];
  /** What is loaded with it: a mark that is nowhere proves nothing. */
  readonly eager?: readonly Mark[];
  /** What it loads when it needs it. */
  readonly lazy?: readonly Mark[];
}

const HOSTS: readonly Mark[] = ["node:", "Deno.open", "kv/fs"];

/** The entries that are reported. */
export const ENTRIES: readonly Entry[] = [
  {
    subpath: ".",
    never: [...HOSTS, "hono", "fast-xml-parser"],
    lazy: ["node:", "Deno.open", "kv/fs", "fast-xml-parser"],
  },
  {
    subpath: "./company-data",
    never: [...HOSTS, "hono", "fast-xml-parser"],
    eager: ["crypto"],
    lazy: ["fast-xml-parser"],
  },
  {
    subpath: "./crypto",
    never: [...HOSTS, "kv/memory", "hono", "fast-xml-parser"],
    eager: ["crypto"],
  },
  {
    subpath: "./spool",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
  },
  {
    subpath: "./kv",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
    eager: ["kv/memory"],
  },
  {
    subpath: "./kv/deno",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
  },
  {
    subpath: "./kv/durable-object",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
  },
  {
    subpath: "./kv/contract",
    never: [...HOSTS, "Deno.", "crypto", "hono", "fast-xml-parser"],
    neverParts: ["a store"],
    modules: ["src/kv/contract.ts"],
  },
  {
    subpath: "./kv/fs",
    never: ["crypto", "hono", "fast-xml-parser"],
    eager: HOSTS,
  },
  {
    subpath: "./kv/postgres",
    never: [...HOSTS, "Deno.", "crypto", "hono", "fast-xml-parser"],
    neverParts: ["a database driver"],
    modules: ["src/kv/postgres.ts"],
  },
  {
    subpath: "./observe",
    never: [...HOSTS, "Deno.", "kv/memory", "crypto", "hono"],
    neverParts: ["OpenTelemetry", "an XML parser"],
    modules: ["src/observe/json_logger.ts"],
  },
  {
    subpath: "./otel",
    never: [...HOSTS, "Deno.", "kv/memory", "crypto", "hono"],
    neverParts: ["an XML parser"],
    modules: ["src/otel/otel_observer.ts"],
  },
  {
    subpath: "./cli",
    never: ["fast-xml-parser"],
    neverParts: ["a database driver", "OpenTelemetry", "an XML parser"],
    eager: [...HOSTS, "crypto", "hono"],
    lazy: ["fast-xml-parser"],
    modules: ["src/cli/run.ts"],
  },
  {
    subpath: "./errors",
    never: [...HOSTS, "kv/memory", "crypto", "hono", "fast-xml-parser"],
  },
  { subpath: "./sandbox", never: [...HOSTS], eager: ["hono"] },
  {
    subpath: "./integration",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
    neverParts: ["the connector"],
    modules: ["src/integration/integration.ts"],
  },
  {
    subpath: "./connector",
    never: [...HOSTS, "hono", "fast-xml-parser"],
    neverParts: ["the sandbox"],
    modules: ["src/connector/connector.ts"],
  },
  {
    subpath: "./delivery",
    never: [...HOSTS, "Deno.", "hono", "fast-xml-parser"],
    neverParts: [
      "a store",
      "hono",
      "an XML parser",
      "the connector",
      "the command",
      "the sandbox",
    ],
    modules: [
      "src/delivery/sender.ts",
      "src/delivery/signing/verify_signature.ts",
    ],
  },
  {
    subpath: "./flowflex",
    never: [...HOSTS, "Deno.", "hono", "fast-xml-parser"],
    neverParts: [
      "a store",
      "hono",
      "an XML parser",
      "the connector",
      "integrations",
      "the command",
      "the sandbox",
    ],
    modules: ["src/flowflex/client.ts"],
  },
  {
    subpath: "./hono",
    never: [...HOSTS, "crypto", "hono", "fast-xml-parser"],
  },
  {
    subpath: "./hono/integration-routes",
    never: [...HOSTS, "crypto", "fast-xml-parser"],
    eager: ["hono"],
    modules: ["src/hono/integration_routes.ts"],
  },
  {
    subpath: "./hono/connector-routes",
    never: [...HOSTS, "fast-xml-parser"],
    eager: ["hono"],
    modules: ["src/hono/connector_routes.ts"],
  },
  {
    subpath: "./hono/run-connector",
    never: [...HOSTS, "fast-xml-parser"],
    eager: ["hono"],
    modules: ["src/hono/run_connector.ts"],
  },
  {
    subpath: "a webhook worker",
    path: "./dev/_bundle/webhook_worker.ts",
    never: [...HOSTS, "hono", "fast-xml-parser"],
    eager: ["crypto"],
    lazy: ["fast-xml-parser"],
    neverParts: Object.keys(PARTS) as Part[],
    modules: ["src/company_data/client.ts", "src/hono/webhook_receiver.ts"],
    aim: 25_000,
  },
];

/** The exports of which nothing is known, one sentence for each. */
export function entryProblems(subpaths: Iterable<string>): string[] {
  const known = new Set(ENTRIES.map(({ subpath }) => subpath));
  return [...subpaths].filter((subpath) => !known.has(subpath)).map((subpath) =>
    `Cannot judge ${subpath}: wanted an entry in dev/_bundle/rules.ts`
  );
}

/** What is wrong with the bundle of an entry, one sentence for each. */
export function bundleProblems(entry: Entry, bundle: Bundle): string[] {
  const { subpath, never = [], eager = [], lazy = [] } = entry;
  const leaked = never.filter((mark) => holds(bundle.eager, mark)).map((mark) =>
    `Cannot ship ${subpath}: it loads ${mark}, found '${MARKS[mark]}'`
  );
  const lost = [
    ...eager.filter((mark) => !holds(bundle.eager, mark)),
    ...lazy.filter((mark) => !holds(bundle.lazy, mark)),
  ].map((mark) =>
    `Cannot find ${mark} by '${
      MARKS[mark]
    }' in ${subpath}: wanted a mark that is there`
  );
  return [...leaked, ...lost];
}

/** What is wrong with the modules that an entry loads, one sentence for each. */
export function moduleProblems(
  { subpath, neverParts = [], modules = [] }: Entry,
  loaded: Iterable<string>,
): string[] {
  const names = [...loaded];
  const leaked = neverParts.flatMap((part) =>
    names.filter((name) => PARTS[part].test(name)).map((name) =>
      `Cannot ship ${subpath}: it loads ${part}, by ${name}`
    )
  );
  const lost = modules.filter((name) => !names.includes(name)).map((name) =>
    `Cannot find ${name} in ${subpath}: wanted a list of its modules`
  );
  return [...leaked, ...lost];
}

function holds(text: string, mark: Mark): boolean {
  return text.includes(MARKS[mark]);
}
