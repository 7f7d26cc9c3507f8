import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  compileGlob,
  parseEventName,
} from "../../src/delivery/matching/glob.ts";
import { match } from "../../src/delivery/matching/match.ts";
import { ancestors } from "../../src/delivery/matching/scope.ts";
import type { SenderParts } from "../../src/delivery/_sender_parts.ts";
import { deactivate } from "../../src/delivery/subscriptions/activate.ts";
import type { EmittedEvent } from "../../src/delivery/event.ts";
import { matchesFilter } from "../../src/delivery/matching/filter.ts";
import { remove } from "../../src/delivery/subscriptions/remove.ts";
import { subscribe } from "../../src/delivery/subscriptions/subscribe.ts";
import type {
  NewSubscription,
  Subscription,
} from "../../src/delivery/subscription.ts";
import { listSubscriptions } from "../../src/delivery/subscriptions/list.ts";
import { ValidationError } from "../../src/errors.ts";
import type {
  KvEntry,
  KvListOptions,
  KvRange,
  KvStore,
} from "../../src/kv/kv.ts";
import { seeded } from "../_support/seeded.ts";
import { all, emitted, testStore, TO } from "./_subscription_store.ts";

async function add(
  store: SenderParts,
  given: Partial<NewSubscription>,
): Promise<string> {
  const { subscription } = await subscribe(store, { to: TO, ...given });
  return subscription.id;
}

async function reached(
  store: SenderParts,
  event: Partial<EmittedEvent>,
): Promise<string[]> {
  const found = await all(match(store, emitted(event)));
  return found.map(({ id }) => id).sort();
}

Deno.test("match() reaches every scope from the event's up to the root, and no other", async () => {
  const store = testStore();
  const [root, office, part, desk, other] = [
    await add(store, { scope: "/" }),
    await add(store, { scope: "/NOAA" }),
    await add(store, { scope: "/NOAA/NWS" }),
    await add(store, { scope: "/NOAA/NWS/OUN" }),
    await add(store, { scope: "/NOAA/NW" }),
  ];
  const at = (scope: string): Promise<string[]> => reached(store, { scope });
  assertEquals(await at("/NOAA/NWS/OUN"), [root, office, part, desk].sort());
  assertEquals(await at("/NOAA/NWS"), [root, office, part].sort());
  assertEquals(await at("/NOAA/NW"), [root, office, other].sort());
  assertEquals(await at("/"), [root]);
});

Deno.test("match() reaches kinds that the noun inherits, over several levels", async () => {
  const store = testStore();
  const [invoice, document, thing, globs] = [
    await add(store, { for: "invoice" }),
    await add(store, { for: "document" }),
    await add(store, { for: "thing" }),
    await add(store, { for: "doc*" }),
  ];
  const of = (name: string): Promise<string[]> => reached(store, { name });
  assertEquals(
    await of("invoice.paid"),
    [invoice, document, thing, globs].sort(),
  );
  assertEquals(await of("document.paid"), [document, thing, globs].sort());
  assertEquals(await of("thing.paid"), [thing]);
  assertEquals(await of("docket.paid"), [globs]);
});

Deno.test("match() tries globs over noun and verb", async () => {
  const store = testStore();
  const [everything, verbs, nouns, both] = [
    await add(store, {}),
    await add(store, { for: "order.line", when: "*ed" }),
    await add(store, { for: "order.*", when: "added" }),
    await add(store, { for: "*.line", when: "a*d" }),
  ];
  const of = (name: string): Promise<string[]> => reached(store, { name });
  assertEquals(
    await of("order.line.added"),
    [everything, verbs, nouns, both].sort(),
  );
  assertEquals(await of("order.line.moved"), [everything, verbs].sort());
  assertEquals(await of("order.added"), [everything]);
});

Deno.test("match() asks the filter about the data", async () => {
  const store = testStore();
  const filter = {
    required: ["total"],
    properties: { total: { minimum: 100 } },
  };
  const id = await add(store, { filter });
  assertEquals(await reached(store, { data: { total: 100 } }), [id]);
  assertEquals(await reached(store, { data: { total: 99 } }), []);
  assertEquals(await reached(store, { data: {} }), []);
});

Deno.test("match() reaches what is held, and not what is inactive or removed", async () => {
  const store = testStore();
  const [active, held, inactive, removed] = [
    await add(store, {}),
    await add(store, {}),
    await add(store, {}),
    await add(store, {}),
  ];
  await deactivate(store, held, { hold: true });
  await deactivate(store, inactive);
  await remove(store, removed);
  assertEquals(await reached(store, {}), [active, held].sort());
});

Deno.test("match() gives what emit needs of a subscription, and reads no more", async () => {
  const store = testStore();
  const given = { for: "invoice", owner: "ann", ordered: true };
  const id = await add(store, given);
  const { kv, keys } = store;
  const careful: KvStore = {
    limits: kv.limits,
    get: () => Promise.reject(new Error("no row is to be read")),
    list<T>(
      range: KvRange,
      options?: KvListOptions,
    ): AsyncIterable<KvEntry<T>> {
      assertEquals(range.prefix.slice(0, -3), keys.index);
      return kv.list<T>(range, options);
    },
    commit: () => Promise.reject(new Error("nothing is to be written")),
    close: () => Promise.resolve(),
  };
  assertEquals(await all(match({ ...store, kv: careful }, emitted())), [{
    id,
    row: {
      ...given,
      when: "*",
      permission: "view",
      filter: null,
    },
  }]);
});

Deno.test("match() walks buckets that are longer than a page", async () => {
  const store = testStore();
  const ids: string[] = [];
  for (let i = 0; i < 201; i++) ids.push(await add(store, { for: "invoice" }));
  assertEquals(await reached(store, {}), ids.sort());
});

Deno.test("match() refuses a name that is none", async () => {
  await assertRejects(
    () => all(match(testStore(), emitted({ name: "invoice" }))),
    ValidationError,
    "Cannot use name",
  );
});

Deno.test("match() leaves no read behind when the caller stops early", async () => {
  const store = testStore();
  for (let i = 0; i < 3; i++) await add(store, {});
  for await (const { id } of match(store, emitted())) {
    assert(id.startsWith("sub_"));
    break;
  }
});

/** What `match` is to find, by looking at every subscription. */
async function scan(
  store: SenderParts,
  event: EmittedEvent,
): Promise<string[]> {
  const { noun, verb } = parseEventName(event.name);
  const fits = (each: Subscription): boolean =>
    (each.active || each.holds) &&
    ancestors(event.scope).includes(each.scope) &&
    store.kinds.lineage(noun).some((kind) =>
      compileGlob(each.for).matches(kind)
    ) &&
    compileGlob(each.when).matches(verb) &&
    (each.filter === null || matchesFilter(each.filter, event.data));
  const found = (await all(listSubscriptions(store))).filter(fits);
  return found.map(({ id }) => id).sort();
}

Deno.test("match() agrees with a scan of all subscriptions, whatever they are", async () => {
  for (const seed of [1, 2, 3]) {
    const store = testStore();
    const random = seeded(seed);
    const pick = <T>(items: readonly T[]): T =>
      items[Math.floor(random() * items.length)] as T;
    const scopes = ["/", "/a", "/a/b", "/a/b/c", "/ab", "/b"];
    const ids: string[] = [];
    for (let i = 0; i < 150; i++) {
      const id = await add(store, {
        scope: pick(scopes),
        for: pick(["invoice", "document", "thing", "*", "inv*", "order.line"]),
        when: pick(["paid", "*", "*id", "added", "a*"]),
        filter: pick([null, null, { properties: { n: { maximum: 2 } } }]),
      });
      ids.push(id);
      if (random() < 0.3 && ids.length > 0) {
        await deactivate(store, pick(ids), { hold: random() < 0.5 });
      }
      if (random() < 0.1) await remove(store, ids.pop() ?? "");
    }
    let found = 0;
    for (let i = 0; i < 60; i++) {
      const noun = pick(["invoice", "document", "thing", "order.line", "x"]);
      const event = emitted({
        name: `${noun}.${pick(["paid", "added", "void"])}`,
        scope: pick(scopes),
        data: { n: pick([1, 2, 3]) },
      });
      const wanted = await scan(store, event);
      assertEquals(await reached(store, event), wanted);
      found += wanted.length;
    }
    assert(found > 500, `${found} matches in all`);
  }
});

/** A store that counts what `match` costs. */
function counted(kv: KvStore): { kv: KvStore; lists: number; rows: number } {
  const count = {
    lists: 0,
    rows: 0,
    kv: {
      limits: kv.limits,
      get: (key) => kv.get(key),
      async *list<T>(
        ...args: Parameters<KvStore["list"]>
      ): AsyncGenerator<KvEntry<T>> {
        count.lists++;
        for await (const entry of kv.list<T>(...args)) {
          count.rows++;
          yield entry;
        }
      },
      commit: (change) => kv.commit(change),
      close: () => kv.close(),
    } satisfies KvStore,
  };
  return count;
}

Deno.test("match() reads as much of 5,000 subscriptions as of 100, when ten of them match", async () => {
  const cost = async (others: number): Promise<[number, number]> => {
    const store = testStore();
    for (let i = 0; i < 10; i++) await add(store, { scope: "/a" });
    for (let i = 0; i < others; i++) {
      await add(store, { scope: `/other/${i}` });
      if (i % 10 === 0) await add(store, { scope: "/a", for: `order${i}` });
    }
    const count = counted(store.kv);
    const event = emitted({ scope: "/a/b" });
    const found = await all(match({ ...store, kv: count.kv }, event));
    assertEquals(found.length, 10);
    return [count.lists, count.rows];
  };
  const small = await cost(90);
  assertEquals(await cost(4_990), small);
  // Three scopes, each for the noun, its two kinds and globs, each for the verb and globs.
  assertEquals(small, [3 * 4 * 2, 10]);
});
