/** Runs the rules of the storage port, and what else only the inside can see, in an object of real workerd. */
import { durableObjectKv, type KvStore } from "../../src/kv/durable_object.ts";
import { kvContract } from "../../src/kv/contract.ts";
import { OBJECT_CHECKS, type ObjectStorage } from "./_object_checks.ts";
import { answerKv } from "./_remote_kv.ts";
import { type NamedCheck, type Outcome, outcomesOf } from "./_outcomes.ts";

interface Env {
  readonly STORE: {
    idFromName(name: string): unknown;
    get(id: unknown): { fetch(request: Request): Promise<Response> };
  };
}

/** The object under test. */
export class Store {
  readonly #storage: ObjectStorage;
  #kv: KvStore | undefined;

  constructor(state: { readonly storage: ObjectStorage }) {
    this.#storage = state.storage;
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url);
    switch (pathname) {
      case "/contract":
        return Response.json(await this.#contract());
      case "/object":
        return Response.json(
          await outcomesOf([
            this.#objectCheck(searchParams.get("check") ?? ""),
          ]),
        );
      case "/open":
        return Response.json(await outcomesOf([this.#opening()]));
      default:
        this.#kv ??= durableObjectKv(this.#storage);
        return await answerKv(this.#kv, request);
    }
  }

  #opening(): NamedCheck {
    return {
      name: "durableObjectKv()",
      run: () => durableObjectKv(this.#storage).close(),
    };
  }

  #contract(): Promise<Outcome[]> {
    const open = async (): Promise<KvStore> => {
      await this.#storage.deleteAll();
      return durableObjectKv(this.#storage);
    };
    const reopen = (): Promise<KvStore> =>
      Promise.resolve(durableObjectKv(this.#storage));
    return outcomesOf(kvContract(open, { reopen }));
  }

  #objectCheck(name: string): NamedCheck {
    return {
      name,
      run: async () => {
        await this.#storage.deleteAll();
        const check = OBJECT_CHECKS[name];
        if (!check) throw new TypeError(`There is no check "${name}"`);
        await check(this.#storage);
      },
    };
  }
}

const worker: { fetch(request: Request, env: Env): Promise<Response> } = {
  fetch: (request, env) => {
    const object = new URL(request.url).searchParams.get("object") ?? "main";
    return env.STORE.get(env.STORE.idFromName(object)).fetch(request);
  },
};
export default worker;
