/** What only code inside of an object can see: its raw storage beside the store. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { encodeKey } from "../../src/kv/_key_codec.ts";
import {
  durableObjectKv,
  type DurableObjectStorageLike,
  type DurableObjectTransactionLike,
  type KvKey,
  type KvRange,
  type KvStore,
} from "../../src/kv/durable_object.ts";
import { deliveryCrashMatrix } from "../crash/delivery_matrix.ts";
import { crashMatrix } from "../crash/spool_matrix.ts";
import { seeded } from "../_support/seeded.ts";

/** The storage of an object, with what these checks need besides. */
export interface ObjectStorage extends DurableObjectStorageLike {
  deleteAll(): Promise<void>;
}

/** The checks by name; each begins with an empty storage. */
export const OBJECT_CHECKS: Readonly<
  Record<string, (storage: ObjectStorage) => Promise<void>>
> = {
  async "list() gives keys of all characters in the order of the port"(
    storage,
  ): Promise<void> {
    const kv = durableObjectKv(storage);
    const keys = manyKeys(600);
    for (let i = 0; i < keys.length; i += 100) {
      const sets = keys.slice(i, i + 100).map((key) => ({ key, value: key }));
      await kv.commit({ sets });
    }
    const ordered = keys.toSorted((a, b) =>
      encodeKey(a) < encodeKey(b) ? -1 : 1
    );
    assertEquals(await keysOf(kv), ordered);
    assertEquals(await keysOf(kv, { reverse: true }), ordered.toReversed());
    for await (const { key, value } of kv.list({ prefix: [] })) {
      assertEquals(value, key);
    }
    // Within a page, whole pages, and some more.
    for (const count of [1, 31, 32, 33, 64, 80]) {
      const wanted = ordered.slice(250, 250 + count);
      const start = ordered[250] ?? [];
      const range = { prefix: [], start, end: ordered[250 + count] ?? [] };
      assertEquals(await keysOf(kv, { range }), wanted);
      const back = await keysOf(kv, { range, reverse: true });
      assertEquals(back, wanted.toReversed());
    }
  },

  async "commit() takes the largest values under the longest keys"(
    storage,
  ): Promise<void> {
    const kv = durableObjectKv(storage);
    const { maxValueBytes } = kv.limits;
    // Two bytes in storage for each that counts: escapes, and the bytes of numbers.
    const keys = [["\u0001".repeat(2046)], Array(227).fill(-1.1), [
      "é".repeat(1023),
    ]];
    const text = "é" + "\u{1f600}".repeat((maxValueBytes - 4) / 4);
    for (const [i, key] of keys.entries()) {
      for (const value of [new Uint8Array(maxValueBytes).fill(i + 1), text]) {
        await kv.commit({ sets: [{ key, value }] });
        assert((await kv.get(key))?.value?.toString() === value.toString());
      }
    }
    assertEquals((await keysOf(kv)).length, keys.length);
  },

  async "commit() of many entries leaves none behind when storage fails on the way"(
    storage,
  ): Promise<void> {
    const kv = durableObjectKv(storage);
    await kv.commit({ sets: [{ key: ["old"], value: 1 }] });
    for (const failing of ["put", "delete"] as const) {
      const broken = durableObjectKv(breaking(storage, failing));
      const sets = Array.from({ length: 300 }, (_, i) => ({
        key: ["new", i],
        value: i,
      }));
      const error = await assertRejects(
        () => broken.commit({ sets, deletes: [["old"]] }),
        KvError,
        "Cannot commit: Durable Object storage failed",
      );
      assert(error.cause instanceof Error);
      assertEquals(error.cause.message, "planned");
      assertEquals(error.outcomeUnknown, true);
      assertEquals(await keysOf(kv), [["old"]]);
    }
  },

  async "commit() with a check that fails leaves alone what the object writes meanwhile"(
    storage,
  ): Promise<void> {
    const writes: Promise<void>[] = [];
    const kv = durableObjectKv(withTransactions(storage, (txn) => ({
      ...bound(txn),
      get: async (keys) => {
        const found = await txn.get(keys);
        writes.push(storage.put({ own: 1 }));
        return found;
      },
    })));
    const checks = [{ key: ["a"], version: "other" }];
    assertEquals(await kv.commit({ checks }), { ok: false });
    await Promise.all(writes);
    assertEquals(await storage.list(), new Map([["own", 1]]));
  },

  async "the store passes over keys of the object, and the object keeps them"(
    storage,
  ): Promise<void> {
    const own = { counter: 1, "": 2, "\u0001a": 3, "\u0006": 4, "\uffff": 5 };
    await storage.put(own);
    const kv = durableObjectKv(storage);
    await kv.commit({ sets: [{ key: ["a"], value: 1, expireInMs: 60_000 }] });
    assertEquals(await keysOf(kv), [["a"]]);
    await kv.commit({ deletes: [["a"], ["counter"]] });
    const left = await storage.get(Object.keys(own));
    assertEquals(Object.fromEntries(left), own);
  },

  async "get() and list() refuse what something else wrote below the keys of the store"(
    storage,
  ): Promise<void> {
    const kv = durableObjectKv(storage);
    await kv.commit({ sets: [{ key: ["a"], value: 1 }] });
    const [raw = ""] = (await storage.list()).keys();
    await storage.put({ [raw]: "other" });
    const refused = "Cannot read: something else has written";
    await assertRejects(() => kv.get(["a"]), KvError, refused);
    await assertRejects(() => keysOf(kv), KvError, refused);
    const checks = [{ key: ["a"], version: null }];
    await assertRejects(() => kv.commit({ checks }), KvError, refused);
  },

  async "an entry that has expired is gone for every reader, and swept by later commits"(
    storage,
  ): Promise<void> {
    let now = 9_000;
    const kv = durableObjectKv(storage, { now: () => now });
    const expiring = (n: number, expireInMs: number): Promise<unknown> =>
      kv.commit({ sets: [{ key: ["n", n], value: n, expireInMs }] });
    for (let n = 0; n < 10; n++) await expiring(n, 100);
    await kv.commit({ sets: [{ key: ["n", 0], value: "stays" }] });
    await expiring(1, 1_000_000);
    now = 9_099;
    assertEquals((await keysOf(kv)).length, 10);
    now = 9_100;
    assertEquals(await keysOf(kv), [["n", 0], ["n", 1]]);
    assertEquals(await kv.get(["n", 2]), undefined);
    const checks = [{ key: ["n", 2], version: null }];
    assertEquals((await kv.commit({ checks })).ok, true);
    // Each of these has expired at once, and takes one more with it.
    for (let n = 20; n < 32; n++) await expiring(n, 0);
    assertEquals(await keysOf(kv), [["n", 0], ["n", 1]]);
    // The two, and the row that says when the second one expires.
    assertEquals((await storage.list()).size, 3);
    now = 2_000_000;
    for (let n = 20; n < 22; n++) await expiring(n, 0);
    assertEquals(await keysOf(kv), [["n", 0]]);
    assertEquals((await storage.list()).size, 1);
  },

  async "a spool loses nothing when the process dies at any commit"(
    storage,
  ): Promise<void> {
    const crashes = await crashMatrix(async () => {
      await storage.deleteAll();
      const kv = durableObjectKv(storage);
      return { kv, done: () => kv.close() };
    });
    assert(crashes > 50, `only ${crashes} crashes`);
  },

  async "a sender loses no event when the process dies at any commit"(
    storage,
  ): Promise<void> {
    const crashes = await deliveryCrashMatrix(async () => {
      await storage.deleteAll();
      const kv = durableObjectKv(storage);
      return { kv, done: () => kv.close() };
    });
    assert(crashes > 50, `only ${crashes} crashes`);
  },

  async "an exclusive store is the only one that is open"(
    storage,
  ): Promise<void> {
    // An object of its own: others have left stores over the storage itself open.
    const own = withTransactions(storage, (txn) => txn);
    const shared = [durableObjectKv(own), durableObjectKv(own)];
    assertEquals(shared[0]?.exclusive, false);
    const open = (): KvStore => durableObjectKv(own, { exclusive: true });
    const refused = "Cannot open the store";
    assertThrows(open, KvError, refused);
    await shared[0]?.close();
    await shared[0]?.close();
    assertThrows(open, KvError, refused);
    await shared[1]?.close();
    const alone = open();
    assertEquals(alone.exclusive, true);
    assertThrows(open, KvError, refused);
    assertThrows(() => durableObjectKv(own), KvError, refused);
    await alone.close();
    await durableObjectKv(own).close();
  },
};

const ALPHABET = [
  "\u0000",
  "\u0001",
  "\u0002",
  "\u0005",
  "\u007f",
  "\u0080",
  "a",
  "Z",
  "é",
  "\u07ff",
  "\u0800",
  "\ud7ff",
  "\ue000",
  "\ue7ff",
  "\uf800",
  "\uffff",
  "\u{10000}",
  "\u{1f600}",
  "\u{10ffff}",
];

/** Distinct keys of one to three parts, the same every time. */
function manyKeys(count: number): KvKey[] {
  const random = seeded(7);
  const pick = (n: number): number => Math.floor(random() * n);
  const text = (): string =>
    Array.from({ length: pick(5) }, () => ALPHABET[pick(ALPHABET.length)])
      .join("");
  const part = (): string | number =>
    pick(3) > 0 ? text() : (random() - 0.5) * 10 ** (pick(40) - 20);
  const keys = new Map<string, KvKey>();
  while (keys.size < count) {
    const key = Array.from({ length: 1 + pick(3) }, part);
    keys.set(JSON.stringify(key), key);
  }
  return [...keys.values()];
}

async function keysOf(
  kv: KvStore,
  walk: { range?: KvRange; reverse?: boolean } = {},
): Promise<KvKey[]> {
  const { range = { prefix: [] }, reverse = false } = walk;
  const keys: KvKey[] = [];
  for await (const { key } of kv.list(range, { reverse })) keys.push(key);
  return keys;
}

/** The storage, whose transactions fail in their second call of `put`, or in `delete`. */
function breaking(
  storage: ObjectStorage,
  failing: "put" | "delete",
): DurableObjectStorageLike {
  const fail = (): Promise<never> => Promise.reject(new Error("planned"));
  return withTransactions(storage, (txn) => {
    let puts = 0;
    return {
      ...bound(txn),
      put: (entries) =>
        failing === "put" && ++puts === 2 ? fail() : txn.put(entries),
      delete: (keys) => failing === "delete" ? fail() : txn.delete(keys),
    };
  });
}

/** The methods of a host object, which have to be called on it. */
function bound(
  host: DurableObjectTransactionLike,
): DurableObjectTransactionLike {
  return {
    get: (keys) => host.get(keys),
    list: (options) => host.list(options),
    put: (entries) => host.put(entries),
    delete: (keys) => host.delete(keys),
  };
}

/** The storage, with other transactions. */
function withTransactions(
  storage: ObjectStorage,
  wrap: (txn: DurableObjectTransactionLike) => DurableObjectTransactionLike,
): DurableObjectStorageLike {
  return {
    ...bound(storage),
    transaction: (closure) => storage.transaction((txn) => closure(wrap(txn))),
    sync: () => storage.sync(),
  };
}
