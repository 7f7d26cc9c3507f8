import { assertEquals } from "@std/assert";
import { memoryKv } from "../../src/kv/memory.ts";
import { Seen } from "../../src/spool/_seen.ts";
import { spoolKeys } from "../../src/spool/_keys.ts";
import { jumpingClock } from "../_support/clock.ts";

const FOR_MS = 60_000;

function makeSeen(kv = memoryKv()): {
  seen: Seen;
  kv: ReturnType<typeof memoryKv>;
  clock: ReturnType<typeof jumpingClock>;
} {
  const clock = jumpingClock();
  const seen = new Seen({
    kv,
    keys: spoolKeys(["q"]),
    clock,
    random: () => 0.5,
    now: () => clock.now(),
  });
  return { seen, kv, clock };
}

Deno.test("Seen knows what was added before it is committed, until its time has passed", async () => {
  const { seen, clock } = makeSeen();
  seen.add({ key: "a", forMs: FOR_MS });
  assertEquals([await seen.has("a"), await seen.has("b")], [true, false]);
  await clock.sleep(FOR_MS - 1);
  assertEquals(await seen.has("a"), true);
  await clock.sleep(1);
  assertEquals(await seen.has("a"), false);
});

Deno.test("Seen knows what another run committed", async () => {
  const { seen, kv } = makeSeen();
  await kv.commit({ sets: [seen.add({ key: "a", forMs: FOR_MS })] });
  const { seen: later } = makeSeen(kv);
  assertEquals([await later.has("a"), await later.has("b")], [true, false]);
});

Deno.test("Seen holds the last thousand in memory, and finds an older one in the store", async () => {
  const { seen, kv } = makeSeen();
  const first = seen.add({ key: "0", forMs: FOR_MS });
  for (let i = 1; i < 1_000; i++) seen.add({ key: `${i}`, forMs: FOR_MS });
  assertEquals(await seen.has("0"), true);
  seen.add({ key: "1000", forMs: FOR_MS });
  assertEquals([await seen.has("0"), await seen.has("1")], [false, true]);
  await kv.commit({ sets: [first] });
  assertEquals(await seen.has("0"), true);
});
