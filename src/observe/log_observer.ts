import type { ErrorNote, SluiceEvent } from "./events.ts";
import type { LogFields, Logger } from "./logger.ts";

// What a person should look at although no error came of it.
const WARNINGS = new Set<SluiceEvent["type"]>([
  "delivery.exhausted",
  "delivery.failed",
  "delivery.skipped",
  "file.type_differs",
  "send.retried",
  "subscription.disabled",
  "webhook.refused",
]);

/**
 * Makes an observer that logs every event: `source` and `type` as the message, the other members as fields. What
 * failed, was given up, refused or lost is a warning, and all else is information.
 *
 * @example A client that logs what it does
 * ```ts
 * import { jsonLogger, logObserver } from "@sluice/edge/observe";
 * import type { ClientOptions } from "@sluice/edge/company-data";
 *
 * const logger = jsonLogger({ level: "warn" });
 * export const options: ClientOptions = { logger, onEvent: logObserver(logger) };
 * ```
 *
 * @param logger Where to: {@linkcode jsonLogger}, `console`, or any other.
 * @returns The observer to pass as `onEvent`.
 */
export function logObserver(logger: Logger): (event: SluiceEvent) => void {
  return (event) => {
    const { source, type } = event;
    const level = isWarning(event) ? "warn" : "info";
    logger[level](`${source} ${type}`, fieldsOf(event));
  };
}

function isWarning(event: SluiceEvent): boolean {
  if (WARNINGS.has(event.type)) return true;
  if ("error" in event && event.error !== null) return true;
  if (event.type === "page.persisted") return event.cut !== null;
  return "stopped" in event && event.stopped === "outage";
}

function fieldsOf(event: SluiceEvent): LogFields {
  const { source: _source, type: _type, ...facts } = event;
  const fields: Record<string, string | number | null> = {};
  for (const [name, fact] of Object.entries(facts)) {
    if (typeof fact !== "object") fields[name] = fact;
    else if (fact !== null) Object.assign(fields, errorFields(fact));
    else if (name !== "error") fields[name] = null;
  }
  return fields;
}

function errorFields({ name, code }: ErrorNote): Record<string, string> {
  return { errorName: name, ...code !== undefined && { errorCode: code } };
}
