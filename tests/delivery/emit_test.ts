import { assert, assertEquals, assertRejects } from "@std/assert";
import type { JsonValue } from "../../src/delivery/event.ts";
import { DeliveryError, ValidationError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";

Deno.test("emit() commits the event together with the application's change", async () => {
  const { sender, kv, sent } = makeSender();
  await sender.subscribe({ to: TO });
  const result = await sender.emit(
    { name: "invoice.paid", data: { n: 1 } },
    { commit: { sets: [{ key: ["invoice", 1], value: "paid" }] } },
  );
  assert(result.ok);
  assertEquals(result.events.map(({ matched }) => matched), [1]);
  assertEquals((await kv.get(["invoice", 1]))?.value, "paid");
  assertEquals(sent, []);
  await sender.deliverDue();
  assertEquals(sent.map(({ id }) => id), [result.events[0]?.id]);
});

Deno.test("emit() emits nothing when a check of the application's change does not hold", async () => {
  const { sender, kv, sent } = makeSender();
  await sender.subscribe({ to: TO });
  await kv.commit({ sets: [{ key: ["a"], value: 1 }] });
  const result = await sender.emit({ name: "a.b", data: null }, {
    commit: {
      checks: [{ key: ["a"], version: null }],
      sets: [{ key: ["a"], value: 2 }],
    },
  });
  assertEquals(result, { ok: false, reason: "check" });
  assertEquals((await kv.get(["a"]))?.value, 1);
  assertEquals((await sender.deliverDue()).created, 0);
  assertEquals(sent, []);
});

Deno.test("emit() makes exactly one commit, and none when there is nothing to commit", async () => {
  let commits = 0;
  const kv = withCommit(memoryKv(), (change, next) => {
    commits++;
    return next(change);
  });
  const { sender } = makeSender({ kv });
  await sender.emit({ name: "a.b", data: 1 });
  assertEquals(commits, 0);
  await sender.subscribe({ to: TO });
  commits = 0;
  await sender.emit({ name: "a.b", data: 1 }, {
    commit: { sets: [{ key: ["x"], value: 1 }] },
  });
  assertEquals(commits, 1);
});

Deno.test("emit() makes the commit durable where the application's change alone need not be", async () => {
  const seen: (boolean | undefined)[] = [];
  const kv = withCommit(memoryKv(), (change, next) => {
    seen.push(change.relaxed);
    return next(change);
  });
  const { sender } = makeSender({ kv });
  const commit = { sets: [{ key: ["x"], value: 1 }], relaxed: true };
  await sender.emit({ name: "a.b", data: 1 }, { commit });
  await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 }, { commit });
  assertEquals([seen[0], seen.at(-1)], [true, false]);
});

Deno.test("emit() takes an event with an id of the caller's once", async () => {
  const { sender, kv, sent } = makeSender();
  await sender.subscribe({ to: TO });
  const event = { id: "invoice-1-paid", name: "a.b", data: 1 };
  assert((await sender.emit(event)).ok);
  const again = await sender.emit(event, {
    commit: { sets: [{ key: ["x"], value: 1 }] },
  });
  assertEquals(again, { ok: false, reason: "duplicate" });
  assertEquals(await kv.get(["x"]), undefined);
  await sender.deliverDue();
  assertEquals(sent.map(({ id }) => id), ["invoice-1-paid"]);
});

Deno.test("emit() takes an event with an id of the caller's once, also when nobody gets it", async () => {
  const { sender, kv } = makeSender();
  const event = { id: "nobody", name: "a.b", data: 1 };
  assert((await sender.emit(event)).ok);
  const again = await sender.emit(event, {
    commit: { sets: [{ key: ["x"], value: 1 }] },
  });
  assertEquals(again, { ok: false, reason: "duplicate" });
  assertEquals(await kv.get(["x"]), undefined);
});

Deno.test("emit() puts concurrent events of one entity one behind the other", async () => {
  const { sender, sent } = makeSender();
  const { subscription: { id } } = await sender.subscribe({
    to: TO,
    ordered: true,
  });
  const emitted: string[] = [];
  await Promise.all(Array.from({ length: 20 }, async () => {
    const result = await sender.emit({ name: "a.b", data: 1, entity: "e" });
    assert(result.ok);
    emitted.push(result.events[0]?.id ?? "");
  }));
  await sender.deliverDue();
  assertEquals(sent.length, 20);
  const times = (await all(sender.deliveries(id))).map((one) => one.emittedAt);
  assertEquals(new Set(times).size, 20, "each has a place of its own");
  assertEquals(new Set(sent.map(({ id }) => id)), new Set(emitted));
});

Deno.test("emit() gives up with a DeliveryError when others of the entity are always faster", async () => {
  const inner = memoryKv();
  let n = 0;
  const kv = withCommit(inner, async (change, next) => {
    const order = change.checks?.find(({ key }) => key.includes("order"));
    if (order) {
      await inner.commit({ sets: [{ key: order.key, value: n++ }] });
    }
    return await next(change);
  });
  const { sender } = makeSender({ kv });
  await sender.subscribe({ to: TO, ordered: true });
  const error = await assertRejects(
    () =>
      sender.emit({ name: "a.b", data: 1, entity: "e" }, {
        commit: { sets: [{ key: ["app"], value: 1 }] },
      }),
    DeliveryError,
    "Cannot emit the event",
  );
  assertEquals([error.retryable, await kv.get(["app"])], [true, undefined]);
});

Deno.test("emit() keeps data as they were when it was called", async () => {
  const { sender, sent } = makeSender();
  await sender.subscribe({ to: TO, dialect: "rest-hooks" });
  const data = { n: 1 };
  const emitting = sender.emit({ name: "a.b", data });
  data.n = 2;
  await emitting;
  await sender.deliverDue();
  assertEquals(sent[0]?.body, '{"n":1}');
});

Deno.test("emit() stores no data in clear", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({
    to: TO,
    headers: { authorization: "Bearer planted-header" },
  });
  await sender.emit({
    name: "a.b",
    data: { secret: "planted-data" },
    actor: "planted-actor",
    entity: "planted-entity",
  });
  const text = await dump(kv);
  await sender.deliverDue();
  for (const stored of [text, await dump(kv)]) {
    assert(!stored.includes("planted"), "something lies in clear");
    assert(!stored.includes("whsec_"), "the secret lies in clear");
  }
});

Deno.test("emit() carries an event that fills several values", async () => {
  const limits = {
    maxValueBytes: 4_000,
    maxCommitBytes: 100_000,
    maxMutations: 100,
  };
  const { sender, sent } = makeSender({ kv: memoryKv({ limits }) });
  await sender.subscribe({ to: TO, dialect: "rest-hooks" });
  const data = "ä".repeat(10_000);
  await sender.emit({ name: "a.b", data });
  await sender.deliverDue();
  assertEquals(sent[0]?.body, JSON.stringify(data));
});

Deno.test("emit() names the field that cannot be told and commits nothing", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const wrong: [string, unknown][] = [
    ["event", null],
    ["event", "a.b"],
    ["name", { data: 1 }],
    ["name", { name: "nodot", data: 1 }],
    ["name", { name: "a..b", data: 1 }],
    ["data", { name: "a.b" }],
    ["data", { name: "a.b", data: 1n }],
    ["data", { name: "a.b", data: () => {} }],
    ["data", { name: "a.b", data: "x".repeat(300_000) }],
    ["scope", { name: "a.b", data: 1, scope: "x" }],
    ["scope", { name: "a.b", data: 1, scope: "/a/../b" }],
    ["id", { name: "a.b", data: 1, id: "a.b" }],
    ["id", { name: "a.b", data: 1, id: "" }],
    ["time", { name: "a.b", data: 1, time: 1.5 }],
    ["time", { name: "a.b", data: 1, time: "now" }],
    ["actor", { name: "a.b", data: 1, actor: 5 }],
    ["entity", { name: "a.b", data: 1, entity: "" }],
  ];
  for (const [field, event] of wrong) {
    const error = await assertRejects(
      () =>
        sender.emit(event as never, {
          commit: { sets: [{ key: ["app"], value: 1 }] },
        }),
      ValidationError,
      undefined,
      JSON.stringify(
        event,
        (_, value) => typeof value === "bigint" ? "n" : value,
      )?.slice(0, 80),
    );
    assertEquals(error.field, field);
  }
  assertEquals(await kv.get(["app"]), undefined);
});

Deno.test("emit() makes ids that can be signed when the clock knows fractions of a millisecond", async () => {
  const { sender, sent } = makeSender({
    clock: { ...jumpingClock(), now: () => 1_800_000_000_000.5 },
  });
  await sender.subscribe({ to: TO });
  await sender.emit({ name: "a.b", data: 1 });
  assertEquals((await sender.deliverDue()).succeeded, 1);
  assert(/^evt_[0-9a-z]{29}$/.test(sent[0]?.id ?? ""), sent[0]?.id);
});

Deno.test("emit() reaches 3,000 subscribers through rows that fit a small value", async () => {
  const limits = {
    maxValueBytes: 65_536,
    maxCommitBytes: 800_000,
    maxMutations: 1_000,
  };
  const { sender, sent } = makeSender({ kv: memoryKv({ limits }) });
  for (let i = 0; i < 3_000; i++) await sender.subscribe({ to: `${TO}/${i}` });
  const result = await sender.emit({ name: "a.b", data: 1 });
  assert(result.ok);
  assertEquals(result.events[0]?.matched, 3_000);
  const report = await sender.deliverDue({ concurrency: 64 });
  assertEquals([report.created, report.succeeded], [3_000, 3_000]);
  assertEquals(new Set(sent.map(({ url }) => url)).size, 3_000);
});

Deno.test("emit() carries data of 1,000 levels to each of the dialects", async () => {
  const { sender, sent } = makeSender();
  for (const dialect of ["sluice", "standard", "rest-hooks"]) {
    await sender.subscribe({ to: TO, dialect });
  }
  const data = ["more than its brackets", nested(999)];
  await sender.emit({ name: "a.b", data });
  assertEquals((await sender.deliverDue()).succeeded, 3);
  const text = JSON.stringify(data);
  assertEquals(sent.every(({ body }) => body.includes(text)), true);
});

Deno.test("emit() refuses data of more levels, and commits nothing", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const commit = { sets: [{ key: ["app"], value: 1 }] };
  const deep = [nested(1_001), nested(15_000), { a: [nested(999)] }];
  for (const data of deep) {
    const error = await assertRejects(
      () => sender.emit({ name: "a.b", data }, { commit }),
      ValidationError,
      "Cannot emit the event: data: wanted at most 1000 levels of nesting",
    );
    assertEquals(error.field, "data");
  }
  assertEquals(await kv.get(["app"]), undefined);
});

/** A list in a list, that many. */
function nested(levels: number): JsonValue {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

async function dump(kv: ReturnType<typeof memoryKv>): Promise<string> {
  const entries = await all(kv.list({ prefix: [] }));
  return entries.map(({ key, value }) =>
    JSON.stringify(key) +
    (value instanceof Uint8Array
      ? new TextDecoder("latin1").decode(value)
      : JSON.stringify(value))
  ).join("\n");
}
