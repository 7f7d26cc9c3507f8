import { assertEquals } from "@std/assert";
import { SortedMap } from "../../src/kv/_sorted_map.ts";

/** Small, fixed and well enough spread: the numbers of Park and Miller. */
function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => (state = (state * 48271) % 2147483647) % below;
}

function name(i: number): string {
  return `k${String(i).padStart(6, "0")}`;
}

function assertSame(
  map: SortedMap<number>,
  model: Map<string, number>,
): void {
  const sorted = [...model].sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({ key, value }));
  assertEquals(map.size, model.size);
  assertEquals([...map.entries()], sorted);
}

function assertNeighbours(map: SortedMap<number>, keys: string[]): void {
  for (let i = 0; i <= 3000; i += 7) {
    const key = name(i);
    assertEquals(map.ceiling(key)?.key, keys.find((k) => k >= key));
    assertEquals(map.higher(key)?.key, keys.find((k) => k > key));
    assertEquals(map.lower(key)?.key, keys.findLast((k) => k < key));
  }
}

Deno.test("SortedMap agrees with a sorted list through random writes and deletes", () => {
  const random = seeded(42);
  const map = new SortedMap<number>();
  const model = new Map<string, number>();
  for (const share of [80, 50, 20, 60, 0]) {
    for (let i = 0; i < 4000; i++) {
      const key = name(random(3000));
      if (random(100) < share) {
        assertEquals(map.set(key, i), model.get(key));
        model.set(key, i);
      } else {
        assertEquals(map.delete(key), model.get(key));
        model.delete(key);
      }
      assertEquals(map.get(key), model.get(key));
    }
    assertSame(map, model);
    assertNeighbours(map, [...model.keys()].sort());
  }
});

Deno.test("SortedMap takes keys in order, backwards and first in first out", () => {
  const map = new SortedMap<number>();
  for (let i = 0; i < 5000; i++) map.set(name(i), i);
  for (let i = 0; i < 5000; i++) {
    assertEquals(map.ceiling("")?.value, i);
    map.delete(name(i));
  }
  assertEquals(map.size, 0);
  assertEquals(map.ceiling(""), undefined);
  assertEquals(map.lower("z"), undefined);
  for (let i = 4999; i >= 0; i--) map.set(name(i), i);
  assertEquals([...map.entries()].map(({ value }) => value), [
    ...Array(5000).keys(),
  ]);
});

Deno.test("SortedMap stays in use when all of it was deleted", () => {
  const map = new SortedMap<number>();
  map.set("a", 1);
  assertEquals(map.delete("b"), undefined);
  assertEquals(map.delete("a"), 1);
  assertEquals(map.get("a"), undefined);
  map.set("b", 2);
  assertEquals([...map.entries()], [{ key: "b", value: 2 }]);
});
