import { assert, assertEquals, assertRejects } from "@std/assert";
import { DeliveryError } from "../../src/errors.ts";
import type { KvChange } from "../../src/kv/kv.ts";
import { keyBytes, valueBytes } from "../../src/kv/measure.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const EVENT = { name: "a.b", data: 1 };
const APP = { key: ["app"], value: 1 };

function entities(count: number): (typeof EVENT & { entity: string })[] {
  return Array.from(
    { length: count },
    (_, i) => ({ ...EVENT, entity: `${i}` }),
  );
}

/** Bytes as a store counts them. */
function bytesOf({ checks = [], sets = [], deletes = [] }: KvChange): number {
  const keys = [...checks, ...sets].map(({ key }) => key).concat(deletes);
  const sizes = [
    ...keys.map(keyBytes),
    ...sets.map(({ value }) => valueBytes(value)),
  ];
  return sizes.reduce((sum, size) => sum + size, 0);
}

Deno.test("emit() refuses more checks than the store takes, those of the change included", async () => {
  const { sender, kv } = makeSender({
    kv: memoryKv({ limits: { maxChecks: 5 } }),
  });
  await sender.subscribe({ to: TO, ordered: true });
  const checks = [{ key: ["own"], version: null }];
  assert((await sender.emit(entities(3), { commit: { checks } })).ok);
  const error = await assertRejects(
    () => sender.emit(entities(4), { commit: { checks, sets: [APP] } }),
    DeliveryError,
    "Cannot emit the events: with the application's change they take 6 checks, wanted at most 5 in one commit (maxChecks); nothing was committed",
  );
  assertEquals(error.retryable, false);
  assertEquals(await kv.get(APP.key), undefined);
});

Deno.test("emit() refuses more writes than the store takes, those of the change included", async () => {
  const { sender, kv } = makeSender({
    kv: memoryKv({ limits: { maxMutations: 10 } }),
  });
  await sender.subscribe({ to: TO });
  const commit = { sets: [APP], deletes: [["old"]] };
  assert((await sender.emit(Array(4).fill(EVENT), { commit })).ok);
  await kv.commit({ deletes: [APP.key] });
  await assertRejects(
    () => sender.emit(Array(5).fill(EVENT), { commit }),
    DeliveryError,
    "take 12 sets and deletes, wanted at most 10 in one commit (maxMutations); nothing was committed",
  );
  assertEquals(await kv.get(APP.key), undefined);
});

Deno.test("emit() takes as many bytes as the store does, and refuses one more", async () => {
  const inner = memoryKv();
  let size = 0;
  const kv = withCommit(inner, (change, next) => {
    size = bytesOf(change);
    return next(change);
  });
  const { sender } = makeSender({ kv });
  for (let i = 0; i < 50; i++) await sender.subscribe({ to: TO });
  await sender.subscribe({ to: TO, ordered: true });
  const event = { ...EVENT, id: "own", entity: "e" };
  const commit = {
    checks: [{ key: ["seen", 1], version: null }],
    sets: [APP, { key: ["bytes"], value: new Uint8Array(20_000) }],
    deletes: [["ä"]],
  };
  const emit = async (limit: number): Promise<boolean> => {
    const limits = { ...inner.limits, maxCommitBytes: limit };
    await inner.commit({
      deletes: [APP.key, ["sluice", "delivery", "once", "own"]],
    });
    const bounded = makeSender({ kv: { ...kv, limits } });
    return (await bounded.sender.emit(event, { commit })).ok;
  };
  assert((await sender.emit({ ...event, id: "two" }, { commit })).ok);
  await assertRejects(
    () => emit(size - 1),
    DeliveryError,
    `take ${size} bytes of keys and values, wanted at most ${
      size - 1
    } in one commit (maxCommitBytes); nothing was committed`,
  );
  assertEquals(await inner.get(APP.key), undefined);
  assert(await emit(size));
});

Deno.test("emit() names the bound that too many subscribers of an event go beyond", async () => {
  const kv = memoryKv({ limits: { maxCommitBytes: 12_000 } });
  const { sender } = makeSender({ kv });
  for (let i = 0; i < 500; i++) await sender.subscribe({ to: TO });
  await assertRejects(
    () => sender.emit(EVENT, { commit: { sets: [APP] } }),
    DeliveryError,
    "wanted at most 12000 in one commit (maxCommitBytes)",
  );
  assertEquals(await kv.get(APP.key), undefined);
});

Deno.test("emit() counts keys and bytes of the change, not only its JSON", async () => {
  const kv = memoryKv({ limits: { maxCommitBytes: 30_000 } });
  const { sender } = makeSender({ kv });
  await sender.subscribe({ to: TO });
  const deletes = Array.from({ length: 31 }, (_, i) => ["k".repeat(986), i]);
  const sets = [{ key: ["b"], value: new Uint8Array(30_000) }];
  for (const commit of [{ deletes }, { sets }]) {
    await assertRejects(
      () => sender.emit(EVENT, { commit }),
      DeliveryError,
      "bytes of keys and values, wanted at most 30000 in one commit (maxCommitBytes)",
    );
  }
});

Deno.test("emit() lets the application's entries expire when it says", async () => {
  let change: KvChange = {};
  const kv = withCommit(memoryKv(), (each, next) => {
    change = each;
    return next(each);
  });
  const { sender } = makeSender({ kv });
  const sets = [{ ...APP, expireInMs: 5_000 }, { key: ["b"], value: 1 }];
  await sender.emit(EVENT, { commit: { sets } });
  assertEquals(change.sets, sets);
});

Deno.test("emit() commits the change as it was when it was called", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const checked: (string | number)[] = ["checked"];
  const key = ["invoice", 1];
  const gone = ["draft", 1];
  const invoice = { state: "paid", lines: [{ n: 1 }] };
  const bytes = new Uint8Array([1, 2, 3]);
  await kv.commit({ sets: [{ key: ["draft", 1], value: 1 }] });
  const commit = {
    checks: [{ key: checked, version: null as string | null }],
    sets: [{ key, value: invoice as unknown }, { key: ["b"], value: bytes }],
    deletes: [gone],
  };
  const emitting = sender.emit({ name: "a.b", data: invoice }, { commit });
  Object.assign(invoice, { state: "cancelled" });
  invoice.lines.pop();
  bytes.fill(0);
  key[1] = 2;
  checked[0] = "invoice";
  gone[1] = 2;
  for (const { key } of commit.sets) key.push("later");
  Object.assign(commit.sets[0] ?? {}, { value: "later" });
  Object.assign(commit.checks[0] ?? {}, { version: "later" });
  assert((await emitting).ok);
  assertEquals((await kv.get(["invoice", 1]))?.value, {
    state: "paid",
    lines: [{ n: 1 }],
  });
  assertEquals((await kv.get(["b"]))?.value, new Uint8Array([1, 2, 3]));
  assertEquals(await kv.get(["draft", 1]), undefined);
});

Deno.test("emit() commits what stores keep of a value, and leaves what they refuse to them", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO });
  const at = new Date(0);
  const bytes = new Uint8Array([1, 2, 3, 4]).subarray(1, 3);
  const sets = [
    { key: ["a"], value: { at, none: undefined, list: [undefined] } },
    { key: ["b"], value: bytes },
    { key: ["c"], value: null },
    { key: ["d"], value: "é" },
  ];
  assert((await sender.emit(EVENT, { commit: { sets } })).ok);
  const kept = await Promise.all(sets.map(({ key }) => kv.get(key)));
  assertEquals(kept.map((entry) => entry?.value), [
    { at: "1970-01-01T00:00:00.000Z", list: [null] },
    new Uint8Array([2, 3]),
    null,
    "é",
  ]);
  const cyclic: unknown[] = [];
  cyclic.push(cyclic);
  const refused = [
    1n,
    cyclic,
    () => 1,
    new ArrayBuffer(1),
    new DataView(new ArrayBuffer(1)),
    new Float64Array(1),
    undefined,
  ];
  for (const value of refused) {
    await assertRejects(
      () => sender.emit(EVENT, { commit: { sets: [{ key: ["e"], value }] } }),
      TypeError,
      "Cannot store value of sets[0]: wanted structured JSON or a Uint8Array",
    );
  }
  await assertRejects(
    () =>
      sender.emit(EVENT, {
        commit: { sets: [{ key: "text" as never, value: 1 }] },
      }),
    TypeError,
    "Cannot use key of sets[0]",
  );
});
