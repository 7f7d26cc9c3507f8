/**
 * The whole story, on this machine alone. A company drains the changes of a sandbox and takes its webhooks; each new
 * address goes through an action of an integration into a CRM, and in one commit into the company's own Deno KV and its
 * outbox; a partner, which is down at first, hears of it by a webhook that it verifies; a connector lists the CRM.
 *
 *     deno run -A examples/whole/main.ts
 *
 * @module
 */
import { Hono } from "hono";
import { Client } from "@sluice/edge/company-data";
import {
  allowLoopback,
  generateSealingKey,
  WebhookSender,
} from "@sluice/edge/delivery";
import { webhookReceiver } from "@sluice/edge/hono";
import { connectorRoutes } from "@sluice/edge/hono/connector-routes";
import { denoKv } from "@sluice/edge/kv/deno";
import { createSandbox } from "@sluice/edge/sandbox";
import { contactsIn, savingInto } from "./_company.ts";
import { crmConnector } from "./_connector.ts";
import { startCrm } from "./_crm.ts";
import { crmIntegration } from "./_integration.ts";
import { startPartner } from "./_partner.ts";
import { serve } from "./_serve.ts";

await using sandbox = await createSandbox();
await using crm = startCrm();
await using partner = startPartner();

// SQLite; a path in place of :memory: keeps it, and Deno Deploy has one of its own.
await using stack = new AsyncDisposableStack();
const kv = denoKv(await Deno.openKv(":memory:"), { closeHandle: true });
stack.defer(() => kv.close());
const sender = new WebhookSender({
  kv,
  sealingKey: generateSealingKey(), // in earnest one that is kept with the secrets
  targetPolicy: { [allowLoopback]: true }, // the partner is on this machine
  retryDelaysMs: [100, 100, 100],
});
const app = new Hono();
await using company = serve(app.fetch);

// The platform knows the company's webhook, and the company knows the partner's.
await sandbox.addWebhook({ url: `${company.url}/webhook` });
await using client = await Client.fromConfig(sandbox.config(), {
  kv,
  fetch: sandbox.clientFetch,
  env: {},
});
app.post("/webhook", webhookReceiver(client));
const { secret } = await sender.subscribe({
  to: partner.url,
  for: "contact",
  ordered: true, // an old address must not come after a new one
});
partner.secret = secret ?? "";
partner.outages = 2;

const anna = await sandbox.connect({ userId: "anna" });
const bjorn = await sandbox.connect({ userId: "björn" });
const email = { event: "field_updated", slug: "email" } as const;
await sandbox.publishMany([
  { ...email, person: anna, value: "anna@old.example" },
  { ...email, person: bjorn, value: "bjorn@new.example" },
  { ...email, person: bjorn, value: "" },
]);

const integration = await crmIntegration(crm.url);
const parts = { sender, crm, integration };
const feed = await client.processChanges(savingInto(parts, "feed"), {
  maxRetries: 0,
});
console.log(`feed: ${feed.delivered} delivered, ${feed.deadLettered} given up`);

await sandbox.deliver({ ...email, person: anna, value: "anna@new.example" });
const inbox = await client.processInbox(savingInto(parts, "inbox"));
console.log(`inbox: ${inbox.delivered} delivered`);

const { succeeded, retried } = await sender.deliverDue();
console.log(`outbox: ${succeeded} delivered, ${retried} had to be repeated`);
for (const { id, email } of await contactsIn(kv)) {
  console.log("  company:", id, email);
  console.log("  partner:", id, partner.contacts.get(id));
}

await using connector = serve(connectorRoutes(crmConnector(crm.url)).fetch);
const answer = await fetch(`${connector.url}/list_accounts`, {
  method: "POST",
  body: JSON.stringify({ auth: { token: { token: crm.key } }, request: {} }),
});
for (const account of (await answer.json()).response) {
  console.log("  crm:", account.integration_specific_id, account.email);
}
