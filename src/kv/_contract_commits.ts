import {
  fails,
  holds,
  keysOf,
  put,
  type Rule,
  same,
  valueOf,
} from "./_contract_assert.ts";
import type { KvChange, KvKey, KvStore } from "./kv.ts";

/** What a commit does, and does not do. */
export const COMMIT_RULES: Readonly<Record<string, Rule>> = {
  async "commit() gives a version that every key it wrote has"(
    kv,
  ): Promise<void> {
    const result = await kv.commit({
      sets: [{ key: ["a"], value: 1 }, { key: ["b"], value: 2 }],
    });
    const versions = [(await kv.get(["a"]))?.version];
    versions.push((await kv.get(["b"]))?.version);
    const { version } = result.ok ? result : { version: "no version" };
    same("versions", { got: versions, wanted: [version, version] });
  },

  async "commit() gives a key another version with every write"(
    kv,
  ): Promise<void> {
    const versions = [
      await put(kv, { key: ["a"], value: 1 }),
      await put(kv, { key: ["a"], value: 1 }),
    ];
    await kv.commit({ deletes: [["a"]] });
    versions.push(await put(kv, { key: ["a"], value: 1 }));
    same("distinct versions", { got: new Set(versions).size, wanted: 3 });
  },

  async "commit() leaves the versions of other keys alone"(kv): Promise<void> {
    const version = await put(kv, { key: ["a"], value: true });
    await put(kv, { key: ["b"], value: true });
    same("version", { got: (await kv.get(["a"]))?.version, wanted: version });
  },

  async "commit() with a check that holds is applied"(kv): Promise<void> {
    const absent = { key: ["a"], version: null };
    holds((await guarded(kv, [absent], ["b"])).ok, "null for an absent key");
    const version = await put(kv, { key: ["a"], value: true });
    holds((await guarded(kv, [{ key: ["a"], version }], ["c"])).ok, "version");
    same("keys", { got: (await keysOf(kv, { prefix: [] })).length, wanted: 3 });
  },

  async "commit() with a check that fails changes nothing"(kv): Promise<void> {
    const old = await put(kv, { key: ["a"], value: 1 });
    const version = await put(kv, { key: ["a"], value: 2 });
    const gone = await put(kv, { key: ["gone"], value: true });
    await kv.commit({ deletes: [["gone"]] });
    const good = { key: ["a"], version };
    for (
      const bad of [
        { key: ["a"], version: null },
        { key: ["a"], version: old },
        { key: ["a"], version: "" },
        { key: ["gone"], version: gone },
      ]
    ) {
      const result = await kv.commit({
        checks: [good, bad],
        sets: [{ key: ["new"], value: 1 }, { key: ["a"], value: 3 }],
        deletes: [["b"]],
      });
      same("result", { got: result, wanted: { ok: false } });
    }
    same("a new key", { got: await kv.get(["new"]), wanted: undefined });
    same("the checked key", {
      got: (await kv.get(["a"]))?.version,
      wanted: version,
    });
  },

  async "commit() applies sets and deletes together"(kv): Promise<void> {
    await put(kv, { key: ["a"], value: true });
    await kv.commit({
      sets: [{ key: ["b"], value: 1 }],
      deletes: [["a"], ["absent"]],
    });
    same("keys", { got: await keysOf(kv, { prefix: [] }), wanted: [["b"]] });
  },

  async "commit() takes an empty change and one with checks only"(
    kv,
  ): Promise<void> {
    holds((await kv.commit({})).ok, "an empty change");
    const checks = [{ key: ["a"], version: null }];
    holds((await kv.commit({ checks })).ok, "a check that holds");
    await put(kv, { key: ["a"], value: true });
    same("a check that fails", {
      got: await kv.commit({ checks }),
      wanted: { ok: false },
    });
  },

  async "commit() refuses a key that is written twice"(kv): Promise<void> {
    const set = { key: ["a", 0], value: 1 };
    const again: KvKey = ["a", -0];
    await refuses(kv, { sets: [set, { key: again, value: 2 }] }, "two sets");
    await refuses(kv, { sets: [set], deletes: [again] }, "set and delete");
    await refuses(kv, { deletes: [["b"], ["b"]] }, "two deletes");
  },

  async "every method refuses an invalid key"(kv): Promise<void> {
    for (const key of INVALID) {
      const good = { key: ["good"], value: 1 };
      await refuses(kv, { sets: [good, { key, value: 1 }] }, "set");
      await refuses(kv, { sets: [good], deletes: [key] }, "delete");
      const checks = [{ key, version: null }];
      await refuses(kv, { checks, sets: [good] }, "check");
      await fails("get", { error: "TypeError", action: () => kv.get(key) });
    }
    same("keys", { got: await keysOf(kv, { prefix: [] }), wanted: [] });
  },

  async "commit() refuses a version that is neither a string nor null"(
    kv,
  ): Promise<void> {
    const checks = [{ key: ["a"], version: undefined as unknown as null }];
    const sets = [{ key: ["a"], value: 1 }];
    await refuses(kv, { checks, sets }, "an undefined version");
    same("after the refusal", { got: await kv.get(["a"]), wanted: undefined });
  },

  async "commit() lets exactly one of many with the same check win"(
    kv,
  ): Promise<void> {
    const key = ["counter"];
    let version = await put(kv, { key: key, value: 0 });
    for (let round = 0; round < 5; round++) {
      const results = await Promise.all(
        Array.from({ length: 10 }, (_, i) =>
          kv.commit({
            checks: [{ key, version }],
            sets: [{ key, value: i }],
          })),
      );
      const won = results.filter((result) => result.ok);
      same("winners", { got: won.length, wanted: 1 });
      const entry = await kv.get(key);
      same("version of the winner", {
        got: entry?.version,
        wanted: won[0]?.version,
      });
      same("value of the winner", {
        got: results[entry?.value as number]?.ok,
        wanted: true,
      });
      version = entry?.version ?? "";
    }
  },

  async "commit() lands each of a hundred at the same time"(kv): Promise<void> {
    await Promise.all(
      Array.from(
        { length: 100 },
        (_, i) => put(kv, { key: ["n", i], value: { i } }),
      ),
    );
    for (let i = 0; i < 100; i++) {
      same(`commit ${i}`, { got: await valueOf(kv, ["n", i]), wanted: { i } });
    }
  },

  async "commit() with relaxed is visible at once and in order"(
    kv,
  ): Promise<void> {
    for (let i = 0; i < 50; i++) {
      const relaxed = i % 5 !== 0;
      const sets = [{ key: ["last"], value: i }, { key: ["n", i], value: i }];
      await kv.commit({ relaxed, sets });
      same("the last value", { got: await valueOf(kv, ["last"]), wanted: i });
    }
    same("keys", {
      got: (await keysOf(kv, { prefix: ["n"] })).length,
      wanted: 50,
    });
  },

  async "close() may be called twice, and every later call is refused"(
    kv,
  ): Promise<void> {
    await put(kv, { key: ["a"], value: true });
    await kv.close();
    await kv.close();
    await fails("get", { error: "KvError", action: () => kv.get(["a"]) });
    await fails("commit", { error: "KvError", action: () => kv.commit({}) });
    await fails("list", {
      error: "KvError",
      action: () => keysOf(kv, { prefix: [] }),
    });
  },
};

const INVALID = [
  [],
  [NaN],
  ["a", Infinity],
  ["a", null],
  ["a", undefined],
  [true],
  [new Uint8Array(1)],
  ["\ud800"],
  ["a".repeat(2047)],
  ["é".repeat(1023), 1],
  "a",
  undefined,
] as unknown as readonly KvKey[];

function guarded(
  kv: KvStore,
  checks: NonNullable<KvChange["checks"]>,
  key: KvKey,
): Promise<{ ok: boolean }> {
  return kv.commit({ checks, sets: [{ key, value: true }] });
}

async function refuses(
  kv: KvStore,
  change: KvChange,
  what: string,
): Promise<void> {
  await fails(what, { error: "TypeError", action: () => kv.commit(change) });
}
