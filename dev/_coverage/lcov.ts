/** How much of something was reached. */
export interface Share {
  readonly hit: number;
  readonly found: number;
}

/** What the tests reached of one module. */
export interface FileCoverage {
  /** As the report names it. */
  readonly path: string;
  readonly lines: Share;
  readonly branches: Share;
}

/** Reads the summary lines of an lcov report: `LF` and `LH` of lines, `BRF` and `BRH` of branches. */
export function parseLcov(text: string): FileCoverage[] {
  return text.split(/^end_of_record$/m).flatMap((record) => {
    const path = /^SF:(.+)$/m.exec(record)?.[1];
    if (path === undefined) return [];
    const lines = { hit: count(record, "LH"), found: count(record, "LF") };
    const branches = { hit: count(record, "BRH"), found: count(record, "BRF") };
    return [{ path, lines, branches }];
  });
}

function count(record: string, name: string): number {
  const digits = new RegExp(`^${name}:(\\d+)$`, "m").exec(record)?.[1];
  if (digits === undefined) throw new Error(`Cannot find ${name} in a record`);
  return Number(digits);
}
