import { fails, put, type Rule, same, valueOf } from "./_contract_assert.ts";

const SHAPES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e300,
  5e-324,
  Number.MAX_SAFE_INTEGER,
  "",
  "text",
  '\u0000 é \ud83d\ude00 \u2028 "quoted" \n',
  [],
  {},
  [[], [null], { a: [1, "2", { b: false }] }],
  { "": 0, "with space": { constructor: 1 }, k: "\uffff" },
  JSON.parse('{"__proto__":{"x":1}}'),
];

/** What becomes of values. */
export const VALUE_RULES: Readonly<Record<string, Rule>> = {
  async "get() gives undefined for an absent key"(kv): Promise<void> {
    same("absent key", { got: await kv.get(["absent"]), wanted: undefined });
    await put(kv, { key: ["a", 1], value: true });
    same("a key that others begin with", {
      got: await kv.get(["a"]),
      wanted: undefined,
    });
  },

  async "get() gives back every shape of JSON with its key"(kv): Promise<void> {
    for (const [i, shape] of SHAPES.entries()) {
      const version = await put(kv, { key: ["shape", i], value: shape });
      const entry = await kv.get(["shape", i]);
      same(`shape ${i}`, { got: entry?.value, wanted: shape });
      same("key", { got: entry?.key, wanted: ["shape", i] });
      same("version", { got: entry?.version, wanted: version });
    }
  },

  async "get() gives back bytes, none and those of a view"(kv): Promise<void> {
    const whole = Uint8Array.from({ length: 256 }, (_, i) => i);
    for (const bytes of [new Uint8Array(), whole, whole.subarray(10, 14)]) {
      await put(kv, { key: ["bytes"], value: bytes });
      same(`${bytes.length} bytes`, {
        got: await valueOf(kv, ["bytes"]),
        wanted: bytes,
      });
    }
  },

  async "commit() replaces JSON by bytes and bytes by JSON"(kv): Promise<void> {
    for (const value of ["json", new Uint8Array([1, 10, 0]), { j: 1 }]) {
      await put(kv, { key: ["k"], value });
      same("replaced value", { got: await valueOf(kv, ["k"]), wanted: value });
    }
  },

  async "commit() keeps values and keys as they were when it was called"(
    kv,
  ): Promise<void> {
    const key = ["k", 1];
    const bytesKey = ["k", 2];
    const value = { list: [1] };
    const bytes = new Uint8Array([1]);
    const sets = [{ key, value }, { key: bytesKey, value: bytes }];
    const committed = kv.commit({ sets });
    key[1] = 3;
    value.list.push(2);
    bytes[0] = 2;
    sets.pop();
    await committed;
    same("JSON", { got: await valueOf(kv, ["k", 1]), wanted: { list: [1] } });
    same("bytes", {
      got: await valueOf(kv, ["k", 2]),
      wanted: new Uint8Array([1]),
    });
    same("changed key", { got: await kv.get(["k", 3]), wanted: undefined });
  },

  async "get() and list() give copies"(kv): Promise<void> {
    await put(kv, { key: ["k", 1], value: { list: [1] } });
    await put(kv, { key: ["k", 2], value: new Uint8Array([1]) });
    for (let round = 0; round < 2; round++) {
      const json = await kv.get<{ list: number[] }>(["k", 1]);
      const bytes = await kv.get<Uint8Array>(["k", 2]);
      same("JSON", { got: json?.value, wanted: { list: [1] } });
      same("bytes", { got: bytes?.value, wanted: new Uint8Array([1]) });
      json?.value.list.push(2);
      bytes?.value.fill(9);
      for await (const entry of kv.list<unknown>({ prefix: ["k"] })) {
        if (entry.value instanceof Uint8Array) entry.value.fill(9);
      }
    }
  },

  async "commit() refuses what is neither JSON nor bytes"(kv): Promise<void> {
    const bad = [undefined, () => 1, 1n, Symbol("s"), new ArrayBuffer(1)];
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const value of [...bad, cycle]) {
      await fails(`a value of type ${typeof value}`, {
        error: "TypeError",
        action: () => kv.commit({ sets: [{ key: ["k"], value }] }),
      });
    }
    same("after the refusals", { got: await kv.get(["k"]), wanted: undefined });
  },

  async "commit() with expireInMs keeps the entry until then"(
    kv,
  ): Promise<void> {
    for (const expireInMs of [60_000, 0.5 + 60_000, Infinity]) {
      await kv.commit({ sets: [{ key: ["k"], value: 1, expireInMs }] });
      same("before it expires", { got: await valueOf(kv, ["k"]), wanted: 1 });
    }
    for (const expireInMs of [-1, NaN]) {
      await fails(`expireInMs ${expireInMs}`, {
        error: "RangeError",
        action: () =>
          kv.commit({ sets: [{ key: ["k"], value: 2, expireInMs }] }),
      });
    }
    same("after the refusals", { got: await valueOf(kv, ["k"]), wanted: 1 });
  },
};
