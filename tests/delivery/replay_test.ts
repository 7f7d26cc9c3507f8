import { assert, assertEquals, assertRejects } from "@std/assert";
import { ValidationError } from "../../src/errors.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";

async function emitOne(
  sender: ReturnType<typeof makeSender>["sender"],
  event: { id?: string; name?: string } = {},
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
  const { subscription: { id } } = await sender.subscribe({ to: TO });
  const made = await emitOne(sender);
  const wrong: [string, string, unknown][] = [
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
