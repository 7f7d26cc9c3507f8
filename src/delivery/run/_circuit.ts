import { exponentialMs, jitter } from "../../_internal/backoff.ts";
import type { AttemptOutcome } from "./_attempt.ts";
import type { Endpoint } from "./_endpoint.ts";
import type { RunContext } from "./_run_context.ts";
import type { Patch } from "./_settle.ts";

/** What a failure does to the endpoint: a pause that it asked for, or an open circuit. */
export function brokenBy(
  run: RunContext,
  { endpoint, outcome }: { endpoint: Endpoint; outcome: AttemptOutcome },
): () => Patch {
  return () => {
    const { sender } = run;
    const { policy } = sender;
    const { streak, openings, notBefore } = endpoint.state;
    const now = sender.now();
    const asked = outcome.throttled ? outcome.retryAfterMs ?? 0 : 0;
    const pauseMs = Math.ceil(Math.min(asked, policy.maxRetryAfterMs));
    const pausedUntil = now + pauseMs;
    const patch = {
      streak: streak + 1,
      notBefore: asked > 0 ? Math.max(notBefore, pausedUntil) : notBefore,
    };
    // Requests that were under way when the circuit opened tell nothing new.
    const opens = streak + 1 >= policy.circuitFailures && notBefore <= now;
    if (!opens) return patch;
    const waitMs = exponentialMs(openings + 1, {
      first: policy.circuitFirstMs,
      most: policy.circuitMaxMs,
    });
    const probeAt = now + jitter(waitMs, sender.random);
    return {
      ...patch,
      openings: openings + 1,
      notBefore: Math.max(patch.notBefore, Math.ceil(probeAt)),
    };
  };
}
