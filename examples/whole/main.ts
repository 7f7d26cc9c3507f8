/**
 * All parts together: changes of a sandbox go through an action of an integration into a CRM, and a connector lists
 * what the CRM holds then.
 *
 *     deno run -A examples/whole/main.ts
 *
 * @module
 */
import { type Change, Client } from "@sluice/edge/company-data";
import { connectorRoutes } from "@sluice/edge/hono/connector-routes";
import { ExecutionContext, type Integration } from "@sluice/edge/integration";
import { memoryKv } from "@sluice/edge/kv";
import { createSandbox } from "@sluice/edge/sandbox";
import { crmConnector } from "./_connector.ts";
import { type Crm, startCrm } from "./_crm.ts";
import { crmIntegration, REQUEST_CONFIG } from "./_integration.ts";

await using sandbox = await createSandbox();
await using crm = startCrm();
await using client = await Client.fromConfig(sandbox.config(), {
  kv: memoryKv(),
  fetch: sandbox.clientFetch,
  env: {},
});
const anna = await sandbox.connect({ userId: "anna" });
const bjorn = await sandbox.connect({ userId: "björn" });
await sandbox.publishMany(
  ([[anna, "anna@old.example"], [bjorn, "bjorn@new.example"], [
    anna,
    "anna@new.example",
  ], [bjorn, ""]] as const).map(([person, value]) => ({
    event: "field_updated",
    slug: "email",
    person,
    value,
  })),
);

const save = savingInto(crm, await crmIntegration(crm.url));
const { delivered, deadLettered } = await client.processChanges(save, {
  maxRetries: 0,
});
console.log(`${delivered} delivered, ${deadLettered} given up`);

await using connector = serveConnector(crm);
const answer = await fetch(`${connector.url}/list_accounts`, {
  method: "POST",
  body: JSON.stringify({ auth: { token: { token: crm.key } }, request: {} }),
});
for (const account of (await answer.json()).response) {
  console.log(account.integration_specific_id, account.email);
}

/** A handler that keeps every new address in the CRM. What the action cannot do stays with the client. */
function savingInto(
  { key }: Crm,
  integration: Integration,
): (change: Change) => Promise<void> {
  const context = new ExecutionContext({
    auth: { auth_type: "Custom", credentials: { api_key: key } },
    requestConfig: REQUEST_CONFIG,
  });
  return async ({ event, slug, personId, value }) => {
    if (event !== "field_updated" || slug !== "email") return;
    const inputs = { id: personId, email: value };
    const { type } = await integration.executeAction(
      "save_contact",
      inputs,
      context,
    );
    if (type !== "action") throw new Error(`Cannot save a contact: ${type}`);
  };
}

/** The connector on a free port of this machine. */
function serveConnector({ url }: Crm): AsyncDisposable & { url: string } {
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    connectorRoutes(crmConnector(url)).fetch,
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}
