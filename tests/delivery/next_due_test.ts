import { assertEquals } from "@std/assert";
import { makeSender } from "./_sender.ts";

const EVENT = { name: "invoice.paid", data: { n: 1 } };

Deno.test("deliverDue() names a time for what it had no time to take in", async () => {
  const { sender, clock, sent } = makeSender();
  await sender.subscribe({ to: "https://hooks.example.com/in" });
  await sender.emit(EVENT);
  for (const options of [{ deadlineMs: 0 }, { signal: AbortSignal.abort() }]) {
    const { created, nextDueAt } = await sender.deliverDue(options);
    assertEquals([created, nextDueAt], [0, clock.now()]);
    assertEquals((await sender.health()).nextDueAt, clock.now());
  }
  const { succeeded, nextDueAt } = await sender.deliverDue();
  assertEquals([succeeded, nextDueAt, sent.length], [1, null, 1]);
});

Deno.test("deliverDue() names a time for a replay that it had no time to take in", async () => {
  const { sender, clock } = makeSender();
  const { subscription } = await sender.subscribe({
    to: "https://hooks.example.com/in",
  });
  await sender.emit(EVENT);
  await sender.deliverDue();
  await sender.replay(subscription.id, { since: 0 });
  const { nextDueAt } = await sender.deliverDue({ deadlineMs: 0 });
  assertEquals(nextDueAt, clock.now());
  assertEquals((await sender.deliverDue()).nextDueAt, null);
});
