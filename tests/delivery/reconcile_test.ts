import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SubscriptionRow } from "../../src/delivery/_rows.ts";
import { openSealed } from "../../src/delivery/subscriptions/sealed.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import { readRow } from "../../src/delivery/subscriptions/stored.ts";
import {
  activate,
  deactivate,
} from "../../src/delivery/subscriptions/activate.ts";
import {
  formatPlan,
  type Plan,
} from "../../src/delivery/subscriptions/plan.ts";
import {
  type Declaration,
  reconcile,
} from "../../src/delivery/subscriptions/reconcile.ts";
import { remove } from "../../src/delivery/subscriptions/remove.ts";
import { rotateSecret } from "../../src/delivery/subscriptions/rotate_secret.ts";
import { generateSecret } from "../../src/delivery/signing/signing_secret.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import type { Subscription } from "../../src/delivery/subscription.ts";
import {
  getSubscription,
  listSubscriptions,
} from "../../src/delivery/subscriptions/list.ts";
import { ApiError, ValidationError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import {
  all,
  assertConsistent,
  rowsUnder,
  testStore,
  TO,
} from "./_subscription_store.ts";

const BILLING: Declaration = { name: "billing", to: TO, for: "invoice" };
const CRM: Declaration = { name: "crm", to: TO, for: "customer" };

async function state(
  store: SenderParts,
): Promise<{ name: string; active: boolean; for: string }[]> {
  const found = await all(listSubscriptions(store));
  return found.map(({ declaration, active, for: nouns }) => ({
    name: declaration ?? "",
    active,
    for: nouns,
  })).sort((a, b) => JSON.stringify(a) < JSON.stringify(b) ? -1 : 1);
}

function names(plan: Plan): Record<keyof Plan, string[]> {
  const of = (list: readonly { name: string }[]): string[] =>
    list.map(({ name }) => name);
  return {
    added: of(plan.added),
    deactivated: of(plan.deactivated),
    rotated: of(plan.rotated),
    unchanged: of(plan.unchanged),
  };
}

const NOTHING = { added: [], deactivated: [], rotated: [], unchanged: [] };

async function one(
  store: SenderParts,
  name: string,
): Promise<Subscription | undefined> {
  const found = await all(listSubscriptions(store));
  return found.find((each) => each.declaration === name && each.active);
}

async function secretOf(store: SenderParts, id: string): Promise<string[]> {
  const row = await readRow(store, id);
  assert(row);
  const { secrets } = await openSealed(store, row.value);
  return secrets.map(({ secret }) => secret);
}

Deno.test("reconcile() adds what is declared, and the second time changes nothing", async () => {
  const store = testStore();
  const first = await reconcile(store, [BILLING, CRM]);
  assertEquals(names(first), { ...NOTHING, added: ["billing", "crm"] });
  const before = await rowsUnder(store.kv, []);
  const second = await reconcile(store, [CRM, BILLING]);
  assertEquals(names(second), { ...NOTHING, unchanged: ["crm", "billing"] });
  assertEquals(await rowsUnder(store.kv, []), before);
  await assertConsistent(store);
});

Deno.test("reconcile() takes the order of members for nothing, and defaults for what they are", async () => {
  const store = testStore();
  const filter = { required: ["a"], properties: { a: { type: "string" } } };
  await reconcile(store, [{ ...BILLING, filter }]);
  const again = {
    filter: { properties: { a: { type: "string" } }, required: ["a"] },
    limits: { attemptLimit: 50 },
    when: "*",
    for: "invoice",
    to: "https://HOOKS.example.com:443/in",
    name: "billing",
  };
  assertEquals((await reconcile(store, [again])).unchanged.length, 1);
});

Deno.test("reconcile() deactivates what is gone, deletes nothing, and adds anew what comes back", async () => {
  const store = testStore();
  await reconcile(store, [BILLING, CRM]);
  const old = await one(store, "crm");
  assert(old);
  const gone = await reconcile(store, [BILLING]);
  assertEquals(names(gone), {
    ...NOTHING,
    deactivated: ["crm"],
    unchanged: ["billing"],
  });
  assertEquals(gone.deactivated, [
    { name: "crm", id: old.id, because: "removed" },
  ]);
  const kept = await getSubscription(store, old.id);
  assertEquals([kept?.active, kept?.statusMessage], [
    false,
    "No longer declared",
  ]);
  const back = await reconcile(store, [BILLING, CRM]);
  assertEquals(names(back), {
    ...NOTHING,
    added: ["crm"],
    unchanged: ["billing"],
  });
  assertEquals(await state(store), [
    { name: "billing", active: true, for: "invoice" },
    { name: "crm", active: false, for: "customer" },
    { name: "crm", active: true, for: "customer" },
  ]);
  assert((await one(store, "crm"))?.id !== old.id);
  await assertConsistent(store);
});

Deno.test("reconcile() replaces a declaration of which any field has changed", async () => {
  const changes: Partial<Declaration>[] = [
    { to: "https://hooks.example.com/other" },
    { for: "order" },
    { when: "paid" },
    { scope: "/a" },
    { owner: "ann" },
    { permission: "read" },
    { dialect: "bare" },
    { filter: { required: ["a"] } },
    { ordered: true },
    { limits: { concurrency: 1 } },
    { headers: { "x-key": "1" } },
    { signing: "v1a" },
    { signing: "none" },
  ];
  for (const change of changes) {
    const store = testStore();
    await reconcile(store, [BILLING]);
    const old = await one(store, "billing");
    const plan = await reconcile(store, [{ ...BILLING, ...change }]);
    const what = JSON.stringify(change);
    assertEquals(
      names(plan),
      { ...NOTHING, added: ["billing"], deactivated: ["billing"] },
      what,
    );
    assertEquals(plan.deactivated[0]?.because, "changed");
    assertEquals(plan.deactivated[0]?.id, old?.id);
    assertEquals((await all(listSubscriptions(store))).length, 2);
    await assertConsistent(store);
  }
});

Deno.test("reconcile() replaces in one commit, so that no event falls between", async () => {
  const inner = memoryKv();
  await reconcile(testStore({ kv: inner }), [BILLING]);
  let commits = 0;
  const kv = withCommit(inner, (change, next) => {
    commits++;
    return next(change);
  });
  await reconcile(testStore({ kv }), [{ ...BILLING, when: "paid" }]);
  assertEquals(commits, 1);
});

Deno.test("reconcile() without apply tells the plan and changes nothing", async () => {
  const store = testStore();
  await reconcile(store, [BILLING, CRM]);
  const before = await rowsUnder(store.kv, []);
  const declared = [{ ...BILLING, when: "paid" }, { ...CRM, name: "new" }];
  const plan = await reconcile(store, declared, { apply: false });
  assertEquals(names(plan), {
    ...NOTHING,
    added: ["billing", "new"],
    deactivated: ["billing", "crm"],
  });
  assertEquals(plan.added.map(({ id }) => id), [null, null]);
  assertEquals(plan.secretOf("new"), undefined);
  assertEquals(await rowsUnder(store.kv, []), before);
  const done = await reconcile(store, declared);
  assertEquals(names(done), names(plan));
});

Deno.test("reconcile() leaves subscriptions of subscribe() alone", async () => {
  const store = testStore();
  const { subscription } = await subscribe(store, { to: TO });
  await reconcile(store, [BILLING]);
  await reconcile(store, []);
  assertEquals(await getSubscription(store, subscription.id), subscription);
});

Deno.test("reconcile() leaves inactive what was deactivated by hand, until its declaration changes", async () => {
  const store = testStore();
  await reconcile(store, [BILLING]);
  const id = (await one(store, "billing"))?.id ?? "";
  await deactivate(store, id, { hold: true, message: "Paused by ann" });
  const plan = await reconcile(store, [BILLING]);
  assertEquals(plan.unchanged, [
    { name: "billing", id, active: false, statusMessage: "Paused by ann" },
  ]);
  assertEquals((await getSubscription(store, id))?.active, false);
  await reconcile(store, [{ ...BILLING, when: "paid" }]);
  const old = await getSubscription(store, id);
  assertEquals([old?.holds, old?.statusMessage], [false, "Paused by ann"]);
  assertEquals((await one(store, "billing"))?.when, "paid");
  await assertConsistent(store);
});

Deno.test("activate() refuses a declared subscription that is not the current one", async () => {
  const store = testStore();
  await reconcile(store, [BILLING]);
  const id = (await one(store, "billing"))?.id ?? "";
  await deactivate(store, id);
  assertEquals(await activate(store, id), true);
  await reconcile(store, [{ ...BILLING, when: "paid" }]);
  await assertRejects(
    () => activate(store, id),
    ValidationError,
    "id: its declaration was removed or has changed",
  );
  await reconcile(store, []);
  await assertRejects(
    () => activate(store, id),
    ValidationError,
    "current one",
  );
});

for (
  const [what, declared] of [
    ["replaced", [{ ...BILLING, when: "paid" }]],
    ["no longer declared", []],
  ] as const
) {
  Deno.test(`activate() refuses a subscription that is ${what} right before its commit`, async () => {
    const kv = memoryKv();
    const store = testStore({ kv });
    await reconcile(store, [BILLING]);
    const id = (await one(store, "billing"))?.id ?? "";
    await deactivate(store, id);
    let commits = 0;
    const racing = withCommit(kv, async (change, next) => {
      if (++commits === 1) await reconcile(store, declared);
      return await next(change);
    });
    await assertRejects(
      () => activate({ ...store, kv: racing }, id),
      ValidationError,
      "id: its declaration was removed or has changed",
    );
    assertEquals(
      (await state(store)).filter(({ active }) => active).length,
      declared.length,
    );
    assertEquals((await getSubscription(store, id))?.active, false);
    await assertConsistent(store);
  });
}

Deno.test("remove() of a declared subscription lets the next reconcile() add it anew", async () => {
  const store = testStore();
  await reconcile(store, [BILLING]);
  await remove(store, (await one(store, "billing"))?.id ?? "");
  await assertConsistent(store);
  assertEquals((await rowsUnder(store.kv, store.keys.declared)).length, 0);
  assertEquals((await reconcile(store, [BILLING])).added.length, 1);
});

Deno.test("reconcile() rotates a declared secret that has changed, and keeps one that was made", async () => {
  const store = testStore();
  const [{ secret: first }, { secret: second }] = [
    await generateSecret(),
    await generateSecret(),
  ];
  const added = await reconcile(store, [
    { ...BILLING, signing: { secret: first } },
  ]);
  const id = added.added[0]?.id ?? "";
  assertEquals(added.secretOf("billing"), { secret: first, publicKey: null });
  const plan = await reconcile(store, [
    { ...BILLING, signing: { secret: second } },
  ]);
  assertEquals(plan.rotated, [{ name: "billing", id }]);
  assertEquals(await secretOf(store, id), [second, first]);
  const signing = { secret: second };
  assertEquals(
    (await reconcile(store, [{ ...BILLING, signing }])).unchanged.length,
    1,
  );
  await reconcile(store, [{ ...BILLING, signing: { secret: first } }]);
  assertEquals(await secretOf(store, id), [first, second]);
  assertEquals((await reconcile(store, [BILLING])).unchanged.length, 1);
  await rotateSecret(store, id);
  assertEquals((await reconcile(store, [BILLING])).unchanged.length, 1);
  await assertConsistent(store);
});

Deno.test("reconcile() tells made secrets on request only, and prints none", async () => {
  const store = testStore();
  const plan = await reconcile(store, [BILLING, {
    ...CRM,
    headers: { authorization: "hunter2-in-clear" },
  }]);
  const { secret } = plan.secretOf("billing") ?? {};
  assert(secret && secret.startsWith("whsec_"));
  const printed = Deno.inspect(plan, { depth: 9 }) + JSON.stringify(plan) +
    formatPlan(plan);
  assert(!printed.includes(secret) && !printed.includes("hunter2"));
  assert(!JSON.stringify(await rowsUnder(store.kv, [])).includes("hunter2"));
});

Deno.test("reconcile() tells everything that is wrong before it touches anything", async () => {
  const store = testStore();
  await reconcile(store, [BILLING]);
  const before = await rowsUnder(store.kv, []);
  const declared = [
    { ...BILLING, for: "?" },
    { ...CRM, name: "billing" },
    { ...CRM, name: "a b" },
    { to: TO },
    { ...CRM, limits: { concurrency: 0 } },
  ] as Declaration[];
  const error = await assertRejects(
    () => reconcile(store, declared),
    ValidationError,
    "Cannot reconcile the subscriptions: declared[0].for: wanted nouns",
  );
  for (
    const wanted of [
      "declared[1].name: wanted another name",
      "declared[2].name: wanted 1 to 128 letters",
      "declared[3].name: wanted 1 to 128 letters",
      "declared[4].limits.concurrency: wanted a whole number",
    ]
  ) assert(error.message.includes(wanted), `${wanted}: ${error.message}`);
  assertEquals(await rowsUnder(store.kv, []), before);
});

Deno.test("reconcile() refuses arguments of a wrong type", async () => {
  const store = testStore();
  await assertRejects(
    () => reconcile(store, BILLING as unknown as Declaration[]),
    TypeError,
    "Cannot use declared",
  );
  await assertRejects(
    () => reconcile(store, [null as unknown as Declaration]),
    TypeError,
    "wanted an object",
  );
  await assertRejects(
    () => reconcile(store, [], { apply: 1 as unknown as boolean }),
    TypeError,
    "Cannot use apply",
  );
});

Deno.test("reconcile() checks the addresses of new targets alone, and before any change", async () => {
  const asked: string[] = [];
  const answers: Record<string, string[]> = {
    "hooks.example.com": ["93.184.215.14"],
    "inside.example.com": ["10.0.0.1"],
  };
  const resolve = (host: string): Promise<string[]> => {
    asked.push(host);
    const found = answers[host];
    return found ? Promise.resolve(found) : Promise.reject(new Error("dns"));
  };
  const store = testStore({ targetPolicy: { resolve } });
  await reconcile(store, [BILLING]);
  const before = await rowsUnder(store.kv, []);
  asked.length = 0;
  await assertRejects(
    () =>
      reconcile(store, [BILLING, CRM, {
        name: "inside",
        to: "https://inside.example.com/",
      }]),
    ValidationError,
    "inside.to: wanted a host whose addresses are all public",
  );
  assertEquals(asked.sort(), ["hooks.example.com", "inside.example.com"]);
  const error = await assertRejects(
    () => reconcile(store, [CRM, { name: "x", to: "https://x.example.org/" }]),
    ApiError,
  );
  assert(error.retryable);
  assertEquals(await rowsUnder(store.kv, []), before);
});

Deno.test("reconcile() stops between two declarations when it is told to", async () => {
  const inner = memoryKv();
  const control = new AbortController();
  const kv = withCommit(inner, async (change, next) => {
    const result = await next(change);
    control.abort(new Error("enough"));
    return result;
  });
  const { signal } = control;
  await assertRejects(
    () => reconcile(testStore({ kv }), [BILLING, CRM], { signal }),
    Error,
    "enough",
  );
  assertEquals((await state(testStore({ kv: inner }))).length, 1);
});

Deno.test("reconcile() twice at the same time makes one subscription of each", async () => {
  const store = testStore();
  const plans = await Promise.all(
    [1, 2, 3].map(() => reconcile(store, [BILLING, CRM])),
  );
  assertEquals(plans.flatMap(({ added }) => added).length, 2);
  assertEquals((await all(listSubscriptions(store))).length, 2);
  await assertConsistent(store);
});

Deno.test("reconcile() comes to the same end after a crash at any commit", async () => {
  const { secret } = await generateSecret();
  const before: Declaration[] = [
    BILLING,
    CRM,
    { ...CRM, name: "gone", owner: "ann" },
    { ...CRM, name: "signed", signing: { secret } },
  ];
  const after: Declaration[] = [
    { ...BILLING, when: "paid" },
    CRM,
    { ...CRM, name: "new", owner: "ann" },
    {
      ...CRM,
      name: "signed",
      signing: { secret: (await generateSecret()).secret },
    },
  ];
  const settled = testStore();
  await reconcile(settled, before);
  await reconcile(settled, after);
  const wanted = await state(settled);
  let crashes = 0;
  for (const applied of [false, true]) {
    for (let commit = 1;; commit++) {
      const kv = memoryKv();
      const first = testStore({ kv });
      await reconcile(first, before);
      const crashing = crashingKv(kv, { commit, applied });
      const run = reconcile(testStore({ kv: crashing.kv }), after);
      if (!await run.then(() => false, isCrash)) break;
      crashes++;
      await assertConsistent(first);
      await reconcile(first, after);
      await assertConsistent(first);
      assertEquals(await state(first), wanted);
      const plan = await reconcile(first, after);
      assertEquals(names(plan), {
        ...NOTHING,
        unchanged: ["billing", "crm", "new", "signed"],
      });
      const rows = await rowsUnder<SubscriptionRow>(
        kv,
        first.keys.subscriptions,
      );
      for (const { value } of rows) await openSealed(first, value);
    }
  }
  // Changed, new, rotated, gone: a commit each.
  assertEquals(crashes, 8);
});

function isCrash(error: unknown): boolean {
  if (error instanceof Crash) return true;
  throw error;
}

Deno.test("formatPlan() prints a line for each subscription and one with the counts", async () => {
  const store = testStore();
  await reconcile(store, [BILLING, CRM, { ...CRM, name: "paused" }]);
  const paused = (await one(store, "paused"))?.id ?? "";
  const crm = (await one(store, "crm"))?.id ?? "";
  await deactivate(store, paused, { message: "Paused by ann" });
  const plan = await reconcile(store, [
    BILLING,
    { ...CRM, name: "paused" },
    { ...CRM, name: "new" },
  ]);
  assertEquals(
    formatPlan({ ...plan, rotated: [{ name: "r", id: "sub_r" }] }).split("\n"),
    [
      `+ new ${plan.added[0]?.id}`,
      `- crm ${crm} (removed in the declarations)`,
      "~ r sub_r (new secret)",
      `= billing ${(await one(store, "billing"))?.id}`,
      `= paused ${paused} (inactive: Paused by ann)`,
      "1 added, 1 deactivated, 1 rotated, 2 unchanged",
    ],
  );
});
