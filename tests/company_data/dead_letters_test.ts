import { assertEquals, assertRejects } from "@std/assert";
import type { Client, DeadLetter } from "../../src/company_data/mod.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";

async function withDeadLetters(
  platform: TestPlatform,
  count: number,
): Promise<Client> {
  for (let i = 0; i < count; i++) platform.sandbox.publishRaw(i);
  await platform.client.processChanges(() => {});
  return platform.client;
}

Deno.test("deadLetters() gives pages that follow each other", async () => {
  await using platform = await startPlatform();
  const client = await withDeadLetters(platform, 3);
  const first = await client.deadLetters({ limit: 2 });
  const second = await client.deadLetters({
    limit: 2,
    after: first[1]?.id ?? "",
  });
  assertEquals([...first, ...second].map(({ event }) => event), [0, 1, 2]);
  await assertRejects(
    () => client.deadLetters({ limit: 0 }),
    RangeError,
    "limit",
  );
  await assertRejects(
    () => client.deadLetters({ after: "first" }),
    TypeError,
    "first",
  );
});

Deno.test("exportDeadLetters() gives one line of JSON for each, oldest first", async () => {
  await using platform = await startPlatform();
  const client = await withDeadLetters(platform, 3);
  const lines = await Array.fromAsync(client.exportDeadLetters());
  for (const line of lines) assertEquals(line.indexOf("\n"), line.length - 1);
  const letters = lines.map((line) => JSON.parse(line) as DeadLetter);
  assertEquals(letters.map(({ event }) => event), [0, 1, 2]);
  assertEquals(
    letters.map(({ id }) => id),
    (await client.deadLetters()).map(({ id }) => id),
  );
});

Deno.test("dropDeadLetters() deletes those with the ids, or all", async () => {
  await using platform = await startPlatform();
  const client = await withDeadLetters(platform, 3);
  const [, second] = await client.deadLetters();
  assertEquals(await client.dropDeadLetters([second?.id ?? ""]), 1);
  assertEquals((await client.deadLetters()).map(({ event }) => event), [0, 2]);
  assertEquals(await client.dropDeadLetters("all"), 2);
  assertEquals(await client.deadLetters(), []);
});
