import { assert, assertEquals } from "@std/assert";
import { example, finish } from "./_child.ts";

interface Span {
  readonly name: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
}

/** Everything that is called so, wherever it is in the messages of OTLP. */
function collect(value: unknown, name: string): Record<string, unknown>[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [
    ...key === name && Array.isArray(each) ? each : [],
    ...collect(each, name),
  ]);
}

Deno.test("otel.ts sends spans and metrics to a collector with the SDK of Deno", async () => {
  const got: unknown[] = [];
  const collector = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      got.push(await request.json());
      return Response.json({});
    },
  );
  try {
    const { code, out } = await finish(example("otel.ts", {
      env: {
        OTEL_DENO: "true",
        OTEL_DENO_CONSOLE: "ignore",
        OTEL_EXPORTER_OTLP_PROTOCOL: "http/json",
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${collector.addr.port}`,
      },
    }));
    assertEquals(code, 0);
    assert(out.endsWith("1 delivered, 2 given up\n"), out);
  } finally {
    await collector.shutdown();
  }
  const spans = collect(got, "spans") as unknown as Span[];
  const run = spans.find(({ name }) => name === "run pump");
  const cron = spans.find(({ name }) => name === "cron drain");
  assert(run && cron);
  assertEquals(run.parentSpanId, cron.spanId);
  const attempts = spans.filter(({ name }) => name === "process pump");
  assertEquals(
    attempts.map(({ parentSpanId }) => parentSpanId),
    Array(4).fill(run.spanId),
  );
  const metrics = new Set(collect(got, "metrics").map((each) => each["name"]));
  for (
    const name of [
      "messaging.process.duration",
      "sluice.events",
      "sluice.run.duration",
    ]
  ) assert(metrics.has(name), [...metrics].join());
  assert(!JSON.stringify(got).includes("anna@"));
});

Deno.test("otel.ts logs what failed, and works without an SDK", async () => {
  const { code, out, err } = await finish(example("otel.ts"));
  assertEquals([code, err], [0, ""]);
  const lines = out.trimEnd().split("\n");
  assertEquals(lines.pop(), "1 delivered, 2 given up");
  const messages = lines.map((line) => JSON.parse(line).message);
  assertEquals(messages, [
    "pump event.failed",
    "pump event.failed",
    "pump event.failed",
    "pump event.dead_lettered",
    "pump event.dead_lettered",
  ]);
  assert(!out.includes("anna@"));
  assert(!out.includes("No such address"));
});
