/** A store on the other side of HTTP, so that the rules about reopening can end and start the process between. */
import { fromBase64, toBase64 } from "../../src/_internal/base64.ts";
import type {
  KvChange,
  KvCommitResult,
  KvEntry,
  KvKey,
  KvListOptions,
  KvRange,
  KvStore,
} from "../../src/kv/kv.ts";

/** Asks the worker that holds the store. */
export type Ask = <T>(path: string, init: RequestInit) => Promise<T>;

const BYTES = "remote:bytes";

/** The worker's side: answers what {@linkcode remoteKv} asks. */
export async function answerKv(
  kv: KvStore,
  request: Request,
): Promise<Response> {
  const { pathname } = new URL(request.url);
  const asked = JSON.parse(await request.text(), revive);
  return new Response(
    JSON.stringify(await answer(kv, { pathname, asked }) ?? null, replace),
  );
}

/** The test's side. Its `limits` are those of the store. */
export function remoteKv(ask: Ask, limits: KvStore["limits"]): KvStore {
  const post = async <T>(path: string, body: unknown): Promise<T> => {
    const text = JSON.stringify(body, replace);
    const plain = await ask<unknown>(path, { method: "POST", body: text });
    return JSON.parse(JSON.stringify(plain), revive);
  };
  return {
    limits,
    get: async <T>(key: KvKey) =>
      await post<KvEntry<T> | null>("/get", key) ?? undefined,
    async *list<T>(
      range: KvRange,
      options: KvListOptions = {},
    ): AsyncGenerator<KvEntry<T>, void, undefined> {
      yield* await post<KvEntry<T>[]>("/list", { range, options });
    },
    commit: (change: KvChange) => post<KvCommitResult>("/commit", change),
    close: () => Promise.resolve(),
  };
}

async function answer(
  kv: KvStore,
  { pathname, asked }: { pathname: string; asked: unknown },
): Promise<unknown> {
  switch (pathname) {
    case "/get":
      return await kv.get(asked as KvKey);
    case "/list": {
      const { range, options } = asked as Record<"range" | "options", never>;
      return await Array.fromAsync(kv.list(range, options));
    }
    case "/commit":
      return await kv.commit(asked as KvChange);
    default:
      return { limits: kv.limits };
  }
}

function replace(_name: string, value: unknown): unknown {
  return value instanceof Uint8Array ? { [BYTES]: toBase64(value) } : value;
}

function revive(_name: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  const bytes = (value as Record<string, unknown>)[BYTES];
  return typeof bytes === "string" ? fromBase64(bytes) : value;
}
