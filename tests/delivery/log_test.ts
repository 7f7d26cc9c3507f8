import { assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";

type Made = ReturnType<typeof makeSender>;

/** Delivers so many events, one after the other, whose ids go on from `e0`. */
async function deliver(
  { sender, sent }: Made,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await sender.emit({ id: `e${sent.length}`, name: "a.b", data: 1 });
    await sender.deliverDue();
  }
}

async function logged({ sender }: Made, id: string): Promise<string[]> {
  const log = await all(sender.deliveries(id, { only: "ended" }));
  return log.map(({ event }) => event);
}

function names(from: number, to: number): string[] {
  return Array.from({ length: to - from }, (_, i) => `e${from + i}`);
}

/** A sender with one subscription whose log is that long. */
async function withLog(
  attemptLimit: number,
  options: Parameters<typeof makeSender>[0] = {},
): Promise<{ made: Made; id: string; resize(to: number): Promise<void> }> {
  const made = makeSender(options);
  const { sender } = made;
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit },
  });
  const resize = async (to: number): Promise<void> => {
    await sender.update(id, { changes: { limits: { attemptLimit: to } } });
    await sender.deliverDue();
  };
  return { made, id, resize };
}

Deno.test("deliveries() gives the last that have ended in their order, whatever the clock says", async () => {
  const { made, id } = await withLog(5);
  await deliver(made, 4);
  await made.clock.sleep(-60_000);
  await deliver(made, 8);
  assertEquals(await logged(made, id), names(7, 12));
});

Deno.test("update() to a shorter log keeps the newest of it", async () => {
  for (const count of [3, 20, 23]) {
    const { made, id, resize } = await withLog(20);
    await deliver(made, count);
    await resize(7);
    assertEquals(await logged(made, id), names(Math.max(0, count - 7), count));
    await deliver(made, 2);
    assertEquals(
      await logged(made, id),
      names(Math.max(0, count - 5), count + 2),
    );
  }
});

Deno.test("update() to a longer log keeps all of it", async () => {
  const { made, id, resize } = await withLog(5);
  await deliver(made, 12);
  await resize(7);
  await deliver(made, 2);
  assertEquals(await logged(made, id), names(7, 14));
  await deliver(made, 2);
  assertEquals(await logged(made, id), names(9, 16));
});

Deno.test("update() to a much shorter log keeps the newest in a store that takes little at once", async () => {
  const limits = { maxMutations: 20, maxCommitBytes: 40_000 };
  const { made, id, resize } = await withLog(120, { kv: memoryKv({ limits }) });
  await deliver(made, 120);
  await resize(1);
  assertEquals(await logged(made, id), names(119, 120));
});
