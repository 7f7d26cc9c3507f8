import { createApp } from "./_app.ts";
import { listen, type SandboxServer } from "./listen.ts";
import type { Sandbox } from "./sandbox.ts";
import { type State, UNLISTENED_ORIGIN } from "./_state.ts";

type Serving = Pick<
  Sandbox,
  "fetch" | "clientFetch" | "listen" | "close" | typeof Symbol.asyncDispose
>;

/** The members of a sandbox that answer requests. */
export function serving(state: State): Serving {
  const app = createApp(state);
  const servers = new Set<SandboxServer>();
  const close = async (): Promise<void> => {
    state.origin = UNLISTENED_ORIGIN;
    await Promise.all(Array.from(servers, (server) => server.close()));
    servers.clear();
  };
  return {
    fetch: async (request) => await app.fetch(request),
    async clientFetch(input, init): Promise<Response> {
      const request = new Request(input, init);
      request.signal.throwIfAborted();
      const response = await app.fetch(request);
      request.signal.throwIfAborted();
      if (!state.dropped.has(response)) return response;
      throw new TypeError("Cannot answer: the sandbox dropped the connection");
    },
    listen(options): Promise<SandboxServer> {
      // A refusal of the host becomes a rejection.
      return Promise.try(() => {
        const server = listen(
          (request, closing) => app.fetch(request, { closing }),
          options,
        );
        servers.add(server);
        state.origin = server.url;
        return server;
      });
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
