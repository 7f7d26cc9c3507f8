import { safeObserver } from "../observe/observer.ts";
import type { ExecutionOptions, ExecutionSettings } from "./options.ts";

const DEFAULTS: ExecutionSettings = {
  safe: false,
  applyDefaults: false,
  onOutputMismatch: "fail",
  strictAuth: false,
  tell: undefined,
};

/** Reads every option once, with `base` for what is absent. */
export function readSettings(
  options: ExecutionOptions,
  base: ExecutionSettings = DEFAULTS,
): ExecutionSettings {
  const settings = {
    safe: options.safe ?? base.safe,
    applyDefaults: options.applyDefaults ?? base.applyDefaults,
    onOutputMismatch: options.onOutputMismatch ?? base.onOutputMismatch,
    strictAuth: options.strictAuth ?? base.strictAuth,
    tell: safeObserver(options.onEvent) ?? base.tell,
  };
  const { onOutputMismatch } = settings;
  if (onOutputMismatch === "fail" || onOutputMismatch === "warn") {
    return settings;
  }
  throw new TypeError(
    'Cannot use onOutputMismatch: wanted "fail" or "warn"',
  );
}
