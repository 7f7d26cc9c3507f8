/**
 * Webhooks of your own on Deno Deploy: each order is committed together with the event about it, and delivered at once,
 * or by the cron of the next minute, with repeats over days.
 *
 * 1. On https://console.deno.com create an app from your clone of this repository: entrypoint
 *    `examples/deno_deploy_delivery.ts`.
 * 2. Under "Databases" provision a Deno KV database and assign it to the app.
 * 3. Set `ROUTE_TOKEN` of 16 characters or more, and `SEALING_KEY`, which
 *    `deno eval 'import { generateSealingKey } from "jsr:@sluice/edge/delivery"; console.log(generateSealingKey())'` makes.
 * 4. With the token as bearer: `POST /subscriptions` with `{"to": "https://…", "for": "order"}` gives the secret of the
 *    receiver, once; `PUT /orders/42` with any JSON tells the receiver; `GET /health` says what waits.
 *
 * On your own machine: `deno run -A examples/deno_deploy_delivery.ts` with the same variables, and `ALLOW_LOOPBACK=1` for
 * receivers that are on it too.
 *
 * @module
 */
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import {
  allowLoopback,
  type DeliverOptions,
  type JsonValue,
  type NewSubscription,
  WebhookSender,
} from "@sluice/edge/delivery";
import { ValidationError } from "@sluice/edge/errors";
import { denoKv } from "@sluice/edge/kv/deno";

// Deploy sends SIGINT and gives 5 seconds; requests under way get 3 of them.
const LONGEST_GOODBYE_MS = 4_000;

const stop = new AbortController();
const kv = denoKv(await Deno.openKv(), { closeHandle: true });
const sender = new WebhookSender({
  kv,
  sealingKey: variable("SEALING_KEY"),
  targetPolicy: Deno.env.get("ALLOW_LOOPBACK") ? { [allowLoopback]: true } : {},
});

// Another instance goes on ten seconds after one that was killed.
const run: DeliverOptions = {
  deadlineMs: 50_000,
  leaseMs: 10_000,
  signal: stop.signal,
};
let delivering: Promise<void> | undefined;
// Deploy finds it by evaluating this module: at the top, and before Deno.serve.
Deno.cron("deliver", "* * * * *", deliver);

const app = new Hono()
  .use(bearerAuth({ token: variable("ROUTE_TOKEN") }))
  .put("/orders/:id", async (c) => {
    const order = await c.req.json<JsonValue>();
    return c.json(await place(c.req.param("id"), order));
  })
  .post("/subscriptions", async (c) => {
    const wanted = await c.req.json<NewSubscription>();
    return c.json(await sender.subscribe(wanted), 201);
  })
  .post("/deliver", async (c) => c.json(await sender.deliverDue(run)))
  .get("/health", async (c) => c.json(await sender.health()))
  .onError((error, c) => {
    if (error instanceof HTTPException) return error.getResponse();
    if (error instanceof ValidationError || error instanceof SyntaxError) {
      return c.json({ error: error.message }, 422);
    }
    tell(error);
    return c.json({ error: "failed" }, 500);
  });
const server = Deno.serve(app.fetch);
Deno.addSignalListener("SIGINT", leave);

/** The order and the event are there together, or neither is; the answer does not wait for the delivery. */
async function place(id: string, order: JsonValue): Promise<unknown> {
  const event = { name: "order.placed", data: { id, order } };
  const sets = [{ key: ["order", id], value: order }];
  const result = await sender.emit(event, { commit: { sets } });
  deliver();
  return result;
}

/** One run at a time; what comes while one ends is delivered by the next. */
function deliver(): Promise<void> {
  delivering ??= runOnce().finally(() => delivering = undefined);
  return delivering;
}

async function runOnce(): Promise<void> {
  try {
    const report = await sender.deliverDue(run);
    if (report.stopped !== "busy") console.log(JSON.stringify(report));
  } catch (error) {
    tell(error); // the next minute tries again
  }
}

/** Begins nothing more; whatever waits is delivered by the next run of any instance. */
async function leave(): Promise<void> {
  setTimeout(() => Deno.exit(1), LONGEST_GOODBYE_MS);
  stop.abort();
  await Promise.allSettled([server.shutdown(), delivering]);
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
