import { fails, keysOf, put, type Rule, same } from "./_contract_assert.ts";
import type { KvKey, KvRange, KvStore } from "./kv.ts";

// In order: strings by UTF-8 (so U+FFFF before U+1F600, unlike in UTF-16), then numbers by value.
const ORDERED: readonly KvKey[] = [
  ["o", ""],
  ["o", "", ""],
  ["o", "\u0000"],
  ["o", "\u0001"],
  ["o", "A"],
  ["o", "a"],
  ["o", "a", "b"],
  ["o", "a", 1],
  ["o", "a\u0000"],
  ["o", "aa"],
  ["o", "b"],
  ["o", "é"],
  ["o", "\uffff"],
  ["o", "\u{1f600}"],
  ["o", -1e300],
  ["o", -2],
  ["o", -1.5],
  ["o", -1],
  ["o", 0],
  ["o", 0, 0],
  ["o", 0.25],
  ["o", 1],
  ["o", 2],
  ["o", 10],
  ["o", 1e300],
];

/** What list gives and in which order. */
export const ORDER_RULES: Readonly<Record<string, Rule>> = {
  async "list() gives keys in order, forwards and backwards"(
    kv,
  ): Promise<void> {
    const scattered = ORDERED.map((_, i) => (i * 7) % ORDERED.length);
    for (const i of scattered) {
      await put(kv, { key: ORDERED[i] ?? [], value: true });
    }
    const range = { prefix: ["o"] };
    same("forwards", { got: await keysOf(kv, range), wanted: ORDERED });
    const back = await keysOf(kv, range, { reverse: true });
    same("backwards", { got: back, wanted: ORDERED.toReversed() });
  },

  async "list() gives values and versions too"(kv): Promise<void> {
    const version = await put(kv, { key: ["a", 1], value: { x: 1 } });
    for await (const entry of kv.list({ prefix: ["a"] })) {
      same("entry", {
        got: entry,
        wanted: { key: ["a", 1], value: { x: 1 }, version },
      });
    }
  },

  async "list() gives what has the prefix and at least one part more"(
    kv,
  ): Promise<void> {
    const keys = [["a"], ["a", "b"], ["a", 1], ["ab"], ["ab", "c"], ["b", 1]];
    for (const key of keys) await put(kv, { key: key, value: true });
    same("a", {
      got: await keysOf(kv, { prefix: ["a"] }),
      wanted: [["a", "b"], ["a", 1]],
    });
    same("ab", {
      got: await keysOf(kv, { prefix: ["ab"] }),
      wanted: [["ab", "c"]],
    });
    same("a, 1", { got: await keysOf(kv, { prefix: ["a", 1] }), wanted: [] });
    same("none", { got: await keysOf(kv, { prefix: ["none"] }), wanted: [] });
    same("all", {
      got: (await keysOf(kv, { prefix: [] })).length,
      wanted: keys.length,
    });
  },

  async "list() goes from start, inclusive, to end, exclusive"(
    kv,
  ): Promise<void> {
    await put(kv, { key: ["n"], value: true });
    for (let i = 0; i < 10; i++) await put(kv, { key: ["n", i], value: true });
    const bounds: [number | undefined, number | undefined, number[]][] = [
      [7, undefined, [7, 8, 9]],
      [undefined, 2, [0, 1]],
      [3, 5, [3, 4]],
      [3.5, 5.5, [4, 5]],
      [5, 5, []],
      [6, 5, []],
    ];
    for (const [start, end, wanted] of bounds) {
      const range = rangeOf({ start, end });
      same(`${start} to ${end}`, {
        got: await numbers(kv, range),
        wanted: wanted,
      });
      same(`${start} to ${end}, backwards`, {
        got: await numbers(kv, range, { reverse: true }),
        wanted: wanted.toReversed(),
      });
    }
    const prefix = ["n"];
    same("start", {
      got: (await keysOf(kv, { prefix, start: prefix })).length,
      wanted: 10,
    });
    same("end", { got: await keysOf(kv, { prefix, end: prefix }), wanted: [] });
  },

  async "list() gives at most limit entries"(kv): Promise<void> {
    for (let i = 0; i < 10; i++) await put(kv, { key: ["n", i], value: true });
    const range = { prefix: ["n"] };
    same("first three", {
      got: await numbers(kv, range, { limit: 3 }),
      wanted: [0, 1, 2],
    });
    const last = await numbers(kv, range, { limit: 2, reverse: true });
    same("last two", { got: last, wanted: [9, 8] });
    same("none", { got: await numbers(kv, range, { limit: 0 }), wanted: [] });
    same("all", {
      got: (await numbers(kv, range, { limit: 99 })).length,
      wanted: 10,
    });
  },

  async "list() refuses a start or end outside of the prefix, and a bad limit"(
    kv,
  ): Promise<void> {
    const prefix = ["n"];
    const outside = ["m", 1];
    const bad = [{ prefix, start: outside }, { prefix, end: outside }];
    for (const range of bad) {
      await fails("a bound outside", {
        error: "TypeError",
        action: () => keysOf(kv, range),
      });
    }
    for (const limit of [-1, 1.5, NaN]) {
      const walk = (): Promise<unknown> => keysOf(kv, { prefix }, { limit });
      await fails(`limit ${limit}`, { error: "RangeError", action: walk });
    }
  },

  async "list() goes on while what it gave is deleted"(kv): Promise<void> {
    await fill(kv, 700);
    const seen: unknown[] = [];
    for await (const { key } of kv.list({ prefix: ["n"] })) {
      seen.push(key[1]);
      await kv.commit({ deletes: [key] });
    }
    same("numbers seen", { got: seen, wanted: [...Array(700).keys()] });
    same("left", { got: await keysOf(kv, { prefix: ["n"] }), wanted: [] });
  },

  async "list() ends, in order, while keys come and go ahead of it"(
    kv,
  ): Promise<void> {
    await fill(kv, 300);
    let last = -1;
    for await (const { key } of kv.list({ prefix: ["n"] })) {
      const at = key[1] as number;
      same(`${at} after ${last}`, { got: at > last, wanted: true });
      last = at;
      if (at % 50 !== 0) continue;
      const deletes = [["n", at + 1], ["n", at + 120]];
      const sets = [{ key: ["n", at + 0.5], value: 1 }];
      await kv.commit({ sets, deletes });
    }
    same("went to the end", { got: last >= 298, wanted: true });
  },
};

function rangeOf(
  { start, end }: { start: number | undefined; end: number | undefined },
): KvRange {
  return {
    prefix: ["n"],
    ...(start === undefined ? {} : { start: ["n", start] }),
    ...(end === undefined ? {} : { end: ["n", end] }),
  };
}

async function numbers(
  kv: KvStore,
  range: KvRange,
  options?: { limit?: number; reverse?: boolean },
): Promise<unknown[]> {
  return (await keysOf(kv, range, options)).map((key) => key[1]);
}

async function fill(kv: KvStore, count: number): Promise<void> {
  for (let from = 0; from < count; from += 100) {
    await kv.commit({
      sets: Array.from({ length: 100 }, (_, i) => ({
        key: ["n", from + i],
        value: from + i,
      })),
    });
  }
}
