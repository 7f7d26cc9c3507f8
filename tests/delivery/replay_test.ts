import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";

async function emitOne(
  sender: ReturnType<typeof makeSender>["sender"],
  event: { id?: string; name?: string; entity?: string } = {},
): Promise<string> {
  const result = await sender.emit({ name: "a.b", data: 1, ...event });
  assert(result.ok);
  return result.events[0]?.id ?? "";
}

Deno.test("replay() delivers one event again with the same webhook-id", async () => {
  const { sender, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const made = await emitOne(sender);
  const named = await emitOne(sender, { id: "mine" });
  await sender.deliverDue();
  await sender.replay(id, { event: named });
  await sender.replay(id, { event: made });
  assertEquals((await sender.deliverDue()).succeeded, 2);
  assertEquals(sent.length, 4);
  assertEquals(
    new Set(sent.slice(2).map((one) => one.id)),
    new Set([made, named]),
  );
  const log = await all(sender.deliveries(id));
  assertEquals(log.map(({ trigger }) => trigger), [
    "event",
    "event",
    "replay",
    "replay",
  ]);
});

Deno.test("replay() delivers those that failed, once each", async () => {
  let up = false;
  const { sender, sent } = makeSender({
    answer: () => new Response("", { status: up ? 200 : 500 }),
    retryDelaysMs: [],
    circuit: { failures: 1_000 },
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  for (let i = 0; i < 40; i++) await emitOne(sender);
  assertEquals((await sender.deliverDue()).failed, 40);
  up = true;
  await emitOne(sender);
  await sender.deliverDue();
  await sender.replay(id, { status: "failed" });
  assertEquals((await sender.deliverDue()).succeeded, 40);
  assertEquals(sent.length, 81);
});

Deno.test("replay() delivers a range that the subscription matches now", async () => {
  const { sender, sent, clock } = makeSender();
  await sender.subscribe({ to: `${TO}/all` });
  await emitOne(sender, { name: "x.y" });
  await clock.sleep(10);
  const since = clock.now();
  const wanted: string[] = [];
  for (let i = 0; i < 120; i++) {
    wanted.push(await emitOne(sender));
    await emitOne(sender, { name: "x.y" });
    await clock.sleep(i % 2);
  }
  await clock.sleep(10);
  const until = clock.now();
  await emitOne(sender);
  await sender.deliverDue();
  sent.length = 0;
  const late = await sender.subscribe({ to: `${TO}/late`, for: "a" });
  await sender.replay(late.subscription.id, { since, until });
  await sender.deliverDue();
  assertEquals(new Set(sent.map(({ url }) => url)), new Set([`${TO}/late`]));
  assertEquals(sent.map((one) => one.id).toSorted(), wanted.toSorted());
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("replay() asked for twice at once delivers once and leaves nothing pending", async () => {
  const { sender, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const event = await emitOne(sender);
  await sender.deliverDue();
  await sender.replay(id, { event });
  await sender.replay(id, { event });
  await sender.deliverDue();
  assertEquals(sent.length, 2);
  assertEquals((await sender.health()).pending, 0);
});

Deno.test("replay() names what is wrong", async () => {
  const { sender } = makeSender();
  const unheard = await emitOne(sender, { id: "unheard" });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const made = await emitOne(sender);
  const wrong: [string, string, unknown][] = [
    ["event", id, { event: unheard }],
    ["subscription", "sub_none", { event: made }],
    ["event", id, { event: "evt_00000000000000000000000000000" }],
    ["event", id, { event: "none" }],
    ["request", id, null],
    ["event", id, { event: undefined }],
    ["since", id, { since: NaN }],
    ["until", id, { since: 5, until: 4 }],
    ["status", id, { status: "denied" }],
  ];
  for (const [field, subscription, request] of wrong) {
    const error = await assertRejects(
      () => sender.replay(subscription, request as never),
      ValidationError,
    );
    assertEquals(error.field, field);
  }
});

Deno.test("replay() of what failed finds what a deliverer with a later clock has recorded", async () => {
  const kv = memoryKv();
  let status = 500;
  const shared = {
    kv,
    retryDelaysMs: [],
    answer: (): Response => new Response("", { status }),
  };
  const early = jumpingClock();
  const late = jumpingClock(early.now() + 120_000);
  const api = makeSender({ ...shared, clock: early }).sender;
  const deliverer = makeSender({ ...shared, clock: late }).sender;
  const { subscription: { id } } = await api.subscribe({ to: TO });
  await emitOne(api);
  assertEquals((await deliverer.deliverDue()).failed, 1);
  status = 200;
  await api.replay(id, { status: "failed" });
  assertEquals((await deliverer.deliverDue()).succeeded, 1);
});

/** A sender whose commits take a millisecond and a few rows, with so many failures in its log. */
async function withFailures(
  count: number,
  answer: () => Response,
): Promise<ReturnType<typeof makeSender> & { id: string }> {
  const clock = jumpingClock();
  const limits = { maxMutations: 20, maxCommitBytes: 40_000 };
  const made = makeSender({
    kv: withCommit(memoryKv({ limits }), async (change, next) => {
      await clock.sleep(1);
      return await next(change);
    }),
    clock,
    answer,
    retryDelaysMs: [],
    circuit: { failures: 10_000 },
  });
  const { sender } = made;
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { attemptLimit: 1_000 },
  });
  for (let i = 0; i < count; i++) await emitOne(sender);
  assertEquals((await sender.deliverDue()).failed, count);
  made.sent.length = 0;
  return { ...made, id };
}

Deno.test("replay() of what failed ends although the endpoint fails on", async () => {
  let answers = 0;
  // More than are queued before the first of them fail again.
  const { sender, sent, id } = await withFailures(
    480,
    () => new Response("", { status: ++answers > 2_000 ? 200 : 500 }),
  );
  await sender.replay(id, { status: "failed" });
  await sender.deliverDue();
  assertEquals(sent.length, 480);
});

Deno.test("replay() of what failed delivers what failed twice once, however far apart", async () => {
  let up = false;
  const { sender, sent, id } = await withFailures(
    40,
    () => new Response("", { status: up ? 200 : 500 }),
  );
  await sender.replay(id, { status: "failed" });
  assertEquals((await sender.deliverDue()).failed, 40);
  up = true;
  sent.length = 0;
  await sender.replay(id, { status: "failed" });
  await sender.deliverDue();
  assertEquals(sent.length, 40);
  assertEquals(new Set(sent.map((one) => one.id)).size, 40);
});

Deno.test("replay() of what failed leaves out what a replay has delivered since", async () => {
  let up = false;
  const { sender, sent, clock } = makeSender({
    answer: () => new Response("", { status: up ? 200 : 500 }),
    retryDelaysMs: [],
  });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  await emitOne(sender);
  await sender.deliverDue();
  up = true;
  for (let i = 0; i < 3; i++) {
    await clock.sleep(10);
    await sender.replay(id, { status: "failed" });
    await sender.deliverDue();
  }
  assertEquals(sent.length, 2);
  up = false;
  await sender.replay(id, { since: 0 });
  await sender.deliverDue();
  up = true;
  await clock.sleep(10);
  await sender.replay(id, { status: "failed" });
  assertEquals((await sender.deliverDue()).succeeded, 1, "it failed once more");
});

Deno.test("replay() finds an event of ours whose entity a later clock has told of", async () => {
  const kv = memoryKv();
  const early = jumpingClock();
  const late = jumpingClock(early.now() + 300_000);
  const fast = makeSender({ kv, clock: late }).sender;
  const { sender, sent } = makeSender({ kv, clock: early });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    ordered: true,
  });
  await fast.emit({ name: "a.b", data: 0, entity: "e" });
  const event = await emitOne(sender, { entity: "e" });
  for (let i = 0; i < 1_001; i++) {
    await early.sleep(250);
    await emitOne(sender);
  }
  await sender.deliverDue();
  sent.length = 0;
  await sender.replay(id, { event });
  await sender.deliverDue();
  assertEquals(sent.map((one) => one.id), [event]);
});

Deno.test("replay() finds an event of ours that was committed a while after its id was made", async () => {
  for (const tookMs of [1, 999, 1_000, 60_000, -1, -60_000]) {
    const clock = jumpingClock();
    const { sender, sent } = makeSender({
      clock,
      permissions: ({ phase }) => {
        if (phase === "enqueue") clock.sleep(tookMs);
        return true;
      },
    });
    const { subscription: { id } } = await sender.subscribe({
      to: TO,
      owner: "anna",
      permission: "view",
    });
    const event = await emitOne(sender);
    for (let i = 0; i < 3; i++) await emitOne(sender);
    await clock.sleep(200_000);
    await sender.deliverDue();
    sent.length = 0;
    await sender.replay(id, { event });
    await sender.deliverDue();
    assertEquals(sent.map((one) => one.id), [event], `${tookMs}`);
  }
});

Deno.test("replay() for a subscription that is not active holds no more than its limit and logs the rest", async () => {
  const told: string[] = [];
  const { sender, clock } = makeSender({
    onEvent: ({ type }) => told.push(type),
  });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { heldLimit: 5 },
  });
  for (let i = 0; i < 20; i++) await emitOne(sender);
  await sender.deliverDue();
  await sender.deactivate(id, { hold: true });
  told.length = 0;
  await clock.sleep(1);
  await sender.replay(id, { since: 0 });
  const { created, dropped } = await sender.deliverDue();
  assertEquals([created, dropped], [5, 15]);
  const count = (type: string): number =>
    told.filter((one) => one === type).length;
  assertEquals(
    [count("delivery.created"), count("delivery.skipped")],
    [5, 15],
  );
  await clock.sleep(1);
  await sender.replay(id, { since: 0 });
  await sender.deliverDue();
  assertEquals((await sender.health()).pending, 5);
  const log = await all(sender.deliveries(id, { only: "ended" }));
  assertEquals(
    log.filter(({ status, trigger, message }) =>
      status === "dropped" && trigger === "replay" &&
      message === "Too many deliveries are held"
    ).length,
    35,
  );
});

Deno.test("replay() logs what may not be held in a store that takes little at once", async () => {
  const limits = { maxMutations: 20, maxCommitBytes: 40_000 };
  const { sender, clock } = makeSender({ kv: memoryKv({ limits }) });
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    limits: { heldLimit: 0, attemptLimit: 20 },
  });
  for (let i = 0; i < 40; i++) await emitOne(sender);
  await sender.deliverDue();
  await clock.sleep(1);
  await sender.replay(id, { since: 0 });
  assertEquals((await sender.deliverDue()).succeeded, 40, "nothing is held");
  await sender.deactivate(id);
  await sender.replay(id, { since: 0 });
  const { created, dropped } = await sender.deliverDue();
  assertEquals([created, dropped], [0, 40]);
});

Deno.test("replay() asked for twice at once tells hooks of one delivery", async () => {
  const told: string[] = [];
  const { sender } = makeSender({ onEvent: ({ type }) => told.push(type) });
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const event = await emitOne(sender);
  await sender.deliverDue();
  told.length = 0;
  await sender.replay(id, { event });
  await sender.replay(id, { event });
  assertEquals((await sender.deliverDue()).created, 1);
  assertEquals(told.filter((type) => type === "delivery.created").length, 1);
});
