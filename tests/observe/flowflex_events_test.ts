import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { UploadError } from "../../src/errors.ts";
import { file, type FlowFlexEvent } from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import {
  API_SECRET,
  clientOf,
  SIGNATURE,
  startPlatform,
} from "../flowflex/_platform.ts";

const START = 1_800_000_000_000;

function note(text: string): ReturnType<typeof file> {
  return file(new Blob([text]), { filename: "planted-name.txt" });
}

function listener(): {
  told: FlowFlexEvent[];
  onEvent: (event: FlowFlexEvent) => void;
} {
  const told: FlowFlexEvent[] = [];
  return { told, onEvent: (event) => void told.push(event) };
}

function types(told: readonly FlowFlexEvent[]): string[] {
  return told.map(({ type }) => type);
}

Deno.test("sendEvent() tells each upload, each retry and its end", async () => {
  await using platform = startPlatform();
  const { told, onEvent } = listener();
  platform.answer = (step, nth) =>
    step === "event" && nth === 1
      ? new Response(null, { status: 503 })
      : undefined;
  const client = clientOf(platform, { onEvent, clock: jumpingClock(START) });
  await client.sendEvent("order.shipped", {
    payload: { x: note("planted text") },
    idempotencyKey: "k-1",
  });
  const member = { source: "flowflex", event: "k-1", name: "order.shipped" };
  const waited = 1_000;
  assertEquals(told as unknown[], [
    {
      ...member,
      type: "file.uploaded",
      at: START,
      file: 0,
      asset: "as_1",
      bytes: 12,
      durationMs: 0,
    },
    {
      ...member,
      type: "send.retried",
      at: START + waited,
      step: "event",
      attempt: 1,
      httpStatus: 503,
    },
    {
      ...member,
      type: "send.succeeded",
      at: START + waited,
      durationMs: waited,
      httpStatus: 202,
      files: 1,
      requests: 4,
    },
  ]);
});

Deno.test("sendEvent() tells what it failed with, and nothing of data, names and secrets", async () => {
  await using platform = startPlatform();
  const { told, onEvent } = listener();
  platform.answer = (step) =>
    step === "event"
      ? Response.json(
        { error: `planted text ${API_SECRET}`, code: "NOT_FOUND" },
        { status: 404, headers: { "x-request-id": "req-7" } },
      )
      : undefined;
  const client = clientOf(platform, { onEvent, clock: jumpingClock(START) });
  await assertRejects(() =>
    client.sendEvent("a", {
      payload: { planted: "planted text", x: note("planted text") },
      idempotencyKey: "k-1",
    })
  );
  assertEquals(told.at(-1) as unknown, {
    source: "flowflex",
    type: "send.failed",
    at: START,
    event: "k-1",
    name: "a",
    durationMs: 0,
    step: "event",
    httpStatus: 404,
    errorKey: "NOT_FOUND",
    requestId: "req-7",
    requests: 3,
    error: { name: "UploadError", code: "upload" },
  });
  const text = JSON.stringify(told);
  for (const secret of ["planted", API_SECRET, SIGNATURE]) {
    assertEquals(text.includes(secret), false, secret);
  }
});

Deno.test("sendEvent() tells as failed what its caller ended", async () => {
  await using platform = startPlatform();
  const { told, onEvent } = listener();
  const signal = AbortSignal.abort(new RangeError("mine"));
  await clientOf(platform, { onEvent }).sendEvent("a", { signal })
    .catch(() => undefined);
  const [failed] = told;
  assert(failed?.type === "send.failed");
  assertEquals([failed.step, failed.httpStatus, failed.error.name], [
    "send",
    0,
    "RangeError",
  ]);
});

Deno.test("uploadFile() tells its upload, of no event", async () => {
  await using platform = startPlatform();
  const { told, onEvent } = listener();
  const asset = await clientOf(platform, { onEvent }).uploadFile(note("x"));
  const [uploaded, ...more] = told;
  assertEquals(more, []);
  assert(uploaded?.type === "file.uploaded");
  assertEquals([uploaded.event, uploaded.name, uploaded.asset], [
    null,
    null,
    asset,
  ]);
});

Deno.test("processSends() tells what was kept, its run, and each send in it", async () => {
  await using platform = startPlatform();
  const { told, onEvent } = listener();
  const client = clientOf(platform, {
    onEvent,
    kv: memoryKv(),
    sealingKey: generateSealingKey(),
  });
  const payload = { x: note("x") };
  const kept = await client.sendEventDurably("a", { payload });
  const [first] = told;
  assert(first?.type === "send.kept");
  assertEquals([first.event, first.name, first.files], [
    kept.idempotencyKey,
    "a",
    1,
  ]);
  platform.answer = () => new Response(null, { status: 400 });
  await client.processSends({ maxRetries: 0 });
  platform.answer = () => undefined;
  await client.retryDeadSends();
  assertEquals(types(told), [
    "send.kept",
    "run.started",
    "send.failed",
    "event.failed",
    "event.dead_lettered",
    "run.ended",
    "redrive.started",
    "file.uploaded",
    "send.succeeded",
    "event.delivered",
    "redrive.ended",
  ]);
  assertEquals(new Set(told.map(({ source }) => source)).size, 1);
});

Deno.test("sendEvent() minds no listener that throws or hangs, and takes none that is no function", async () => {
  await using platform = startPlatform();
  for (
    const onEvent of [
      () => {
        throw new UploadError("mine", { step: "send" });
      },
      () => new Promise(() => {}),
    ]
  ) {
    await clientOf(platform, { onEvent }).sendEvent("a");
  }
  assertEquals(platform.events.length, 2);
  const wrong = { onEvent: 7 as never };
  const error = await assertRejects(async () => {
    await clientOf(platform, wrong).sendEvent("a");
  }, TypeError);
  assert(error.message.includes("onEvent"));
});
