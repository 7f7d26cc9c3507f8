import { type Meter, metrics, trace, type Tracer } from "@opentelemetry/api";
import type { SluiceEvent } from "../observe/events.ts";
import { createMetrics, type Metrics } from "./_metrics.ts";
import { Spans } from "./_spans.ts";

/** A tracer of `@opentelemetry/api`, of whatever version. */
export interface TracerLike {
  /** Begins a span. */
  startSpan(name: string, options?: object, context?: object): object;
}

/** A meter of `@opentelemetry/api`, of whatever version. */
export interface MeterLike {
  /** Makes a counter. */
  createCounter(name: string, options?: object): object;
  /** Makes a gauge. */
  createGauge(name: string, options?: object): object;
  /** Makes a histogram. */
  createHistogram(name: string, options?: object): object;
}

/** Where {@linkcode otelObserver} records. */
export interface OtelOptions {
  /** Makes spans. Default is that of the registered provider when the first event comes. */
  readonly tracer?: TracerLike;
  /** Makes metrics. Default is that of the registered provider when the first event comes. */
  readonly meter?: MeterLike;
}

const NAME = "@sluice/edge";

/**
 * Makes an observer that records every event as spans and metrics.
 *
 * A run is a span, below the one that is active where it begins; each attempt of a handler or of a request is one below
 * that of its run, and so is a call of an action or a trigger, an event sent to FlowFlex and a file of it. Such a span is made when the event comes, with a start
 * that is its duration before, so nothing that the handler traces itself lies below it. What is parked, given up,
 * skipped or disabled is an event of the span of its run.
 *
 * Spans of attempts carry `messaging.*` attributes of the semantic conventions, all others `sluice.*`. Metrics are the
 * histograms `messaging.process.duration`, `messaging.client.operation.duration`, `sluice.run.duration` and
 * `sluice.call.duration` in seconds, the counters `messaging.client.sent.messages`, `sluice.events` and
 * `sluice.stored.bytes`, and the gauge `sluice.pending`. Ids are in spans and never in metrics.
 *
 * @param options Where to; every one has a default.
 * @returns The observer to pass as `onEvent`. Spans of runs are kept in it from their begin to their end, so several
 * parts of one program best share one.
 */
export function otelObserver(
  options: OtelOptions = {},
): (event: SluiceEvent) => void {
  // What they are made of is theirs; the types here name no more of it than one entry can without all of the API.
  const { tracer, meter } = options as { tracer?: Tracer; meter?: Meter };
  let spans: Spans | undefined;
  let recorded: Metrics | undefined;
  return (event) => {
    // Not before, because a program may register its SDK after its imports.
    spans ??= new Spans(tracer ?? trace.getTracer(NAME));
    recorded ??= createMetrics(meter ?? metrics.getMeter(NAME));
    spans.record(event);
    recorded(event);
  };
}
