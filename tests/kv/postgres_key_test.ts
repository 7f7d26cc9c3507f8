import { assertEquals } from "@std/assert";
import { toHex } from "../../src/_internal/bytes.ts";
import { encodeKey } from "../../src/kv/_key_codec.ts";
import {
  byteBounds,
  keyFromBytes,
  keyToBytes,
} from "../../src/kv/_postgres_key.ts";
import type { KvKey } from "../../src/kv/kv.ts";
import { keyBytes } from "../../src/kv/measure.ts";
import { seeded } from "../_support/seeded.ts";

const PARTS = [
  ...["", "a", "a\u0000", "a\u0000b", "a\u0001", "\u0000", "\u0000\u0000"],
  ...["\u0005", "\u0000\u0005", "\u007f", "\u0080", "\ue000", "\uffff"],
  ...["\ud800\udc00", "\udbff\udfff", "z"],
  ...[-Infinity, -1e300, -1, -5e-324, 0, 5e-324, 1, 255, 256, 1e300],
].filter((part) => part !== -Infinity);

const KEYS: readonly KvKey[] = manyKeys();

function manyKeys(): KvKey[] {
  const random = seeded(7);
  const pick = (): string | number =>
    PARTS[Math.floor(random() * PARTS.length)] as string | number;
  const keys: KvKey[] = PARTS.map((part) => [part]);
  for (let i = 0; i < 400; i++) {
    keys.push(Array.from({ length: 1 + Math.floor(random() * 3) }, pick));
  }
  return keys;
}

Deno.test("keyToBytes() orders keys as the port does", () => {
  const byEncoded = KEYS.toSorted((a, b) =>
    compare(encodeKey(a), encodeKey(b))
  );
  const byBytes = KEYS.toSorted((a, b) => compare(hex(a), hex(b)));
  assertEquals(byBytes.map(hex), byEncoded.map(hex));
});

Deno.test("keyToBytes() takes as many bytes as keyBytes() counts, and keyFromBytes() gives the key back", () => {
  for (const key of KEYS) {
    const bytes = keyToBytes(key);
    assertEquals(bytes.length, keyBytes(key));
    assertEquals(keyFromBytes(bytes), key);
  }
  assertEquals(keyFromBytes(keyToBytes([-0])), [0]);
});

Deno.test("byteBounds() holds exactly the keys with the prefix and one part more", () => {
  for (const prefix of [[], ["a"], ["a\u0000"], [1], ["a", 0], [""]]) {
    const { lower, upper } = byteBounds({ prefix });
    const inside = KEYS.filter((key) =>
      hex(key) >= toHex(lower) && hex(key) < toHex(upper)
    );
    const wanted = KEYS.filter((key) =>
      key.length > prefix.length &&
      prefix.every((part, i) => Object.is(part, key[i]))
    );
    assertEquals(inside, wanted);
  }
});

function hex(key: KvKey): string {
  return toHex(keyToBytes(key));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
