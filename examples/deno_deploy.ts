/**
 * Webhooks and the change feed on Deno Deploy: what comes is kept in Deno KV and passed on to `TARGET_URL` within a
 * minute.
 *
 * 1. On https://console.deno.com create an app from your clone of this repository: entrypoint `examples/deno_deploy.ts`.
 * 2. Under "Databases" provision a Deno KV database and assign it to the app.
 * 3. Set `ALLUS_API_URL`, `ALLUS_CLIENT_ID`, `ALLUS_CLIENT_SECRET`, `ALLUS_SERVICE_PRIVATE_KEY` (PEM),
 *    `ALLUS_KEY_PASSPHRASE`, `ALLUS_WEBHOOKS={"<id>":"<secret>"}`, `TARGET_URL`, and `ROUTE_TOKEN` of 16 characters or more.
 * 4. Deploy, register `https://<app>/webhook` as webhook with the platform, and ask `/health` with the token as bearer.
 *
 * On your own machine: `deno run -A examples/deno_deploy.ts` with the same variables; Deno keeps the database.
 *
 * @module
 */
import { Hono } from "hono";
import {
  type Change,
  Client,
  type HandlerContext,
  type InboxOptions,
} from "@sluice/edge/company-data";
import { drainRoute, healthRoute, webhookReceiver } from "@sluice/edge/hono";
import { denoKv } from "@sluice/edge/kv/deno";

// Deploy sends SIGINT and gives 5 seconds; a handler that does not obey its signal is left behind before they end.
const LONGEST_GOODBYE_MS = 4_000;

const target = variable("TARGET_URL");
const token = variable("ROUTE_TOKEN");
const stop = new AbortController();
const kv = denoKv(await Deno.openKv(), { closeHandle: true });
const client = await Client.fromEnv(undefined, { kv });

// A target that is down for some minutes costs no dead letters.
const run: InboxOptions = {
  deadlineMs: 45_000,
  maxRetries: 20,
  signal: stop.signal,
};
let draining: Promise<void> = Promise.resolve();
// Deploy finds it by evaluating this module: at the top, and before Deno.serve.
Deno.cron("drain", "* * * * *", () => draining = drain());

const app = new Hono()
  .post("/webhook", webhookReceiver(client, { onFailure: tell }))
  .post(
    "/drain",
    drainRoute(client, deliver, { ...run, token, source: "both" }),
  )
  .get("/health", healthRoute(client, { token }));
const server = Deno.serve(app.fetch);
Deno.addSignalListener("SIGINT", leave);

/** Passes a change on. What throws is tried again; the same change may come twice, with the same id. */
async function deliver(
  { event, personId, slug, value, at }: Change,
  { id, signal }: HandlerContext,
): Promise<void> {
  const response = await fetch(target, {
    method: "POST",
    headers: { "content-type": "application/json", "idempotency-key": id },
    body: JSON.stringify({ event, personId, slug, value, at }),
    signal,
  });
  await response.body?.cancel();
  if (!response.ok) throw new Error(`Cannot deliver: ${response.status}`);
}

async function drain(): Promise<void> {
  try {
    const inbox = await client.processInbox(deliver, run);
    const feed = await client.processChanges(deliver, run);
    console.log(JSON.stringify({ inbox, feed }));
  } catch (error) {
    tell(error); // the next minute tries again
  }
}

/** Stops between two changes. What was in hand, and whatever waits, comes in the next run of any instance. */
async function leave(): Promise<void> {
  setTimeout(() => Deno.exit(1), LONGEST_GOODBYE_MS);
  stop.abort();
  await Promise.allSettled([server.shutdown(), draining]);
  await client[Symbol.asyncDispose]();
  await kv.close();
  Deno.exit(0);
}

function tell(error: unknown): void {
  console.error(error instanceof Error ? error.message : "failed");
}

function variable(name: string): string {
  const value = Deno.env.get(name);
  if (value) return value;
  throw new TypeError(`Cannot start: wanted the variable ${name}`);
}
