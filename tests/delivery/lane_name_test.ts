import { assert, assertEquals, assertRejects } from "@std/assert";
import { toHex } from "../../src/_internal/bytes.ts";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { DecryptError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { all, makeSender } from "./_sender.ts";

const TO = "https://hooks.example.com/in";
const ENTITY = "customer/42";
const EVENT = { name: "customer.changed", data: 1, entity: ENTITY };

Deno.test("emit() leaves nothing in the store by which an entity can be guessed", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO, ordered: true });
  await sender.emit(EVENT);
  const digest = await crypto.subtle.digest(
    "SHA-256",
    new TextEncoder().encode(ENTITY),
  );
  const guess = toHex(new Uint8Array(digest)).slice(0, 32);
  const stored = JSON.stringify(await all(kv.list({ prefix: [] })));
  assert(stored.includes('"lane-key"'));
  assert(!stored.includes(guess), "the digest of the entity is there");
  assert(!stored.includes(ENTITY), "the entity is there");
});

Deno.test("emit() finds the lane of an entity again in another process, and when two begin at once", async () => {
  const kv = memoryKv();
  const senders = [1, 2, 3].map(() => makeSender({ kv }).sender);
  await senders[0]?.subscribe({ to: TO, ordered: true });
  await Promise.all(senders.map((sender) => sender.emit(EVENT)));
  await makeSender({ kv }).sender.emit(EVENT);
  assertEquals((await lanesOf(kv)).length, 1);
});

Deno.test("emit() commits nothing when the key of the lanes does not open", async () => {
  const { sender, kv } = makeSender();
  await sender.subscribe({ to: TO, ordered: true });
  await sender.emit(EVENT);
  const other = makeSender({ kv, sealingKey: generateSealingKey() }).sender;
  const before = await all(kv.list({ prefix: [] }));
  const commit = { sets: [{ key: ["app"], value: 1 }] };
  await assertRejects(() => other.emit(EVENT, { commit }), DecryptError);
  assertEquals(await all(kv.list({ prefix: [] })), before);
});

Deno.test("resealSubscriptions() seals the key of the lanes again, and the lanes stay", async () => {
  const [oldKey, newKey] = [generateSealingKey(), generateSealingKey()];
  const { sender, kv } = makeSender({ sealingKey: oldKey });
  await sender.subscribe({ to: TO, ordered: true });
  await sender.emit(EVENT);
  const both = makeSender({ kv, sealingKey: [newKey, oldKey] }).sender;
  await both.resealSubscriptions();
  await both.resealSubscriptions();
  await makeSender({ kv, sealingKey: newKey }).sender.emit(EVENT);
  assertEquals((await lanesOf(kv)).length, 1);
});

async function lanesOf(kv: KvStore): Promise<unknown[]> {
  return await all(kv.list({ prefix: ["sluice", "delivery", "order"] }));
}
