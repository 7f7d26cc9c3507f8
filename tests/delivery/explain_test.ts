import { assert, assertEquals } from "@std/assert";
import { match } from "../../src/delivery/matching/match.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import { deactivate } from "../../src/delivery/subscriptions/activate.ts";
import { explain } from "../../src/delivery/matching/explain.ts";
import type { PermissionQuestion } from "../../src/delivery/permission.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import type { NewSubscription } from "../../src/delivery/subscription.ts";
import { all, emitted, testStore, TO } from "./_subscription_store.ts";

const EVENT = emitted({
  scope: "/NOAA/NWS",
  data: { total: 5, secret: "hunter2-in-clear" },
});

async function explained(
  given: Partial<NewSubscription>,
  options: Partial<SenderParts> = {},
): Promise<{ receives: boolean; reasons: readonly string[] }> {
  const store = testStore(options);
  await subscribe(store, { to: TO, ...given });
  const [one, ...others] = await all(explain(store, EVENT));
  assert(one);
  assertEquals(others, []);
  const { receives, reasons } = one;
  return { receives, reasons };
}

Deno.test("explain() says why a subscription receives", async () => {
  assertEquals(
    await explained({
      scope: "/NOAA",
      for: "document",
      when: "p*",
      filter: { required: ["total"] },
      permission: "view",
    }),
    {
      receives: true,
      reasons: [
        "Its scope /NOAA covers /NOAA/NWS",
        "document matches invoice, p* matches paid",
        "Its filter holds",
        "The permission view is not refused",
      ],
    },
  );
});

Deno.test("explain() says all that speaks against a subscription", async () => {
  assertEquals(
    await explained({
      scope: "/NOAA/OAR",
      for: "order",
      when: "void",
      filter: { properties: { total: { minimum: 10 } } },
    }),
    {
      receives: false,
      reasons: [
        "Its scope /NOAA/OAR is neither /NOAA/NWS nor above it",
        "The noun invoice is not matched by order, nor is one of its kinds",
        "The verb paid is not matched by void",
        "Its filter does not hold: /total (minimum): wanted a number of at least 10",
      ],
    },
  );
});

Deno.test("explain() says that a permission is denied or missing", async () => {
  const given = { owner: "ann", permission: "read" };
  assertEquals(
    await explained(given, { permissions: () => false }),
    {
      receives: false,
      reasons: [
        "The permission read is denied to the owner or the acting user",
      ],
    },
  );
  assertEquals(
    await explained({ permission: "read" }, { permissions: () => "missing" }),
    {
      receives: false,
      reasons: ["The permission read, or the acting user, does not exist"],
    },
  );
});

Deno.test("explain() asks for a permission only where all else matches, in the phase enqueue", async () => {
  const asked: PermissionQuestion[] = [];
  const permissions = (question: PermissionQuestion): boolean => {
    asked.push(question);
    throw new Error("directory is down");
  };
  const store = testStore({ permissions });
  await subscribe(store, { to: TO, permission: "view", when: "void" });
  const { subscription: { id } } = await subscribe(store, {
    to: TO,
    permission: "view",
  });
  const told = await all(explain(store, EVENT));
  assertEquals(told.filter(({ receives }) => receives).length, 1);
  assertEquals(asked.map(({ subscription, phase }) => [subscription, phase]), [
    [id, "enqueue"],
  ]);
});

Deno.test("explain() says that a subscription is not active, and whether it holds", async () => {
  const store = testStore();
  for (const hold of [false, true]) {
    const { subscription: { id } } = await subscribe(store, { to: TO });
    await deactivate(store, id, { hold, message: "Paused by ann" });
  }
  const told = await all(explain(store, EVENT));
  assertEquals(told.map(({ receives }) => receives), [false, false]);
  assertEquals(told.flatMap(({ reasons }) => reasons).sort(), [
    "It is not active: Paused by ann",
    "It is not active: Paused by ann; the event would be held",
  ]);
});

Deno.test("explain() agrees with match() about every subscription, and tells no data", async () => {
  const store = testStore();
  for (const scope of ["/", "/NOAA", "/NOAA/OAR"]) {
    for (const nouns of ["*", "document", "order"]) {
      for (const filter of [null, { properties: { secret: { const: 1 } } }]) {
        await subscribe(store, { to: TO, scope, for: nouns, filter });
      }
    }
  }
  const told = await all(explain(store, EVENT));
  assertEquals(told.length, 18);
  assertEquals(
    told.filter(({ receives }) => receives)
      .map(({ subscription }) => subscription.id).sort(),
    (await all(match(store, EVENT))).map(({ id }) => id).sort(),
  );
  assert(!JSON.stringify(told).includes("hunter2"));
  assert(told.every(({ reasons }) => reasons.length > 0));
});

Deno.test("explain() can be narrowed to an owner", async () => {
  const store = testStore();
  await subscribe(store, { to: TO, owner: "ann" });
  await subscribe(store, { to: TO, owner: "bob" });
  const told = await all(explain(store, EVENT, { owner: "bob" }));
  assertEquals(told.map(({ subscription }) => subscription.owner), ["bob"]);
});
