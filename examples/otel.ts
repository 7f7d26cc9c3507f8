/**
 * Traces, measures and logs what a client does, against a sandbox of its own. Deno has an SDK of OpenTelemetry, which
 * the environment switches on; this prints what it records:
 *
 *     OTEL_DENO=true OTEL_EXPORTER_OTLP_PROTOCOL=console deno run -A examples/otel.ts
 *
 * Without `OTEL_EXPORTER_OTLP_PROTOCOL` it goes to the collector at `OTEL_EXPORTER_OTLP_ENDPOINT`, and without
 * `OTEL_DENO` nothing is recorded: what stays are the lines of the log. Nothing here or below names an SDK.
 *
 * @module
 */
import { trace } from "@opentelemetry/api";
import { Client } from "@sluice/edge/company-data";
import { memoryKv } from "@sluice/edge/kv";
import {
  combineObservers,
  jsonLogger,
  logObserver,
} from "@sluice/edge/observe";
import { otelObserver } from "@sluice/edge/otel";
import { createSandbox } from "@sluice/edge/sandbox";

await using sandbox = await createSandbox({ keyIterations: 1 });
const person = await sandbox.connect({ displayName: "Anna" });
const change = { event: "field_updated", person, slug: "email" } as const;
await sandbox.publishMany([
  { ...change, value: "anna@sluice.example" },
  { ...change, value: "anna@sluice.invalid" },
]);
sandbox.publishRaw("no row at all");

const logger = jsonLogger({ level: "warn" });
await using client = await Client.fromConfig(sandbox.config(), {
  kv: memoryKv(),
  fetch: sandbox.clientFetch,
  logger,
  onEvent: combineObservers(logObserver(logger), otelObserver()),
});

// The span of the run lies below the one that is active here, such as that of a cron or of a request.
const tracer = trace.getTracer("example");
await tracer.startActiveSpan("cron drain", async (span) => {
  const report = await client.processChanges(({ value }) => {
    if (String(value).endsWith(".invalid")) throw new Error("No such address");
  }, { maxRetries: 1, backoff: () => 0 });
  span.end();
  console.log(
    `${report.delivered} delivered, ${report.deadLettered} given up`,
  );
});
