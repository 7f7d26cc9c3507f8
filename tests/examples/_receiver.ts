import { assert, assertEquals } from "@std/assert";
import { Webhook } from "standardwebhooks";

/** An order that was placed, and was told of. */
export interface Placed {
  readonly n: number;
  /** The id of the event. */
  readonly id: string;
}

/** Somebody who subscribed to orders. */
export interface Receiver extends AsyncDisposable {
  readonly url: string;
  /** The secret of the subscription. */
  secret: string;
  /** What requests wait for before anybody looks at them. */
  opens: Promise<void>;
  /** How many requests are answered with 500. */
  fails: number;
  /** Every genuine request, in order. */
  readonly seen: readonly Placed[];
  /** Why the others were refused. */
  readonly refused: readonly string[];
  /** Does something when the n-th request has come in, before it is answered. */
  at(count: number, action: () => Promise<void>): void;
  /** Resolves once so many requests have come in. */
  has(count: number): Promise<void>;
  /** Resolves once each of them was accepted, under its id. */
  hasAll(placed: readonly Placed[]): Promise<void>;
}

/** Takes webhooks as one would who has never heard of this package. */
export function startReceiver(): Receiver {
  const seen: Placed[] = [];
  const accepted = new Map<number, string>();
  const refused: string[] = [];
  const actions = new Map<number, () => Promise<void>>();
  const server = Deno.serve({
    hostname: "127.0.0.1",
    port: 0,
    onListen: () => {},
  }, async (request) => {
    const body = await request.text();
    await receiver.opens;
    try {
      new Webhook(receiver.secret).verify(
        body,
        Object.fromEntries(request.headers),
      );
    } catch (error) {
      refused.push(String(error));
      return new Response(null, { status: 401 });
    }
    const placed = {
      n: Number(JSON.parse(body).data.id),
      id: request.headers.get("webhook-id") ?? "",
    };
    seen.push(placed);
    await actions.get(seen.length)?.();
    if (receiver.fails-- > 0) return new Response(null, { status: 500 });
    accepted.set(placed.n, placed.id);
    return new Response("taken");
  });
  const receiver: Receiver = {
    url: `http://127.0.0.1:${server.addr.port}/in`,
    secret: "",
    opens: Promise.resolve(),
    fails: 0,
    seen,
    refused,
    at: (count, action) => actions.set(count, action),
    has: (count) => until(() => seen.length >= count),
    async hasAll(placed): Promise<void> {
      await until(() => accepted.size >= placed.length);
      assertEquals(
        [...accepted].sort(([a], [b]) => a - b),
        placed.map(({ n, id }) => [n, id]),
      );
      const known = new Set(placed.map(({ n, id }) => `${n} ${id}`));
      for (const { n, id } of seen) assert(known.has(`${n} ${id}`));
    },
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
  return receiver;
}

/** Waits until something holds; rejects when that takes too long. */
export async function until(
  holds: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + 30_000;
  while (!await holds()) {
    assert(Date.now() < end, "it takes too long");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
