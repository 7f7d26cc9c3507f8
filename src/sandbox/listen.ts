import { assertInteger } from "../_internal/assert.ts";
import { ConfigError } from "../errors.ts";

/** Where a sandbox listens. */
export interface SandboxListenOptions {
  /** TCP port; `0`, the default, takes a free one. */
  port?: number;
  /** Address of the interface. Defaults to `127.0.0.1`. */
  hostname?: string;
}

/** A sandbox that can be reached over HTTP. */
export interface SandboxServer extends AsyncDisposable {
  /** The base URL, without a slash at the end: what `api_url` wants. */
  readonly url: string;
  /** The TCP port. */
  readonly port: number;
  /** Stops at once: answers that are delayed, stalled or on their way are broken off. Closing twice is no error. */
  close(): Promise<void>;
}

/** A handler of the app that also learns when its server closes. */
export type Handle = (
  request: Request,
  closing: AbortSignal,
) => Response | Promise<Response>;

interface HostServer {
  readonly addr: { readonly port: number };
  readonly finished: Promise<void>;
}

interface ServeOptions {
  port: number;
  hostname: string;
  signal: AbortSignal;
  onListen(): void;
  onError(): Response;
}

type Serve = (
  options: ServeOptions,
  handler: (request: Request) => Response | Promise<Response>,
) => HostServer;

/** Serves a handler over HTTP where the host can. */
export function listen(
  handle: Handle,
  options: SandboxListenOptions = {},
): SandboxServer {
  const { port = 0, hostname = "127.0.0.1" } = options;
  assertInteger(port, "port", { min: 0, max: 65535 });
  const closing = new AbortController();
  const server = serve(
    (request) => handle(request, closing.signal),
    { port, hostname, signal: closing.signal },
  );
  // An orderly shutdown would wait for callers who hold an answer without reading it.
  const close = (): Promise<void> => {
    closing.abort(new DOMException("The sandbox was closed", "AbortError"));
    return server.finished;
  };
  return {
    url: `http://${
      hostname.includes(":") ? `[${hostname}]` : hostname
    }:${server.addr.port}`,
    port: server.addr.port,
    close,
    [Symbol.asyncDispose]: close,
  };
}

function serve(
  handler: (request: Request) => Response | Promise<Response>,
  at: { port: number; hostname: string; signal: AbortSignal },
): HostServer {
  const serve = (globalThis as { Deno?: { serve?: Serve } }).Deno?.serve;
  if (!serve) {
    throw new ConfigError(
      "Cannot listen: this host has no Deno.serve; give 'clientFetch' of the sandbox to the client as its 'fetch'",
    );
  }
  try {
    return serve({
      ...at,
      onListen(): void {},
      // Reached for a body that a fault breaks; the host would print a stack otherwise.
      onError: () => new Response(null, { status: 500 }),
    }, handler);
  } catch (cause) {
    throw new ConfigError(
      `Cannot listen on ${at.hostname}:${at.port}: the host refuses`,
      { cause },
    );
  }
}
