/**
 * Webhooks and the change feed on Cloudflare: a Durable Object keeps what comes, and its alarm passes it on to
 * `TARGET_URL`. Workers KV is no place for it, as it may forget.
 *
 * 1. In this folder: fill in `vars` of `wrangler.jsonc`. Key files with more than 100,000 PBKDF2 iterations are refused;
 *    on the free plan, whose requests get 10 ms of CPU, use a key without passphrase, kept as a secret.
 * 2. `npx wrangler secret put` for each of `ALLUS_CLIENT_SECRET`, `ALLUS_SERVICE_PRIVATE_KEY` (PEM),
 *    `ALLUS_KEY_PASSPHRASE`, `ALLUS_WEBHOOKS` (`{"<id>":"<secret>"}`), and `ROUTE_TOKEN` of 16 characters or more.
 * 3. `npx wrangler deploy`, register `https://<worker>/webhook` as webhook, ask `/health` with the token as bearer.
 *
 * @module
 */
import { Hono, type MiddlewareHandler } from "hono";
import {
  type Change,
  Client,
  type HandlerContext,
} from "@sluice/edge/company-data";
import { drainRoute, healthRoute, webhookReceiver } from "@sluice/edge/hono";
import {
  durableObjectKv,
  type DurableObjectStorageLike,
} from "@sluice/edge/kv/durable-object";

/** Variables, secrets (the `ALLUS_…` among them) and bindings of the worker. */
export interface Env {
  /** Where changes are passed on to. */
  readonly TARGET_URL: string;
  /** What callers of `/drain` and `/health` must know. */
  readonly ROUTE_TOKEN: string;
  /** The namespace of {@linkcode Inbox}. */
  readonly INBOX: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

interface Storage extends DurableObjectStorageLike {
  getAlarm(): Promise<number | null>;
  setAlarm(time: number): Promise<void>;
}

// Webhooks that come within a second are passed on together; what failed waits for half a minute.
const SOON_MS = 1_000;
const LATER_MS = 30_000;
// A target that is down for some minutes costs no dead letters.
const RUN = { deadlineMs: 25_000, maxRetries: 20 };

/** The one object that holds the buffer and the client. */
export class Inbox {
  readonly #storage: Storage;
  readonly #env: Env;
  readonly #client: Promise<Client>;
  #app: Hono | undefined;

  constructor(state: { readonly storage: Storage }, env: Env) {
    this.#storage = state.storage;
    this.#env = env;
    this.#client = Client.fromEnv(env, {
      kv: durableObjectKv(state.storage, { exclusive: true }),
      maxPbkdf2Iterations: 100_000,
    });
    // Whoever calls is told; until then it must not count as unhandled.
    this.#client.catch(() => {});
  }

  /** Answers for the worker. */
  async fetch(request: Request): Promise<Response> {
    this.#app ??= this.#route(await this.#client);
    return await this.#app.fetch(request);
  }

  /** Passes on what waits; Cloudflare calls it, and calls it again when it did not come to its end. */
  async alarm(): Promise<void> {
    const client = await this.#client;
    try {
      const { pending } = await client.processInbox(this.#deliver, RUN);
      if (pending > 0) await this.#wake(LATER_MS);
    } catch (error) {
      tell(error);
      await this.#wake(LATER_MS);
    }
  }

  #route(client: Client): Hono {
    const { ROUTE_TOKEN: token } = this.#env;
    const options = { ...RUN, token, source: "both" } as const;
    const receiver = webhookReceiver(client, { onFailure: tell });
    return new Hono()
      .post("/webhook", this.#wakeAfter, receiver)
      .post("/drain", drainRoute(client, this.#deliver, options))
      .get("/health", healthRoute(client, { token }));
  }

  // Before the answer leaves: who hears 200 knows that the change is kept and that its delivery is on its way.
  readonly #wakeAfter: MiddlewareHandler = async (c, next) => {
    await next();
    if (c.res.status === 200) await this.#wake(SOON_MS);
  };

  async #wake(inMs: number): Promise<void> {
    if (await this.#storage.getAlarm() !== null) return;
    await this.#storage.setAlarm(Date.now() + inMs);
  }

  // What throws is tried again; the same change may come twice, with the same id.
  readonly #deliver = async (
    { event, personId, slug, value, at }: Change,
    { id, signal }: HandlerContext,
  ): Promise<void> => {
    const response = await fetch(this.#env.TARGET_URL, {
      method: "POST",
      headers: { "content-type": "application/json", "idempotency-key": id },
      body: JSON.stringify({ event, personId, slug, value, at }),
      signal,
    });
    await response.body?.cancel();
    if (!response.ok) throw new Error(`Cannot deliver: ${response.status}`);
  };
}

/** The worker: everything goes to the one object. */
const worker: {
  fetch(request: Request, env: Env): Promise<Response>;
  scheduled(event: unknown, env: Env): Promise<void>;
} = {
  fetch: (request, env) => inbox(env).fetch(request),

  /** Drains the feed, and the inbox should an alarm have been given up. */
  async scheduled(_event, env): Promise<void> {
    const headers = { authorization: `Bearer ${env.ROUTE_TOKEN}` };
    const request = new Request("https://inbox/drain", {
      method: "POST",
      headers,
    });
    const response = await inbox(env).fetch(request);
    const report = await response.text();
    if (!response.ok) throw new Error(`Cannot drain: ${report}`);
    console.log(report);
  },
};
export default worker;

function inbox(env: Env): ReturnType<Env["INBOX"]["get"]> {
  return env.INBOX.get(env.INBOX.idFromName("inbox"));
}

function tell(error: unknown): void {
  console.error(error instanceof Error ? error.message : "failed");
}
