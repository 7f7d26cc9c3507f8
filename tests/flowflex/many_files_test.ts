import { assertEquals, assertGreater } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { file, type FlowFlex } from "../../src/flowflex/mod.ts";
import type {
  KvEntry,
  KvKey,
  KvListOptions,
  KvRange,
  KvStore,
} from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import { clientOf, type ClientOptions } from "./_platform.ts";

const SEALING_KEY = generateSealingKey();
// Those of Deno KV.
const LIMITS = {
  maxValueBytes: 65_536,
  maxCommitBytes: 819_200,
  maxMutations: 1_000,
  maxChecks: 100,
};
const STATES = ["sluice", "flowflex", "ic_1", "state"];

function keeping(
  kv: KvStore,
  options: ClientOptions = {},
): FlowFlex {
  const store = { kv, sealingKey: SEALING_KEY, maxRetries: 0 };
  return clientOf({ url: "https://a.example" }, { ...store, ...options });
}

async function count(kv: KvStore, part: string): Promise<number> {
  let found = 0;
  for await (const { key } of kv.list({ prefix: STATES.slice(0, 3) })) {
    if (key[3] === part) found++;
  }
  return found;
}

Deno.test("processSends() sends an event with a thousand files from a store with small values", async () => {
  const kv = memoryKv({ limits: LIMITS });
  const seen = { urls: 0, puts: 0, bodies: [] as string[] };
  let isRefusing = true;
  const client = keeping(kv, {
    fetch: ({ pathname }, { method, body }) => {
      if (method === "PUT") {
        seen.puts++;
        return Promise.resolve(new Response());
      }
      if (pathname.endsWith("/upload-url")) {
        const assetId = `as_${++seen.urls}_${"x".repeat(60)}`;
        const uploadUrl = "https://b.example/1";
        return Promise.resolve(Response.json({ assetId, uploadUrl }));
      }
      seen.bodies.push(String(body));
      const status = isRefusing ? 503 : 200;
      return Promise.resolve(new Response(null, { status }));
    },
  });
  const files = Array.from(
    { length: 1_000 },
    (_, n) => file(new Blob([`${n}`]), { filename: `${n}.pdf` }),
  );
  await client.sendEventDurably("a", { payload: { files } });
  await client.processSends({ maxRetries: 0 });
  assertEquals(await count(kv, "asset"), 1_000);

  isRefusing = false;
  assertEquals((await client.retryDeadSends()).redriven, 1);
  await client.processSends();

  assertEquals([seen.puts, seen.bodies.length], [1_000, 2]);
  assertEquals(seen.bodies[0], seen.bodies[1]);
  const sent: { files: string[] } = JSON.parse(seen.bodies[1] ?? "");
  assertEquals(new Set(sent.files).size, 1_000);
  for (const part of ["asset", "file", "state"]) {
    assertEquals(await count(kv, part), 0, part);
  }
});

Deno.test("processSends() sweeps by pages and keeps what dead letters need", async () => {
  const kv = memoryKv();
  const clock = jumpingClock();
  const refusing = keeping(kv, {
    clock,
    fetch: () => Promise.resolve(new Response(null, { status: 400 })),
  });
  const x = file(new Blob(["%PDF"]), { filename: "a.pdf" });
  await refusing.sendEventDurably("a", { payload: { x } });
  await refusing.processSends({ maxRetries: 0 });
  const value = { isDone: true, round: 0 };
  const sets = Array.from({ length: 2_500 }, (_, n) => ({
    key: [...STATES, `s-${n}`] as KvKey,
    value,
  }));
  await kv.commit({ sets });
  await clock.sleep(7_200_000);

  let listed = 0;
  const listedAtDelete: number[] = [];
  const watched: KvStore = {
    ...withCommit(kv, async (change, next) => {
      if (change.deletes?.some((key) => key[3] === "state")) {
        listedAtDelete.push(listed);
      }
      return await next(change);
    }),
    async *list<T>(
      range: KvRange,
      options?: KvListOptions,
    ): AsyncGenerator<KvEntry<T>> {
      for await (const entry of kv.list<T>(range, options)) {
        if (range.prefix[3] === "state") listed++;
        yield entry;
      }
    },
  };
  await keeping(watched, { clock }).processSends();

  assertEquals(listedAtDelete.length, 2_500);
  assertEquals(listedAtDelete.every((at, n) => at - n <= 1_001), true);
  assertGreater(listed, 2_500);
  assertEquals([await count(kv, "state"), await count(kv, "file")], [1, 1]);
});
