import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/errors.ts";
import {
  checkTargetUrl,
  generateSealingKey,
  WebhookSender,
} from "../../src/delivery/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { all, makeSender } from "./_sender.ts";

Deno.test("new WebhookSender() names an option that cannot be meant", () => {
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ kv: undefined }, TypeError, "Cannot use kv: wanted a KvStore"],
    [{ kv: { commit(): void {} } }, TypeError, "Cannot use kv"],
    [{ prefix: "shop" }, TypeError, "Cannot use prefix: wanted an array"],
    [{ clock: {} }, TypeError, "Cannot use clock.now"],
    [{ random: 5 }, TypeError, "Cannot use random"],
    [{ fetch: "x" }, TypeError, "Cannot use fetch"],
    [{ permissions: true }, TypeError, "Cannot use permissions"],
    [{ onEvent: {} }, TypeError, "Cannot use onEvent"],
    [{ timeoutMs: 0 }, RangeError, "Cannot use timeoutMs"],
    [{ timeoutMs: NaN }, RangeError, "Cannot use timeoutMs"],
    [{ maxRetryAfterMs: -1 }, RangeError, "Cannot use maxRetryAfterMs"],
    [{ circuit: { failures: 0 } }, RangeError, "circuit.failures"],
    [{ circuit: { firstMs: 0 } }, RangeError, "circuit.firstMs"],
    [{ circuit: { firstMs: 9, maxMs: 8 } }, RangeError, "circuit.maxMs"],
  ];
  for (const [options, type, message] of wrong) {
    assertThrows(
      () =>
        new WebhookSender({
          kv: memoryKv(),
          sealingKey: generateSealingKey(),
          ...options,
        }),
      type,
      message,
    );
  }
});

Deno.test("new WebhookSender() refuses what is no sealing key and does not show it", () => {
  for (const sealingKey of ["", "planted", [], "seal_planted"]) {
    const error = assertThrows(
      () => new WebhookSender({ kv: memoryKv(), sealingKey }),
      ConfigError,
    );
    assertEquals(error.problems.map(({ field }) => field), ["sealingKey"]);
    assertEquals(error.message.includes("planted"), false);
  }
});

Deno.test("new WebhookSender() keeps the ports that it was given, whatever becomes of the list", async () => {
  const ports = [443];
  const targetPolicy = { ports, resolve: false } as const;
  const { sender } = makeSender({ targetPolicy });
  ports.push(22);
  await assertRejects(
    () => sender.subscribe({ to: "https://example.com:22/" }),
    Error,
    "to",
  );
});

Deno.test("emit() commits the lists as they were when it was called", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: "https://example.com/" });
  const sets = [{ key: ["a"], value: 1 }];
  const emitting = sender.emit({ name: "a.b", data: 1 }, { commit: { sets } });
  sets.push({ key: ["b"], value: 2 });
  await emitting;
  assertEquals(await kv.get(["b"]), undefined);
});

Deno.test("deliveries() refuses a word that it does not know before it walks", () => {
  const { sender } = makeSender();
  assertThrows(
    () => sender.deliveries("sub_1", { only: "ende" as never }),
    TypeError,
    'Cannot use only: wanted "pending" or "ended"',
  );
});

Deno.test("deliveries() gives nothing for what can be no id, and does not ask the store", async () => {
  const { kv } = makeSender();
  let listed = 0;
  const { sender } = makeSender({
    kv: {
      ...withCommit(kv, (change, next) => next(change)),
      list(...range): ReturnType<typeof kv.list<never>> {
        listed++;
        return kv.list(...range);
      },
    },
  });
  for (const id of ["x".repeat(5_000), "", "a/b", "sub_1\n", 5 as never]) {
    assertEquals(await all(sender.deliveries(id)), []);
  }
  assertEquals(listed, 0);
  assertEquals(await all(sender.deliveries("sub_unknown")), []);
  assertEquals(listed, 3);
});

Deno.test("checkTargetUrl() tells a form whether a URL would be accepted", () => {
  assertEquals(checkTargetUrl("https://example.com/hook").host, "example.com");
  assertThrows(() => checkTargetUrl("https://10.0.0.1/"), Error, "to");
});
