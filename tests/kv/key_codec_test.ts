import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  decodeKey,
  encodeKey,
  encodePrefix,
  keyBytes,
} from "../../src/kv/_key_codec.ts";
import type { KvKey } from "../../src/kv/kv.ts";

const TEXTS = [
  "",
  "\u0000",
  "\u0000\u0000",
  "\u0000\u0001",
  "\u0001",
  "\u0001\u0002",
  "\u0002",
  "\u0003",
  "a",
  "a\u0000",
  "a\u0000b",
  "ab",
  "é",
  "\ud7ff",
  "\ue000",
  "\ufffd",
  "\uffff",
  "\u{10000}",
  "\u{1f600}",
  "\u{10ffff}",
];
const NUMBERS = [
  -Number.MAX_VALUE,
  -(2 ** 53),
  -256,
  -1.5,
  -1,
  -Number.MIN_VALUE,
  0,
  Number.MIN_VALUE,
  0.1,
  0.5,
  1,
  9,
  10,
  255,
  256,
  2 ** 31,
  2 ** 53,
  Number.MAX_VALUE,
];
const PARTS = [...TEXTS, ...NUMBERS];

function compareParts(a: string | number, b: string | number): number {
  if (typeof a === "number" || typeof b === "number") {
    if (typeof a === "string") return -1;
    if (typeof b === "string") return 1;
    return a - b;
  }
  const [x, y] = [new TextEncoder().encode(a), new TextEncoder().encode(b)];
  for (let i = 0; i < Math.min(x.length, y.length); i++) {
    if (x[i] !== y[i]) return (x[i] ?? 0) - (y[i] ?? 0);
  }
  return x.length - y.length;
}

function compareKeys(a: KvKey, b: KvKey): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) {
    const order = compareParts(a[i] ?? 0, b[i] ?? 0);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function someKeys(): KvKey[] {
  const keys: KvKey[] = PARTS.map((part) => [part]);
  for (const a of PARTS) for (const b of PARTS) keys.push([a, b]);
  return keys;
}

Deno.test("encodeKey() orders like the parts do, strings by UTF-8 and before numbers", () => {
  const keys = someKeys();
  const byEncoding = keys.map((key) => ({ key, encoded: encodeKey(key) }))
    .sort((a, b) => (a.encoded < b.encoded ? -1 : 1));
  assertEquals(
    byEncoding.map(({ key }) => key),
    keys.toSorted(compareKeys),
  );
  assertEquals(new Set(byEncoding.map((k) => k.encoded)).size, keys.length);
});

Deno.test("decodeKey() gives back what encodeKey() took", () => {
  for (const key of someKeys()) assertEquals(decodeKey(encodeKey(key)), key);
  assert(Object.is(decodeKey(encodeKey([-0]))[0], 0));
});

Deno.test("encodePrefix() covers the keys with more parts and no others", () => {
  for (const prefix of [[], ["a"], ["a", 1], [""], ["a\u0000"], [-1]]) {
    const { lower, upper } = encodePrefix(prefix);
    for (const key of someKeys()) {
      const encoded = encodeKey(key);
      const inside = key.length > prefix.length &&
        prefix.every((part, i) => part === key[i]);
      assertEquals(encoded >= lower && encoded < upper, inside, `${key}`);
    }
  }
});

Deno.test("keyBytes() counts bytes, twice for U+0000", () => {
  assertEquals(keyBytes(["abc"]), 5);
  assertEquals(keyBytes(["é", 1]), 4 + 9);
  assertEquals(keyBytes(["a\u0000"]), 5);
  assertEquals(keyBytes(["\u{1f600}"]), 6);
});

Deno.test("encodeKey() takes 2,048 bytes and refuses one more", () => {
  for (const text of ["a".repeat(2046), "é".repeat(1023)]) {
    assertEquals(keyBytes([text]), 2048);
    encodeKey([text]);
    assertThrows(
      () => encodeKey([text + "a"]),
      TypeError,
      "Cannot use key: it has 2049 bytes, wanted at most 2048",
    );
  }
});

Deno.test("encodeKey() refuses what is no key and names the part", () => {
  const bad: [unknown, string][] = [
    [[], "an array of at least one part"],
    ["a", "an array of at least one part"],
    [undefined, "an array of at least one part"],
    [["a", NaN], "part 1 is NaN"],
    [["a", Infinity], "part 1 is Infinity"],
    [["a", null], "part 1 is null"],
    [[true], "part 0 is of type boolean"],
    [[1n], "part 0 is of type bigint"],
    [[new Uint8Array(1)], "part 0 is of type object"],
    [["a", , "b"], "part 1 is of type undefined"],
    [["\ud800"], "part 0 is a string with a lone surrogate"],
  ];
  for (const [key, words] of bad) {
    assertThrows(() => encodeKey(key as KvKey), TypeError, words);
  }
});
