import { assert, assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { all, makeSender } from "../delivery/_sender.ts";
import { openBackend } from "./_stores.ts";

const TO = "https://hooks.example.com/in";

for (const backend of ["memory", "fs", "deno"] as const) {
  Deno.test(`deliverDue() four times at once on ${backend} makes every request once`, async () => {
    const dir = await Deno.makeTempDir();
    const kv = backend === "memory"
      ? memoryKv()
      : await openBackend(backend, dir);
    const senders = Array.from({ length: 4 }, () => makeSender({ kv }));
    const [first] = senders;
    await first?.sender.subscribe({ to: TO });
    for (let i = 0; i < 100; i++) {
      await first?.sender.emit({ name: "a.b", data: i });
    }
    const reports = await Promise.all(
      senders.map(({ sender }) => sender.deliverDue()),
    );
    const ids = senders.flatMap(({ sent }) => sent.map(({ id }) => id));
    assertEquals([ids.length, new Set(ids).size], [100, 100]);
    const stopped = reports.map(({ stopped }) => stopped).toSorted();
    assertEquals(stopped, ["busy", "busy", "busy", "empty"]);
    await kv.close();
    await Deno.remove(dir, { recursive: true });
  });
}

Deno.test("deliverDue() that lost its lease changes nothing any more, and says busy", async () => {
  const kv = memoryKv();
  const hanging = Promise.withResolvers<Response>();
  const old = makeSender({ kv, answer: () => hanging.promise });
  const { subscription: { id } } = await old.sender.subscribe({ to: TO });
  await old.sender.emit({ name: "a.b", data: 1 });
  const running = old.sender.deliverDue();
  while (old.sent.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const next = makeSender({
    kv,
    clock: jumpingClock(1_800_000_000_000 + 3_600_000),
    answer: () => new Response("", { status: 500 }),
  });
  assertEquals((await next.sender.deliverDue()).retried, 1);
  hanging.resolve(new Response());
  assertEquals((await running).stopped, "busy");
  const found = await all(next.sender.deliveries(id));
  assertEquals(found.map(({ status, attempts }) => [status, attempts]), [[
    "pending",
    1,
  ]]);
  assert(old.sent[0]?.id === next.sent[0]?.id);
});
