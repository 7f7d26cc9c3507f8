/** What one endpoint, one event or one long wait must not do to all the others. */
import { assert, assertEquals } from "@std/assert";
import { systemClock } from "../../src/_internal/clock.ts";
import { denoKv } from "../../src/kv/deno.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { seeded } from "../_support/seeded.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { makeSender } from "./_sender.ts";

const LATE_MS = 20_000;

Deno.test("deliverDue() cuts the requests of a subscription that is removed, so that nobody waits for them", async () => {
  const { sender, sent } = makeSender({
    clock: systemClock,
    timeoutMs: LATE_MS,
    answer: () => new Promise(() => {}),
  });
  const { subscription } = await sender.subscribe({
    to: "https://hangs.example.com/",
  });
  for (let n = 0; n < 8; n++) await sender.emit({ name: "a.b", data: n });
  const began = performance.now();
  const run = sender.deliverDue();
  await until(() => sent.length === 8);
  await sender.remove(subscription.id);
  const report = await run;
  assert(performance.now() - began < LATE_MS / 2, "it waited for the requests");
  assertEquals([report.failed, report.retried], [0, 0]);
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("deliverDue() takes in what is emitted while it waits for a retry", async () => {
  const stop = new AbortController();
  const { sender, sent } = makeSender({
    clock: systemClock,
    retryDelaysMs: [LATE_MS],
    answer: ({ url }) =>
      new Response("", { status: url.includes("bad") ? 500 : 200 }),
  });
  await sender.subscribe({ to: "https://bad.example.com/", for: "bad" });
  await sender.subscribe({ to: "https://good.example.com/", for: "good" });
  await sender.emit({ name: "bad.b", data: 1 });
  const began = performance.now();
  const { signal } = stop;
  const run = sender.deliverDue({ waitMs: 2 * LATE_MS, signal });
  await until(() => sent.length === 1);
  await sender.emit({ name: "good.b", data: 1 });
  await until(() => sent.length === 2);
  assert(performance.now() - began < LATE_MS / 2, "it slept through the event");
  stop.abort();
  assertEquals((await run).succeeded, 1);
});

Deno.test("deliverDue() gives what is due its turn while events with many subscribers come in", async () => {
  const many = 300;
  let isFar = false;
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (isFar) await systemClock.sleep(20); // a database that is not on this machine
    return await next(change);
  });
  let created = 0;
  const createdBefore: number[] = [];
  const { sender, clock } = makeSender({
    kv,
    retryDelaysMs: [0],
    answer: ({ url, attempt }) => {
      const isFirst = url.includes("one") && attempt === "1";
      if (url.includes("one")) createdBefore.push(created);
      return new Response("", { status: isFirst ? 500 : 200 });
    },
    onEvent: ({ type }) => {
      if (type === "delivery.created") created++;
    },
  });
  await sender.subscribe({ to: "https://one.example.com/", for: "one" });
  await sender.emit({ name: "one.b", data: 1 });
  await sender.deliverDue({ deadlineMs: 1, waitMs: 0 });
  for (let i = 0; i < many; i++) {
    await sender.subscribe({ to: `https://h${i}.example.com/`, for: "all" });
  }
  for (let i = 0; i < 50; i++) await sender.emit({ name: "all.b", data: i });
  isFar = true;
  const stop = new AbortController();
  const tick = setInterval(() => void clock.sleep(10), 10);
  const run = sender.deliverDue({ signal: stop.signal });
  await until(() => createdBefore.length === 2);
  stop.abort();
  await run;
  clearInterval(tick);
  const [, before = Infinity] = createdBefore;
  assert(before < many * 50, `after all ${before} deliveries were created`);
});

Deno.test("deliverDue() fans out to ordered subscribers with long keys on Deno KV", async () => {
  const kv = denoKv(await Deno.openKv(":memory:"), { closeHandle: true });
  const uuid = "9b2f6c1e-0d9a-4c53-8a35-5f0e3f7f9a11";
  const prefix = ["organisation", uuid, "tenant", uuid, "environment", uuid];
  const { sender } = makeSender({ kv, prefix });
  for (let i = 0; i < 100; i++) {
    await sender.subscribe({ to: `https://h${i}.example.com/`, ordered: true });
  }
  await sender.emit({ id: "x".repeat(128), name: "a.b", data: 1, entity: "e" });
  assertEquals((await sender.deliverDue()).succeeded, 100);
  await kv.close();
});

Deno.test("deliverDue() that is busy asks to be called again in a second, not at once", async () => {
  let answer = (_: Response): void => {};
  const held = new Promise<Response>((resolve) => answer = resolve);
  const { sender, kv, clock, sent } = makeSender({ answer: () => held });
  await sender.subscribe({ to: "https://slow.example.com/" });
  await sender.emit({ name: "a.b", data: 1 });
  const run = sender.deliverDue();
  await until(() => sent.length === 1);
  const report = await makeSender({ kv, clock }).sender.deliverDue();
  assertEquals(report.stopped, "busy");
  assertEquals(report.nextDueAt, clock.now() + 1_000);
  answer(new Response());
  await run;
});

Deno.test("deliverDue() does not let a removed subscription that waits for its turn hold up what comes in", async () => {
  const created: (string | null)[] = [];
  const stop = new AbortController();
  const { sender, sent } = makeSender({
    clock: systemClock,
    timeoutMs: LATE_MS,
    answer: () => new Promise(() => {}),
    onEvent: (told) => {
      if (told.type === "delivery.created") created.push(told.subscription);
    },
  });
  const limits = { concurrency: 8 };
  const to = "https://slow.example.com/";
  await sender.subscribe({ to, for: "slow", limits });
  const removed = (await sender.subscribe({ to, for: "removed" })).subscription;
  const other = (await sender.subscribe({ to, for: "other" })).subscription;
  for (let n = 0; n < 8; n++) await sender.emit({ name: "slow.b", data: n });
  const began = performance.now();
  const run = sender.deliverDue({ concurrency: 2, signal: stop.signal });
  await until(() => sent.length === 2);
  await sender.emit({ name: "removed.b", data: 1 });
  await until(() => created.includes(removed.id));
  await new Promise((resolve) => setTimeout(resolve, 50)); // its turn begins, and waits
  await sender.remove(removed.id);
  await sender.emit({ name: "other.b", data: 2 });
  await until(() => created.includes(other.id));
  assert(performance.now() - began < LATE_MS / 2, "it waited for the others");
  stop.abort();
  await run;
});

Deno.test("deliverDue() keeps the order of an entity though the clock jumps to and fro while its events are taken in", async () => {
  for (let seed = 0; seed < 20; seed++) {
    const random = seeded(seed);
    const start = Date.now();
    let calls = 0;
    let jump = 0;
    const now = (): number => start + calls++ + Math.round(random() * jump);
    const { sender, sent } = makeSender({
      kv: memoryKv({ limits: { maxMutations: 13 } }),
      clock: { ...systemClock, now },
    });
    for (let n = 0; n < 6; n++) {
      const to = `https://h${n}.example.com/`;
      await sender.subscribe({ to, ordered: true });
    }
    for (let n = 0; n < 4; n++) {
      await sender.emit({ name: "a.b", data: n, entity: "e" });
    }
    jump = 1_000;
    await sender.deliverDue({ waitMs: 0 });
    jump = 0;
    calls += 2_000;
    await sender.deliverDue({ waitMs: 0 });
    for (let n = 0; n < 6; n++) {
      const own = sent.filter(({ url }) => url.includes(`h${n}.`));
      const order = own.map(({ body }) => JSON.parse(body).data);
      assertEquals(order, [0, 1, 2, 3], `seed ${seed}`);
    }
  }
});

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + LATE_MS;
  while (!isSo()) {
    assert(performance.now() < end, "it took too long");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
