import { systemClock } from "../_internal/clock.ts";
import type { StopReason } from "./run.ts";

/** What ends a run from outside. */
export interface Ends {
  /** The caller's signal. */
  readonly signal: AbortSignal | undefined;
  /** Milliseconds that the run may take. */
  readonly deadlineMs: number;
  /** Aborts when another consumer has taken over. */
  readonly lost: AbortSignal;
  readonly halt: (reason: StopReason) => void;
}

/** Listens to everything that ends a run from outside; gives back what ends the listening. */
export function watchEnds(
  { signal, deadlineMs, lost, halt }: Ends,
): () => Promise<void> {
  const over = new AbortController();
  const listen = { once: true, signal: over.signal };
  if (signal?.aborted) halt("aborted");
  signal?.addEventListener("abort", () => halt("aborted"), listen);
  lost.addEventListener("abort", () => halt("busy"), listen);
  const timer = Number.isFinite(deadlineMs)
    ? systemClock.sleep(deadlineMs, over.signal).then(
      () => halt("deadline"),
      () => {},
    )
    : undefined;
  return async () => {
    over.abort();
    await timer;
  };
}
