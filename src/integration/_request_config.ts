import { assertInteger, assertMs } from "../_internal/assert.ts";
import { readHosts } from "./_hosts.ts";
import type { RequestConfig, RequestSettings } from "./request_config.ts";

const FLEETING_STATUSES = [429, 502, 503, 504];

/** Reads every member once, with its default, and refuses what cannot be meant. */
export function readRequestConfig(config: RequestConfig): RequestSettings {
  const { maxRetries = 3, timeoutMs = null, deadlineMs = 25_000 } = config;
  const { retryStatuses, maxResponseBytes = 50 * 1024 * 1024 } = config;
  const { allowedHosts, apiKey, basic } = config;
  assertInteger(maxRetries, "maxRetries", { min: 0, max: 100 });
  if (timeoutMs !== null) assertMs(timeoutMs, "timeoutMs");
  assertMs(deadlineMs, "deadlineMs");
  assertInteger(maxResponseBytes, "maxResponseBytes", { min: 1 });
  return Object.freeze({
    maxRetries,
    timeoutMs,
    deadlineMs,
    retryStatuses: readStatuses(retryStatuses),
    maxResponseBytes,
    allowedHosts: allowedHosts ? readHosts(allowedHosts) : null,
    apiKey: apiKey ? { ...apiKey } : null,
    basic: basic ? { ...basic } : null,
  });
}

/** Statuses as they may be given: `true` for the usual ones. */
export function readStatuses(
  given: boolean | readonly number[] | undefined,
): readonly number[] {
  if (given === undefined || given === false) return [];
  if (given === true) return FLEETING_STATUSES;
  for (const status of given) {
    assertInteger(status, "retryStatuses", { min: 400, max: 599 });
  }
  return [...given];
}
