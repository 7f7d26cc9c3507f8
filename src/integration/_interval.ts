const UNITS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const INTERVAL = /^\s*([+-]?\d{1,3}(?:_?\d{1,3}){0,3})\s*([smhd])$/i;

/** Milliseconds of an interval such as `"5m"`: a whole number and s, m, h or d; `undefined` when it is none. */
export function parseInterval(text: unknown): number | undefined {
  const parts = typeof text === "string" ? INTERVAL.exec(text) : null;
  const unit = UNITS[parts?.[2]?.toLowerCase() ?? ""];
  return unit === undefined
    ? undefined
    : Number(parts?.[1]?.replaceAll("_", "")) * unit;
}
