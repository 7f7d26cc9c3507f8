/**
 * Webhooks of your own: an order and the event about it go into one commit, and a receiver on this machine verifies
 * what comes, is down for a while, and gets everything in the end.
 *
 *     deno run -A examples/delivery.ts
 *
 * @module
 */
import {
  allowLoopback,
  type DeliveryReport,
  generateSealingKey,
  verifySignature,
  WebhookSender,
} from "@sluice/edge/delivery";
import { WebhookError } from "@sluice/edge/errors";
import { denoKv } from "@sluice/edge/kv/deno";

const kv = denoKv(await Deno.openKv(":memory:"), { closeHandle: true });
const sender = new WebhookSender({
  kv,
  sealingKey: generateSealingKey(), // in earnest one that you keep with your secrets
  targetPolicy: { [allowLoopback]: true }, // in earnest receivers are public and https
  retryDelaysMs: [300, 300], // in earnest over days, which is the default
});

// The receiver: bytes first, then the signature, then whether it has been here before.
let secrets = "";
let isDown = false;
const handled = new Set<unknown>();
const server = Deno.serve(
  { hostname: "127.0.0.1", port: 0, onListen: () => {} },
  async (request) => {
    if (isDown) return new Response("down", { status: 503 });
    try {
      const { id, body } = await verifySignature(request, { secrets });
      const { data } = JSON.parse(new TextDecoder().decode(body));
      const isRepeat = handled.has(id);
      handled.add(id);
      console.log(`receiver: order ${data.number}${isRepeat ? ", again" : ""}`);
      return new Response(null, { status: 204 });
    } catch (error) {
      if (!(error instanceof WebhookError)) throw error;
      return new Response(null, { status: 401 });
    }
  },
);
const url = `http://127.0.0.1:${server.addr.port}/`;

const subscribed = await sender.subscribe({ to: url, for: "order" });
secrets = subscribed.secret ?? ""; // it is shown now, and never again
const forged = await fetch(url, { method: "POST", body: '{"number":0}' });
console.log(`a request without a signature: ${forged.status}`);

console.log(`order 1: ${await place(1)}`);
console.log(`order 1 once more: ${await place(1)}`);
tell(await sender.deliverDue());

isDown = true;
console.log(`order 2, while the receiver is down: ${await place(2)}`);
tell(await sender.deliverDue({ waitMs: 0 }));
isDown = false;
tell(await sender.deliverDue()); // waits up to a second for what is due; a cron or an alarm comes back for the rest

await sender.replay(subscribed.subscription.id, { since: 0 });
tell(await sender.deliverDue({ concurrency: 1 }));

await server.shutdown();
await kv.close();

/** Keeps an order and its event, or neither: here a number is taken only once. */
async function place(number: number): Promise<string> {
  const key = ["order", number];
  const commit = {
    checks: [{ key, version: null }],
    sets: [{ key, value: { number } }],
  };
  const event = { name: "order.placed", data: { number } };
  const { ok } = await sender.emit(event, { commit });
  return ok ? "kept" : "refused, and nobody is told";
}

function tell({ succeeded, retried }: DeliveryReport): void {
  console.log(`sender: ${succeeded} delivered, ${retried} to be repeated`);
}
