import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSeal, generateSealingKey } from "../../src/crypto/mod.ts";
import { match } from "../../src/delivery/matching/match.ts";
import type { Sealed } from "../../src/delivery/_rows.ts";
import { openSealed } from "../../src/delivery/subscriptions/sealed.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import { readRow } from "../../src/delivery/subscriptions/stored.ts";
import { deactivate } from "../../src/delivery/subscriptions/activate.ts";
import { reconcile } from "../../src/delivery/subscriptions/reconcile.ts";
import { resealSubscriptions } from "../../src/delivery/subscriptions/reseal.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import {
  type SubscriptionChanges,
  update,
} from "../../src/delivery/subscriptions/update.ts";
import { DecryptError, ValidationError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import {
  all,
  assertConsistent,
  emitted,
  testStore,
  TO,
} from "./_subscription_store.ts";

async function sealedOf(store: SenderParts, id: string): Promise<Sealed> {
  const row = await readRow(store, id);
  assert(row);
  return await openSealed(store, row.value);
}

Deno.test("update() changes what is given and keeps the rest", async () => {
  const store = testStore();
  const { subscription, secret } = await subscribe(store, {
    to: TO,
    headers: { "x-a": "1", "x-b": "2" },
    limits: { concurrency: 2, heldLimit: 7 },
  });
  const { id } = subscription;
  const to = "https://other.example.com/in";
  const changed = await update(store, id, {
    changes: { to, headers: { "x-a": "3" }, limits: { heldLimit: 0 } },
  });
  assertEquals(changed, {
    ...subscription,
    to,
    limits: { ...subscription.limits, heldLimit: 0 },
    updatedAt: store.now(),
  });
  assertEquals(await sealedOf(store, id), {
    secrets: [{ secret: secret ?? "", until: null }],
    headers: { "x-a": "3" },
  });
  assertEquals(await update(store, id, { changes: {} }), changed);
});

Deno.test("update() of the filter is what the next event meets", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  const found = async (): Promise<number> =>
    (await all(match(store, emitted()))).length;
  await update(store, id, { changes: { filter: { required: ["total"] } } });
  assertEquals(await found(), 0);
  await update(store, id, { changes: { filter: null } });
  assertEquals(await found(), 1);
  await deactivate(store, id);
  await update(store, id, { changes: { limits: { concurrency: 1 } } });
  assertEquals(await found(), 0);
  await assertConsistent(store);
});

Deno.test("update() refuses everything that is wrong, and changes nothing", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  const before = await readRow(store, id);
  const changes = {
    to: "http://example.com/",
    filter: { pattern: "a" },
    headers: { host: "x" },
    limits: { concurrency: 0 },
    owner: "bob",
  };
  const error = await assertRejects(
    () => update(store, id, { changes }),
    ValidationError,
    "Cannot update the subscription: owner: is not known, wanted one of to, filter, headers, limits; to: wanted",
  );
  for (const field of ["filter/pattern:", "headers:", "limits.concurrency:"]) {
    assert(error.message.includes(field), error.message);
  }
  await assertRejects(
    () => update(store, id, { changes: null as unknown as object }),
    TypeError,
    "Cannot use changes: wanted an object",
  );
  assertEquals(await readRow(store, id), before);
});

Deno.test("update() checks the addresses of a new target, and refuses ids and declared ones", async () => {
  let addresses = ["93.184.215.14"];
  const resolve = (): Promise<string[]> => Promise.resolve(addresses);
  const store = testStore({ targetPolicy: { resolve } });
  const { subscription: { id } } = await subscribe(store, { to: TO });
  const plan = await reconcile(store, [{ name: "declared", to: TO }]);
  addresses = ["10.0.0.1"];
  const changes: SubscriptionChanges = { to: "https://other.example.com/" };
  await assertRejects(
    () => update(store, id, { changes }),
    ValidationError,
    "Cannot use to",
  );
  await assertRejects(
    () => update(store, "sub_none", { changes: {} }),
    ValidationError,
    "id: wanted that of one that exists",
  );
  await assertRejects(
    () => update(store, plan.added[0]?.id ?? "", { changes: {} }),
    ValidationError,
    "id: it is declared, wanted a change of its declaration",
  );
});

Deno.test("resealSubscriptions() moves all to the new key, also after a crash", async () => {
  const [oldKey, newKey] = [generateSealingKey(), generateSealingKey()];
  for (const applied of [false, true]) {
    const kv = memoryKv();
    const before = testStore({ kv, seal: createSeal(oldKey) });
    const made = [
      await subscribe(before, { to: TO }),
      await subscribe(before, { to: TO }),
      await subscribe(before, { to: TO }),
    ];
    const seal = createSeal([newKey, oldKey]);
    const crashing = crashingKv(kv, { commit: 2, applied });
    await assertRejects(
      () => resealSubscriptions(testStore({ kv: crashing.kv, seal })),
      Crash,
    );
    const during = testStore({ kv, seal });
    assertEquals(await resealSubscriptions(during), applied ? 1 : 2);
    assertEquals(await resealSubscriptions(during), 0);
    const after = testStore({ kv, seal: createSeal(newKey) });
    for (const { subscription: { id }, secret } of made) {
      assertEquals((await sealedOf(after, id)).secrets[0]?.secret, secret);
    }
  }
});

Deno.test("resealSubscriptions() fails on what no key opens", async () => {
  const store = testStore();
  await subscribe(store, { to: TO });
  const seal = createSeal(generateSealingKey());
  await assertRejects(
    () => resealSubscriptions(testStore({ kv: store.kv, seal })),
    DecryptError,
  );
});
