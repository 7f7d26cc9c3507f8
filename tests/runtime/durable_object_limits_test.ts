import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { KvError } from "../../src/errors.ts";
import { kvContract, type KvStore } from "../../src/kv/contract.ts";
import {
  durableObjectKv,
  type DurableObjectStorageLike,
  type KvKey,
} from "../../src/kv/durable_object.ts";
import { strictStorage } from "./_strict_storage.ts";

let storage = strictStorage();
const checks = kvContract(() => {
  storage = strictStorage();
  return reopen();
}, { reopen });

function reopen(): Promise<KvStore> {
  return Promise.resolve(durableObjectKv(storage));
}

for (const check of checks) {
  Deno.test(`durableObjectKv() within the limits of production: ${check.name}`, () =>
    check.run());
}

Deno.test("commit() keeps within the limits of production with the most that it takes", async () => {
  const kv = durableObjectKv(strictStorage());
  const { maxChecks, maxMutations, maxValueBytes } = kv.limits;
  const many = Array.from({ length: maxMutations }, (_, i) => ["\ue000", i]);
  const checks = many.slice(0, maxChecks)
    .map((key) => ({ key, version: null }));
  const sets = many.map((key) => ({ key, value: 1, expireInMs: 1_000 }));
  assert((await kv.commit({ checks, sets })).ok);
  assert((await kv.commit({ deletes: many })).ok);
  // Each byte of these keys that counts takes two in storage.
  const keys: KvKey[] = [["\u0001".repeat(2046)], Array(227).fill(-1.1)];
  for (const key of keys) {
    const value = new Uint8Array(maxValueBytes);
    assert((await kv.commit({ sets: [{ key, value }] })).ok);
  }
});

Deno.test("commit() resolves only once storage has confirmed it, relaxed or not", async () => {
  for (const relaxed of [false, true]) {
    const storage = strictStorage();
    const confirmed = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    storage.confirm = () => {
      asked.resolve();
      return confirmed.promise;
    };
    const kv = durableObjectKv(storage);
    let resolved = false;
    const sets = [{ key: ["a"], value: 1 }];
    const committed = kv.commit({ sets, relaxed }).then((result) => {
      resolved = true;
      return result;
    });
    await asked.promise;
    assertEquals((await kv.get(["a"]))?.value, 1);
    assertEquals(resolved, false);
    confirmed.resolve();
    assertEquals((await committed).ok, true);
  }
});

Deno.test("commit() fails with an unknown outcome when storage cannot confirm it", async () => {
  const storage = strictStorage();
  const cause = new Error("planned");
  storage.confirm = () => Promise.reject(cause);
  const kv = durableObjectKv(storage);
  const error = await assertRejects(
    () => kv.commit({ sets: [{ key: ["a"], value: 1 }] }),
    KvError,
    "Cannot commit: Durable Object storage failed",
  );
  assertEquals(error.cause, cause);
  assertEquals(error.outcomeUnknown, true);
});

Deno.test("every method gives the failure of storage as the cause of a KvError", async () => {
  const storage = strictStorage();
  const kv = durableObjectKv(storage);
  storage.failure = new Error("planned");
  const calls = {
    read: () => kv.get(["a"]),
    list: () => Array.fromAsync(kv.list({ prefix: [] })),
    commit: () => kv.commit({ sets: [{ key: ["a"], value: 1 }] }),
  };
  for (const [what, call] of Object.entries(calls)) {
    const message = `Cannot ${what}: Durable Object storage failed`;
    const error = await assertRejects(call, KvError, message);
    assertEquals(error.cause, storage.failure);
    assertEquals(error.outcomeUnknown, what === "commit");
  }
});

Deno.test("list() asks for no page beyond its limit", async () => {
  const storage = strictStorage();
  const kv = durableObjectKv(storage);
  const sets = Array.from({ length: 100 }, (_, i) => ({ key: [i], value: i }));
  await kv.commit({ sets });
  const limits: (number | undefined)[] = [];
  const { list } = storage;
  storage.list = (options) => {
    limits.push(options?.limit);
    return list(options);
  };
  const pages = new Map<number, number[]>([[0, []], [2, [2]], [40, [32, 8]]]);
  for (const [limit, wanted] of pages) {
    limits.length = 0;
    const found = await Array.fromAsync(kv.list({ prefix: [] }, { limit }));
    assertEquals(found.length, limit);
    assertEquals(limits, wanted);
  }
});

Deno.test("durableObjectKv() refuses options of another type", () => {
  const storage = strictStorage();
  const now = 1 as unknown as () => number;
  assertThrows(
    () => durableObjectKv(storage, { now }),
    TypeError,
    "Cannot use now: wanted a function",
  );
  const exclusive = "yes" as unknown as boolean;
  assertThrows(
    () => durableObjectKv(storage, { exclusive }),
    TypeError,
    "Cannot use exclusive: wanted true or false",
  );
});

Deno.test("durableObjectKv() takes the storage as the platform declares it", () => {
  // The overloads of the platform's own types, of which the package names only what it calls.
  interface Options {
    allowConcurrency?: boolean;
    noCache?: boolean;
  }
  interface Transaction {
    get<T = unknown>(key: string, options?: Options): Promise<T | undefined>;
    get<T = unknown>(
      keys: string[],
      options?: Options,
    ): Promise<Map<string, T>>;
    list<T = unknown>(
      options?: Options & {
        start?: string;
        startAfter?: string;
        end?: string;
        prefix?: string;
        reverse?: boolean;
        limit?: number;
      },
    ): Promise<Map<string, T>>;
    put<T>(key: string, value: T, options?: Options): Promise<void>;
    put<T>(entries: Record<string, T>, options?: Options): Promise<void>;
    delete(key: string, options?: Options): Promise<boolean>;
    delete(keys: string[], options?: Options): Promise<number>;
    rollback(): void;
  }
  interface Storage extends Omit<Transaction, "rollback"> {
    transaction<T>(closure: (txn: Transaction) => Promise<T>): Promise<T>;
    sync(): Promise<void>;
    sql: { exec(query: string): unknown; get databaseSize(): number };
  }
  const asOurs = (storage: Storage): DurableObjectStorageLike => storage;
  assertEquals(typeof asOurs, "function");
});
