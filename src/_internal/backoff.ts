/** A number in [0, 1), as `Math.random`; injected so that a test can own it. */
export type Random = () => number;

/** The host's own randomness, good enough to spread retries. */
export function systemRandom(): number {
  return Math.random();
}

/** Doubling wait: `first` for attempt 1, twice that for attempt 2, never above `most`. */
export function exponentialMs(
  attempt: number,
  bounds: { first: number; most: number },
): number {
  return Math.min(bounds.first * 2 ** (attempt - 1), bounds.most);
}

/** Between half of the wait and all of it, so that callers that failed together do not come back together. */
export function jitter(ms: number, random: Random): number {
  return ms / 2 + random() * (ms / 2);
}
