/**
 * A webhook endpoint in a process of its own: `_server.ts <kind> <folder>`. The kind is a store, or what the endpoint
 * leaves out: `verify` keeps nothing, `bare` does not even look. The configuration is in the environment.
 */
import { Hono } from "hono";
import { type Change, Client } from "../../src/company_data/mod.ts";
import { type WebhookClient, webhookReceiver } from "../../src/hono/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { type Backend, openBackend } from "../crash/_stores.ts";

/** What a server does with a delivery. */
export type Kind = Backend | "verify" | "bare";

const [kind, dir = ""] = Deno.args;
const kv = await openStore(kind as Kind);
const client = await Client.fromEnv(undefined, { kv });
const app = new Hono();
if (kind === "bare") {
  app.post("/webhook", async (c) => {
    await c.req.arrayBuffer();
    return c.text("ok");
  });
} else {
  const receive = kind === "verify" ? verifyOnly(client) : client;
  const onFailure = (error: unknown): void => console.error(error);
  app.post("/webhook", webhookReceiver(receive, { onFailure }));
}
const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: ({ port }) => console.log(port),
}, app.fetch);
// Whoever started it closes its input to end it.
for await (const _ of Deno.stdin.readable);
await server.shutdown();
await kv.close();

async function openStore(kind: Kind): Promise<KvStore> {
  return kind === "fs" || kind === "deno"
    ? await openBackend(kind, dir)
    : memoryKv();
}

/** The same client, but what is genuine is forgotten at once. */
function verifyOnly(client: Client): WebhookClient<Change> {
  return {
    verifyWebhook: (...delivery) => client.verifyWebhook(...delivery),
    parseWebhook: (...delivery) => client.parseWebhook(...delivery),
    storeWebhook: async (...delivery) =>
      await client.verifyWebhook(...delivery)
        ? { stored: true }
        : { stored: false, reason: "unauthenticated" },
  };
}
