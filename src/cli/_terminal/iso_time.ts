/** A time as people and other programs read it. */
export function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
