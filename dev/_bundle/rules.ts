import type { Bundle } from "./build.ts";

/** What a text must hold when a part of the package is in it, and only then. */
const MARKS = {
  "node:": "node:",
  "Deno.open": "Deno.open", // openSync and openKv too
  "kv/fs": "sluice-kv",
  "kv/memory": "maxCommitBytes",
  "crypto": "RSA-OAEP",
  "hono": "Context is not finalized",
  "fast-xml-parser": "alwaysCreateTextNode",
} as const;

/** Something that can leak into a bundle. */
export type Mark = keyof typeof MARKS;

/** What is bundled, and what is known about it. */
export interface Entry {
  /** Its name in the `exports` of deno.json. */
  readonly subpath: string;
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
    subpath: "./errors",
    never: [...HOSTS, "kv/memory", "crypto", "hono", "fast-xml-parser"],
  },
  { subpath: "./sandbox", never: [...HOSTS], eager: ["hono"] },
];

/** What is wrong with the bundle of an entry, one sentence for each. */
export function bundleProblems(entry: Entry, bundle: Bundle): string[] {
  const { subpath, never = [], eager = [], lazy = [] } = entry;
  const leaked = never.filter((mark) => holds(bundle.eager, mark)).map((mark) =>
    `Cannot ship ${subpath}: it loads ${mark}, found "${MARKS[mark]}"`
  );
  const lost = [
    ...eager.filter((mark) => !holds(bundle.eager, mark)),
    ...lazy.filter((mark) => !holds(bundle.lazy, mark)),
  ].map((mark) =>
    `Cannot find ${mark} by "${
      MARKS[mark]
    }" in ${subpath}: wanted a mark that is there`
  );
  return [...leaked, ...lost];
}

function holds(text: string, mark: Mark): boolean {
  return text.includes(MARKS[mark]);
}
