import { ConfigError } from "../errors.ts";

/** A running server. */
export interface Served {
  /** Where it listens. */
  readonly url: string;
  /** Resolves when it has stopped. */
  readonly finished: Promise<void>;
}

/** Where and how long to serve. */
export interface ServeAt {
  readonly port: number;
  readonly hostname: string;
  /** Stops the server. */
  readonly signal?: AbortSignal | undefined;
}

type Handler = (request: Request) => Response | Promise<Response>;

type HostServe = (
  options: Record<string, unknown>,
  handler: Handler,
) => { readonly addr: { readonly port: number }; finished: Promise<void> };

/** Serves a handler where the host can, or throws a `ConfigError`. */
export function serve(handler: Handler, at: ServeAt): Served {
  const { Deno: host } = globalThis as { Deno?: { serve?: HostServe } };
  if (!host?.serve) {
    throw new ConfigError("Cannot listen: wanted a host with Deno.serve");
  }
  const { port, hostname, signal } = at;
  const onListen = (): void => {};
  try {
    const options = { port, hostname, onListen, ...signal && { signal } };
    const { addr, finished } = host.serve(options, handler);
    const name = hostname.includes(":") ? `[${hostname}]` : hostname;
    return { url: `http://${name}:${addr.port}`, finished };
  } catch (cause) {
    throw new ConfigError(
      `Cannot listen on ${hostname}:${port}: the host refuses`,
      { cause },
    );
  }
}
