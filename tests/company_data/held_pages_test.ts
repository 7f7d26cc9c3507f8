import { assertEquals, assertRejects } from "@std/assert";
import { Client } from "../../src/company_data/mod.ts";
import { KvError } from "../../src/errors.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";
import { withCommit } from "../_support/wrapped_kv.ts";

interface Switch {
  down: boolean;
}

function switched(kv: KvStore, store: Switch): KvStore {
  return withCommit(kv, async (change, next) => {
    const writesPage = change.sets?.some(({ key }) => key.includes("seg"));
    if (store.down && writesPage) throw new KvError("Cannot write: it is full");
    return await next(change);
  });
}

const instantly = { sleep: (): Promise<void> => Promise.resolve() };

/** A client that opens its stores itself, one after the other, and notes how many it closed. */
class OwnStores extends Client {
  stores: KvStore[] = [];
  closed = 0;

  protected override openStore(): Promise<KvStore> {
    const kv = this.stores.shift();
    if (!kv) return Promise.reject(new KvError("Cannot open: there is none"));
    const close = async (): Promise<void> => {
      this.closed++;
      await kv.close();
    };
    const open = withCommit(kv, (change, next) => next(change));
    return Promise.resolve({ ...open, close });
  }
}

async function ownStores(
  { sandbox }: TestPlatform,
  ...stores: KvStore[]
): Promise<OwnStores> {
  const config = sandbox.config();
  const client = await OwnStores.fromConfig(config, instantly) as OwnStores;
  client.stores = stores;
  return client;
}

/** Keeps the stores' data when a client closes them. */
function unclosed(kv: KvStore): KvStore {
  return { ...switched(kv, { down: false }), close: () => Promise.resolve() };
}

Deno.test("asyncDispose() stores a page that a failing store left in memory", async () => {
  const store = { down: true };
  const kv = switched(memoryKv(), store);
  await using platform = await startPlatform({ client: { kv, ...instantly } });
  await platform.sandbox.publish({ event: "connection_created" });
  const { client } = platform;
  await assertRejects(() => client.processChanges(() => {}), KvError, "held");
  store.down = false;
  await client[Symbol.asyncDispose]();
  const next = await platform.another();
  assertEquals((await next.processChanges(() => {})).delivered, 1);
});

Deno.test("asyncDispose() is a KvError that tells the loss when the page cannot be stored, and the next call stores it first", async () => {
  const store = { down: true };
  const kv = switched(memoryKv(), store);
  await using platform = await startPlatform({ client: { kv, ...instantly } });
  const { client, sandbox } = platform;
  await sandbox.publish({ event: "connection_created", webhookId: "wh_1" });
  await sandbox.publish({ event: "connection_created" });
  await assertRejects(() => client.processChanges(() => {}), KvError, "held");
  await assertRejects(
    () => client.drainWebhookBacklog("wh_1"),
    KvError,
    "held",
  );
  const error = await assertRejects(
    () => client[Symbol.asyncDispose](),
    KvError,
    "which the platform has deleted, are lost when the process ends",
  );
  assertEquals(error.retryable, true);
  store.down = false;
  assertEquals((await client.processChanges(() => {})).delivered, 1);
  assertEquals(await client.drainWebhookBacklog("wh_1"), { pages: 1, rows: 1 });
  await client[Symbol.asyncDispose]();
  assertEquals((await client.processInbox(() => {})).delivered, 1);
});

Deno.test("asyncDispose() opens its own store anew when the one that it has failed", async () => {
  await using platform = await startPlatform();
  const kept = memoryKv();
  const failed = switched(memoryKv(), { down: true });
  const client = await ownStores(platform, failed, unclosed(kept));
  await platform.sandbox.publish({ event: "connection_created" });
  await assertRejects(() => client.processChanges(() => {}), KvError, "held");
  await client[Symbol.asyncDispose]();
  assertEquals(client.closed, 2);
  const next = await platform.another({ kv: kept });
  assertEquals((await next.processChanges(() => {})).delivered, 1);
});

Deno.test("asyncDispose() keeps the page of a client whose store cannot be opened anew", async () => {
  await using platform = await startPlatform();
  const failed = switched(memoryKv(), { down: true });
  const client = await ownStores(platform, failed);
  await platform.sandbox.publish({ event: "connection_created" });
  await assertRejects(() => client.processChanges(() => {}), KvError, "held");
  await assertRejects(
    () => client[Symbol.asyncDispose](),
    KvError,
    "are lost when the process ends",
  );
  client.stores = [unclosed(memoryKv())];
  assertEquals((await client.processChanges(() => {})).delivered, 1);
  await client[Symbol.asyncDispose]();
});

Deno.test("asyncDispose() of a client that never opened its store opens none", async () => {
  await using platform = await startPlatform();
  const client = await ownStores(platform);
  await client[Symbol.asyncDispose]();
  assertEquals(client.closed, 0);
});
