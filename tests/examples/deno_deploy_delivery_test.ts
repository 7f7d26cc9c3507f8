import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { endExample, example, readOutput, tempFolder } from "./_child.ts";
import {
  type Placed,
  type Receiver,
  startReceiver,
  until,
} from "./_receiver.ts";

const TOKEN = "the-token-of-the-routes";
// Windows has no signal that reaches one process alone.
const ignore = Deno.build.os === "windows";

interface Deployed extends AsyncDisposable {
  readonly receiver: Receiver;
  /** Starts the example on the database of this deployment. */
  start(): Promise<Instance>;
}

interface Instance {
  /** Asks it, with the token. */
  call(path: string, init?: RequestInit): Promise<Response>;
  readonly url: string;
  /** Sends the signal and gives the exit code and the milliseconds that it took. */
  end(signal: Deno.Signal): Promise<{ code: number; ms: number }>;
}

Deno.test({
  name:
    "deno_deploy_delivery.ts keeps orders, and delivers what its subscriber verifies",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { receiver } = deployed;
    const instance = await deployed.start();
    await subscribe(instance, receiver);
    await receiver.hasAll([
      await order(instance, 1),
      await order(instance, 2),
      await order(instance, 3),
    ]);
    assertEquals(receiver.refused, []);
    await untilQuiet(instance);

    const refused = await instance.call("/subscriptions", {
      method: "POST",
      body: JSON.stringify({ to: "https://10.0.0.1/in" }),
    });
    assertEquals(refused.status, 422);
    const { error } = await refused.json();
    assertStringIncludes(error, "Cannot subscribe: to: ");
    const unknown = await fetch(`${instance.url}/health`);
    await unknown.body?.cancel();
    assertEquals(unknown.status, 401);
    assertEquals((await instance.end("SIGINT")).code, 0);
  },
});

Deno.test({
  name:
    "deno_deploy_delivery.ts ends within 5 seconds of SIGINT while a receiver is slow, and the next instance loses nothing",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { receiver } = deployed;
    const first = await deployed.start();
    await subscribe(first, receiver);
    const over = Promise.withResolvers<void>();
    receiver.at(1, () => over.promise);
    const placed = [await order(first, 1)];
    await receiver.has(1);
    placed.push(await order(first, 2));
    const { code, ms } = await first.end("SIGINT");
    over.resolve();
    assertEquals(code, 0);
    assert(ms < 5_000, `it took ${ms} ms`);

    const second = await deployed.start();
    await deliverUntil(second, () => receiver.seen.length >= 3);
    await receiver.hasAll(placed);
    assertEquals((await second.end("SIGINT")).code, 0);
  },
});

Deno.test({
  name:
    "deno_deploy_delivery.ts delivers what it has answered though it is killed",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { receiver } = deployed;
    const first = await deployed.start();
    await subscribe(first, receiver);
    const over = Promise.withResolvers<void>();
    receiver.opens = over.promise;
    const placed = [await order(first, 1), await order(first, 2)];
    await first.end("SIGKILL");
    over.resolve();

    const second = await deployed.start();
    await deliverUntil(second, () => receiver.seen.length >= 2);
    await receiver.hasAll(placed);
    await untilQuiet(second);
    await second.end("SIGINT");
  },
});

/** A receiver, and a database for instances of the example. */
async function deploy(): Promise<Deployed> {
  await using stack = new AsyncDisposableStack();
  const receiver = stack.use(startReceiver());
  const { path } = stack.use(await tempFolder());
  const running = stack.use(new AsyncDisposableStack());
  const env = {
    ROUTE_TOKEN: TOKEN,
    SEALING_KEY: generateSealingKey(),
    ALLOW_LOOPBACK: "1",
    DENO_KV_DEFAULT_PATH: `${path}/kv.sqlite`,
    DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
  };
  const kept = stack.move();
  return {
    receiver,
    async start(): Promise<Instance> {
      const child = example("deno_deploy_delivery.ts", { env, talks: true })
        .spawn();
      const output = readOutput(child);
      running.defer(() => endExample(child, output, "SIGKILL").then(() => {}));
      const url = await output.url;
      const headers = { authorization: `Bearer ${TOKEN}` };
      return {
        url,
        call: (path, init) => fetch(`${url}${path}`, { ...init, headers }),
        end: (signal) => endExample(child, output, signal),
      };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

async function subscribe(
  instance: Instance,
  receiver: Receiver,
): Promise<void> {
  const body = JSON.stringify({ to: receiver.url, for: "order" });
  const response = await instance.call("/subscriptions", {
    method: "POST",
    body,
  });
  receiver.secret = (await response.json()).secret;
}

async function order(instance: Instance, n: number): Promise<Placed> {
  const body = JSON.stringify({ total: n * 10 });
  const response = await instance.call(`/orders/${n}`, { method: "PUT", body });
  const { events: [{ id, matched }] } = await response.json();
  assertEquals(matched, 1);
  return { n, id };
}

/** Asks for a delivery until it is done; the lease of an instance that was killed may remain for ten seconds. */
async function deliverUntil(
  instance: Instance,
  isDone: () => boolean,
): Promise<void> {
  await until(async () => {
    const response = await instance.call("/deliver", { method: "POST" });
    assertEquals(response.status, 200);
    await response.json();
    return isDone();
  });
}

async function untilQuiet(instance: Instance): Promise<void> {
  await until(async () => {
    const { pending, hasIncoming } = await (await instance.call("/health"))
      .json();
    return pending === 0 && !hasIncoming;
  });
}
