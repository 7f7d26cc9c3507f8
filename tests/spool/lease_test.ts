import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { runSpool } from "../../src/spool/mod.ts";
import { numberJob, numbers, numberSpool } from "./_numbers.ts";

Deno.test("consume() keeps the lease for as long as the consumer lives, because it is renewed", async () => {
  const spool = numberSpool(memoryKv());
  const holder = await spool.consume({ leaseMs: 30 });
  for (let i = 0; i < 10; i++) {
    await new Promise((resolve) => setTimeout(resolve, 12));
    assertEquals(await spool.consume({ leaseMs: 30 }), undefined);
  }
  await holder?.release();
  const next = await spool.consume();
  assert(next);
  await next.release();
});

Deno.test("consume() takes over a lease that is dated by a wrong clock or is none", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  const years = {
    owner: "x",
    session: "y",
    until: Date.now() + 20 * 365 * 86_400_000,
    leaseMs: 30_000,
  };
  for (const value of [years, null, {}]) {
    await kv.commit({ sets: [{ key: ["test", "lease"], value }] });
    const consumer = await spool.consume();
    assert(consumer, JSON.stringify(value));
    await consumer.release();
  }
});

Deno.test("consume() refuses a lease or a window that cannot be meant", async () => {
  const spool = numberSpool(memoryKv());
  for (
    const options of [{ leaseMs: 0 }, { leaseMs: NaN }, { ackWindow: 0 }, {
      ackWindow: 401,
    }]
  ) {
    await assertRejects(
      () => spool.consume(options),
      RangeError,
      Object.keys(options)[0],
    );
  }
});

Deno.test("SpoolConsumer refuses everything after one of its commits has failed, and loses nothing", async () => {
  const kv = memoryKv();
  const spool = numberSpool(kv);
  await spool.append(numbers(0, 3));
  const consumer = await spool.consume();
  const [first, second] = await consumer?.next() ?? [];
  assert(consumer && first && second);
  const commit = kv.commit.bind(kv);
  kv.commit = () => Promise.reject(new KvError("Cannot commit: full"));
  const note = { failure: { name: "Error" }, attempts: 1 };
  await assertRejects(() => consumer.deadLetter(first, note), KvError, "full");
  kv.commit = commit;
  await assertRejects(() => consumer.ack(second), KvError, "full");
  await assertRejects(() => consumer.release(), KvError, "full");
  assertEquals(await spool.pending(), 3);
});

for (const signal of [{}, "stop", 1, null]) {
  Deno.test(`runSpool() refuses ${JSON.stringify(signal)} as a signal and holds no lease afterwards`, async () => {
    const spool = numberSpool(memoryKv());
    await assertRejects(
      () => runSpool(spool, numberJob(() => {}), { signal: signal as never }),
      TypeError,
      "signal",
    );
    const consumer = await spool.consume();
    assert(consumer);
    await consumer.release();
  });
}

Deno.test("runSpool() lets others in when the caller's clock throws", async () => {
  const spool = numberSpool(memoryKv());
  const clock = {
    now: (): never => {
      throw new Error("no clock");
    },
    sleep: () => Promise.resolve(),
  };
  await assertRejects(
    () => runSpool(spool, numberJob(() => {}), { clock }),
    Error,
    "no clock",
  );
  const consumer = await spool.consume();
  assert(consumer);
  await consumer.release();
});
