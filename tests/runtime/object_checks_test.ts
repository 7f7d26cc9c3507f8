import { assertEquals } from "@std/assert";
import { durableObjectKv } from "../../src/kv/durable_object.ts";
import { OBJECT_CHECKS, type ObjectStorage } from "./_object_checks.ts";
import { strictStorage } from "./_strict_storage.ts";

// The crash matrices say nothing more about limits, and real workerd runs them.
const LEFT_OUT = /process dies at any commit/;

/** An empty storage within the limits of production. */
function emptyStorage(): ObjectStorage {
  const storage = strictStorage();
  return {
    ...storage,
    async deleteAll(): Promise<void> {
      const keys = [...(await storage.list()).keys()];
      for (const key of keys) await storage.delete([key]);
    },
  };
}

for (const [name, check] of Object.entries(OBJECT_CHECKS)) {
  if (LEFT_OUT.test(name)) continue;
  Deno.test(`durableObjectKv() within the limits of production: ${name}`, () =>
    check(emptyStorage()));
}

Deno.test("durableObjectKv() sweeps two expired entries for each that will expire, in as many calls as that takes", async () => {
  let now = 0;
  const storage = strictStorage();
  const kv = durableObjectKv(storage, { now: () => now });
  const expiring = (part: string, count: number): Promise<unknown> =>
    kv.commit({
      sets: Array.from({ length: count }, (_, i) => ({
        key: [part, i],
        value: i,
        expireInMs: 100,
      })),
    });
  const held = async (): Promise<number> => (await storage.list()).size;
  await expiring("old", 300);
  // Each is an entry and the row that says when it expires.
  assertEquals(await held(), 600);
  now = 1_000;
  await expiring("new", 100);
  assertEquals(await held(), 600 + 200 - 400);
  await expiring("newer", 100);
  assertEquals(await held(), 200 + 200);
});
