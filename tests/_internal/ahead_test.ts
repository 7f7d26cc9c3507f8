import { assertEquals, assertRejects } from "@std/assert";
import { mapAhead } from "../../src/_internal/ahead.ts";

async function* count(
  to: number,
  onEnd = (): void => {},
): AsyncGenerator<number> {
  try {
    for (let i = 0; i < to; i++) yield i;
  } finally {
    onEnd();
  }
}

Deno.test("mapAhead() keeps the order and never has more than the bound under way", async () => {
  let underWay = 0;
  let most = 0;
  const results = mapAhead(count(50), async (n) => {
    most = Math.max(most, ++underWay);
    for (let i = 0; i < 50 - n; i++) await Promise.resolve();
    underWay--;
    return n;
  }, { atOnce: 4 });
  assertEquals(
    await Array.fromAsync(results),
    Array.from({ length: 50 }, (_, i) => i),
  );
  assertEquals(most, 4);
});

Deno.test("mapAhead() gives what came before a failure, then the failure, and ends the source", async () => {
  let ended = false;
  const seen: number[] = [];
  const results = mapAhead(
    count(9, () => ended = true),
    (n) => n === 4 ? Promise.reject(new Error("four")) : Promise.resolve(n),
    { atOnce: 3 },
  );
  await assertRejects(
    async () => {
      for await (const n of results) seen.push(n);
    },
    Error,
    "four",
  );
  assertEquals(seen, [0, 1, 2, 3]);
  assertEquals(ended, true);
});

Deno.test("mapAhead() awaits what is under way and ends the source when the caller stops early", async () => {
  let ended = false;
  let done = 0;
  for await (
    const n of mapAhead(count(100, () => ended = true), async (n) => {
      await Promise.resolve();
      done++;
      return n;
    }, { atOnce: 5 })
  ) {
    if (n === 3) break;
  }
  assertEquals(ended, true);
  assertEquals(done >= 4 && done <= 9, true);
});

Deno.test("mapAhead() gives all that a source gave before it failed, then its failure", async () => {
  const seen: number[] = [];
  const source = async function* (): AsyncGenerator<number> {
    yield* count(5);
    throw new Error("the source failed");
  };
  await assertRejects(
    async () => {
      const results = mapAhead(source(), (n) => Promise.resolve(n), {
        atOnce: 16,
      });
      for await (const n of results) seen.push(n);
    },
    Error,
    "the source failed",
  );
  assertEquals(seen, [0, 1, 2, 3, 4]);
});
