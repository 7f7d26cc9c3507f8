import { assert, assertEquals } from "@std/assert";
import type {
  InboxEvent,
  PumpEvent,
  SluiceEvent,
} from "../../src/observe/mod.ts";
import type { Client, ClientOptions } from "../../src/company_data/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { signHex } from "../company_data/_hostile_delivery.ts";
import { webhookWorld } from "../company_data/_webhook_world.ts";
import { jumpingClock } from "../_support/clock.ts";
import { withCommit } from "../_support/wrapped_kv.ts";

const SECRET = "first secret";

async function observed(
  options: ClientOptions = {},
): Promise<{
  sandbox: Awaited<ReturnType<typeof webhookWorld>>["sandbox"];
  client: Client;
  told: (PumpEvent | InboxEvent)[];
}> {
  const world = await webhookWorld();
  const told: (PumpEvent | InboxEvent)[] = [];
  const client = await world.client({ webhooks: { wh_1: SECRET } }, {
    onEvent: (event) => told.push(event),
    ...options,
  });
  return { sandbox: world.sandbox, client, told };
}

function names(told: readonly SluiceEvent[]): string[] {
  return told.map(({ source, type }) => `${source} ${type}`);
}

async function deliver(client: Client, body: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(body);
  const { stored } = await client.storeWebhook(bytes, {
    "X-Allus-Webhook-Id": "wh_1",
    "X-Allus-Signature": await signHex(SECRET, bytes),
  });
  return stored;
}

Deno.test("processChanges() tells of its run, of pages, and of each change", async () => {
  const { sandbox, client, told } = await observed();
  const person = await sandbox.connect({});
  const change = { event: "field_updated", person, slug: "email" } as const;
  await sandbox.publishMany([
    { ...change, value: "anna@example.com" },
    { ...change, value: "anna@example.org" },
  ]);
  sandbox.publishRaw("no row");

  await client.processChanges(() => {}, { batchSize: 2 });

  assertEquals(names(told), [
    "pump run.started",
    "pump page.persisted",
    "pump event.delivered",
    "pump event.delivered",
    "pump page.persisted",
    "pump event.failed",
    "pump event.dead_lettered",
    "pump run.ended",
  ]);
  const dead = told.find(({ type }) => type === "event.dead_lettered");
  assert(dead?.type === "event.dead_lettered");
  assertEquals(dead.error, { name: "ValidationError", code: "validation" });
  const page = told.find(({ type }) => type === "page.persisted");
  assert(page?.type === "page.persisted");
  assertEquals([page.cut, page.webhook], [null, null]);
  assert(page.bytes > 100);
  assert(!JSON.stringify(told).includes("anna"));
  assert(!JSON.stringify(told).includes(person.userId));
});

Deno.test("processChanges() tells of a page when it is in the store, and that it was cut", async () => {
  let isHeld = false;
  const kv = withCommit(memoryKv(), async (change, next) => {
    const result = await next(change);
    isHeld ||= change.sets?.some(({ value }) =>
      value instanceof Uint8Array &&
      new TextDecoder().decode(value).includes("connection_created")
    ) ?? false;
    return result;
  });
  const heldWhenTold: boolean[] = [];
  const cuts: unknown[] = [];
  const { sandbox, client } = await observed({
    kv,
    onEvent: (event) => {
      if (event.type !== "page.persisted") return;
      heldWhenTold.push(isHeld);
      cuts.push(event.cut);
    },
  });
  const rows = ["a", "b"].map((id) => ({ id, event: "connection_created" }));
  for (const row of rows) sandbox.publishRaw(row);
  const bytes = JSON.stringify({ changes: rows }).length - 10;
  sandbox.failNext("changes", { kind: "truncate", bytes });
  await client.processChanges(() => {});
  assertEquals(cuts, ["cut_off"]);
  assertEquals(heldWhenTold, [true]);
});

Deno.test("storeWebhook() tells what was stored and what was refused, and processInbox() what it delivered", async () => {
  const clock = jumpingClock();
  const { client, told } = await observed({ now: clock.now });
  const at = clock.now();
  assert(await deliver(client, '{"event":"connection_created","id":"r1"}'));
  await client.storeWebhook("{}", { "X-Allus-Signature": "planted" });
  const long = new Request("https://a.example", { method: "POST", body: "x" });
  await client.storeWebhook(long, { maxBodyBytes: 0 });
  await client.processInbox(() => {});

  assertEquals(names(told), [
    "inbox webhook.stored",
    "inbox webhook.refused",
    "inbox webhook.refused",
    "inbox run.started",
    "inbox event.delivered",
    "inbox run.ended",
  ]);
  const [stored, unauthenticated, tooLarge] = told;
  assert(stored?.type === "webhook.stored");
  assertEquals([stored.bytes, stored.durationMs, stored.at], [40, 0, at]);
  assertEquals(unauthenticated, {
    source: "inbox",
    type: "webhook.refused",
    at,
    reason: "unauthenticated",
  });
  assert(tooLarge?.type === "webhook.refused");
  assertEquals(tooLarge.reason, "too_large");
});

Deno.test("storeWebhook() tells nothing of a delivery that the store did not take", async () => {
  const { client, told } = await observed({
    kv: withCommit(
      memoryKv(),
      () => Promise.reject(new Error("Cannot commit: planted")),
    ),
  });
  await deliver(client, "{}").catch(() => {});
  assertEquals(told, []);
});

Deno.test("drainWebhookBacklog() tells of pages with their webhook, as events of the inbox", async () => {
  const { sandbox, client, told } = await observed();
  sandbox.publishRaw({ id: "r1", event: "connection_created" }, {
    webhookId: "wh_1",
  });
  await client.drainWebhookBacklog("wh_1");
  const [page] = told;
  assert(page?.type === "page.persisted");
  assertEquals([page.source, page.webhook], ["inbox", "wh_1"]);
});

Deno.test("retryDeadLetters() tells of the re-drive under the source of the dead letters", async () => {
  const { sandbox, client, told } = await observed();
  const person = await sandbox.connect({});
  await sandbox.publish({ event: "connection_created", person });
  await client.processChanges(() => {
    throw new Error("planted");
  }, { maxRetries: 0 });
  told.length = 0;
  await client.retryDeadLetters(() => {});
  await client.retryDeadLetters(() => {}, { source: "inbox" });
  assertEquals(names(told), [
    "pump redrive.started",
    "pump event.delivered",
    "pump redrive.ended",
    "inbox redrive.started",
    "inbox redrive.ended",
  ]);
});

Deno.test("Client refuses a listener that is no function", async () => {
  const world = await webhookWorld();
  let message = "";
  await world.client({}, { onEvent: {} as never }).catch((error) => {
    assert(error instanceof TypeError);
    message = error.message;
  });
  assertEquals(message, "Cannot use onEvent: wanted a function, got object");
});
