import { ConfigError } from "../errors.ts";

/** A running server. */
export interface Served {
  /** Where it listens, without a slash at the end. */
  readonly url: string;
  /** The TCP port. */
  readonly port: number;
  /** Resolves when it has stopped. */
  readonly finished: Promise<void>;
}

/** Where and how long to serve. */
export interface ServeAt {
  /** TCP port; `0` takes a free one. */
  readonly port: number;
  /** Address of the interface. */
  readonly hostname: string;
  /** Stops the server. */
  readonly signal?: AbortSignal | undefined;
  /** What to do on a host that cannot serve, for its error. */
  readonly instead?: string;
}

type Handler = (request: Request) => Response | Promise<Response>;

interface HostOptions {
  readonly port: number;
  readonly hostname: string;
  readonly signal?: AbortSignal;
  onListen(): void;
  onError(): Response;
}

type HostServe = (
  options: HostOptions,
  handler: Handler,
) => { readonly addr: { readonly port: number }; finished: Promise<void> };

/** Serves a handler over HTTP where the host can, or throws a `ConfigError`. */
export function serve(handler: Handler, at: ServeAt): Served {
  const { port, hostname, signal, instead } = at;
  const { Deno: host } = globalThis as { Deno?: { serve?: HostServe } };
  if (!host?.serve) {
    const hint = instead === undefined ? "" : `; ${instead}`;
    throw new ConfigError(
      `Cannot listen: wanted a host with Deno.serve${hint}`,
    );
  }
  const options: HostOptions = {
    port,
    hostname,
    ...signal && { signal },
    onListen(): void {},
    // The host would print the stack of a body that breaks.
    onError: () => new Response(null, { status: 500 }),
  };
  try {
    const { addr, finished } = host.serve(options, handler);
    const name = hostname.includes(":") ? `[${hostname}]` : hostname;
    return { url: `http://${name}:${addr.port}`, port: addr.port, finished };
  } catch (cause) {
    const why = cause instanceof Error ? cause.name : "?";
    throw new ConfigError(
      `Cannot listen on ${hostname}:${port}: the host refuses it (${why})`,
      { cause },
    );
  }
}
