/** One line of the table: what was reached, against a ceiling measured in the same run. */
export interface Row {
  readonly what: string;
  readonly reached: string;
  readonly ceiling: string;
  /** Reached divided by ceiling; `null` where there is none. */
  readonly ratio: number | null;
  /** What the ratio should be at least; `null` where it only informs. */
  readonly wanted: number | null;
}

/** Milliseconds that a piece of work takes. */
export async function timed(work: () => unknown): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}

/** Rates of two pieces of work, measured in turns so that both meet the same noise; the best of each counts. */
export async function compare(
  units: number,
  work: {
    subject: () => unknown;
    ceiling: () => unknown;
    /** What the subject needs, outside the measured time. */
    before?: () => unknown;
    rounds?: number;
  },
): Promise<{ subject: number; ceiling: number; ratio: number }> {
  const best = { subject: Infinity, ceiling: Infinity };
  for (let round = 0; round < (work.rounds ?? 3); round++) {
    best.ceiling = Math.min(best.ceiling, await timed(work.ceiling));
    await work.before?.();
    best.subject = Math.min(best.subject, await timed(work.subject));
  }
  return {
    subject: units / best.subject * 1000,
    ceiling: units / best.ceiling * 1000,
    ratio: best.ceiling / best.subject,
  };
}

/** A rate for people. */
export function perSecond(rate: number, unit: string): string {
  return `${Math.round(rate).toLocaleString("en")} ${unit}/s`;
}

/** Runs calls side by side, `atOnce` at a time. */
export async function inParallel(
  count: number,
  atOnce: number,
  call: (i: number) => Promise<unknown>,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await call(next++);
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** The table as Markdown. */
export function table(rows: readonly Row[]): string {
  const lines = rows.map(({ what, reached, ceiling, ratio, wanted }) =>
    `| ${what} | ${reached} | ${ceiling} | ${shown(ratio)} | ${
      shown(wanted)
    } | ${verdict(ratio, wanted)} |`
  );
  return [
    "| what | reached | ceiling in the same run | ratio | at least | |",
    "|---|---|---|---|---|---|",
    ...lines,
  ].join("\n");
}

function shown(ratio: number | null): string {
  if (ratio === null) return "–";
  return ratio < 0.1 ? ratio.toPrecision(2) : ratio.toFixed(2);
}

function verdict(ratio: number | null, wanted: number | null): string {
  if (ratio === null || wanted === null) return "";
  return ratio >= wanted ? "reached" : "below";
}
