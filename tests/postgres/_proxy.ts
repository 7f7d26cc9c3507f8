/** Where a connection breaks: the request is lost on its way, or it arrives and the answer is lost. */
export type Cut = "request" | "answer";

/** A TCP proxy before the server that breaks or silences connections when it is told to. */
export interface Proxy extends AsyncDisposable {
  readonly port: number;
  /** Breaks the connection over which the next bytes go. */
  cutNext(cut: Cut): void;
  /** From now on nothing goes over the connections that are open, not even their end. New ones work. */
  freeze(): void;
}

/** Starts a proxy on a free loopback port. */
export function startProxy(target: number): Proxy {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const open = new Set<Deno.TcpConn>();
  const pipes: Promise<void>[] = [];
  let armed: Cut | undefined;
  let freezes = 0;

  async function serve(): Promise<void> {
    for await (const client of listener) pipes.push(join(client));
  }

  async function join(client: Deno.TcpConn): Promise<void> {
    const server = await Deno.connect({ hostname: "127.0.0.1", port: target });
    open.add(client).add(server);
    const born = freezes;
    const isFrozen = (): boolean => freezes > born;
    let cut: Cut | undefined;
    const close = (): void => {
      if (isFrozen()) return;
      for (const end of [client, server]) {
        if (open.delete(end)) end.close();
      }
    };
    await Promise.allSettled([
      pump(client, server, {
        isFrozen,
        mayPass: () => {
          cut = armed;
          armed = undefined;
          return cut !== "request";
        },
      }).finally(close),
      pump(server, client, {
        isFrozen,
        mayPass: () => cut !== "answer",
      }).finally(close),
    ]);
  }

  const serving = serve();
  return {
    port: (listener.addr as Deno.NetAddr).port,
    cutNext(cut): void {
      armed = cut;
    },
    freeze(): void {
      freezes++;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      listener.close();
      for (const end of open) end.close();
      open.clear();
      await serving;
      await Promise.all(pipes);
    },
  };
}

/** Copies until the end, or until something may not pass. What comes while it is frozen is lost. */
async function pump(
  from: Deno.TcpConn,
  to: Deno.TcpConn,
  { isFrozen, mayPass }: { isFrozen: () => boolean; mayPass: () => boolean },
): Promise<void> {
  const buffer = new Uint8Array(65_536);
  for (;;) {
    const count = await from.read(buffer);
    if (count !== null && isFrozen()) continue;
    if (count === null || !mayPass()) return;
    for (let at = 0; at < count;) {
      at += await to.write(buffer.subarray(at, count));
    }
  }
}
