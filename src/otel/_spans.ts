import {
  type Attributes,
  type Context,
  context,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { SluiceEvent } from "../observe/events.ts";
import {
  type Attempt,
  type End,
  errorAttributes,
  errorType,
  messagingAttributes,
  operationOf,
  placeOf,
  type Timed,
} from "./_attributes.ts";

const SOURCE = "sluice.source";
const RUN = "sluice.run";
// A run whose end is never told must not be kept for ever.
const MOST_RUNS = 1_000;

/** Makes spans of events. */
export class Spans {
  readonly #tracer: Tracer;
  readonly #runs = new Map<string, Span>();

  constructor(tracer: Tracer) {
    this.#tracer = tracer;
  }

  record(event: SluiceEvent): void {
    switch (event.type) {
      case "run.started":
      case "redrive.started":
        return this.#begin(event);
      case "run.ended":
      case "redrive.ended":
        return this.#end(event);
      case "event.delivered":
      case "event.failed":
      case "delivery.succeeded":
      case "delivery.failed":
      case "send.succeeded":
      case "send.failed":
      case "file.uploaded":
      case "action.executed":
      case "account.read":
      case "poll.ran":
      case "webhook.stored":
        return this.#timed(event);
      default:
        return this.#note(event);
    }
  }

  #begin(event: SluiceEvent & { run: string }): void {
    const { run, at } = event;
    for (const [oldest, span] of this.#runs) {
      if (this.#runs.size < MOST_RUNS) break;
      span.end(at);
      this.#runs.delete(oldest);
    }
    this.#runs.set(run, this.#runSpan(event, at));
  }

  #end(event: End): void {
    const { run, at, durationMs } = event;
    const span = this.#runs.get(run) ?? this.#runSpan(event, at - durationMs);
    this.#runs.delete(run);
    const { [SOURCE]: _source, [RUN]: _run, ...ended } = sluiceAttributes(
      event,
    );
    // Some SDKs show an attribute twice that is set twice.
    span.setAttributes(ended);
    finish(span, event);
  }

  #runSpan(event: SluiceEvent & { run: string }, startTime: number): Span {
    const [verb] = event.type.split(".");
    return this.#tracer.startSpan(`${verb} ${placeOf(event)}`, {
      kind: SpanKind.INTERNAL,
      startTime,
      attributes: { [SOURCE]: event.source, [RUN]: event.run },
    });
  }

  #timed(event: Timed): void {
    const { name, kind, attributes } = shapeOf(event);
    const startTime = event.at - event.durationMs;
    const span = this.#tracer.startSpan(
      name,
      { kind, startTime, attributes },
      this.#contextOf(event),
    );
    finish(span, event);
  }

  #contextOf(event: SluiceEvent): Context {
    const run = "run" in event ? this.#runs.get(event.run) : undefined;
    return run ? trace.setSpan(context.active(), run) : context.active();
  }

  #note(event: SluiceEvent): void {
    if (!("run" in event)) return;
    const span = this.#runs.get(event.run);
    span?.addEvent(`sluice.${event.type}`, sluiceAttributes(event), event.at);
  }
}

interface Shape {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

// Span names and kinds as the semantic conventions have them: "<operation> <destination>", a consumer that processes
// and a producer that sends.
function shapeOf(event: Timed): Shape {
  const place = placeOf(event);
  const attributes = sluiceAttributes(event);
  switch (event.type) {
    case "action.executed":
      return {
        name: `execute ${place}/${event.action ?? "unknown"}`,
        kind: SpanKind.INTERNAL,
        attributes,
      };
    case "account.read":
      return { name: `account ${place}`, kind: SpanKind.INTERNAL, attributes };
    case "poll.ran":
      return { name: `poll ${place}`, kind: SpanKind.INTERNAL, attributes };
    case "file.uploaded":
      return { name: `upload ${place}`, kind: SpanKind.CLIENT, attributes };
    case "webhook.stored":
      return { name: `store ${place}`, kind: SpanKind.INTERNAL, attributes };
    default:
      return attemptShape(event);
  }
}

function attemptShape(event: Attempt): Shape {
  const operation = operationOf(event);
  return {
    name: `${operation} ${placeOf(event)}`,
    kind: operation === "send" ? SpanKind.PRODUCER : SpanKind.CONSUMER,
    attributes: {
      ...messagingAttributes(event),
      ...event.event !== null && { "messaging.message.id": event.event },
      ...sluiceAttributes(event),
      ..."httpStatus" in event && event.httpStatus > 0 &&
        { "http.response.status_code": event.httpStatus },
    },
  };
}

const APART = new Set(["at", "durationMs", "error", "httpStatus", "message"]);

/** All other members of an event, each as an attribute of ours; an absent one is left out. */
function sluiceAttributes(event: SluiceEvent): Attributes {
  const attributes: Attributes = errorAttributes(event);
  for (const [name, value] of Object.entries(event)) {
    if (APART.has(name) || value === null || typeof value === "object") {
      continue;
    }
    attributes[`sluice.${snakeCase(name)}`] = value;
  }
  return attributes;
}

function snakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}

function finish(span: Span, event: Timed | End): void {
  const message = errorType(event);
  if (message !== undefined) {
    span.setStatus({ code: SpanStatusCode.ERROR, message });
  }
  span.end(event.at);
}
