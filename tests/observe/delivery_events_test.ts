import { assert, assertEquals, assertRejects } from "@std/assert";
import type { DeliveryEvent } from "../../src/delivery/mod.ts";
import { KvError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { makeSender } from "../delivery/_sender.ts";

const TO = "https://hooks.example.com/in";
const EVENT = { name: "invoice.paid", data: { total: 1 } };

function types(told: readonly DeliveryEvent[]): string[] {
  return told.map(({ type }) => type);
}

Deno.test("deliverDue() tells its run, and each delivery with attempt, status and duration", async () => {
  const told: DeliveryEvent[] = [];
  const { sender, clock } = makeSender({
    async answer({ attempt }): Promise<Response> {
      await clock.sleep(30);
      return new Response("", { status: attempt === "1" ? 503 : 200 });
    },
    retryDelaysMs: [1_000],
    onEvent: (event) => told.push(event),
  });
  const { subscription } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await sender.deliverDue();
  await clock.sleep(5_000);
  const report = await sender.deliverDue();
  assertEquals(types(told), [
    "run.started",
    "delivery.created",
    "delivery.failed",
    "run.ended",
    "run.started",
    "delivery.succeeded",
    "run.ended",
  ]);
  const failed = told.find(({ type }) => type === "delivery.failed");
  assert(failed?.type === "delivery.failed");
  assertEquals(
    [failed.subscription, failed.attempt, failed.httpStatus, failed.durationMs],
    [subscription.id, 1, 503, 30],
  );
  const ended = told.at(-1);
  assert(ended?.type === "run.ended");
  assertEquals([ended.succeeded, ended.stopped, ended.error], [
    report.succeeded,
    report.stopped,
    null,
  ]);
  assertEquals(new Set(told.map(({ run }) => run)).size, 2);
});

Deno.test("deliverDue() tells a delivery that was not kept as skipped, and a replay as created", async () => {
  const told: DeliveryEvent[] = [];
  const { sender } = makeSender({ onEvent: (event) => told.push(event) });
  const { subscription } = await sender.subscribe({
    to: TO,
    limits: { heldLimit: 1 },
  });
  await sender.deactivate(subscription.id, { hold: true });
  await sender.emit(EVENT);
  await sender.emit(EVENT);
  await sender.deliverDue();
  const [, created, skipped] = told;
  assertEquals(types(told).slice(1, -1), [
    "delivery.created",
    "delivery.skipped",
  ]);
  assert(created?.type === "delivery.created" && created.event !== null);
  assert(skipped?.type === "delivery.skipped");
  assertEquals(skipped.message, "Too many deliveries are held");
  told.length = 0;
  await sender.activate(subscription.id);
  await sender.replay(subscription.id, { event: created.event });
  await sender.deliverDue();
  assertEquals(types(told).slice(1, -1), [
    "delivery.created",
    "delivery.succeeded",
    "delivery.succeeded",
  ]);
});

Deno.test("deliverDue() does not wait for its listener", async () => {
  const { sender } = makeSender({ onEvent: () => new Promise(() => {}) });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const report = await sender.deliverDue();
  assertEquals([report.succeeded, report.observerFailures], [1, 0]);
});

Deno.test("deliverDue() tells what it rejected with, and that another run is at work", async () => {
  const told: DeliveryEvent[] = [];
  let broken = false;
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (broken) throw new KvError("Cannot commit: planted");
    return await next(change);
  });
  const answered = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const { sender } = makeSender({
    kv,
    async answer(): Promise<Response> {
      asked.resolve();
      await answered.promise;
      return new Response();
    },
    onEvent: (event) => told.push(event),
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const failing = assertRejects(() => sender.deliverDue(), KvError);
  await asked.promise;
  await sender.deliverDue();
  broken = true;
  answered.resolve();
  await failing;
  const ends = told.flatMap((event) =>
    event.type === "run.ended" ? [[event.stopped, event.error]] : []
  );
  assertEquals(ends, [["busy", null], ["failed", {
    name: "KvError",
    code: "kv",
  }]]);
  assert(!types(told).includes("delivery.succeeded"));
});
