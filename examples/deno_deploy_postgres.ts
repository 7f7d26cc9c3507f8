/**
 * Webhooks and the change feed on Deno Deploy with the data in Europe: what comes is kept in PostgreSQL, in the region
 * of your choice, and passed on to `TARGET_URL` within a minute. Any number of instances share the database.
 *
 * 1. Create a PostgreSQL database in a European region, such as Frankfurt, with any provider.
 * 2. On https://console.deno.com create an app from your clone of this repository, entrypoint
 *    `examples/deno_deploy_postgres.ts`.
 * 3. Set `DATABASE_URL=postgres://…?sslmode=require`, `ALLUS_API_URL`, `ALLUS_CLIENT_ID`, `ALLUS_CLIENT_SECRET`,
 *    `ALLUS_SERVICE_PRIVATE_KEY` (PEM), `ALLUS_KEY_PASSPHRASE`, `ALLUS_WEBHOOKS={"<id>":"<secret>"}`, `TARGET_URL`, and
 *    `ROUTE_TOKEN` of 16 characters or more. Give branches another database: each runs its own copy of the cron.
 * 4. Deploy, register `https://<app>/webhook` as webhook with the platform, and ask `/health` with the token as bearer.
 *
 * On your own machine: `deno run -A examples/deno_deploy_postgres.ts` with the same variables.
 *
 * @module
 */
import { Hono } from "hono";
import postgres from "postgres";
import {
  type Change,
  Client,
  type HandlerContext,
  type InboxOptions,
} from "@sluice/edge/company-data";
import { drainRoute, healthRoute, webhookReceiver } from "@sluice/edge/hono";
import { fromPostgresJs, postgresKv } from "@sluice/edge/kv/postgres";

// Deploy sends SIGINT and gives 5 seconds; a handler that does not obey its signal is left behind before they end.
const LONGEST_GOODBYE_MS = 4_000;

const target = variable("TARGET_URL");
const token = variable("ROUTE_TOKEN");
const stop = new AbortController();
// Few, because there are many instances. Idle ones are closed, so that an instance that sleeps holds none.
const settings = {
  max: 3,
  max_pipeline: 0, // needed on Deno 2.5, which Deploy runs
  idle_timeout: 20,
  connect_timeout: 10,
  onnotice: () => {},
};
const url = variable("DATABASE_URL");
const sql = fromPostgresJs(() => postgres(url, settings));
const kv = postgresKv(sql, { timeoutMs: 10_000 });
// Changes nothing where the table is there; a role that may not create tables leaves this to whoever may.
await kv.setup();
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
  await sql.end({ timeout: 1 });
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
