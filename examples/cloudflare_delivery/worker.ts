/**
 * Webhooks of your own on Cloudflare: a Durable Object commits each order together with the event about it, and its
 * alarm delivers, signed, with repeats over days.
 *
 * 1. `npx wrangler secret put` for `ROUTE_TOKEN` of 16 characters or more, and for `SEALING_KEY`, which
 *    `deno eval 'import { generateSealingKey } from "jsr:@sluice/edge/delivery"; console.log(generateSealingKey())'` makes.
 * 2. `npx wrangler deploy`.
 * 3. With the token as bearer: `POST /subscriptions` with `{"to": "https://…", "for": "order"}` gives the secret of the
 *    receiver, once; `PUT /orders/42` with any JSON tells the receiver; `GET /health` says what waits.
 *
 * A worker has no DNS to ask, so names of targets stay unresolved; its `fetch` reaches nothing but the internet.
 *
 * @module
 */
import { Hono } from "hono";
import { bearerAuth } from "hono/bearer-auth";
import { HTTPException } from "hono/http-exception";
import {
  type EmitResult,
  type JsonValue,
  type NewSubscription,
  type ReplayRequest,
  WebhookSender,
  type WebhookSenderOptions,
} from "@sluice/edge/delivery";
import { ValidationError } from "@sluice/edge/errors";
import {
  durableObjectKv,
  type DurableObjectStorageLike,
} from "@sluice/edge/kv/durable-object";

/** Secrets and bindings of the worker. */
export interface Env {
  /** What callers must know. */
  readonly ROUTE_TOKEN: string;
  /** Keeps secrets and events in the store unreadable. */
  readonly SEALING_KEY: string;
  /** The namespace of {@linkcode Shop}. */
  readonly SHOP: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

/** The storage of an object with its alarm. */
export interface Storage extends DurableObjectStorageLike {
  /** When the alarm comes; `null` when none is set, and while one is at work. */
  getAlarm(): Promise<number | null>;
  /** Sets the alarm. */
  setAlarm(time: number): Promise<void>;
}

// What is ordered within that time is delivered by one alarm.
const SOON_MS = 200;
const LATER_MS = 30_000;
// A worker waits for six answers at once; more would only run out of time in the queue.
const RUN = { deadlineMs: 25_000, concurrency: 6 };

/** The one object that holds the orders, and what subscribers have not heard of yet. */
export class Shop {
  readonly #storage: Storage;
  readonly #kv: ReturnType<typeof durableObjectKv>;
  readonly #sender: WebhookSender;
  readonly #app: Hono;

  /** Cloudflare gives the first two; a test says more about the sender. */
  constructor(
    state: { readonly storage: Storage },
    env: Env,
    options: Partial<WebhookSenderOptions> = {},
  ) {
    this.#storage = state.storage;
    this.#kv = durableObjectKv(state.storage, { exclusive: true });
    this.#sender = new WebhookSender({
      kv: this.#kv,
      sealingKey: env.SEALING_KEY,
      ...options,
    });
    this.#app = this.#route(env.ROUTE_TOKEN);
  }

  /** Answers for the worker. */
  async fetch(request: Request): Promise<Response> {
    return await this.#app.fetch(request);
  }

  /** Delivers what is due; Cloudflare calls it, and calls it again when it did not come to its end. */
  async alarm(): Promise<void> {
    try {
      const { nextDueAt } = await this.#sender.deliverDue(RUN);
      if (nextDueAt !== null) await this.#wakeAt(nextDueAt);
    } catch (error) {
      tell(error);
      await this.#wakeAt(Date.now() + LATER_MS);
    }
  }

  #route(token: string): Hono {
    return new Hono()
      .use(bearerAuth({ token }))
      .put("/orders/:id", async (c) => {
        const id = c.req.param("id");
        const order = await c.req.json<JsonValue>();
        return c.json(await this.#order(id, order));
      })
      .post("/subscriptions", async (c) => {
        const wanted = await c.req.json<NewSubscription>();
        return c.json(await this.#sender.subscribe(wanted), 201);
      })
      .post("/subscriptions/:id/replay", async (c) => {
        const wanted = await c.req.json<ReplayRequest>();
        await this.#sender.replay(c.req.param("id"), wanted);
        await this.#wakeAt(Date.now());
        return c.body(null, 202);
      })
      .get("/health", async (c) => c.json(await this.#sender.health()))
      .onError((error, c) => {
        if (error instanceof HTTPException) return error.getResponse();
        if (error instanceof ValidationError || error instanceof SyntaxError) {
          return c.json({ error: error.message }, 422);
        }
        tell(error);
        return c.json({ error: "failed" }, 500);
      });
  }

  /** The order and the event are there together, or neither is. */
  async #order(id: string, order: JsonValue): Promise<EmitResult> {
    // Before the commit, or an end between the two would leave an event that nobody delivers until the next one.
    await this.#wakeAt(Date.now() + SOON_MS);
    const event = {
      name: "order.placed",
      data: { id, order },
      entity: `order/${id}`,
    };
    const sets = [{ key: ["order", id], value: order }];
    const result = await this.#sender.emit(event, { commit: { sets } });
    // And after it, for the alarm that came meanwhile.
    await this.#wakeAt(Date.now() + SOON_MS);
    return result;
  }

  async #wakeAt(time: number): Promise<void> {
    const set = await this.#storage.getAlarm();
    if (set === null || set > time) await this.#storage.setAlarm(time);
  }
}

/** The worker: everything goes to the one object. */
const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  fetch: (request, env) =>
    env.SHOP.get(env.SHOP.idFromName("shop")).fetch(request),
};
export default worker;

function tell(error: unknown): void {
  console.error(error instanceof Error ? error.message : "failed");
}
