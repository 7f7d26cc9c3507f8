import { assert, assertEquals } from "@std/assert";
import { context, metrics, SpanKind, trace } from "@opentelemetry/api";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from "@opentelemetry/sdk-metrics";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
} from "@opentelemetry/sdk-trace-base";
import type { SluiceEvent } from "../../src/observe/mod.ts";
import { otelObserver } from "../../src/otel/mod.ts";

interface Recorded {
  readonly spans: readonly ReadableSpan[];
  readonly metrics: ReadonlyMap<string, MetricData>;
}

/** Records the events with a real SDK. */
async function record(events: readonly SluiceEvent[]): Promise<Recorded> {
  const spans = new InMemorySpanExporter();
  const tracers = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(spans)],
  });
  const exporter = new InMemoryMetricExporter(
    AggregationTemporality.CUMULATIVE,
  );
  const reader = new PeriodicExportingMetricReader({ exporter });
  const meters = new MeterProvider({ readers: [reader] });
  const observe = otelObserver({
    tracer: tracers.getTracer("test"),
    meter: meters.getMeter("test"),
  });
  for (const event of events) observe(event);
  await reader.forceFlush();
  const found = exporter.getMetrics().flatMap(({ scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) => metrics)
  );
  const finished = spans.getFinishedSpans();
  await meters.shutdown();
  return {
    spans: finished,
    metrics: new Map(found.map((each) => [each.descriptor.name, each])),
  };
}

/** A point of a metric: its attributes and its value, a histogram's as count and sum. */
function points(data: MetricData | undefined): unknown[] {
  return (data?.dataPoints ?? []).map(({ attributes, value }) => [
    attributes,
    typeof value === "number" ? value : [value.count, value.sum],
  ]);
}

function ms([seconds, nanos]: [number, number]): number {
  return seconds * 1_000 + nanos / 1_000_000;
}

const START = 1_800_000_000_000;
const RUN = { source: "pump", run: "run-1" } as const;
const EVENTS: SluiceEvent[] = [
  { ...RUN, type: "run.started", at: START },
  {
    source: "pump",
    type: "page.persisted",
    at: START + 5,
    segment: 1,
    bytes: 1_234,
    cut: null,
    webhook: null,
  },
  {
    ...RUN,
    type: "event.delivered",
    at: START + 30,
    event: "1-0",
    attempt: 1,
    durationMs: 20,
  },
  {
    ...RUN,
    type: "event.failed",
    at: START + 80,
    event: "1-1",
    attempt: 3,
    durationMs: 50,
    error: { name: "ApiError", code: "api" },
  },
  {
    ...RUN,
    type: "event.dead_lettered",
    at: START + 81,
    event: "1-1",
    attempt: 3,
    error: { name: "ApiError", code: "api" },
  },
  {
    ...RUN,
    type: "run.ended",
    at: START + 100,
    durationMs: 100,
    stopped: "empty",
    delivered: 1,
    retried: 0,
    deadLettered: 1,
    duplicates: 0,
    drained: 2,
    dropped: 0,
    pending: 0,
    error: null,
  },
];

Deno.test("otelObserver() makes a span of a run, with its attempts below it", async () => {
  const { spans } = await record(EVENTS);
  const [delivered, failed, run] = spans;
  assertEquals(spans.map(({ name }) => name), [
    "process pump",
    "process pump",
    "run pump",
  ]);
  assert(delivered && failed && run);
  for (const span of [delivered, failed]) {
    assertEquals(span.parentSpanContext?.spanId, run.spanContext().spanId);
    assertEquals(span.spanContext().traceId, run.spanContext().traceId);
    assertEquals(span.kind, SpanKind.CONSUMER);
  }
  assertEquals([ms(run.startTime), ms(run.endTime)], [START, START + 100]);
  assertEquals([ms(delivered.startTime), ms(delivered.endTime)], [
    START + 10,
    START + 30,
  ]);
  assertEquals(delivered.attributes, {
    "messaging.system": "sluice",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": "pump",
    "messaging.message.id": "1-0",
    "sluice.source": "pump",
    "sluice.run": "run-1",
    "sluice.type": "event.delivered",
    "sluice.event": "1-0",
    "sluice.attempt": 1,
  });
  assertEquals([failed.status, failed.attributes["error.type"]], [
    { code: 2, message: "api" },
    "api",
  ]);
  assertEquals([run.status.code, run.attributes["sluice.dead_lettered"]], [
    0,
    1,
  ]);
  const [note] = run.events;
  assertEquals([note?.name, note && ms(note.time)], [
    "sluice.event.dead_lettered",
    START + 81,
  ]);
});

Deno.test("otelObserver() counts and measures in seconds, without ids", async () => {
  const { metrics } = await record(EVENTS);
  const place = { "sluice.place": "pump" };
  const attempt = {
    "messaging.system": "sluice",
    "messaging.operation.name": "process",
    "messaging.operation.type": "process",
    "messaging.destination.name": "pump",
  };
  const processed = metrics.get("messaging.process.duration");
  assertEquals(processed?.descriptor.unit, "s");
  assertEquals(points(processed), [
    [attempt, [1, 0.02]],
    [{ ...attempt, "error.type": "api" }, [1, 0.05]],
  ]);
  assertEquals(points(metrics.get("sluice.run.duration")), [
    [{ ...place, "sluice.stopped": "empty" }, [1, 0.1]],
  ]);
  assertEquals(points(metrics.get("sluice.pending")), [[place, 0]]);
  assertEquals(points(metrics.get("sluice.stored.bytes")), [[place, 1_234]]);
  assertEquals(
    points(metrics.get("sluice.events")),
    EVENTS.map(({ type }) => [{ ...place, "sluice.type": type }, 1]),
  );
});

Deno.test("otelObserver() makes a producer's span of a delivery, with the HTTP status", async () => {
  const step = {
    source: "delivery",
    run: "r",
    at: START,
    subscription: "sub_1",
    event: "msg_1",
    attempt: 1,
    durationMs: 10,
    message: "503 Service Unavailable",
  } as const;
  const { spans, metrics } = await record([
    { ...step, type: "delivery.failed", httpStatus: 503 },
    { ...step, type: "delivery.failed", httpStatus: 0 },
    { ...step, type: "delivery.succeeded", httpStatus: 200 },
  ]);
  assertEquals(
    spans.map(({ name, kind, status, attributes }) => [
      name,
      kind,
      status.code,
      attributes["http.response.status_code"],
      attributes["error.type"],
    ]),
    [
      ["send delivery", SpanKind.PRODUCER, 2, 503, "503"],
      ["send delivery", SpanKind.PRODUCER, 2, undefined, "no_answer"],
      ["send delivery", SpanKind.PRODUCER, 0, 200, undefined],
    ],
  );
  assertEquals(points(metrics.get("messaging.client.sent.messages")).length, 3);
  assertEquals(
    metrics.get("messaging.client.operation.duration")?.descriptor.unit,
    "s",
  );
});

Deno.test("otelObserver() makes spans of sends and uploads of FlowFlex, and counts retries", async () => {
  const member = {
    source: "flowflex",
    at: START,
    event: "key-1",
    name: "a",
  } as const;
  const ended = { ...member, durationMs: 10, requests: 3 } as const;
  const failed = {
    ...ended,
    type: "send.failed",
    step: "event",
    errorKey: null,
    requestId: "req-1",
    error: { name: "UploadError", code: "upload" },
  } as const;
  const { spans, metrics } = await record([
    { ...member, type: "send.kept", files: 1 },
    {
      ...member,
      type: "file.uploaded",
      file: 0,
      asset: "as_1",
      bytes: 7,
      durationMs: 4,
    },
    {
      ...member,
      type: "send.retried",
      step: "event",
      attempt: 1,
      httpStatus: 503,
    },
    {
      ...member,
      type: "file.type_differs",
      file: 0,
      declared: "text/plain",
      found: "image/png",
    },
    { ...ended, type: "send.succeeded", httpStatus: 202, files: 1 },
    { ...failed, httpStatus: 404 },
    { ...failed, httpStatus: 0 },
    {
      source: "flowflex",
      type: "event.delivered",
      run: "r",
      at: START,
      event: "1-0",
      attempt: 1,
      durationMs: 12,
    },
  ]);
  assertEquals(
    spans.map(({ name, kind, status, attributes }) => [
      name,
      kind,
      status.code,
      attributes["http.response.status_code"],
      attributes["error.type"],
      attributes["messaging.message.id"],
    ]),
    [
      ["upload flowflex", SpanKind.CLIENT, 0, undefined, undefined, undefined],
      ["send flowflex", SpanKind.PRODUCER, 0, 202, undefined, "key-1"],
      ["send flowflex", SpanKind.PRODUCER, 2, 404, "404", "key-1"],
      ["send flowflex", SpanKind.PRODUCER, 2, undefined, "upload", "key-1"],
      ["process flowflex", SpanKind.CONSUMER, 0, undefined, undefined, "1-0"],
    ],
  );
  assertEquals(
    [
      spans[0]?.attributes["sluice.asset"],
      spans[2]?.attributes["sluice.request_id"],
    ],
    ["as_1", "req-1"],
  );
  const place = { "sluice.place": "flowflex" };
  assertEquals(points(metrics.get("sluice.stored.bytes")), [[place, 7]]);
  assertEquals(points(metrics.get("messaging.client.sent.messages")).length, 3);
  assertEquals(points(metrics.get("messaging.process.duration")).length, 1);
  const told = points(metrics.get("sluice.events")).map((point) =>
    JSON.stringify(point)
  );
  assertEquals(told.length, 7);
  assertEquals(told.some((point) => /key-1|as_1|req-1/.test(point)), false);
});

Deno.test("otelObserver() makes spans of executions, polls and stored webhooks", async () => {
  const call = {
    source: "integration",
    integration: "Mail",
    at: START,
    durationMs: 5,
    error: null,
  } as const;
  const { spans, metrics } = await record([
    { ...call, type: "action.executed", action: "send", outcome: "action" },
    {
      ...call,
      type: "action.executed",
      action: null,
      outcome: "thrown",
      error: { name: "TypeError" },
    },
    { ...call, type: "account.read", outcome: "connected_account" },
    {
      ...call,
      type: "poll.ran",
      trigger: "inbox",
      outcome: "polled",
      records: 4,
    },
    {
      source: "inbox",
      type: "webhook.stored",
      at: START,
      segment: 1,
      bytes: 9,
      durationMs: 2,
    },
  ]);
  assertEquals(spans.map(({ name, status }) => [name, status.code]), [
    ["execute Mail/send", 0],
    ["execute Mail/unknown", 2],
    ["account Mail", 0],
    ["poll Mail/inbox", 0],
    ["store inbox", 0],
  ]);
  assertEquals(spans[3]?.attributes["sluice.records"], 4);
  assertEquals(points(metrics.get("sluice.call.duration"))[0], [{
    "sluice.place": "Mail",
    "sluice.action": "send",
    "sluice.type": "action.executed",
    "sluice.outcome": "action",
  }, [1, 0.005]]);
});

Deno.test("otelObserver() makes a span of a run whose begin it was not told", async () => {
  const ended = EVENTS.at(-1);
  assert(ended?.type === "run.ended");
  const { spans } = await record([{
    ...ended,
    stopped: "failed",
    error: { name: "KvError", code: "kv" },
  }]);
  const [run] = spans;
  assert(run);
  assertEquals([ms(run.startTime), run.status], [START, {
    code: 2,
    message: "kv",
  }]);
});

Deno.test("otelObserver() keeps a bounded number of runs whose end never comes", async () => {
  const { spans } = await record(
    Array.from({ length: 1_005 }, (_, i) => ({
      source: "pump",
      type: "run.started",
      run: `r${i}`,
      at: START,
    })),
  );
  assertEquals(spans.map(({ attributes }) => attributes["sluice.run"]), [
    "r0",
    "r1",
    "r2",
    "r3",
    "r4",
  ]);
});

Deno.test("otelObserver() records with what is registered when the first event comes", async () => {
  const exporter = new InMemorySpanExporter();
  const observe = otelObserver();
  const provider = new BasicTracerProvider({
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  trace.setGlobalTracerProvider(provider);
  try {
    for (const event of EVENTS) observe(event);
    assertEquals(exporter.getFinishedSpans().length, 3);
  } finally {
    trace.disable();
    metrics.disable();
    context.disable();
    await provider.forceFlush();
    await provider.shutdown();
  }
});

Deno.test("otelObserver() does nothing where no SDK is registered", () => {
  const observe = otelObserver();
  for (const event of EVENTS) observe(event);
});
