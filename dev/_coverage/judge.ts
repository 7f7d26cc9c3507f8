import type { FileCoverage, Share } from "./lcov.ts";

const KINDS = ["lines", "branches"] as const;

/** What all modules add up to. */
export function totals(
  files: readonly FileCoverage[],
): { lines: Share; branches: Share } {
  return {
    lines: sum(files.map((file) => file.lines)),
    branches: sum(files.map((file) => file.branches)),
  };
}

/** What is wrong, one sentence for each: too little of a kind, or a module with code that no test loads. */
export function coverageProblems(
  files: readonly FileCoverage[],
  wanted: { percent: number; modules: ReadonlyMap<string, string> },
): string[] {
  const total = totals(files);
  const low = KINDS.filter((kind) => !(percent(total[kind]) >= wanted.percent));
  const loaded = new Set(files.map(({ path }) => path));
  const unseen = [...wanted.modules].filter(([path, source]) =>
    !loaded.has(path) && hasCode(source)
  );
  return [
    ...low.map((kind) =>
      `Cannot accept ${
        percent(total[kind]).toFixed(1)
      } % of ${kind}: wanted ${wanted.percent} %`
    ),
    ...unseen.map(([path]) => `Cannot judge ${path}: no test loads it`),
  ];
}

/** The files with most lines and branches that nothing reaches, most first. */
export function worstFiles(
  files: readonly FileCoverage[],
  count: number,
): FileCoverage[] {
  return files.filter((file) => missed(file) > 0)
    .toSorted((a, b) => missed(b) - missed(a)).slice(0, count);
}

/** Hundredths that were reached; all of them where there is nothing to reach. */
export function percent({ hit, found }: Share): number {
  return found === 0 ? 100 : hit / found * 100;
}

function missed({ lines, branches }: FileCoverage): number {
  return lines.found - lines.hit + branches.found - branches.hit;
}

function sum(shares: readonly Share[]): Share {
  return {
    hit: shares.reduce((total, { hit }) => total + hit, 0),
    found: shares.reduce((total, { found }) => total + found, 0),
  };
}

/** A module of types alone is never loaded: nothing of it is left to run. */
function hasCode(source: string): boolean {
  return /^(?:export )?(?:default )?(?:async |abstract )*(?:function|class|const|let|if|for)\b/m
    .test(source);
}
