import { join } from "@std/path";
import { systemClock } from "../../src/_internal/clock.ts";
import type { CliHost } from "../../src/cli.ts";
import {
  allowLoopback,
  generateSealingKey,
  type OutboundEvent,
  WebhookSender,
} from "../../src/delivery/mod.ts";
import { fsKv } from "../../src/kv/fs.ts";
import { type Ran, sluice } from "./_support.ts";

/** A request as the receiver got it. */
export interface Got {
  readonly headers: Headers;
  readonly body: string;
}

/** An application that sends webhooks, with its store in a folder, and a receiver. */
export interface Shop extends AsyncDisposable {
  readonly sealingKey: string;
  /** Where the receiver listens. */
  readonly url: string;
  /** What the receiver answers; 200 unless told otherwise. */
  answer: number;
  /** What the receiver got. */
  readonly got: Got[];
  /** A path in the folder; the store is in `store`, the module in `sender.js`. */
  path(name: string): string;
  /** Writes a file there and gives its path. */
  write(name: string, text: string): Promise<string>;
  /** Runs a command with `--kv`, `--module` unless there is one, and the sealing key. */
  sluice(args: readonly string[], over?: Partial<CliHost>): Promise<Ran>;
  /** Emits an event as the application does, so many milliseconds ago. */
  emit(
    event?: Partial<OutboundEvent>,
    options?: { agoMs?: number },
  ): Promise<void>;
  /** Adds a subscription by the command, and gives its id and its secret. */
  subscribe(args?: readonly string[]): Promise<{ id: string; secret: string }>;
}

const DELIVERY = import.meta.resolve("../../src/delivery/mod.ts");

/** Opens an application; `settings` is the rest of what it makes its sender with, as text. */
export async function startShop(settings = ""): Promise<Shop> {
  const folder = await Deno.makeTempDir();
  const path = (name: string): string => join(folder, name);
  const sealingKey = generateSealingKey();
  const got: Got[] = [];
  // A graceful end would wait for connections that the client keeps alive.
  const ending = new AbortController();
  const { signal } = ending;
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen: () => {}, signal },
    async (request) => {
      got.push({ headers: request.headers, body: await request.text() });
      return new Response("\x1b[2Jsecret of the receiver\u009b", {
        status: shop.answer,
      });
    },
  );
  const module = path("sender.js");
  await Deno.writeTextFile(
    module,
    `import { allowLoopback } from "${DELIVERY}";
export default { targetPolicy: { [allowLoopback]: true }, ${settings} };`,
  );
  const shop: Shop = {
    sealingKey,
    url: `http://127.0.0.1:${server.addr.port}/hook`,
    answer: 200,
    got,
    path,
    async write(name, text): Promise<string> {
      await Deno.writeTextFile(path(name), text);
      return path(name);
    },
    sluice(args, over): Promise<Ran> {
      const flags = args.includes("--module") ? [] : ["--module", module];
      return sluice([...args, "--kv", path("store"), ...flags], {
        env: { NO_COLOR: "1", SLUICE_SEALING_KEY: sealingKey },
        ...over,
      });
    },
    async emit(event = {}, { agoMs = 0 } = {}): Promise<void> {
      await using kv = await fsKv(path("store"));
      const sender = new WebhookSender({
        kv,
        sealingKey,
        targetPolicy: { [allowLoopback]: true },
        clock: { ...systemClock, now: () => systemClock.now() - agoMs },
      });
      await sender.emit({ name: "invoice.paid", data: { n: 1 }, ...event });
    },
    async subscribe(args = []): Promise<{ id: string; secret: string }> {
      const words = ["subscriptions", "add", shop.url, "--json", ...args];
      const { out, err } = await shop.sluice(words);
      if (out === "") throw new Error(err);
      return JSON.parse(out);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      ending.abort();
      await server.finished;
      await Deno.remove(folder, { recursive: true });
    },
  };
  return shop;
}
