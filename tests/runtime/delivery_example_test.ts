import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import type { Subscribed } from "../../src/delivery/mod.ts";
import {
  type Placed,
  type Receiver,
  startReceiver,
  until,
} from "../examples/_receiver.ts";
import { type Host, startHost } from "./_host.ts";
import { fetchAlone } from "./_workerd.ts";

const TOKEN = "the-token-of-the-routes";
const COUNT = 40;
// How many requests the receiver has seen when the process ends, each time in the middle of one.
const KILLED_AT = [10, 25];
const MOST_AT_ONCE = 6;

Deno.test("the delivery example on Cloudflare delivers each order from its alarm, with one webhook-id, though it is killed", async () => {
  await using receiver = startReceiver();
  await using host = await startShop("./_delivery_worker.ts");
  await subscribe(host, receiver);
  for (const count of KILLED_AT) {
    receiver.at(count, () => host.workerd.kill());
  }
  const allPlaced = Promise.withResolvers<void>();
  receiver.opens = allPlaced.promise;
  const placed: Placed[] = [];
  for (let n = 0; n < COUNT; n++) placed.push(await order(host, n));
  allPlaced.resolve();
  for (const count of KILLED_AT) {
    await receiver.has(count);
    // No request wakes it: the alarm is on the disk as well.
    await host.restart("kill");
  }
  await receiver.hasAll(placed);
  assertEquals(receiver.refused, []);
  const repeats = receiver.seen.length - COUNT;
  assert(repeats >= KILLED_AT.length, `${repeats} repeats`);
  assert(repeats <= KILLED_AT.length * 2 * MOST_AT_ONCE, `${repeats} repeats`);
  assertEquals(await quiet(host), { pending: 0, hasIncoming: false });
});

Deno.test("the delivery example on Cloudflare sets its alarm for a repeat, and replays what is asked for", async () => {
  await using receiver = startReceiver();
  await using host = await startShop("./_delivery_worker.ts");
  const id = await subscribe(host, receiver);
  receiver.fails = 1;
  const placed = await order(host, 1);
  await receiver.hasAll([placed]);
  const ids = new Set(receiver.seen.map(({ id }) => id));
  assertEquals([receiver.seen.length, ids.size], [2, 1]);

  const response = await call(host, `/subscriptions/${id}/replay`, {
    method: "POST",
    body: JSON.stringify({ event: placed.id }),
  });
  assertEquals([response.status, await response.text()], [202, ""]);
  await receiver.has(3);
  assertEquals(receiver.seen[2], receiver.seen[0]);
  assertEquals(await quiet(host), { pending: 0, hasIncoming: false });
});

Deno.test("the delivery example on Cloudflare refuses targets inside the network, and callers without its token", async () => {
  await using host = await startShop(
    "../../examples/cloudflare_delivery/worker.ts",
  );
  const refused = await call(host, "/subscriptions", {
    method: "POST",
    body: JSON.stringify({ to: "https://127.0.0.1/in" }),
  });
  assertEquals(refused.status, 422);
  assertStringIncludes((await refused.json()).error, "Cannot subscribe: to: ");
  const unknown = await fetchAlone(`${host.workerd.url}/health`);
  await unknown.body?.cancel();
  assertEquals(unknown.status, 401);
});

async function startShop(entry: string): Promise<Host> {
  return await startHost(entry, {
    className: "Shop",
    reachesLocal: true,
    vars: { ROUTE_TOKEN: TOKEN, SEALING_KEY: generateSealingKey() },
  });
}

/** Gives the id of the subscription, and the receiver its secret. */
async function subscribe(host: Host, receiver: Receiver): Promise<string> {
  const body = JSON.stringify({ to: receiver.url, for: "order" });
  const response = await call(host, "/subscriptions", { method: "POST", body });
  const { subscription, secret }: Subscribed = await response.json();
  receiver.secret = secret ?? "";
  return subscription.id;
}

async function order(host: Host, n: number): Promise<Placed> {
  const body = JSON.stringify({ total: n * 10 });
  const response = await call(host, `/orders/${n}`, { method: "PUT", body });
  const { events: [event] } = await response.json();
  assertEquals(event.matched, 1);
  return { n, id: event.id };
}

/** What is left once the alarm has done its work. */
async function quiet(
  host: Host,
): Promise<{ pending: number; hasIncoming: boolean }> {
  let left = { pending: 1, hasIncoming: true };
  await until(async () => {
    const { pending, hasIncoming } = await (await call(host, "/health")).json();
    left = { pending, hasIncoming };
    return pending === 0;
  });
  return left;
}

async function call(
  host: Host,
  path: string,
  init: RequestInit = {},
): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}` };
  return await fetchAlone(`${host.workerd.url}${path}`, { ...init, headers });
}
