import { assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const A_DAY_MS = 86_400_000;
const KEPT_MS = 30 * A_DAY_MS;
const SMALL = { maxMutations: 20, maxCommitBytes: 40_000 };

Deno.test("deliverDue() ends what an inactive subscription holds once its event is no longer kept, and says when that is", async () => {
  const told: string[] = [];
  const { sender, clock, sent } = makeSender({
    answer: () => new Response("", { status: 500 }),
    onEvent: ({ type }) => told.push(type),
    retryDelaysMs: [2 * A_DAY_MS],
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const first = clock.now();
  await sender.emit({ name: "a.b", data: "waits for a retry" });
  await sender.deliverDue();
  await sender.deactivate(id, { hold: true });
  await clock.sleep(A_DAY_MS);
  const second = clock.now();
  await sender.emit({ name: "a.b", data: "is held" });
  await sender.deliverDue();
  // The next attempt would have been then: behind what came later, though its event goes first.
  await clock.sleep(2 * A_DAY_MS);
  assertEquals((await sender.deliverDue()).nextDueAt, first + KEPT_MS);
  await clock.sleep(first + KEPT_MS - 1 - clock.now());
  assertEquals((await sender.deliverDue({ waitMs: 0 })).dropped, 0);
  await clock.sleep(1);
  told.length = 0;
  const report = await sender.deliverDue();
  assertEquals([report.dropped, report.nextDueAt], [1, second + KEPT_MS]);
  assertEquals(told.includes("delivery.skipped"), true);
  await clock.sleep(A_DAY_MS);
  const { dropped, nextDueAt } = await sender.deliverDue();
  assertEquals([dropped, nextDueAt], [1, null]);
  assertEquals([(await sender.health()).pending, sent.length], [0, 1]);
  const log = await all(sender.deliveries(id));
  assertEquals(
    log.map(({ status, message }) => [status, message]),
    new Array(2).fill(["dropped", "The event is no longer kept"]),
  );
});

Deno.test("deliverDue() ends what waits behind others of its entity at an inactive subscription, and much of it", async () => {
  for (const limits of [{}, SMALL]) {
    const kv = memoryKv({ limits });
    const { sender, clock } = makeSender({ kv });
    const { subscription: { id } } = await sender.subscribe({
      to: TO,
      ordered: true,
    });
    await sender.deactivate(id, { hold: true });
    for (let i = 0; i < 150; i++) {
      const entity = i % 2 ? { entity: "e" } : {};
      await sender.emit({ name: "a.b", data: i, ...entity });
    }
    assertEquals((await sender.deliverDue()).created, 150);
    await clock.sleep(365 * A_DAY_MS);
    const { dropped, nextDueAt } = await sender.deliverDue();
    assertEquals([dropped, nextDueAt], [150, null]);
    for (const table of ["q", "lane", "head", "ready"]) {
      const rows = await all(
        kv.list({ prefix: ["sluice", "delivery", table] }),
      );
      assertEquals(rows, [], table);
    }
  }
});

Deno.test("deliverDue() ends what waits for a subscription that is no longer declared", async () => {
  const { sender, clock } = makeSender({
    answer: () => new Response("", { status: 500 }),
  });
  await sender.reconcile([{ name: "crm", to: TO }]);
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deliverDue();
  await sender.reconcile([]);
  await clock.sleep(365 * A_DAY_MS);
  await sender.deliverDue();
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("activate() delivers what is held although its next look was to be in 30 days", async () => {
  const { sender, clock, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.deactivate(id, { hold: true });
  await sender.emit({ name: "a.b", data: 1 });
  assertEquals((await sender.deliverDue()).nextDueAt, clock.now() + KEPT_MS);
  await sender.activate(id);
  const { succeeded, nextDueAt } = await sender.deliverDue();
  assertEquals([succeeded, nextDueAt, sent.length], [1, null, 1]);
});

Deno.test("remove() takes what is held with its place in the index", async () => {
  const { sender } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.deactivate(id, { hold: true });
  await sender.emit({ name: "a.b", data: 1 });
  await sender.deliverDue();
  await sender.remove(id);
  assertEquals((await sender.deliverDue()).nextDueAt, null);
});
