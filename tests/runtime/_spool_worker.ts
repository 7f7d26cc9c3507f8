/** A spool in an object of real workerd, whose handler delivers to the world outside. */
import { decodeUtf8, encodeUtf8 } from "../../src/_internal/bytes.ts";
import { createSpool, runSpool, type Spool } from "../../src/spool/mod.ts";
import {
  durableObjectKv,
  type DurableObjectStorageLike,
} from "../../src/kv/durable_object.ts";

interface Fetcher {
  fetch(request: Request): Promise<Response>;
}

interface Env {
  readonly WORLD: Fetcher;
  readonly STORE: {
    idFromName(name: string): unknown;
    get(id: unknown): Fetcher;
  };
}

/** The object that holds the spool. */
export class Store {
  readonly #storage: DurableObjectStorageLike;
  readonly #world: Fetcher;
  #spool: Spool<number> | undefined;

  constructor(
    state: { readonly storage: DurableObjectStorageLike },
    env: Env,
  ) {
    this.#storage = state.storage;
    this.#world = env.WORLD;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    const exclusive = searchParams.has("exclusive");
    const spool = this.#spool ??= this.#open(exclusive);
    if (pathname === "/pending") return Response.json(await spool.pending());
    if (pathname === "/append") {
      const numbers = encodeUtf8(await request.text());
      return Response.json(await spool.append(numbers));
    }
    const leaseMs = Number(searchParams.get("leaseMs"));
    return Response.json(await this.#drain(spool, leaseMs));
  }

  #open(exclusive: boolean): Spool<number> {
    return createSpool<number>({
      kv: durableObjectKv(this.#storage, { exclusive }),
      prefix: ["spool"],
      split: (body) => JSON.parse(decodeUtf8(body)),
    });
  }

  async #drain(spool: Spool<number>, leaseMs: number): Promise<unknown> {
    return await runSpool(spool, {
      prepare: (n) => n,
      isPoison: () => false,
      lane: () => "",
      handle: async (n) => {
        const body = String(n);
        const request = new Request("http://world/", { method: "POST", body });
        const response = await this.#world.fetch(request);
        await response.text();
        if (!response.ok) throw new Error("the world did not take it");
      },
    }, { leaseMs });
  }
}

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  fetch: (request, env) =>
    env.STORE.get(env.STORE.idFromName("spool")).fetch(request),
};
export default worker;
