import {
  assertBoolean,
  assertFunction,
  assertInteger,
  assertMs,
  assertSignal,
} from "../_internal/assert.ts";
import { exponentialMs } from "../_internal/backoff.ts";
import { type Clock, systemClock } from "../_internal/clock.ts";
import { assertLimits, type DeadLetterLimits } from "./retention.ts";
import type { RunOptions, RunProgress, RunTools } from "./run.ts";
import { Told } from "./_told.ts";

/** The options of a run, checked, with their defaults. */
export interface RunSettings {
  readonly maxRetries: number;
  readonly onError: "deadletter" | "halt";
  readonly backoff: (attempt: number) => number;
  readonly signal: AbortSignal | undefined;
  readonly deadlineMs: number;
  readonly concurrency: number;
  readonly outageThreshold: number;
  readonly onProgress: ((progress: RunProgress) => unknown) | undefined;
  readonly storeMessages: boolean;
  readonly deadLetterLimits: DeadLetterLimits | undefined;
  readonly clock: Clock;
  /** Tells whoever listens what this one run does. */
  readonly told: Told;
}

/** Reads every option once and refuses what cannot be meant. */
export function readSettings(
  options: RunOptions & RunTools,
): RunSettings {
  const { clock = systemClock } = options;
  const settings: RunSettings = {
    maxRetries: options.maxRetries ?? 3,
    onError: options.onError ?? "deadletter",
    backoff: options.backoff ??
      ((attempt) =>
        exponentialMs(attempt, { first: 500, most: 30_000 }) / 1000),
    signal: options.signal,
    deadlineMs: options.deadlineMs ?? Infinity,
    concurrency: options.concurrency ?? 1,
    outageThreshold: options.outageThreshold ?? 10,
    onProgress: options.onProgress,
    storeMessages: options.storeMessages ?? false,
    deadLetterLimits: options.deadLetterLimits &&
      { ...options.deadLetterLimits },
    clock,
    told: new Told(options.onEvent, clock),
  };
  assertSettings(settings);
  assertInteger(options.ackWindow ?? 1, "ackWindow", { min: 1, max: 400 });
  assertInteger(options.leaseMs ?? 10, "leaseMs", { min: 10 });
  return settings;
}

function assertSettings(settings: RunSettings): void {
  assertInteger(settings.maxRetries, "maxRetries", { min: 0 });
  assertInteger(settings.concurrency, "concurrency", { min: 1, max: 1_000 });
  assertInteger(settings.outageThreshold, "outageThreshold", { min: 1 });
  assertMs(settings.deadlineMs, "deadlineMs");
  assertFunction(settings.backoff, "backoff");
  assertLimits(settings.deadLetterLimits ?? {});
  assertBoolean(settings.storeMessages, "storeMessages");
  assertSignal(settings.signal);
  if (settings.onProgress) assertFunction(settings.onProgress, "onProgress");
  if (settings.onError === "deadletter" || settings.onError === "halt") return;
  throw new TypeError('Cannot use onError: wanted "deadletter" or "halt"');
}
