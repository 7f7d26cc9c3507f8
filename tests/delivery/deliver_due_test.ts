import { assert, assertEquals, assertRejects } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { DeliveryEvent } from "../../src/delivery/mod.ts";
import { systemClock } from "../../src/_internal/clock.ts";
import { emit } from "../../src/delivery/emit.ts";
import { deliverDue } from "../../src/delivery/run/deliver_due.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { all, makeSender, type Sent } from "./_sender.ts";
import { rowsUnder, testStore } from "./_subscription_store.ts";

const TO = "https://hooks.example.com/in";
const EVENT = { name: "invoice.paid", data: { n: 1 } };

Deno.test("deliverDue() delivers to each subscriber once and reports it", async () => {
  const { sender, sent } = makeSender();
  await sender.subscribe({ to: `${TO}/1` });
  await sender.subscribe({ to: `${TO}/2` });
  await sender.emit(EVENT);
  const report = await sender.deliverDue();
  assertEquals(report, {
    created: 2,
    succeeded: 2,
    retried: 0,
    failed: 0,
    denied: 0,
    missing: 0,
    dropped: 0,
    disabled: 0,
    observerFailures: 0,
    nextDueAt: null,
    stopped: "empty",
  });
  assertEquals(sent.length, 2);
  assertEquals((await sender.deliverDue()).succeeded, 0);
  assertEquals(sent.length, 2);
});

Deno.test("deliverDue() takes in events that were emitted one by one in few commits, and keeps their order", async () => {
  let commits = 0;
  const kv = withCommit(memoryKv(), async (change, next) => {
    commits++;
    await new Promise((resolve) => setTimeout(resolve, 1)); // as a store in another process
    return await next(change);
  });
  const created: (string | null)[] = [];
  const { sender, sent } = makeSender({
    kv,
    onEvent: (event) => {
      if (event.type === "delivery.created") created.push(event.event);
    },
  });
  await sender.subscribe({ to: TO, ordered: true });
  const emitted: string[] = [];
  for (let n = 0; n < 40; n++) {
    const id = `evt_${100 + n}`;
    await sender.emit({ ...EVENT, id, entity: `e${n % 20}` });
    emitted.push(id);
  }
  commits = 0;
  const report = await sender.deliverDue({ concurrency: 1 });
  const taken = commits - sent.length;
  assertEquals(report.succeeded, 40);
  assertEquals(created, emitted);
  // The lease, its end, the turns, and a few for all events.
  assert(taken < 20, `${commits} commits for 40 deliveries`);
  for (const lane of [0, 7, 19]) {
    const ids = [emitted[lane], emitted[lane + 20]];
    assertEquals(
      sent.map(({ id }) => id).filter((id) => ids.includes(id)),
      ids,
    );
  }
});

Deno.test("deliverDue() repeats with the same webhook-id after the times of the schedule", async () => {
  const { sender, sent, clock } = makeSender({
    answer: ({ attempt }) =>
      new Response("", { status: attempt === "3" ? 200 : 500 }),
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const first = await sender.deliverDue();
  assertEquals([first.retried, first.stopped], [1, "empty"]);
  const wait = (first.nextDueAt ?? 0) - clock.now();
  assert(wait >= 5_000 && wait <= 5_500, `${wait}`);
  await clock.sleep(wait);
  const second = await sender.deliverDue();
  const later = (second.nextDueAt ?? 0) - clock.now();
  assert(later >= 300_000 && later <= 330_000, `${later}`);
  await clock.sleep(later);
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assertEquals(sent.map(({ attempt }) => attempt), ["1", "2", "3"]);
  assertEquals(new Set(sent.map(({ id }) => id)).size, 1);
});

Deno.test("deliverDue() gives a delivery up when its schedule is exhausted", async () => {
  const hooks: DeliveryEvent[] = [];
  const { sender, clock } = makeSender({
    answer: () => new Response("", { status: 500 }),
    retryDelaysMs: [1_000, 2_000],
    circuit: { failures: 100 },
    onEvent: (hook) => void hooks.push(hook),
  });
  const { subscription } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await sender.deliverDue();
  for (let i = 0; i < 2; i++) {
    await clock.sleep(3_000);
    await sender.deliverDue();
  }
  const [delivery] = await all(sender.deliveries(subscription.id));
  assertEquals([delivery?.status, delivery?.attempts], ["failed", 3]);
  assertEquals(delivery?.lastAttempts.map(({ number }) => number), [1, 2, 3]);
  const told = hooks.map(({ type }) => type);
  assertEquals(told.filter((type) => type.startsWith("delivery.")), [
    "delivery.created",
    "delivery.failed",
    "delivery.failed",
    "delivery.failed",
    "delivery.exhausted",
  ]);
});

Deno.test("deliverDue() opens the circuit of an endpoint that fails and probes it with one request", async () => {
  const hooks: string[] = [];
  let up = false;
  const { sender, sent, clock } = makeSender({
    answer: () => new Response("", { status: up ? 200 : 500 }),
    onEvent: ({ type }) => void hooks.push(type),
    circuit: { failures: 5, firstMs: 60_000, maxMs: 600_000 },
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 1 } });
  for (let i = 0; i < 20; i++) await sender.emit(EVENT);
  const broken = await sender.deliverDue();
  assertEquals(sent.length, 5);
  assert((broken.nextDueAt ?? 0) >= clock.now() + 30_000);
  await clock.sleep((broken.nextDueAt ?? 0) - clock.now());
  const probed = await sender.deliverDue();
  assertEquals(sent.length, 6, "one probe");
  assert((probed.nextDueAt ?? 0) >= clock.now() + 60_000, "twice as long");
  up = true;
  await clock.sleep((probed.nextDueAt ?? 0) - clock.now());
  const recovered = await sender.deliverDue({ waitMs: 3_600_000 });
  assertEquals(recovered.succeeded, 20);
  assertEquals(
    hooks.filter((type) => type === "subscription.recovered").length,
    1,
  );
  assertEquals((await sender.health()).broken, 0);
});

Deno.test("deliverDue() probes a broken endpoint with one request where it may make several at once", async () => {
  const four = Promise.withResolvers<void>();
  const { sender, sent, clock } = makeSender({
    answer: async () => {
      if (sent.length === 4) four.resolve();
      await four.promise;
      return new Response("", { status: 500 });
    },
    circuit: { failures: 1 },
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 4 } });
  for (let i = 0; i < 20; i++) await sender.emit(EVENT);
  const { nextDueAt } = await sender.deliverDue();
  assertEquals(sent.length, 4);
  await clock.sleep((nextDueAt ?? 0) - clock.now());
  await sender.deliverDue();
  assertEquals(sent.length, 5);
});

Deno.test("deliverDue() opens the circuit once for all requests that were under way", async () => {
  const six = Promise.withResolvers<void>();
  const { sender, sent, clock } = makeSender({
    answer: async () => {
      if (sent.length === 6) six.resolve();
      await six.promise;
      return new Response("", { status: 500 });
    },
    circuit: { failures: 2, firstMs: 60_000, maxMs: 3_600_000 },
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 6 } });
  for (let i = 0; i < 6; i++) await sender.emit(EVENT);
  for (const waitMs of [60_000, 120_000]) {
    const { nextDueAt } = await sender.deliverDue({ waitMs: 0 });
    const wait = (nextDueAt ?? 0) - clock.now();
    assert(wait >= waitMs / 2 && wait <= waitMs, `${wait} of ${waitMs}`);
    await clock.sleep(wait);
  }
  assertEquals(sent.length, 7);
});

Deno.test("deliverDue() delivers a new event at once while an earlier one waits for its next attempt", async () => {
  const { sender, sent } = makeSender({
    answer: () => new Response("", { status: sent.length === 1 ? 500 : 200 }),
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).retried, 1);
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).succeeded, 1);
});

Deno.test("deliverDue() keeps the order of an entity in a store that is slow to commit", async () => {
  const order: number[] = [];
  const slow = withCommit(memoryKv(), async (change, next) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return await next(change);
  });
  const { sender } = makeSender({
    kv: slow,
    answer: ({ body }) => {
      order.push(JSON.parse(body).data);
      return new Response();
    },
  });
  await sender.subscribe({ to: TO, ordered: true });
  await sender.subscribe({ to: `${TO}/more`, for: "none" });
  for (let n = 0; n < 30; n++) {
    await sender.emit({ name: "a.b", data: n, entity: "e" });
  }
  const report = await sender.deliverDue();
  assertEquals(order, Array.from({ length: 30 }, (_, n) => n));
  assertEquals([report.nextDueAt, (await sender.health()).pending], [null, 0]);
});

Deno.test("deliverDue() does not overlook the next of an entity that is being lined up when the first one ends", async () => {
  const liningUp = Promise.withResolvers<void>();
  const recorded = Promise.withResolvers<void>();
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (change.sets?.some(({ key }) => key.includes("lane"))) {
      liningUp.resolve();
      await recorded.promise;
      // One turn of the event loop: whatever needs no wait after the record has happened then.
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return await next(change);
  });
  const { seal } = testStore();
  const event = { name: "a.b", data: 1, entity: "e" };
  let sent = 0;
  const store = testStore({
    kv,
    seal: {
      ...seal,
      async seal(bytes, context): Promise<Uint8Array<ArrayBuffer>> {
        const sealed = await seal.seal(bytes, context);
        if (context.startsWith("attempts:")) recorded.resolve();
        return sealed;
      },
    },
    async fetch(): Promise<Response> {
      if (++sent > 1) return new Response();
      await emit(store, event);
      await liningUp.promise;
      return new Response();
    },
  });
  await subscribe(store, { to: TO, ordered: true });
  await emit(store, event);
  const { succeeded, nextDueAt } = await deliverDue(store);
  assertEquals([succeeded, sent, nextDueAt], [2, 2, null]);
  assertEquals(await rowsUnder(kv, store.keys.lanes), []);
});

Deno.test("deliverDue() goes on with other endpoints while one of them hangs", async () => {
  const hanging = Promise.withResolvers<Response>();
  const { sender, sent } = makeSender({
    answer: ({ url }) =>
      url.endsWith("/slow") ? hanging.promise : new Response(),
  });
  await sender.subscribe({ to: `${TO}/slow` });
  await sender.subscribe({ to: `${TO}/fast` });
  for (let i = 0; i < 200; i++) await sender.emit(EVENT);
  const running = sender.deliverDue({ concurrency: 16 });
  while (sent.filter(({ url }) => url.endsWith("/fast")).length < 200) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  hanging.resolve(new Response());
  assertEquals((await running).succeeded, 400);
});

Deno.test("deliverDue() keeps the order of an entity through failures, and lets other entities pass", async () => {
  const order: string[] = [];
  let failing = true;
  const { sender, clock } = makeSender({
    answer: ({ body }) => {
      const { data } = JSON.parse(body);
      if (data.e === "a" && data.n === 0 && failing) {
        return new Response("", { status: 500 });
      }
      order.push(`${data.e}${data.n}`);
      return new Response();
    },
  });
  await sender.subscribe({ to: TO, ordered: true });
  for (let n = 0; n < 3; n++) {
    for (const e of ["a", "b"]) {
      await sender.emit({ name: "x.y", data: { e, n }, entity: e });
    }
  }
  await sender.deliverDue();
  assertEquals(order, ["b0", "b1", "b2"]);
  failing = false;
  await clock.sleep(6_000);
  const report = await sender.deliverDue();
  assertEquals(order, ["b0", "b1", "b2", "a0", "a1", "a2"]);
  assertEquals(report.nextDueAt, null);
});

Deno.test("deliverDue() disables an endpoint that answers 410, holds what comes, and delivers it after activate()", async () => {
  let gone = true;
  const { sender, sent, clock } = makeSender({
    answer: () => new Response("", { status: gone ? 410 : 200 }),
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { heldLimit: 3 },
  });
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).disabled, 1);
  const disabled = await sender.subscription(id);
  assertEquals([disabled?.active, disabled?.holds], [false, true]);
  assertEquals(
    disabled?.statusMessage,
    "Delivery suspended: the endpoint answered 410 Gone.",
  );
  for (let i = 0; i < 5; i++) await sender.emit(EVENT);
  const held = await sender.deliverDue();
  assertEquals([held.created, held.dropped], [2, 3]);
  assertEquals(held.nextDueAt, clock.now() + 30 * 86_400_000, "they go then");
  assertEquals(sent.length, 1);
  gone = false;
  assertEquals(await sender.activate(id), true);
  assertEquals((await sender.deliverDue()).succeeded, 3);
});

Deno.test("deliverDue() removes a subscription of rest-hooks that answers 410", async () => {
  const { sender, kv } = makeSender({
    answer: () => new Response("", { status: 410 }),
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    dialect: "rest-hooks",
  });
  await sender.emit(EVENT);
  await sender.deliverDue();
  assertEquals(await sender.subscription(id), undefined);
  await sender.deliverDue();
  const left = await all(kv.list({ prefix: ["sluice"] }));
  const kinds = left.map(({ key }) => key[2]).filter((kind) => kind !== "ev");
  assertEquals(kinds, ["fence"]);
});

Deno.test("deliverDue() disables a subscription after as many failures in a row as its limit", async () => {
  const { sender, clock, sent } = makeSender({
    answer: () => new Response("", { status: 500 }),
    retryDelaysMs: [1_000, 1_000, 1_000, 1_000, 1_000, 1_000],
    circuit: { failures: 1_000 },
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit: 4 },
  });
  await sender.emit(EVENT);
  for (let i = 0; i < 6; i++) {
    await sender.deliverDue();
    await clock.sleep(2_000);
  }
  assertEquals(sent.length, 4);
  const found = await sender.subscription(id);
  assertEquals(
    [found?.active, found?.statusMessage],
    [false, "Delivery suspended due to too many delivery failures."],
  );
  await sender.activate(id);
  await sender.deliverDue();
  assertEquals(sent.length, 5, "the count begins anew");
  assertEquals((await sender.subscription(id))?.active, true);
});

Deno.test("deliverDue() waits as long as Retry-After says, within bounds", async () => {
  for (
    const [status, retryAfter, atLeast, atMost] of [
      [429, "120", 120_000, 133_000],
      [503, "1", 5_000, 5_500],
      [429, "999999999", 60_000_000, 67_000_000],
    ] as const
  ) {
    const { sender, clock } = makeSender({
      answer: () =>
        new Response("", { status, headers: { "retry-after": retryAfter } }),
      maxRetryAfterMs: 60_000_000,
    });
    await sender.subscribe({ to: TO });
    await sender.emit(EVENT);
    const { nextDueAt } = await sender.deliverDue();
    const wait = (nextDueAt ?? 0) - clock.now();
    assert(
      wait >= atLeast && wait <= atMost,
      `${status} ${retryAfter}: ${wait}`,
    );
  }
});

Deno.test("deliverDue() keeps to the rate of a subscription", async () => {
  const { sender, clock, sent } = makeSender();
  await sender.subscribe({ to: TO, limits: { perSecond: 10 } });
  for (let i = 0; i < 31; i++) await sender.emit(EVENT);
  const began = clock.now();
  assertEquals((await sender.deliverDue()).succeeded, 31);
  assertEquals(sent.length, 31);
  assert(clock.now() - began >= 3_000, `${clock.now() - began}`);
});

Deno.test("deliverDue() has no more requests under way than it may, in all and for one endpoint", async () => {
  let underWay = 0;
  let most = 0;
  let full = Promise.withResolvers<void>();
  let wanted = 6;
  const { sender } = makeSender({
    answer: async () => {
      most = Math.max(most, ++underWay);
      if (underWay === wanted) full.resolve();
      await full.promise;
      // Time in which one too many would begin.
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay--;
      return new Response();
    },
  });
  for (let i = 0; i < 4; i++) {
    await sender.subscribe({ to: `${TO}/${i}`, limits: { concurrency: 3 } });
  }
  for (let i = 0; i < 20; i++) await sender.emit(EVENT);
  await sender.deliverDue({ concurrency: 6 });
  assertEquals(most, 6);
  [most, wanted, full] = [0, 12, Promise.withResolvers<void>()];
  for (let i = 0; i < 20; i++) await sender.emit(EVENT);
  await sender.deliverDue({ concurrency: 100 });
  assertEquals(most, 12);
});

Deno.test("deliverDue() says busy and sends nothing while another run is at work", async () => {
  const hanging = Promise.withResolvers<Response>();
  const { sender, kv, sent } = makeSender({ answer: () => hanging.promise });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const running = sender.deliverDue();
  while (sent.length === 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const other = makeSender({ kv });
  assertEquals((await other.sender.deliverDue()).stopped, "busy");
  assertEquals(other.sent, []);
  hanging.resolve(new Response());
  assertEquals((await running).succeeded, 1);
});

Deno.test("deliverDue() begins nothing more when its signal aborts, and keeps what is left", async () => {
  const abort = new AbortController();
  const { sender, sent } = makeSender({
    answer: () => {
      abort.abort();
      return new Response();
    },
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 1 } });
  for (let i = 0; i < 5; i++) await sender.emit(EVENT);
  const report = await sender.deliverDue({ signal: abort.signal });
  assertEquals([report.succeeded, report.stopped, sent.length], [
    1,
    "aborted",
    1,
  ]);
  assertEquals((await sender.deliverDue()).succeeded, 4);
});

Deno.test("deliverDue() stops at its deadline and keeps what is left", async () => {
  const { sender, clock } = makeSender({
    answer: async () => {
      await clock.sleep(1_000);
      return new Response();
    },
  });
  await sender.subscribe({ to: TO, limits: { concurrency: 1 } });
  for (let i = 0; i < 10; i++) await sender.emit(EVENT);
  const report = await sender.deliverDue({ deadlineMs: 3_000 });
  assertEquals([report.succeeded, report.stopped], [3, "deadline"]);
  assertEquals((await sender.health()).pending, 7);
});

Deno.test("deliverDue() counts a request that its deadline has cut", async () => {
  const { sender } = makeSender({
    answer: () => new Promise(() => {}),
    clock: systemClock,
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const report = await sender.deliverDue({ deadlineMs: 100 });
  assertEquals([report.stopped, report.retried], ["deadline", 1]);
  const [delivery] = await all(sender.deliveries(id));
  assertEquals([delivery?.attempts, delivery?.message], [
    1,
    "No answer before the end of the run",
  ]);
});

Deno.test("deliverDue() plans a next attempt whatever its random gives", async () => {
  for (const number of [NaN, -1, 2, Infinity]) {
    const { sender, clock } = makeSender({
      answer: () => new Response("", { status: 500 }),
      random: () => number,
    });
    await sender.subscribe({ to: TO });
    await sender.emit(EVENT);
    const { nextDueAt } = await sender.deliverDue();
    assertEquals((nextDueAt ?? 0) - clock.now(), 5_000);
  }
});

Deno.test("deliverDue() asks for permission again before each request", async () => {
  let may: boolean | "missing" = true;
  const asked: string[] = [];
  const { sender, sent } = makeSender({
    permissions: ({ principal, permission, phase }) => {
      asked.push(`${phase} ${principal} ${permission}`);
      return may;
    },
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    owner: "ann",
    limits: { preconditionFailureLimit: 2 },
  });
  const event = { ...EVENT, actor: "bob" };
  await sender.emit(event);
  await sender.deliverDue();
  assertEquals(asked, [
    "enqueue bob view",
    "enqueue ann view",
    "send bob view",
    "send ann view",
  ]);
  await sender.emit(event);
  may = false;
  assertEquals((await sender.deliverDue()).denied, 1);
  await sender.emit(event);
  assertEquals((await sender.deliverDue()).denied, 1, "at enqueue");
  assertEquals((await sender.subscription(id))?.active, true);
  may = "missing";
  await sender.emit(event);
  await sender.emit(event);
  const report = await sender.deliverDue();
  assertEquals([report.missing, report.disabled], [2, 1]);
  assertEquals(
    (await sender.subscription(id))?.statusMessage,
    "Delivery suspended due to too many precondition failures.",
  );
  assertEquals(sent.length, 1);
  const log = await all(sender.deliveries(id));
  assertEquals(log.map(({ status }) => status), [
    "succeeded",
    "denied",
    "denied",
    "missing",
    "missing",
  ]);
});

Deno.test("deliverDue() fails the attempt of a dialect that throws, and nothing else", async () => {
  const { sender, sent } = makeSender({
    dialects: [{
      name: "broken",
      body(): string {
        throw new Error("planted-secret");
      },
    }],
  });
  const { subscription: { id } } = await sender.subscribe({
    to: `${TO}/1`,
    dialect: "broken",
  });
  await sender.subscribe({ to: `${TO}/2` });
  const result = await sender.emit(EVENT, {
    commit: { sets: [{ key: ["app"], value: 1 }] },
  });
  assert(result.ok);
  const report = await sender.deliverDue();
  assertEquals([report.succeeded, report.retried], [1, 1]);
  assertEquals(sent.map(({ url }) => url), [`${TO}/2`]);
  const [delivery] = await all(sender.deliveries(id));
  assertEquals(delivery?.message.includes("planted"), false);
  assertEquals(delivery?.lastAttempts[0]?.request, null);
});

Deno.test("deliverDue() keeps the last resolved deliveries and all pending ones", async () => {
  let up = true;
  const { sender } = makeSender({
    answer: () => new Response("", { status: up ? 200 : 500 }),
    circuit: { failures: 1_000 },
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit: 5 },
  });
  for (let i = 0; i < 12; i++) await sender.emit(EVENT);
  await sender.deliverDue();
  up = false;
  for (let i = 0; i < 3; i++) await sender.emit(EVENT);
  await sender.deliverDue();
  const found = await all(sender.deliveries(id));
  const count = (status: string): number =>
    found.filter((delivery) => delivery.status === status).length;
  assertEquals([count("succeeded"), count("pending")], [5, 3]);
});

Deno.test("deliverDue() keeps no more than the log may hold after it was made shorter", async () => {
  const { sender } = makeSender();
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit: 20 },
  });
  for (let i = 0; i < 30; i++) await sender.emit(EVENT);
  await sender.deliverDue();
  assertEquals((await all(sender.deliveries(id))).length, 20);
  await sender.update(id, { changes: { limits: { attemptLimit: 5 } } });
  for (let i = 0; i < 6; i++) await sender.emit(EVENT);
  await sender.deliverDue();
  const left = await all(sender.deliveries(id));
  assertEquals(left.length, 5);
});

Deno.test("deliverDue() gives a request 15 seconds by default", async () => {
  const delays: unknown[] = [];
  const original = globalThis.setTimeout;
  using _ = {
    [Symbol.dispose]: (): void => void (globalThis.setTimeout = original),
  };
  const watched = (work: () => void, ms?: number): unknown => {
    delays.push(ms);
    return original(work, ms);
  };
  Object.assign(globalThis, { setTimeout: watched });
  const { sender } = makeSender();
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await sender.deliverDue();
  assert(delays.includes(15_000), `${delays}`);
});

Deno.test("deliverDue() counts a hook that throws and goes on", async () => {
  const { sender } = makeSender({
    onEvent: () => {
      throw new Error("monitor down");
    },
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const report = await sender.deliverDue();
  assertEquals([report.succeeded, report.observerFailures], [1, 4]);
});

Deno.test("deliverDue() rejects when the store fails, and the next run delivers", async () => {
  let broken = false;
  const kv = withCommit(memoryKv(), async (change, next) => {
    if (broken) {
      throw new KvError("Cannot commit: planted", { retryable: true });
    }
    return await next(change);
  });
  const { sender, sent } = makeSender({
    kv,
    answer: () => {
      broken = true;
      return new Response();
    },
  });
  await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await assertRejects(() => sender.deliverDue(), KvError, "planted");
  broken = false;
  const other = makeSender({ kv, clock: laterClock() });
  assertEquals((await other.sender.deliverDue()).succeeded, 1);
  assertEquals(other.sent[0]?.id, sent[0]?.id);
});

Deno.test("deliverDue() puts off what it cannot open, without an attempt, and delivers it with the right key", async () => {
  const { sender, kv, clock, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  const { generateSealingKey } = await import("../../src/crypto/seal.ts");
  const stranger = makeSender({ kv, clock, sealingKey: generateSealingKey() });
  assertEquals((await stranger.sender.deliverDue()).retried, 1);
  assertEquals(stranger.sent, []);
  await clock.sleep(2 * 3_600_000);
  assertEquals((await sender.deliverDue()).succeeded, 1);
  const [delivery] = await all(sender.deliveries(id));
  assertEquals([sent[0]?.attempt, delivery?.attempts], ["1", 1]);
});

Deno.test("deliverDue() sends nothing to a target that was written into the row of a subscription", async () => {
  const { sender, kv, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.emit(EVENT);
  await sender.deliverDue();
  const key = ["sluice", "delivery", "sub", id];
  const row = (await kv.get<object>(key))?.value;
  await kv.commit({ sets: [{ key, value: { ...row, to: `${TO}/thief` } }] });
  await sender.emit(EVENT);
  assertEquals((await sender.deliverDue()).retried, 1);
  assertEquals(sent.map(({ url }) => url), [TO]);
});

Deno.test("deliverDue() sends nothing to a target that was written into the row of a subscription during the run", async () => {
  const { sender, kv, clock, sent } = makeSender({
    answer: async () => {
      const entry = await kv.get<object>(key);
      const value = { ...entry?.value, to: `${TO}/thief` };
      await kv.commit({ sets: [{ key, value }] });
      // After a second the run reads the subscription again.
      await clock.sleep(1_500);
      return new Response();
    },
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { concurrency: 1 },
  });
  const key = ["sluice", "delivery", "sub", id];
  await sender.emit(EVENT);
  await sender.emit(EVENT);
  const { succeeded, retried } = await sender.deliverDue();
  assertEquals([succeeded, retried], [1, 1]);
  assertEquals(sent.map(({ url }) => url), [TO]);
});

Deno.test("deliverDue() drops a delivery whose event is no longer kept, and says so", async () => {
  const { sender, clock, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await sender.deactivate(id, { hold: true });
  await sender.emit(EVENT);
  await sender.deliverDue();
  await clock.sleep(31 * 86_400_000);
  await sender.activate(id);
  const report = await sender.deliverDue();
  assertEquals([report.dropped, sent.length], [1, 0]);
  const [delivery] = await all(sender.deliveries(id));
  assertEquals(
    [delivery?.status, delivery?.message],
    ["dropped", "The event is no longer kept"],
  );
});

Deno.test("deliverDue() refuses options that cannot be meant", async () => {
  const { sender } = makeSender();
  for (
    const options of [
      { concurrency: 0 },
      { concurrency: NaN },
      { deadlineMs: -1 },
      { waitMs: NaN },
      { leaseMs: 0 },
    ]
  ) {
    await assertRejects(() => sender.deliverDue(options), RangeError);
  }
  await assertRejects(
    () => sender.deliverDue({ signal: "x" as never }),
    TypeError,
  );
});

function laterClock(): ReturnType<typeof makeSender>["clock"] {
  return makeLater(1_800_000_000_000 + 3_600_000);
}

function makeLater(start: number): ReturnType<typeof makeSender>["clock"] {
  let now = start;
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep(ms): Promise<void> {
      now += ms;
      slept.push(ms);
      return Promise.resolve();
    },
  };
}

export type { Sent };
