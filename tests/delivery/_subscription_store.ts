import { assertEquals } from "@std/assert";
import { createSeal, generateSealingKey } from "../../src/crypto/mod.ts";
import { deliveryKeys } from "../../src/delivery/_keys.ts";
import { createKinds } from "../../src/delivery/matching/kinds.ts";
import type { IndexRow, SubscriptionRow } from "../../src/delivery/_rows.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import type { EmittedEvent } from "../../src/delivery/event.ts";
import type { KvKey, KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { seeded } from "../_support/seeded.ts";

/** Where all test subscriptions lead. */
export const TO = "https://hooks.example.com/in";

const SEALING_KEY = generateSealingKey();

/** A sender's store over a memory, whose names all have one public address. */
export function testStore(options: Partial<SenderParts> = {}): SenderParts {
  const clock = options.clock ?? jumpingClock();
  return {
    kv: memoryKv(),
    keys: deliveryKeys(["test"]),
    clock,
    random: seeded(1),
    seal: createSeal(SEALING_KEY),
    kinds: createKinds({ invoice: ["document"], document: ["thing"] }),
    dialects: new Map([
      ["sluice", { name: "sluice" }],
      ["bare", { name: "bare", signed: false }],
    ]),
    permissions: () => true,
    targetPolicy: { resolve: () => Promise.resolve(["93.184.215.14"]) },
    policy: {
      timeoutMs: 1_000,
      retryDelaysMs: [],
      maxRetryAfterMs: 1_000,
      circuitFailures: 5,
      circuitFirstMs: 1_000,
      circuitMaxMs: 1_000,
    },
    fetch: () => Promise.reject(new Error("Cannot fetch in this test")),
    onEvent: undefined,
    now: () => clock.now(),
    ...options,
  };
}

/** An event as `emit` makes it. */
export function emitted(event: Partial<EmittedEvent> = {}): EmittedEvent {
  return {
    id: "evt_1",
    name: "invoice.paid",
    scope: "/",
    time: 1_800_000_000_000,
    actor: null,
    entity: null,
    data: {},
    ...event,
  };
}

/** All items of a walk. */
export async function all<T>(walk: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of walk) items.push(item);
  return items;
}

/** Everything below a key. */
export async function rowsUnder<T>(
  kv: KvStore,
  prefix: KvKey,
): Promise<{ key: KvKey; value: T }[]> {
  const entries = await all(kv.list<T>({ prefix }));
  return entries.map(({ key, value }) => ({ key, value }));
}

/** The index, the owners and the declarations must say exactly what the rows say. */
export async function assertConsistent(
  { kv, keys }: SenderParts,
): Promise<void> {
  const rows = (await rowsUnder<SubscriptionRow>(kv, keys.subscriptions))
    .map(({ value }) => value);
  const index = await rowsUnder<IndexRow>(kv, keys.index);
  assertEquals(
    index.map(({ key, value }) => [key.at(-4), key.at(-1), value.for]).sort(),
    rows.filter(({ active, holds }) => active || holds)
      .map((row) => [row.scope, row.id, row.for]).sort(),
  );
  const owners = await rowsUnder(kv, keys.owners);
  assertEquals(
    owners.map(({ key }) => key.slice(-2)).sort(),
    rows.flatMap(({ owner, id }) => owner === null ? [] : [[owner, id]])
      .sort(),
  );
  const names = await rowsUnder<string>(kv, keys.declared);
  for (const { key, value } of names) {
    const row = rows.find(({ id }) => id === value);
    assertEquals(row?.declaration, key.at(-1));
  }
}
