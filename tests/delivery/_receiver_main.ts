/**
 * The process of `startReceiver()`. It prints its ports, serves until its input ends, and is told what to do on
 * `/__control/`.
 */
import { toBase64 } from "../../src/_internal/base64.ts";
import { systemClock } from "../../src/_internal/clock.ts";
import type { Behaviour, ReceivedRequest } from "./_receiver.ts";
import { serveRaw } from "./_receiver_raw.ts";

const CONTROL = "/__control/";
const PIECE = new Uint8Array(16 * 1024).fill(120);
const behaviours = new Map<string, Behaviour[]>();
const requests: ReceivedRequest[] = [];

const server = Deno.serve({
  hostname: "127.0.0.1",
  port: 0,
  onListen: () => {},
  onError: () => new Response(null, { status: 500 }),
}, serve);
const rawPort = serveRaw((request) => record(request));
console.log(`${server.addr.port} ${rawPort}`);
for await (const _ of Deno.stdin.readable);
Deno.exit(0);

async function serve(request: Request): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const bytes = await request.bytes();
  if (pathname.startsWith(CONTROL)) {
    const query = JSON.parse(new TextDecoder().decode(bytes));
    return Response.json(control(pathname.slice(CONTROL.length), query));
  }
  const received = {
    path: pathname,
    target: pathname + search,
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: bytes,
    at: Date.now(),
  };
  return await answer(record(received), received);
}

/** Notes a request and says what it gets. */
function record(request: ReceivedRequest): Behaviour {
  requests.push(request);
  const left = behaviours.get(request.path) ?? [];
  const [next = {}] = left;
  if (left.length > 1) left.shift();
  return next;
}

function control(
  name: string,
  query: { path?: string; behaviours?: Behaviour[] },
): unknown {
  const { path } = query;
  const matching = path === undefined
    ? requests
    : requests.filter((each) => each.path === path);
  switch (name) {
    case "behave":
      behaviours.set(path ?? "/", query.behaviours ?? []);
      return true;
    case "received":
      return matching.map(wire);
    case "count":
      return matching.length;
    default:
      requests.length = 0;
      behaviours.clear();
      return true;
  }
}

function wire({ body, ...rest }: ReceivedRequest): object {
  return { ...rest, body: toBase64(body) };
}

async function answer(
  behaviour: Behaviour,
  received: ReceivedRequest,
): Promise<Response> {
  const { status = 200, headers, delayMs, hangs } = behaviour;
  if (delayMs !== undefined) await systemClock.sleep(delayMs);
  if (hangs === "head") await new Promise(() => {});
  const start = behaviour.echoes
    ? JSON.stringify(echo(received))
    : behaviour.body ?? "ok";
  const init = { status, ...headers && { headers: { ...headers } } };
  if (status === 204 || status === 304) return new Response(null, init);
  const isWhole = behaviour.pads === undefined && hangs === undefined;
  return new Response(isWhole ? start : padded(start, behaviour), init);
}

function echo(received: ReceivedRequest): object {
  return { ...received, body: new TextDecoder().decode(received.body) };
}

function padded(start: string, behaviour: Behaviour): ReadableStream {
  const { pads = 0, paceMs = 0, hangs } = behaviour;
  let left = pads === "endless" ? Infinity : pads;
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(start)),
    async pull(controller): Promise<void> {
      if (paceMs > 0) await systemClock.sleep(paceMs);
      if (left > 0) controller.enqueue(PIECE.slice(0, left));
      else if (hangs === "body") await new Promise(() => {});
      else controller.close();
      left -= PIECE.length;
    },
  });
}
