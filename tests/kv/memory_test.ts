import { assertEquals, assertThrows } from "@std/assert";
import {
  keyBytes,
  memoryKv,
  type MemoryKvOptions,
  valueBytes,
} from "../../src/kv/mod.ts";

Deno.test("memoryKv() forgets an entry once it has expired", async () => {
  let time = 1000;
  const kv = memoryKv({ now: () => time });
  const set = { key: ["a"], value: 1, expireInMs: 100 };
  const result = await kv.commit({ sets: [set] });
  time = 1099;
  assertEquals((await kv.get(["a"]))?.value, 1);
  time = 1100;
  const keys = [];
  for await (const { key } of kv.list({ prefix: [] })) keys.push(key);
  assertEquals(keys, []);
  assertEquals(await kv.get(["a"]), undefined);
  const version = result.ok ? result.version : "";
  const stale = await kv.commit({ checks: [{ key: ["a"], version }] });
  assertEquals(stale, { ok: false });
});

Deno.test("memoryKv() takes the limits it is given and keeps the others", () => {
  const limits = { maxChecks: 2 };
  const kv = memoryKv({ limits });
  limits.maxChecks = 3;
  assertEquals(kv.limits, {
    maxValueBytes: 64 * 1024 * 1024,
    maxCommitBytes: 128 * 1024 * 1024,
    maxMutations: 100_000,
    maxChecks: 2,
  });
});

Deno.test("memoryKv() refuses options that are none", () => {
  const bad: [object, new () => Error, string][] = [
    [{ limits: 1 }, TypeError, "limits"],
    [{ limits: null }, TypeError, "limits"],
    [{ limits: { maxChecks: "2" } }, TypeError, "limits.maxChecks"],
    [{ limits: { maxValueBytes: null } }, TypeError, "limits.maxValueBytes"],
    [{ limits: { maxMutations: 0 } }, RangeError, "limits.maxMutations"],
    [{ limits: { maxMutations: NaN } }, RangeError, "limits.maxMutations"],
    [{ limits: { maxCommitBytes: 1.5 } }, RangeError, "limits.maxCommitBytes"],
    [{ now: 1 }, TypeError, "now"],
  ];
  for (const [options, type, name] of bad) {
    assertThrows(() => memoryKv(options), type, `Cannot use ${name}: wanted`);
  }
  const absent = { limits: { maxChecks: undefined }, now: undefined };
  const { limits } = memoryKv(absent as unknown as MemoryKvOptions);
  assertEquals(limits.maxChecks, memoryKv().limits.maxChecks);
});

Deno.test("valueBytes() counts UTF-8 of the JSON text, or bytes", () => {
  assertEquals(valueBytes({ a: "é" }), 10);
  assertEquals(valueBytes(null), 4);
  assertEquals(valueBytes(new Uint8Array(5)), 5);
  assertThrows(
    () => valueBytes(undefined),
    TypeError,
    "Cannot store the value",
  );
  const big = {
    toJSON: (): never => {
      throw new Error("no");
    },
  };
  assertThrows(() => valueBytes(big), TypeError, "wanted structured JSON");
});

Deno.test("keyBytes() refuses what is no key", () => {
  assertEquals(keyBytes(["user", 1]), 15);
  assertThrows(() => keyBytes([]), TypeError, "Cannot use key");
});
