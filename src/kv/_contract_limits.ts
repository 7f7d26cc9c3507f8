import { fails, holds, type Rule, same, valueOf } from "./_contract_assert.ts";
import { keyBytes } from "./_key_codec.ts";
import type { KvChange, KvSet, KvStore } from "./kv.ts";

/** What a store takes at its limits, and refuses beyond. */
export const LIMIT_RULES: Readonly<Record<string, Rule>> = {
  async "commit() takes a value of maxValueBytes and refuses one byte more"(
    kv,
  ): Promise<void> {
    const { maxValueBytes } = kv.limits;
    const atLimit = [
      new Uint8Array(maxValueBytes).fill(10),
      "x".repeat(maxValueBytes - 2), // and its quotes
    ];
    for (const value of atLimit) {
      await takes(kv, { sets: [{ key: ["big"], value }] });
      const got = await valueOf(kv, ["big"]) as typeof value;
      holds(got.length === value.length, "the value came back whole");
      holds(got.at(-1) === value.at(-1), "the value came back as it was");
    }
    const beyond = [
      new Uint8Array(maxValueBytes + 1),
      "x".repeat(maxValueBytes - 1),
      "é".repeat(Math.ceil(maxValueBytes / 2)),
    ];
    for (const value of beyond) {
      await refuses(kv, {
        sets: [{ key: ["new"], value: 1 }, { key: ["beyond"], value }],
      });
    }
  },

  async "commit() takes maxCommitBytes and refuses one byte more"(
    kv,
  ): Promise<void> {
    const { maxCommitBytes } = kv.limits;
    const sets = setsOf(kv, maxCommitBytes);
    await takes(kv, { sets });
    const last = sets.at(-1);
    same("the last value", {
      got: await valueOf(kv, last?.key ?? []),
      wanted: last?.value,
    });
    await refuses(kv, { sets: setsOf(kv, maxCommitBytes + 1, "new") });
  },

  async "commit() takes maxMutations and refuses one more"(kv): Promise<void> {
    const { maxMutations } = kv.limits;
    const sets = Array.from({ length: maxMutations }, (_, i) => ({
      key: ["m", i],
      value: 1,
    }));
    await refuses(kv, { sets, deletes: [["d"]] });
    await takes(kv, { sets });
    same("the last one", {
      got: await valueOf(kv, ["m", maxMutations - 1]),
      wanted: 1,
    });
    await takes(kv, { deletes: sets.map(({ key }) => key) });
    same("deleted", {
      got: await kv.get(["m", maxMutations - 1]),
      wanted: undefined,
    });
  },

  async "commit() takes maxChecks and refuses one more"(kv): Promise<void> {
    const checks = Array.from({ length: kv.limits.maxChecks }, (_, i) => ({
      key: [i],
      version: null,
    }));
    await takes(kv, { checks, sets: [{ key: ["a"], value: 1 }] });
    await refuses(kv, {
      checks: [...checks, { key: ["more"], version: null }],
      sets: [{ key: ["new"], value: 1 }],
    });
  },

  async "commit() takes a key of 2,048 bytes"(kv): Promise<void> {
    const key = ["k".repeat(2037), 1];
    same("bytes of the key", { got: keyBytes(key), wanted: 2048 });
    await takes(kv, { sets: [{ key, value: 1 }] });
    same("key", { got: (await kv.get(key))?.key, wanted: key });
  },
};

/** Sets of bytes that count `bytes` with their keys. */
function setsOf(kv: KvStore, bytes: number, name = "part"): KvSet[] {
  const sets: KvSet[] = [];
  for (let left = bytes; left > 0;) {
    const key = [name, sets.length];
    const own = keyBytes(key);
    const size = Math.min(kv.limits.maxValueBytes, left - own);
    // The last piece must leave room for its key.
    const rest = left - own - size;
    const short = rest > 0 && rest <= own ? own : 0;
    const value = new Uint8Array(size - short).fill(sets.length + 1);
    sets.push({ key, value });
    left -= own + value.length;
  }
  return sets;
}

async function takes(kv: KvStore, change: KvChange): Promise<void> {
  holds((await kv.commit(change)).ok, "a commit within the limits");
}

async function refuses(kv: KvStore, change: KvChange): Promise<void> {
  const before = await kv.get(["new"]);
  await fails("beyond a limit", {
    error: "RangeError",
    action: () => kv.commit(change),
  });
  same("after the refusal", { got: await kv.get(["new"]), wanted: before });
  same("after the refusal", {
    got: await kv.get(["new", 0]),
    wanted: undefined,
  });
}
