import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { KvError } from "../../src/errors.ts";
import {
  denoKv,
  type DenoKvAtomicLike,
  type DenoKvEntryLike,
  type DenoKvLike,
  type DenoKvOptions,
  type KvStore,
} from "../../src/kv/deno.ts";
import { keyBytes, valueBytes } from "../../src/kv/measure.ts";
import { inFolder } from "./_faults.ts";

async function withKv(
  test: (kv: KvStore, handle: Deno.Kv) => Promise<void>,
  options?: DenoKvOptions,
): Promise<void> {
  using handle = await Deno.openKv(":memory:");
  await test(denoKv(handle, options), handle);
}

/** JSON of exactly or nearly `bytes`, of the same pieces over and over. */
function repeated(piece: string, bytes: number): unknown {
  const count = Math.floor((bytes - 1) / (piece.length + 1));
  return JSON.parse(`[${Array(count).fill(piece).join(",")}]`);
}

Deno.test("denoKv() takes every JSON value of maxValueBytes, however it grows", async () => {
  await withKv(async (kv) => {
    const { maxValueBytes } = kv.limits;
    for (const most of [maxValueBytes, 26_000]) {
      const values = [
        repeated("0.5", most),
        repeated("[]", most),
        repeated("{}", most),
        repeated("[[[[[[[[]]]]]]]]", most),
        repeated("4294967296", most),
        repeated('""', most),
        "x".repeat(most - 2),
        `\u0100${"x".repeat(most - 4)}`,
        "\u0100".repeat((most - 2) / 2),
        { [`\u0100${"k".repeat(most - 9)}`]: 1 },
      ];
      for (const [i, value] of values.entries()) {
        assert(valueBytes(value) <= most && valueBytes(value) > most - 30);
        await kv.commit({ sets: [{ key: ["v"], value }] });
        const got = (await kv.get(["v"]))?.value;
        assertEquals(JSON.stringify(got), JSON.stringify(value), `value ${i}`);
      }
    }
  });
});

Deno.test("denoKv() takes every commit of maxCommitBytes, however its values grow", async () => {
  await withKv(async (kv) => {
    const { maxCommitBytes, maxMutations } = kv.limits;
    for (const piece of ["0.5", "[]", "[[[[[[[[]]]]]]]]"]) {
      for (const count of [maxMutations, 30, 12]) {
        const own = keyBytes(["n", 0]);
        const each = Math.floor(maxCommitBytes / count) - own;
        const value = repeated(piece, each);
        const sets = Array.from({ length: count }, (_, i) => ({
          key: ["n", i],
          value,
        }));
        await kv.commit({ sets });
        assertEquals((await kv.get(["n", count - 1]))?.value, value);
      }
    }
  });
});

Deno.test("denoKv() stores small JSON as it is and large JSON as bytes of its text", async () => {
  await withKv(async (kv, handle) => {
    const large = "x".repeat(30_000);
    const bytes = new Uint8Array([1, 2]);
    await kv.commit({
      sets: [
        { key: ["small"], value: { a: [1] } },
        { key: ["large"], value: large },
        { key: ["bytes"], value: bytes },
      ],
    });
    assertEquals((await handle.get(["small"])).value, { a: [1] });
    assertEquals((await handle.get(["bytes"])).value, bytes);
    assertEquals((await handle.get(["large"])).value, {
      "sluice:json": new TextEncoder().encode(`"${large}"`),
    });
    assertEquals((await kv.get(["large"]))?.value, large);
    const values: unknown[] = [];
    for await (const { value } of kv.list({ prefix: [] })) values.push(value);
    assertEquals(values, [bytes, large, { a: [1] }]);
  });
});

Deno.test("denoKv() refuses a commit whose keys together are too long", async () => {
  await withKv(async (kv) => {
    const long = "k".repeat(2_033);
    const key = (i: number): [string, number] => [long, i];
    assertEquals(keyBytes(key(1)), 2_044);
    const sets = Array.from(
      { length: 40 },
      (_, i) => ({ key: key(i), value: 1 }),
    );
    assert((await kv.commit({ sets })).ok);
    await assertRejects(
      () =>
        kv.commit({
          sets: sets.slice(1),
          checks: [{ key: key(0), version: null }, {
            key: key(1),
            version: null,
          }],
        }),
      RangeError,
      "bytes of all keys come to 83804, wanted at most 81920",
    );
  });
});

Deno.test("denoKv() refuses beyond its limits with the limit and the size", async () => {
  await withKv(async (kv) => {
    const value = new Uint8Array(65_001);
    await assertRejects(
      () => kv.commit({ sets: [{ key: ["a"], value }] }),
      RangeError,
      "Cannot commit: bytes of one value come to 65001, wanted at most 65000 (maxValueBytes)",
    );
    await assertRejects(
      () => kv.commit({ deletes: Array.from({ length: 1001 }, (_, i) => [i]) }),
      RangeError,
      "Cannot commit: sets and deletes come to 1001, wanted at most 1000 (maxMutations)",
    );
  });
});

Deno.test("denoKv() passes over keys of other programs", async () => {
  await withKv(async (kv, handle) => {
    await handle.set(["p", new Uint8Array([1])], 1);
    await handle.set(["p", "a"], 1);
    await handle.set(["p", 5n], 1);
    await handle.set(["p", 5], 1);
    await handle.set(["p", true], 1);
    for (const limit of [1, 2, 3]) {
      const keys = [];
      for await (const { key } of kv.list({ prefix: ["p"] }, { limit })) {
        keys.push(key);
      }
      assertEquals(keys, [["p", "a"], ["p", 5]].slice(0, limit));
    }
  });
});

Deno.test("denoKv() answers a version of another store with ok: false", async () => {
  await withKv(async (kv) => {
    const checks = [{ key: ["a"], version: "17" }];
    assertEquals(await kv.commit({ checks }), { ok: false });
  });
});

Deno.test("denoKv() takes an expireInMs of any size", async () => {
  await withKv(async (kv) => {
    for (const expireInMs of [0.5, 1e11, 1e15, Number.MAX_VALUE, Infinity]) {
      const sets = [{ key: ["a"], value: 1, expireInMs }];
      assert((await kv.commit({ sets })).ok);
    }
  });
});

Deno.test("close() leaves the handle open unless it is told to close it", async () => {
  await withKv(async (kv, handle) => {
    await kv.close();
    assertEquals((await handle.get(["a"])).value, null);
  });
  const handle = await Deno.openKv(":memory:");
  const kv = denoKv(handle, { closeHandle: true });
  await kv.close();
  await kv.close();
  assertThrows(() => handle.close());
});

Deno.test("close() ends a walk with a KvError that says so", async () => {
  const handle = await Deno.openKv(":memory:");
  const kv = denoKv(handle, { closeHandle: true });
  for (let i = 0; i < 3; i++) {
    await kv.commit({ sets: [{ key: ["n", i], value: i }] });
  }
  const walk = kv.list({ prefix: ["n"] }, { limit: 2 })[Symbol.asyncIterator]();
  await walk.next();
  await kv.close();
  await assertRejects(() => walk.next(), KvError, "the store is closed");
});

/** A handle whose commits fail as told, then go through. */
function failing(handle: Deno.Kv, failures: Error[]): DenoKvLike {
  return {
    get: (key) => handle.get(key),
    list: (selector, options) => handle.list(selector, options),
    close: () => handle.close(),
    atomic(): DenoKvAtomicLike {
      const atomic = handle.atomic();
      return {
        check: (check) => atomic.check(check),
        set: (key, value, options) => atomic.set(key, value, options),
        delete: (key) => atomic.delete(key),
        commit(): ReturnType<typeof atomic.commit> {
          const failure = failures.shift();
          return failure ? Promise.reject(failure) : atomic.commit();
        },
      };
    },
  };
}

/** A handle whose walks meet a lock each time after so many entries; like any generator they end with that. */
function lockedWalks(handle: Deno.Kv, after: readonly number[]): DenoKvLike {
  const left = [...after];
  return {
    ...failing(handle, []),
    async *list(selector, options): AsyncGenerator<DenoKvEntryLike> {
      let before = left.shift() ?? Infinity;
      for await (const entry of handle.list(selector, options)) {
        if (before-- === 0) throw locked();
        yield entry;
      }
    },
  };
}

function locked(): Error {
  return new TypeError("database is locked");
}

Deno.test("commit() tries a locked database again, with longer and longer waits", async () => {
  using handle = await Deno.openKv(":memory:");
  const waits: number[] = [];
  const kv = denoKv(failing(handle, Array.from({ length: 8 }, locked)), {
    now: () => 0,
    random: () => 1 - Number.EPSILON,
    sleep: (ms) => {
      waits.push(Math.round(ms));
      return Promise.resolve();
    },
  });
  const result = await kv.commit({
    checks: [{ key: ["a"], version: null }],
    sets: [{ key: ["a"], value: 1 }],
  });
  assert(result.ok);
  assertEquals(waits, [5, 10, 20, 40, 80, 160, 200, 200]);
  assertEquals((await kv.get(["a"]))?.version, result.version);
});

Deno.test("commit() gives up on a locked database after busyTimeoutMs", async () => {
  using handle = await Deno.openKv(":memory:");
  for (const busyTimeoutMs of [0, 1000, undefined]) {
    let time = 0;
    const kv = denoKv(failing(handle, Array.from({ length: 99 }, locked)), {
      ...(busyTimeoutMs === undefined ? {} : { busyTimeoutMs }),
      now: () => time,
      random: () => 0.5,
      sleep: (ms) => {
        time += ms;
        return Promise.resolve();
      },
    });
    const error = await assertRejects(
      () => kv.commit({ sets: [{ key: ["a"], value: 1 }] }),
      KvError,
      "Cannot commit: other processes kept the database locked for busyTimeoutMs",
    );
    assertEquals(error.retryable, true);
    assertEquals(error.outcomeUnknown, false);
    assertEquals((error.cause as Error).message, "database is locked");
    assertEquals(time, busyTimeoutMs ?? 5000);
  }
});

Deno.test("commit() tries again neither after a failed check nor after another failure", async () => {
  using handle = await Deno.openKv(":memory:");
  const sleep = (): Promise<void> => Promise.reject(new Error("slept"));
  const failure = new Error("connection reset");
  const kv = denoKv(failing(handle, [failure]), { sleep });
  const sets = [{ key: ["a"], value: 1 }];
  const error = await assertRejects(
    () => kv.commit({ sets }),
    KvError,
    "Cannot commit: Deno KV failed",
  );
  assertEquals(error.cause, failure);
  assertEquals(error.outcomeUnknown, true);
  assert((await kv.commit({ sets })).ok);
  const checks = [{ key: ["a"], version: null }];
  assertEquals(await kv.commit({ checks, sets }), { ok: false });
});

Deno.test("list() goes on behind its last key when it met a lock", async () => {
  using handle = await Deno.openKv(":memory:");
  for (let i = 0; i < 6; i++) await handle.set(["p", i], i);
  // Keys of other programs are no place to go on from, but no hindrance either.
  await handle.set(["p", true], 0);
  await handle.set(["p", new Uint8Array([1])], 0);
  const walked = async (
    range: Parameters<KvStore["list"]>[0],
    reverse: boolean,
    after: number[],
  ): Promise<unknown[]> => {
    const kv = denoKv(lockedWalks(handle, after), {
      now: () => 0,
      sleep: () => Promise.resolve(),
    });
    const values: unknown[] = [];
    for await (const { value } of kv.list(range, { reverse, limit: 5 })) {
      values.push(value);
    }
    return values;
  };
  const all = { prefix: ["p"] };
  const part = { prefix: ["p"], start: ["p", 1], end: ["p", 5] };
  for (const after of [[], [0], [0, 0, 3], [2, 1, 1, 2], [4], [5]]) {
    assertEquals(await walked(all, false, after), [0, 1, 2, 3, 4]);
    assertEquals(await walked(all, true, after), [5, 4, 3, 2, 1]);
    assertEquals(await walked(part, false, after), [1, 2, 3, 4]);
    assertEquals(await walked(part, true, after), [4, 3, 2, 1]);
  }
});

Deno.test("list() gives up on a locked database after busyTimeoutMs", async () => {
  using handle = await Deno.openKv(":memory:");
  await handle.set(["p", 1], 1);
  let time = 0;
  const kv = denoKv(lockedWalks(handle, Array(99).fill(0)), {
    now: () => time,
    sleep: (ms) => {
      time += ms;
      return Promise.resolve();
    },
  });
  const error = await assertRejects(
    () => kv.list({ prefix: ["p"] })[Symbol.asyncIterator]().next(),
    KvError,
    "Cannot list: other processes kept the database locked for busyTimeoutMs",
  );
  assertEquals([error.retryable, time], [true, 5000]);
});

Deno.test("two handles of one file see each other, and both count", async () => {
  await inFolder(async (dir) => {
    using first = await Deno.openKv(join(dir, "kv"));
    using second = await Deno.openKv(join(dir, "kv"));
    const key = ["counter"];
    const count = async (kv: KvStore): Promise<void> => {
      for (let left = 20; left > 0;) {
        const entry = await kv.get<number>(key);
        const { ok } = await kv.commit({
          checks: [{ key, version: entry?.version ?? null }],
          sets: [{ key, value: (entry?.value ?? 0) + 1 }],
        });
        if (ok) left--;
      }
    };
    await Promise.all([count(denoKv(first)), count(denoKv(second))]);
    assertEquals((await denoKv(first).get(key))?.value, 40);
  });
});

Deno.test("denoKv() refuses options that are none", async () => {
  await withKv((_, handle) => {
    assertThrows(() => denoKv(handle, { busyTimeoutMs: -1 }), RangeError);
    assertThrows(
      () => denoKv(handle, { sleep: 1 as unknown as () => Promise<void> }),
      TypeError,
      "Cannot use sleep: wanted a function",
    );
    assertThrows(
      () => denoKv(handle, { closeHandle: "no" as unknown as boolean }),
      TypeError,
      "Cannot use closeHandle: wanted true or false",
    );
    return Promise.resolve();
  });
});
