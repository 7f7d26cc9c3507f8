import type { Attributes } from "@opentelemetry/api";
import type { ErrorNote, SluiceEvent } from "../observe/events.ts";

/** A call whose length is known: an attempt, or an execution. */
export type Timed = Extract<
  SluiceEvent,
  {
    type:
      | "event.delivered"
      | "event.failed"
      | "delivery.succeeded"
      | "delivery.failed"
      | "send.succeeded"
      | "send.failed"
      | "file.uploaded"
      | "action.executed"
      | "account.read"
      | "poll.ran"
      | "webhook.stored";
  }
>;

/** An attempt to process or to send one event. */
export type Attempt = Extract<
  Timed,
  {
    type:
      | "event.delivered"
      | "event.failed"
      | "delivery.succeeded"
      | "delivery.failed"
      | "send.succeeded"
      | "send.failed";
  }
>;

/** The end of a run. */
export type End = Extract<SluiceEvent, { type: "run.ended" | "redrive.ended" }>;

/** Where an event comes from, in few values: the name of the destination in the words of messaging. */
export function placeOf(event: SluiceEvent): string {
  if (event.source !== "integration") return event.source;
  return "trigger" in event && event.trigger !== null
    ? `${event.integration}/${event.trigger}`
    : event.integration;
}

/** What the semantic conventions of messaging ask of an attempt, without ids: fit for metrics. */
export function messagingAttributes(event: Attempt): Attributes {
  const operation = operationOf(event);
  return {
    "messaging.system": "sluice",
    "messaging.operation.name": operation,
    "messaging.operation.type": operation,
    "messaging.destination.name": placeOf(event),
    ...errorAttributes(event),
  };
}

/** Whether an attempt hands an event to a handler or sends it. */
export function operationOf({ type }: Attempt): "process" | "send" {
  return type === "event.delivered" || type === "event.failed"
    ? "process"
    : "send";
}

/** `error.type` for what failed: its code, its class, or the HTTP status. */
export function errorAttributes(event: SluiceEvent): Attributes {
  const type = errorType(event);
  return type === undefined ? {} : { "error.type": type };
}

/** What went wrong, in few values; `undefined` when nothing did. */
export function errorType(event: SluiceEvent): string | undefined {
  const status = "httpStatus" in event ? event.httpStatus : 0;
  if (event.type === "send.failed" && status > 0) return `${status}`;
  if ("error" in event) return event.error ? noteType(event.error) : undefined;
  if (event.type !== "delivery.failed") return undefined;
  return status > 0 ? `${status}` : "no_answer";
}

function noteType({ name, code }: ErrorNote): string {
  return code ?? name;
}
