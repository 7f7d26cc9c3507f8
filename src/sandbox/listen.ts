import { assertInteger } from "../_internal/assert.ts";
import { serve } from "../http/serve.ts";

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

/** Serves a handler over HTTP where the host can. */
export function listen(
  handle: Handle,
  options: SandboxListenOptions = {},
): SandboxServer {
  const { port = 0, hostname = "127.0.0.1" } = options;
  assertInteger(port, "port", { min: 0, max: 65535 });
  const closing = new AbortController();
  const { url, port: bound, finished } = serve(
    (request) => handle(request, closing.signal),
    {
      port,
      hostname,
      signal: closing.signal,
      instead: "give 'clientFetch' of the sandbox to the client as its 'fetch'",
    },
  );
  // An orderly shutdown would wait for callers who hold an answer without reading it.
  const close = (): Promise<void> => {
    closing.abort(new DOMException("The sandbox was closed", "AbortError"));
    return finished;
  };
  return { url, port: bound, close, [Symbol.asyncDispose]: close };
}
