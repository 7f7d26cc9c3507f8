import { assert, assertEquals } from "@std/assert";
import { Hono } from "hono";
import { toBase64 } from "../../src/_internal/base64.ts";
import { Client } from "../../src/company_data/mod.ts";
import {
  encodePem,
  encryptEnvelope,
  generateKeyPair,
  importPublicKey,
} from "../../src/crypto/mod.ts";
import { KvError } from "../../src/errors.ts";
import {
  drainRoute,
  healthRoute,
  webhookReceiver,
} from "../../src/hono/mod.ts";
import type { KvStore } from "../../src/kv/kv.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  createSandbox,
  type Sandbox,
  type SandboxWebhookAuth,
} from "../../src/sandbox/mod.ts";
import {
  hostileDeliveries,
  type HostileWorld,
  type Receiver,
  RECEIVERS,
} from "../company_data/hostile_deliveries.ts";
import { withCommit } from "../_support/wrapped_kv.ts";
import type { NamedCheck } from "./_outcomes.ts";

const METHODS = ["hmac", "bearer", "basic", "header", "none"] as const;
const TOKEN = "the-token-of-the-routes";

/** The webhook receiver over a store in memory, sent to by a platform in the same process. */
export const WEBHOOK_CHECKS: readonly NamedCheck[] = [
  ...METHODS.map((method) => ({
    name:
      `webhookReceiver() keeps what comes with ${method}, and processInbox() delivers it`,
    run: () => assertReceives({ auth: { method } }),
  })),
  {
    name: "webhookReceiver() keeps XML, and processInbox() delivers it",
    run: () => assertReceives({ format: "xml" }),
  },
  {
    name: "webhookReceiver() keeps envelopes, and processInbox() opens them",
    run: () => assertReceives({ envelope: true }),
  },
  {
    name: "storeWebhook() takes a Request, and processInbox() skips a repeat",
    run: assertStores,
  },
  {
    name:
      "webhookReceiver() answers 503 while the store is down, and the platform sends it again",
    run: assertSendsAgain,
  },
  {
    name:
      "webhookReceiver() answers each odd delivery as it must, and the inbox holds exactly the genuine ones",
    run: assertHostile,
  },
];

interface Webhook {
  readonly auth?: SandboxWebhookAuth;
  readonly format?: "json" | "xml";
  readonly envelope?: boolean;
}

async function assertReceives(webhook: Webhook): Promise<void> {
  const { sandbox, client, app } = await receiver(webhook);
  const values = Array.from({ length: 5 }, (_, i) => `ä < ${i} & b`);
  const sent = await sandbox.deliverMany(
    values.map((value) => ({ event: "field_updated", slug: "email", value })),
  );
  assertEquals(sent.map(({ status }) => status), values.map(() => 200));
  assertEquals((await health(app)).inbox.pending, values.length);
  const seen: unknown[] = [];
  const report = await client.processInbox(({ value }) => seen.push(value));
  assertEquals([report.delivered, report.stopped], [values.length, "empty"]);
  assertEquals(seen, values);
  const refused = await app.request("/webhook", { method: "POST", body: "{" });
  assertEquals(refused.status, webhook.auth?.method === "none" ? 200 : 401);
}

async function assertStores(): Promise<void> {
  const { client } = await receiver({ auth: { method: "none" } });
  const row = { event: "connection_created", at: "2026-01-01T00:00:00Z" };
  for (const id of ["1", "2"]) {
    const request = new Request("http://receiver.test/", {
      method: "POST",
      body: JSON.stringify({ ...row, id }),
    });
    assertEquals(await client.verifyWebhook(request), true);
    assertEquals(await client.storeWebhook(request), { stored: true });
  }
  const { delivered, duplicates } = await client.processInbox(() => {});
  assertEquals([delivered, duplicates], [1, 1]);
}

async function assertSendsAgain(): Promise<void> {
  let isDown = true;
  const kv = withCommit(memoryKv(), async (change, commit) => {
    if (isDown) throw new KvError("Cannot commit: no connection");
    return await commit(change);
  });
  const { sandbox, app, webhookId } = await receiver({}, kv);
  const [first] = await sandbox.deliver({ event: "connection_created" });
  assertEquals(first?.status, 503);
  isDown = false;
  assert(await sandbox.probe(webhookId));
  const drained = await app.request("/drain", {
    method: "POST",
    headers: { authorization: `Bearer ${TOKEN}` },
  });
  assertEquals((await drained.json()).delivered, 1);
}

async function assertHostile(): Promise<void> {
  const { world, clientOf } = await hostileWorld();
  const table = await hostileDeliveries(world);
  assert(table.length >= 120, `${table.length} deliveries`);
  for (const receiver of Object.keys(RECEIVERS) as Receiver[]) {
    const client = await clientOf(RECEIVERS[receiver]);
    const app = new Hono().post("/webhook", webhookReceiver(client));
    const own = table.filter((delivery) =>
      delivery.receiver === receiver && !delivery.unsendable
    );
    for (const { name, headers, body, status } of own) {
      const init = {
        method: "POST",
        body,
        headers: headers.map(([key, value]): [string, string] => [key, value]),
      };
      assertEquals((await app.request("/webhook", init)).status, status, name);
    }
    const kept = own.filter(({ end }) => end !== "refused").length;
    assertEquals((await client.health()).inbox.pending, kept);
    const report = await client.processInbox(() => {});
    assertEquals([report.delivered, report.deadLettered, report.duplicates], [
      own.filter(({ end }) => end === "delivered").length,
      own.filter(({ end }) => end === "dead").length,
      own.filter(({ end }) => end === "duplicate").length,
    ]);
  }
}

/** The routes over a client, and a platform with a webhook that leads there. */
async function receiver(webhook: Webhook, kv: KvStore = memoryKv()): Promise<{
  sandbox: Sandbox;
  client: Client;
  app: Hono;
  webhookId: string;
}> {
  const sandbox = await createSandbox({ keyIterations: 1_000 });
  const app = new Hono();
  const webhookId = await sandbox.addWebhook({
    ...webhook,
    url: "http://receiver.test/webhook",
    fetch: (request) => app.fetch(request),
  });
  const client = await Client.fromConfig(sandbox.config(), {
    env: {},
    kv,
    fetch: sandbox.clientFetch,
  });
  app.post("/webhook", webhookReceiver(client))
    .post(
      "/drain",
      drainRoute(client, () => {}, { token: TOKEN, source: "inbox" }),
    )
    .get("/health", healthRoute(client));
  return { sandbox, client, app, webhookId };
}

async function health(
  app: Hono,
): Promise<{ inbox: { pending: number } }> {
  return await (await app.request("/health")).json();
}

/** The keys are made here, as no worker can make any while it starts. */
async function hostileWorld(): Promise<{
  world: HostileWorld;
  clientOf: (config: object) => Promise<Client>;
}> {
  const accountKeys = await generateKeyPair();
  const sandbox = await createSandbox({ accountKeys, passphrase: null });
  const spki = toBase64(accountKeys.publicKey);
  const [account, wrong] = await Promise.all([
    importPublicKey(spki, { hash: "SHA-1" }),
    importPublicKey(spki, { hash: "SHA-256" }),
  ]);
  const pem = encodePem(accountKeys.privateKey, "PRIVATE KEY");
  return {
    world: {
      value: (text) => sandbox.encrypt(text),
      envelope: (text) => encryptEnvelope(text, account),
      wrongHash: (text) => encryptEnvelope(text, wrong),
    },
    clientOf: (config) =>
      Client.fromConfig(
        sandbox.config({ account_private_key: pem, ...config }),
        { env: {}, kv: memoryKv(), fetch: sandbox.clientFetch },
      ),
  };
}
