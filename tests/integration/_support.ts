import type { Clock } from "../../src/_internal/clock.ts";
import {
  ActionResult,
  type ContextLike,
  type ExecutionOptions,
  Integration,
  type IntegrationResult,
} from "../../src/integration/mod.ts";
import { config, FORM, POLLING } from "./_config.ts";

export const SECRET = "planted-5ecret";

export { config, FORM, POLLING };

/** A context as unit tests of integrations write it. */
export function mockContext(auth: unknown = {}): ContextLike {
  return {
    auth,
    fetch: () => Promise.reject(new Error("nobody may fetch here")),
  };
}

/** An integration whose `echo` does what it is told. */
export async function echoing(
  handler: (
    inputs: Record<string, unknown>,
  ) => unknown = (inputs) => new ActionResult(inputs["text"]),
  options: ExecutionOptions & { config?: Record<string, unknown> } = {},
): Promise<Integration> {
  const integration = await Integration.load(
    config(options.config),
    options,
  );
  integration.action("echo")(handler as never);
  return integration;
}

/** Runs `echo`. */
export function echo(
  integration: Integration,
  inputs: unknown = { text: "a" },
  auth: unknown = {},
): Promise<IntegrationResult> {
  return integration.executeAction("echo", inputs, mockContext(auth));
}

/** What goes on the wire. */
export function wire(result: unknown): unknown {
  return JSON.parse(JSON.stringify(result));
}

/** A request as a test server saw it. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  readonly body: Uint8Array<ArrayBuffer>;
  readonly text: string;
}

/** A server on loopback. */
export interface TestServer extends AsyncDisposable {
  readonly url: string;
  readonly port: number;
  readonly seen: Seen[];
}

/** Starts one; a handler that gets no answer ready waits until the server closes. */
export function serve(
  handler: (seen: Seen, nth: number) => Response | Promise<Response> | "hang",
): TestServer {
  const seen: Seen[] = [];
  const closing = Promise.withResolvers<void>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {} },
    async (request) => {
      const url = new URL(request.url);
      const body = new Uint8Array(await request.arrayBuffer());
      const each = {
        method: request.method,
        url: url.pathname + url.search,
        headers: request.headers,
        body,
        text: new TextDecoder().decode(body),
      };
      seen.push(each);
      const answer = handler(each, seen.length);
      if (answer !== "hang") return await answer;
      await closing.promise;
      return new Response(null, { status: 500 });
    },
  );
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    port: server.addr.port,
    seen,
    async [Symbol.asyncDispose](): Promise<void> {
      closing.resolve();
      await server.shutdown();
    },
  };
}

/** A clock that jumps when somebody sleeps, and notes how long. */
export function jumping(): Clock & { readonly slept: number[] } {
  let now = Date.UTC(2026, 5, 1, 12);
  const slept: number[] = [];
  return {
    slept,
    now: () => now,
    sleep(ms): Promise<void> {
      slept.push(ms);
      now += ms;
      return Promise.resolve();
    },
  };
}
