import { assert, assertEquals, assertRejects } from "@std/assert";
import type {
  Change,
  Client,
  WebhookArguments,
} from "../../src/company_data/mod.ts";
import { DecryptError, WebhookError } from "../../src/errors.ts";
import {
  hostileDeliveries,
  type HostileDelivery,
  type Receiver,
  RECEIVERS,
} from "./hostile_deliveries.ts";
import { webhookWorld } from "./_webhook_world.ts";

const world = await webhookWorld();
const table = await hostileDeliveries(world);

Deno.test("hostileDeliveries() holds at least 120 deliveries, each under a name of its own", () => {
  assert(table.length >= 120, `${table.length}`);
  assertEquals(new Set(table.map(({ name }) => name)).size, table.length);
});

for (const receiver of Object.keys(RECEIVERS) as Receiver[]) {
  const own = table.filter((delivery) => delivery.receiver === receiver);

  Deno.test(`verifyWebhook() says of ${own.length} odd deliveries what is true when ${receiver} is configured`, async () => {
    const client = await world.client(RECEIVERS[receiver]);
    for (const { name, headers, body, verify } of own) {
      assertEquals(await client.verifyWebhook(body, headers), verify, name);
    }
  });

  Deno.test(`parseWebhook() gives a change or a WebhookError for ${own.length} odd deliveries to ${receiver}`, async () => {
    const client = await world.client(RECEIVERS[receiver]);
    for (const delivery of own) await assertParsed(client, delivery);
  });

  Deno.test(`storeWebhook() keeps exactly the genuine ones of ${own.length} odd deliveries when ${receiver} is configured`, async () => {
    const client = await world.client(RECEIVERS[receiver]);
    for (const delivery of own) {
      assertEquals(
        await client.storeWebhook(...argumentsOf(delivery)),
        resultOf(delivery),
        delivery.name,
      );
    }
    const seen: Change[] = [];
    const report = await client.processInbox((change) => seen.push(change));
    const ends = Object.groupBy(own, ({ end }) => end);
    assertEquals(report, {
      delivered: ends.delivered?.length ?? 0,
      retried: 0,
      deadLettered: ends.dead?.length ?? 0,
      duplicates: ends.duplicate?.length ?? 0,
      drained: 0,
      dropped: 0,
      pending: 0,
      stopped: "empty",
    });
    const delivered = ends.delivered ?? [];
    for (const [i, { name, raw }] of delivered.entries()) {
      if (raw) assertEquals(seen[i]?.raw, raw, name);
    }
    const dead = await client.deadLetters({ source: "inbox" });
    assertEquals(
      dead.map(({ error }) => error.name),
      (ends.dead ?? []).map(({ parse }) =>
        parse === "WebhookError" ? "WebhookError" : "DecryptError"
      ),
    );
  });
}

async function assertParsed(
  client: Client,
  { name, headers, body, parse, raw }: HostileDelivery,
): Promise<void> {
  if (parse === "WebhookError") {
    await assertRejects(
      () => client.parseWebhook(body, headers),
      WebhookError,
      "Cannot read the webhook: ",
      name,
    );
    return;
  }
  const change = await client.parseWebhook(body, headers);
  if (raw) assertEquals(change.raw, raw, name);
  assertEquals(change.error instanceof DecryptError, parse !== "change", name);
}

/** As a request where an HTTP client could send it. */
function argumentsOf(
  { headers, body, unsendable }: HostileDelivery,
): WebhookArguments {
  if (unsendable) return [body, headers];
  const init = { method: "POST", headers: toHeaders(headers), body };
  return [new Request("https://hooks.test/", init)];
}

function toHeaders(list: HostileDelivery["headers"]): Headers {
  const headers = new Headers();
  for (const [name, value] of list) headers.append(name, value);
  return headers;
}

function resultOf(
  { status }: HostileDelivery,
): Awaited<ReturnType<Client["storeWebhook"]>> {
  if (status === 200) return { stored: true };
  return {
    stored: false,
    reason: status === 413 ? "too_large" : "unauthenticated",
  };
}
