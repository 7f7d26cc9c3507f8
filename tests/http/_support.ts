import type { Clock } from "../../src/_internal/clock.ts";
import { decodeUtf8Lossy } from "../../src/_internal/bytes.ts";
import { isObject, parseJson } from "../../src/_internal/json.ts";
import {
  createHttp,
  type Http,
  type HttpOptions,
} from "../../src/http/request.ts";

export const CLIENT_SECRET = "s3cr3t/+ %client";

export interface Seen {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly body: string;
}

export interface TestServer extends AsyncDisposable {
  readonly url: string;
  /** Resolves when the server closes: what a handler waits for in order to hang. */
  readonly closing: Promise<void>;
  readonly seen: Seen[];
  /** What was asked besides tokens, as paths. */
  paths(): string[];
  /** How many tokens were asked for. */
  tokens(): number;
}

export type Handler = (seen: Seen, nth: number) => Response | Promise<Response>;

/** A loopback server; without a token handler it gives out `token-1`, `token-2` and so on. */
export function serve(
  handler: Handler,
  token: Handler = (_seen, nth) => tokenAnswer(`token-${nth}`),
): TestServer {
  const seen: Seen[] = [];
  const tokens: Seen[] = [];
  const calls: Seen[] = [];
  const closing = Promise.withResolvers<void>();
  const closed = closing.promise.then(() =>
    new Response(null, { status: 500 })
  );
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      const each = {
        method: request.method,
        path: url.pathname + url.search,
        headers: request.headers,
        body: await request.text(),
      };
      seen.push(each);
      const isToken = url.pathname.endsWith("/oauth2/token");
      const list = isToken ? tokens : calls;
      list.push(each);
      const answer = (isToken ? token : handler)(each, list.length);
      return await Promise.race([answer, closed]);
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    seen,
    closing: closing.promise,
    paths: () => calls.map((each) => each.path),
    tokens: () => tokens.length,
    async [Symbol.asyncDispose](): Promise<void> {
      closing.resolve();
      await server.shutdown();
    },
  };
}

export function tokenAnswer(token: unknown, more: object = {}): Response {
  return Response.json({
    access_token: token,
    token_type: "Bearer",
    expires_in: 3600,
    ...more,
  });
}

export function failure(
  status: number,
  key: string,
  headers: Record<string, string> = {},
): Response {
  const body = { error_key: key, error: `words of ${key}` };
  return Response.json(body, { status, headers });
}

/** A clock that jumps when somebody sleeps, and notes how long. */
export interface TestClock extends Clock {
  readonly slept: number[];
  advance(ms: number): void;
}

export function testClock(): TestClock {
  let now = Date.UTC(2026, 5, 1, 12);
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    advance(ms): void {
      now += ms;
    },
    sleep(ms): Promise<void> {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}

/** A client of the server with test settings; `random` at its top, so that jitter is none. */
export function client(
  baseUrl: string,
  options: Partial<HttpOptions> = {},
): Http {
  return createHttp({
    baseUrl,
    clientId: "svc_1",
    clientSecret: CLIENT_SECRET,
    fetch,
    clock: testClock(),
    random: () => 1,
    timeoutMs: 300_000,
    maxResponseBytes: 1024 * 1024,
    rebaseOrigins: [],
    parseErrorBody: (bytes) => {
      const value = parseJson(decodeUtf8Lossy(bytes));
      return Promise.resolve(isObject(value) ? value : undefined);
    },
    ...options,
  });
}

/** Everything that somebody could print of an error. */
export function spill(error: unknown): string {
  const parts: string[] = [];
  let next = error;
  while (next instanceof Error) {
    parts.push(next.message, next.stack ?? "", JSON.stringify(next));
    parts.push(
      Deno.inspect(next, {
        depth: 20,
        showHidden: true,
        strAbbreviateSize: 1e6,
      }),
    );
    next = next.cause;
  }
  return parts.join("\n");
}

/** A raw TCP server that writes the given bytes for each connection and closes it. */
export function serveRaw(answers: readonly string[]): AsyncDisposable & {
  readonly url: string;
  readonly count: () => number;
} {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  let count = 0;
  const done = (async () => {
    for await (const connection of listener) {
      const answer = answers[Math.min(count++, answers.length - 1)] ?? "";
      const head = new Uint8Array(64 * 1024);
      await connection.read(head);
      await connection.write(new TextEncoder().encode(answer));
      connection.close();
    }
  })();
  return {
    url: `http://127.0.0.1:${listener.addr.port}`,
    count: () => count,
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      await done;
    },
  };
}

/** A `fetch` that takes tokens from one place and everything else from another. */
export function splitFetch(
  tokenUrl: string,
  otherUrl: string,
): HttpOptions["fetch"] {
  return (url, init) => {
    const base = url.pathname.endsWith("/oauth2/token") ? tokenUrl : otherUrl;
    return fetch(new URL(url.pathname + url.search, base), init);
  };
}
