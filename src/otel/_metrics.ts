import type { Histogram, Meter, MetricOptions } from "@opentelemetry/api";
import type { SluiceEvent } from "../observe/events.ts";
import {
  type Attempt,
  errorAttributes,
  messagingAttributes,
  operationOf,
  placeOf,
} from "./_attributes.ts";

/** Takes an event into account. */
export type Metrics = (event: SluiceEvent) => void;

// Semantic conventions, "Messaging metrics": the boundaries of `messaging.process.duration`.
const SECONDS: MetricOptions = {
  unit: "s",
  advice: {
    explicitBucketBoundaries: [
      0.005,
      0.01,
      0.025,
      0.05,
      0.075,
      0.1,
      0.25,
      0.5,
      0.75,
      1,
      2.5,
      5,
      7.5,
      10,
    ],
  },
};

/** Makes the instruments. Their attributes have few values: no id is among them. */
export function createMetrics(meter: Meter): Metrics {
  const events = meter.createCounter("sluice.events", {
    unit: "{event}",
    description: "Events told, by source and type",
  });
  const recordAttempt = attemptMetrics(meter);
  const recordState = stateMetrics(meter);
  return (event) => {
    const place = { "sluice.place": placeOf(event) };
    events.add(1, { ...place, "sluice.type": event.type });
    recordState(event, place);
    if (isAttempt(event)) recordAttempt(event);
  };
}

function attemptMetrics(meter: Meter): (event: Attempt) => void {
  const processed = meter.createHistogram("messaging.process.duration", {
    ...SECONDS,
    description: "Duration of processing operation",
  });
  const sending = meter.createHistogram("messaging.client.operation.duration", {
    ...SECONDS,
    description: "Duration of messaging operation initiated by a client",
  });
  const sent = meter.createCounter("messaging.client.sent.messages", {
    unit: "{message}",
    description: "Number of messages that it was tried to send",
  });
  return (event) => {
    const attributes = messagingAttributes(event);
    const isSend = operationOf(event) === "send";
    (isSend ? sending : processed).record(event.durationMs / 1000, attributes);
    if (isSend) sent.add(1, attributes);
  };
}

function stateMetrics(
  meter: Meter,
): (event: SluiceEvent, place: { "sluice.place": string }) => void {
  const runs = seconds(meter, "sluice.run.duration", "Duration of a run");
  const calls = seconds(meter, "sluice.call.duration", "Duration of a call");
  const bytes = meter.createCounter("sluice.stored.bytes", {
    unit: "By",
    description:
      "Bytes of pages and webhooks that were stored, and of files that were uploaded",
  });
  const pending = meter.createGauge("sluice.pending", {
    unit: "{event}",
    description: "Events that wait for a later run, at the end of one",
  });
  return (event, place) => {
    if ("bytes" in event) bytes.add(event.bytes, place);
    if ("stopped" in event) {
      const { stopped, durationMs } = event;
      runs.record(durationMs / 1000, { ...place, "sluice.stopped": stopped });
    }
    if ("pending" in event && event.pending !== null) {
      pending.record(event.pending, place);
    }
    if ("outcome" in event) {
      calls.record(event.durationMs / 1000, {
        ...place,
        ..."action" in event &&
          { "sluice.action": event.action ?? "unknown" },
        "sluice.type": event.type,
        "sluice.outcome": event.outcome,
        ...errorAttributes(event),
      });
    }
  };
}

function seconds(meter: Meter, name: string, description: string): Histogram {
  return meter.createHistogram(name, { ...SECONDS, description });
}

function isAttempt(event: SluiceEvent): event is Attempt {
  return event.type === "event.delivered" || event.type === "event.failed" ||
    event.type === "delivery.succeeded" || event.type === "delivery.failed" ||
    event.type === "send.succeeded" || event.type === "send.failed";
}
