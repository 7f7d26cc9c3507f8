import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { generateSecret } from "../../src/delivery/signing/signing_secret.ts";
import { openSealed } from "../../src/delivery/subscriptions/sealed.ts";
import { readRow } from "../../src/delivery/subscriptions/stored.ts";
import {
  activate,
  deactivate,
} from "../../src/delivery/subscriptions/activate.ts";
import type { Incoming } from "../../src/delivery/_rows.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import {
  remove,
  removeForOwner,
} from "../../src/delivery/subscriptions/remove.ts";
import { rotateSecret } from "../../src/delivery/subscriptions/rotate_secret.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import type { NewSubscription } from "../../src/delivery/subscription.ts";
import {
  getSubscription,
  listSubscriptions,
  type ListSubscriptionsOptions,
} from "../../src/delivery/subscriptions/list.ts";
import { ApiError, DecryptError, ValidationError } from "../../src/errors.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { createSeal, generateSealingKey } from "../../src/crypto/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { Crash, crashingKv } from "../_support/crashing_kv.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import {
  all,
  assertConsistent,
  rowsUnder,
  testStore,
  TO,
} from "./_subscription_store.ts";

const HIDDEN = "hunter2-in-clear";

async function secretsOf(
  store: SenderParts,
  id: string,
): Promise<readonly { secret: string; until: number | null }[]> {
  const row = await readRow(store, id);
  assert(row);
  return (await openSealed(store, row.value)).secrets;
}

async function commandsOf({ kv, keys }: SenderParts): Promise<Incoming[]> {
  const rows = await rowsUnder<Incoming>(kv, keys.incoming);
  return rows.map(({ value }) => value);
}

Deno.test("subscribe() stores every default and shows a secret once", async () => {
  const store = testStore();
  const { subscription, secret, publicKey } = await subscribe(store, {
    to: TO,
  });
  const { id, createdAt, updatedAt, ...rest } = subscription;
  assertMatch(id, /^sub_[\w-]{22}$/);
  assertEquals([createdAt, updatedAt], [store.now(), store.now()]);
  assertEquals(rest, {
    scope: "/",
    for: "*",
    when: "*",
    to: TO,
    owner: null,
    permission: null,
    dialect: "sluice",
    filter: null,
    ordered: false,
    active: true,
    holds: false,
    statusMessage: "Active",
    declaration: null,
    limits: {
      attemptLimit: 50,
      preconditionFailureLimit: 50,
      heldLimit: 10_000,
      concurrency: 8,
      perSecond: null,
    },
  });
  assertMatch(secret ?? "", /^whsec_/);
  assertEquals(publicKey, null);
  assertEquals(await getSubscription(store, id), subscription);
  assertEquals(await secretsOf(store, id), [
    { secret: secret ?? "", until: null },
  ]);
});

Deno.test("subscribe() makes two ids and two secrets of one input", async () => {
  const store = testStore();
  const [one, two] = [
    await subscribe(store, { to: TO }),
    await subscribe(store, { to: TO }),
  ];
  assertNotEquals(one.subscription.id, two.subscription.id);
  assertNotEquals(one.secret, two.secret);
});

Deno.test("subscribe() keeps secrets and headers out of the store in clear", async () => {
  const store = testStore();
  const { secret } = await subscribe(store, {
    to: TO,
    headers: { Authorization: `Bearer ${HIDDEN}` },
  });
  const text = JSON.stringify(await rowsUnder(store.kv, []));
  assert(!text.includes(HIDDEN));
  assert(secret && !text.includes(secret.slice(6)));
});

Deno.test("subscribe() seals for one subscription, so that another row does not open it", async () => {
  const store = testStore();
  const one = await subscribe(store, { to: TO });
  const two = await subscribe(store, { to: TO });
  const row = await readRow(store, one.subscription.id);
  assert(row);
  await assertRejects(
    () => openSealed(store, { ...row.value, id: two.subscription.id }),
    DecryptError,
  );
});

Deno.test("subscribe() with v1a shows the public key alone", async () => {
  const store = testStore();
  const { subscription, secret, publicKey } = await subscribe(store, {
    to: TO,
    signing: "v1a",
  });
  assertEquals(secret, null);
  assertMatch(publicKey ?? "", /^whpk_/);
  const [kept] = await secretsOf(store, subscription.id);
  assertMatch(kept?.secret ?? "", /^whsk_/);
});

Deno.test("subscribe() takes a secret of the caller's own, and none for an unsigned dialect", async () => {
  const store = testStore();
  const { secret: own } = await generateSecret();
  const signed = await subscribe(store, { to: TO, signing: { secret: own } });
  assertEquals(signed.secret, own);
  const bare = await subscribe(store, { to: TO, dialect: "bare" });
  assertEquals([bare.secret, bare.publicKey], [null, null]);
  assertEquals(await secretsOf(store, bare.subscription.id), []);
});

Deno.test("subscribe() refuses a pair whose halves do not belong together", async () => {
  const [one, two] = [
    await generateSecret({ type: "v1a" }),
    await generateSecret({ type: "v1a" }),
  ].map(({ secret }) => atob(secret.slice(5)));
  assert(one && two);
  const secret = "whsk_" + btoa(one.slice(0, 32) + two.slice(32));
  const error = await assertRejects(
    () => subscribe(testStore(), { to: TO, signing: { secret } }),
    ValidationError,
    "wanted a pair whose halves belong together",
  );
  assert(!error.message.includes(secret));
});

Deno.test("subscribe() asks for the permission view where an owner is given", async () => {
  const store = testStore();
  const owned = await subscribe(store, { to: TO, owner: "ann@example.com" });
  assertEquals(owned.subscription.permission, "view");
  const open = await subscribe(store, {
    to: TO,
    owner: "ann",
    permission: null,
  });
  assertEquals(open.subscription.permission, null);
});

Deno.test("subscribe() reads its input once, before it waits for anything", async () => {
  const store = testStore();
  const input = {
    to: TO,
    filter: { type: "object" },
    headers: { "x-key": "one" },
    limits: { concurrency: 2 },
  };
  const pending = subscribe(store, input);
  input.to = "https://elsewhere.example.com/";
  input.filter.type = "array";
  input.headers["x-key"] = "two";
  input.limits.concurrency = 3;
  const { subscription } = await pending;
  assertEquals(subscription.to, TO);
  assertEquals(subscription.filter, { type: "object" });
  assertEquals(subscription.limits.concurrency, 2);
  const row = await readRow(store, subscription.id);
  assert(row);
  assertEquals((await openSealed(store, row.value)).headers, {
    "x-key": "one",
  });
});

Deno.test("subscribe() lists everything that is wrong, with names and never a value", async () => {
  const input: unknown = {
    to: `https://ann:${HIDDEN}@example.com/?key=${HIDDEN}`,
    for: "in voice",
    when: "a.b",
    scope: "NOAA",
    owner: "ann smith",
    dialect: HIDDEN,
    filter: { pattern: HIDDEN },
    ordered: "yes",
    signing: { secret: HIDDEN },
    headers: { Host: HIDDEN },
    limits: { concurrency: 0, perSecond: -1, heldLimits: 1 },
    permision: HIDDEN,
  };
  const error = await assertRejects(
    () => subscribe(testStore(), input as NewSubscription),
    ValidationError,
    "Cannot subscribe: permision: is not known, wanted one of to, for, when",
  );
  const fields = [
    "to: wanted a URL without user name and password",
    "for: wanted nouns",
    "when: wanted a verb",
    "scope: wanted a path that begins with /",
    "owner: wanted 1 to 256 characters without blanks",
    "dialect: wanted one of sluice, bare",
    "filter/pattern: wanted",
    "ordered: wanted true or false",
    'signing: wanted as secret "whsec_"',
    "headers: wanted headers other than host",
    "limits.concurrency: wanted a whole number from 1 to 256",
    "limits.perSecond: wanted a number from 0.001 to 10000, or null",
    "limits.heldLimits: is not known",
  ];
  for (const field of fields) {
    assert(error.message.includes(field), `${field} in ${error.message}`);
  }
  assertEquals(error.field, "permision");
  assert(!error.message.includes(HIDDEN), error.message);
});

Deno.test("subscribe() refuses each field alone, before it stores anything", async () => {
  const bad: Record<string, [unknown, string][]> = {
    to: [
      [undefined, "wanted an absolute https URL"],
      [1, "wanted an absolute https URL"],
      ["http://example.com/", "wanted an absolute https URL"],
      ["https://127.0.0.1/", "wanted a host of the public internet"],
    ],
    for: [[1, "wanted a pattern as text"], ["", "wanted nouns"]],
    when: [[null, "wanted a pattern as text"]],
    scope: [[{}, "wanted a path"], ["/a//b", "wanted segments with a name"]],
    owner: [["", "1 to 256"], ["a\u0000b", "1 to 256"], ["\ud800", "1 to 256"]],
    permission: [["a b", "1 to 128"], [true, "1 to 128"]],
    dialect: [[null, "wanted one of sluice"]],
    filter: [[true, "wanted a JSON Schema as an object"]],
    ordered: [[null, "wanted true or false"], [1, "wanted true or false"]],
    signing: [
      ["hmac", 'wanted "v1", "v1a", "none" or an object'],
      [{ secret: "whsec_AAAA" }, "base64 of 16 to 512 bytes"],
      [{ secret: "whsec_" }, "base64 of 16 to 512 bytes"],
      [{}, "base64 of 16 to 512 bytes"],
    ],
    headers: [
      [[], "wanted an object"],
      [{ "a b": "x" }, "wanted names of letters"],
      [{ "": "x" }, "wanted names of letters"],
      [{ "x-a": "é" }, "wanted visible ASCII as the value of x-a"],
      [{ "x-a": "a\r\nb: c" }, "wanted visible ASCII as the value of x-a"],
      [{ "x-a": "" }, "wanted visible ASCII as the value of x-a"],
      [{ "x-a": " a" }, "wanted visible ASCII as the value of x-a"],
      [{ "x-a": 1 }, "wanted visible ASCII as the value of x-a"],
      [{ "x-a": "1", "X-A": "2" }, "wanted the header x-a once"],
      [{ "x-a": "a".repeat(9_000) }, "wanted at most 8192 bytes of headers"],
      [
        Object.fromEntries(
          Array.from({ length: 33 }, (_, i) => [`h${i}`, "v"]),
        ),
        "wanted at most 32 headers",
      ],
    ],
    limits: [
      [5, "wanted an object of limits"],
      [null, "wanted an object of limits"],
      [{ attemptLimit: 0 }, "from 1 to 1000"],
      [{ attemptLimit: NaN }, "from 1 to 1000"],
      [{ attemptLimit: 1.5 }, "from 1 to 1000"],
      [{ preconditionFailureLimit: Infinity }, "from 1 to 1000000"],
      [{ heldLimit: -1 }, "from 0 to 1000000"],
      [{ concurrency: "8" }, "from 1 to 256"],
      [{ perSecond: 0 }, "from 0.001 to 10000"],
      [{ perSecond: NaN }, "from 0.001 to 10000"],
    ],
  };
  for (const [field, values] of Object.entries(bad)) {
    for (const [value, wanted] of values) {
      const store = testStore();
      const error = await assertRejects(
        () => subscribe(store, { to: TO, [field]: value }),
        ValidationError,
        wanted,
        `${field} ${JSON.stringify(value)}`,
      );
      assert(error.field.startsWith(field), error.field);
      assertEquals(await rowsUnder(store.kv, []), []);
    }
  }
});

Deno.test("subscribe() refuses every header that is not the subscriber's to set", async () => {
  const names = [
    "Host",
    "Connection",
    "Content-Type",
    "content-length",
    "Transfer-Encoding",
    "webhook-id",
    "Webhook-Anything",
    "X-Forwarded-For",
    "CF-Connecting-IP",
    "Proxy-Authorization",
    "User-Agent",
    "Cookie",
    "Forwarded",
    "TE",
    "Upgrade",
    "Via",
    "sec-fetch-mode",
  ];
  for (const name of names) {
    await assertRejects(
      () => subscribe(testStore(), { to: TO, headers: { [name]: "x" } }),
      ValidationError,
      `headers: wanted headers other than ${name.toLowerCase()}`,
    );
  }
});

Deno.test("subscribe() takes limits of 0 and null where they mean something", async () => {
  const { subscription } = await subscribe(testStore(), {
    to: TO,
    limits: { heldLimit: 0, perSecond: null, concurrency: 256 },
  });
  assertEquals(subscription.limits.heldLimit, 0);
  assertEquals(subscription.limits.concurrency, 256);
});

Deno.test("subscribe() refuses a permission that nobody can be asked for", async () => {
  const store = testStore({ permissions: undefined });
  for (const more of [{ permission: "view" }, { owner: "ann" }]) {
    await assertRejects(
      () => subscribe(store, { to: TO, ...more }),
      ValidationError,
      "permission: wanted null, since the sender has no option permissions",
    );
  }
  await subscribe(store, { to: TO, owner: "ann", permission: null });
});

Deno.test("subscribe() refuses a signature by a dialect that does not sign", async () => {
  await assertRejects(
    () => subscribe(testStore(), { to: TO, dialect: "bare", signing: "v1" }),
    ValidationError,
    'signing: wanted "none" for a dialect that does not sign',
  );
});

Deno.test("subscribe() refuses what is no object with a TypeError", async () => {
  for (const input of [null, undefined, "https://example.com/", []]) {
    await assertRejects(
      () => subscribe(testStore(), input as unknown as NewSubscription),
      TypeError,
      "wanted an object",
    );
  }
});

Deno.test("subscribe() resolves the target and stores nothing when an address is private", async () => {
  const resolve = (): Promise<string[]> =>
    Promise.resolve(["93.184.215.14", "10.0.0.1"]);
  const store = testStore({ targetPolicy: { resolve } });
  await assertRejects(
    () => subscribe(store, { to: TO }),
    ValidationError,
    "Cannot use to",
  );
  const silent = testStore({
    targetPolicy: { resolve: () => Promise.reject(new Error("dns")) },
  });
  const error = await assertRejects(
    () => subscribe(silent, { to: TO }),
    ApiError,
  );
  assert(error.retryable);
  assertEquals(await rowsUnder(store.kv, []), []);
  assertEquals(await rowsUnder(silent.kv, []), []);
});

Deno.test("subscribe() ends with the signal's reason", async () => {
  const resolve = (): Promise<string[]> => new Promise(() => {});
  const store = testStore({ targetPolicy: { resolve } });
  const signal = AbortSignal.abort(new Error("enough"));
  await assertRejects(
    () => subscribe(store, { to: TO }, { signal }),
    Error,
    "enough",
  );
  await assertRejects(
    () => subscribe(store, { to: TO }, { signal: {} as AbortSignal }),
    TypeError,
    "Cannot use signal",
  );
});

Deno.test("subscribe() stores all or nothing, whenever the process dies", async () => {
  for (const applied of [false, true]) {
    const kv = memoryKv();
    const crashing = crashingKv(kv, { commit: 1, applied });
    const store = testStore({ kv: crashing.kv });
    await assertRejects(
      () => subscribe(store, { to: TO, owner: "ann" }),
      Crash,
    );
    assertEquals(crashing.commits, 1);
    const after = testStore({ kv });
    await assertConsistent(after);
    assertEquals((await all(listSubscriptions(after))).length, applied ? 1 : 0);
  }
});

Deno.test("deactivate() and activate() say true once, and the second time false", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  assertEquals(await activate(store, id), false);
  assertEquals(await deactivate(store, id, { message: "Paused" }), true);
  assertEquals(await deactivate(store, id, { message: "Again" }), false);
  const paused = await getSubscription(store, id);
  assertEquals([paused?.active, paused?.statusMessage], [false, "Paused"]);
  await assertConsistent(store);
  assertEquals(await activate(store, id), true);
  assertEquals(await activate(store, id), false);
  const active = await getSubscription(store, id);
  assertEquals([active?.active, active?.statusMessage], [true, "Active"]);
  await assertConsistent(store);
  assertEquals(await commandsOf(store), [{ type: "wake", subscription: id }]);
});

Deno.test("deactivate() with hold keeps it in the index until it holds no longer", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  assertEquals(await deactivate(store, id, { hold: true }), true);
  assertEquals((await rowsUnder(store.kv, store.keys.index)).length, 1);
  assertEquals(await deactivate(store, id, { hold: true }), false);
  assertEquals(await deactivate(store, id), true);
  assertEquals(await rowsUnder(store.kv, store.keys.index), []);
  const { statusMessage, holds } = (await getSubscription(store, id)) ?? {};
  assertEquals([statusMessage, holds], ["Deactivated", false]);
});

Deno.test("activate(), deactivate() and rotateSecret() refuse an id that there is not", async () => {
  const store = testStore();
  for (const id of ["sub_none", "", "a/b", "x".repeat(3_000)]) {
    for (const call of [activate, deactivate, rotateSecret]) {
      const error = await assertRejects(
        () => call(store, id),
        ValidationError,
        "id: wanted that of one that exists",
      );
      assertEquals(error.field, "id");
    }
    assertEquals(await remove(store, id), false);
    assertEquals(await getSubscription(store, id), undefined);
  }
});

Deno.test("deactivate() refuses options of a wrong type before it reads", async () => {
  const store = testStore();
  for (const message of ["", "two\nlines", "x".repeat(501)]) {
    await assertRejects(
      () => deactivate(store, "sub_none", { message }),
      TypeError,
      "Cannot use message: wanted one line",
    );
  }
  await assertRejects(
    () => deactivate(store, "sub_none", { hold: 1 as unknown as boolean }),
    TypeError,
    "Cannot use hold",
  );
});

Deno.test("activate() and deactivate() leave a consistent store, whenever the process dies", async () => {
  for (const applied of [false, true]) {
    for (let commit = 1; commit <= 3; commit++) {
      const kv = memoryKv();
      const first = testStore({ kv });
      const { subscription: { id } } = await subscribe(first, { to: TO });
      const crashing = crashingKv(kv, { commit, applied });
      const store = testStore({ kv: crashing.kv });
      const run = async (with_: SenderParts): Promise<void> => {
        await deactivate(with_, id);
        await activate(with_, id);
        await deactivate(with_, id, { hold: true });
      };
      await assertRejects(() => run(store), Crash);
      await assertConsistent(first);
      await run(first);
      await assertConsistent(first);
      const { active, holds } = (await getSubscription(first, id)) ?? {};
      assertEquals([active, holds], [false, true]);
    }
  }
});

Deno.test("editing gets through when others change the subscription at the same time", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  let rivals = 5;
  const kv = withCommit(store.kv, async (change, next) => {
    if (rivals-- > 0) await rotateSecret(store, id);
    return await next(change);
  });
  assertEquals(await deactivate(testStore({ kv }), id), true);
  assertEquals((await secretsOf(store, id)).length, 6);
  assertEquals((await getSubscription(store, id))?.active, false);
});

Deno.test("editing gives up with a retryable KvError when others are always faster", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  const kv = withCommit(store.kv, () => Promise.resolve({ ok: false }));
  const error = await assertRejects(
    () => deactivate(testStore({ kv }), id),
    Error,
    "Cannot change the subscription: others were faster 20 times in a row",
  );
  assertEquals((error as { retryable?: boolean }).retryable, true);
});

Deno.test("remove() takes the row and both indexes, and tells the deliverer", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, {
    to: TO,
    owner: "ann",
  });
  assertEquals(await remove(store, id), true);
  assertEquals(await remove(store, id), false);
  assertEquals(await commandsOf(store), [{ type: "remove", subscription: id }]);
  const left = await rowsUnder(store.kv, []);
  assertEquals(left.length, 1);
});

Deno.test("removeForOwner() removes those of the owner alone, and all of them after any crash", async () => {
  for (const applied of [false, true]) {
    for (let commit = 1; commit <= 3; commit++) {
      const kv = memoryKv();
      const first = testStore({ kv });
      for (const owner of ["ann", "ann", "ann", "anna", null]) {
        await subscribe(first, { to: TO, owner });
      }
      const crashing = crashingKv(kv, { commit, applied });
      await assertRejects(
        () => removeForOwner(testStore({ kv: crashing.kv }), "ann"),
        Crash,
      );
      await assertConsistent(first);
      const left = 3 - commit + (applied ? 0 : 1);
      assertEquals((await removeForOwner(first, "ann")).length, left);
      assertEquals(await removeForOwner(first, "ann"), []);
      await assertConsistent(first);
      const owners = (await all(listSubscriptions(first)))
        .map(({ owner }) => owner).sort();
      assertEquals(owners, ["anna", null]);
      assertEquals((await commandsOf(first)).length, 3);
    }
  }
  await assertRejects(
    () => removeForOwner(testStore(), ""),
    TypeError,
    "Cannot use owner",
  );
});

Deno.test("rotateSecret() signs with old and new, and lets the old one end", async () => {
  const clock = jumpingClock();
  const store = testStore({ clock });
  const made = await subscribe(store, { to: TO });
  const { id } = made.subscription;
  const { secret } = await rotateSecret(store, id, { overlapMs: 1_000 });
  assertNotEquals(secret, made.secret);
  assertEquals(await secretsOf(store, id), [
    { secret: secret ?? "", until: null },
    { secret: made.secret ?? "", until: store.now() + 1_000 },
  ]);
  await clock.sleep(1_001);
  const next = await rotateSecret(store, id);
  assertEquals(
    (await secretsOf(store, id)).map((each) => each.secret),
    [next.secret ?? "", secret ?? ""],
  );
});

Deno.test("rotateSecret() lets no old secret outlive the overlap", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  await rotateSecret(store, id, { overlapMs: 60_000 });
  await rotateSecret(store, id, { overlapMs: 1_000 });
  await rotateSecret(store, id, { overlapMs: 30_000 });
  const now = store.now();
  assertEquals(
    (await secretsOf(store, id)).map(({ until }) => until && until - now),
    [null, 30_000, 1_000, 1_000],
  );
});

Deno.test("rotateSecret() with an overlap of 0 ends every old secret now", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  await rotateSecret(store, id);
  const { secret } = await rotateSecret(store, id, { overlapMs: 0 });
  assertEquals(await secretsOf(store, id), [
    { secret: secret ?? "", until: null },
  ]);
});

Deno.test("rotateSecret() keeps the kind of the secret, and takes one of the caller's", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, {
    to: TO,
    signing: "v1a",
  });
  const { secret, publicKey } = await rotateSecret(store, id);
  assertEquals(secret, null);
  assertMatch(publicKey ?? "", /^whpk_/);
  const own = await generateSecret();
  const shown = await rotateSecret(store, id, { secret: own.secret });
  assertEquals(shown, { secret: own.secret, publicKey: null });
});

Deno.test("rotateSecret() refuses an eleventh old secret, and says from when on it will not", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  for (let i = 0; i < 10; i++) await rotateSecret(store, id);
  const error = await assertRejects(
    () => rotateSecret(store, id),
    ValidationError,
    "overlapMs: 10 old secrets still sign, wanted 0, or a call after 2027-",
  );
  assertEquals(error.field, "overlapMs");
  await rotateSecret(store, id, { overlapMs: 0 });
  assertEquals((await secretsOf(store, id)).length, 1);
});

Deno.test("rotateSecret() refuses what cannot be meant", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, {
    to: TO,
    signing: "none",
  });
  for (const overlapMs of [-1, NaN, Infinity, 0.5, 8 * 86_400_000]) {
    await assertRejects(
      () => rotateSecret(store, id, { overlapMs }),
      RangeError,
      "Cannot use overlapMs",
    );
  }
  const error = await assertRejects(
    () => rotateSecret(store, id, { secret: HIDDEN }),
    ValidationError,
    'secret: wanted "whsec_"',
  );
  assert(!error.message.includes(HIDDEN));
  await assertRejects(
    () => rotateSecret(store, id),
    ValidationError,
    "id: its requests are not signed",
  );
});

Deno.test("rotateSecret() fails without the key that sealed, and changes nothing", async () => {
  const store = testStore();
  const { subscription: { id } } = await subscribe(store, { to: TO });
  const before = await readRow(store, id);
  const other = testStore({
    kv: store.kv,
    seal: createSeal(generateSealingKey()),
  });
  await assertRejects(() => rotateSecret(other, id), DecryptError);
  assertEquals(await readRow(store, id), before);
});

Deno.test("listSubscriptions() walks by id, by owner and by scope, from any id on", async () => {
  const store = testStore();
  const places: [string, string | null][] = [
    ["/", null],
    ["/NOAA", "ann"],
    ["/NOAA/NWS", "ann"],
    ["/NOAAX", "anna"],
  ];
  for (const [scope, owner] of places) {
    await subscribe(store, { to: TO, scope, owner });
  }
  const scopes = async (options: ListSubscriptionsOptions): Promise<string[]> =>
    (await all(listSubscriptions(store, options))).map(({ scope }) => scope)
      .sort();
  assertEquals(await scopes({}), ["/", "/NOAA", "/NOAA/NWS", "/NOAAX"]);
  assertEquals(await scopes({ owner: "ann" }), ["/NOAA", "/NOAA/NWS"]);
  assertEquals(await scopes({ scope: "/NOAA" }), ["/NOAA", "/NOAA/NWS"]);
  assertEquals(await scopes({ scope: "/NOAA/NWS", owner: "ann" }), [
    "/NOAA/NWS",
  ]);
  assertEquals(await scopes({ owner: "nobody" }), []);
  const everything = await all(listSubscriptions(store));
  assertEquals(everything.map(({ id }) => id).sort().length, 4);
  assert(everything.every((each) => !("sealed" in each)));
  const [first, ...rest] = everything;
  const after = await all(listSubscriptions(store, { after: first?.id ?? "" }));
  assertEquals(after, rest);
  const owned = await all(listSubscriptions(store, { owner: "ann" }));
  assertEquals(
    await all(
      listSubscriptions(store, { owner: "ann", after: owned[0]?.id ?? "" }),
    ),
    owned.slice(1),
  );
  assertEquals(
    await all(listSubscriptions(store, { limit: 2 })),
    everything.slice(0, 2),
  );
});

Deno.test("listSubscriptions() refuses options before the first step", () => {
  for (const limit of [0, -1, NaN, 1.5]) {
    let thrown: unknown;
    try {
      listSubscriptions(testStore(), { limit });
    } catch (error) {
      thrown = error;
    }
    assert(thrown instanceof RangeError && /limit/.test(thrown.message));
  }
});
