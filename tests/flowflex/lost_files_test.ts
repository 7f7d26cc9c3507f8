import { assertEquals } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { type DeadSend, file, type FlowFlex } from "../../src/flowflex/mod.ts";
import type { KvKey, KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { clientOf, startPlatform } from "./_platform.ts";

const SEALING_KEY = generateSealingKey();

function keeping(platform: { url: string }, kv: KvStore): FlowFlex {
  return clientOf(platform, { kv, sealingKey: SEALING_KEY, maxRetries: 0 });
}

async function keysOf(kv: KvStore, part: "state" | "file"): Promise<KvKey[]> {
  const keys: KvKey[] = [];
  for await (const { key } of kv.list({ prefix: ["sluice", "flowflex"] })) {
    if (key[3] === part) keys.push(key);
  }
  return keys;
}

/** What became of an event with a file after something of it was lost in the store. */
async function after(
  lose: (kv: KvStore) => Promise<KvKey[]>,
): Promise<{ dead: DeadSend[]; events: number }> {
  await using platform = startPlatform();
  const kv = memoryKv({ limits: { maxValueBytes: 5_000 } });
  const client = keeping(platform, kv);
  const bytes = crypto.getRandomValues(new Uint8Array(20_000));
  const payload = { x: file(new Blob([bytes]), { filename: "a.pdf" }) };
  await client.sendEventDurably("a", { payload });
  const deletes = await lose(kv);
  assertEquals(deletes.length > 0, true);
  await kv.commit({ deletes });
  await client.processSends({ maxRetries: 0 });
  return { dead: await client.deadSends(), events: platform.events.length };
}

Deno.test("processSends() gives an event up whose files are not in the store any more, and sends nothing", async () => {
  const { dead, events } = await after((kv) => keysOf(kv, "state"));
  assertEquals(dead.map(({ error }) => error.code), ["upload"]);
  assertEquals(events, 0);
});

Deno.test("processSends() gives an event up of whose file a piece is lost, and sends nothing", async () => {
  for (const lost of [0, 1, -1]) {
    const { dead, events } = await after(async (kv) =>
      [(await keysOf(kv, "file")).at(lost)].filter((key) => key !== undefined)
    );
    assertEquals([dead.length, events], [1, 0], `piece ${lost}`);
  }
});

Deno.test("processSends() leaves nothing of a file of hundreds of pieces", async () => {
  await using platform = startPlatform();
  const kv = memoryKv({ limits: { maxValueBytes: 5_000 } });
  const client = keeping(platform, kv);
  const payload = {
    x: file(new Blob([new Uint8Array(1_200_000)]), { filename: "a.pdf" }),
  };
  await client.sendEventDurably("a", { payload });
  assertEquals((await keysOf(kv, "file")).length > 200, true);
  assertEquals((await client.processSends()).delivered, 1);
  assertEquals(await keysOf(kv, "file"), []);
  assertEquals(platform.events.length, 1);
});
