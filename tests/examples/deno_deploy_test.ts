import { assert, assertEquals, assertMatch } from "@std/assert";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { endExample, example, readOutput, tempFolder } from "./_child.ts";
import { startTarget, type Target, variablesOf } from "./_target.ts";

const TOKEN = "the-token-of-the-routes";
const AUTHORIZED = { headers: { authorization: `Bearer ${TOKEN}` } };
// Windows has no signal that reaches one process alone.
const ignore = Deno.build.os === "windows";

interface Deployed extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly target: Target;
  /** Starts the example on the database of this deployment. */
  start(): Promise<Instance>;
}

interface Instance {
  readonly url: string;
  /** Sends the signal and gives the exit code and the milliseconds that it took. */
  end(signal: Deno.Signal): Promise<{ code: number; ms: number }>;
}

Deno.test({
  name:
    "deno_deploy.ts keeps webhooks, tells its health, and passes them on when a scheduler asks",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { sandbox, target } = deployed;
    const { url, end } = await deployed.start();
    assertEquals(await publish(sandbox, 5), [200]);
    sandbox.publishRaw({ id: "feed-1", event: "connection_created" });
    const statuses = [
      await statusOf(`${url}/webhook`, { method: "POST", body: "{}" }),
      await statusOf(`${url}/drain`, { method: "POST" }),
      await statusOf(`${url}/health`),
    ];
    assertEquals(statuses, [401, 401, 401]);

    await drainUntil(url, () => target.passed.length === 6);

    assertEquals(valuesOf(target), [...values(5), null]);
    const { inbox, feed } = await (await fetch(`${url}/health`, AUTHORIZED))
      .json();
    assertEquals([inbox.pending, feed.pending], [0, 0]);
    assertEquals([inbox.deadLetters, feed.deadLetters], [0, 0]);
    assertEquals((await end("SIGINT")).code, 0);
  },
});

Deno.test({
  name:
    "deno_deploy.ts ends within 5 seconds of SIGINT while a handler is slow, and the next instance loses nothing",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { sandbox, target } = deployed;
    const first = await deployed.start();
    await publish(sandbox, 6);
    const inHand = Promise.withResolvers<void>();
    const over = Promise.withResolvers<void>();
    target.before = async () => {
      if (target.passed.length < 2) return;
      inHand.resolve();
      await over.promise;
      throw new Error("it has waited in vain");
    };
    const asked = fetch(`${first.url}/drain`, {
      method: "POST",
      ...AUTHORIZED,
    });
    asked.catch(() => {}); // heard below, unless the end comes the hard way
    await inHand.promise;
    const { code, ms } = await first.end("SIGINT");
    over.resolve();

    assertEquals(code, 0);
    assert(ms < 5_000, `it took ${ms} ms`);
    assertEquals(target.passed.length, 2);
    // Whoever asked hears how it ended; `busy` where the cron of the example was a moment faster.
    const { inbox } = await (await asked).json();
    assertMatch(inbox.stopped, /^(?:aborted|busy)$/);
    target.before = () => {};
    const second = await deployed.start();
    await drainUntil(second.url, () => target.passed.length >= 6);
    assertEquals(valuesOf(target), values(6));
    await second.end("SIGINT");
  },
});

Deno.test({
  name:
    "deno_deploy.ts loses no webhook that it has answered when it is killed",
  ignore,
  async fn(): Promise<void> {
    await using deployed = await deploy();
    const { sandbox, target } = deployed;
    const first = await deployed.start();
    await publish(sandbox, 4);
    await first.end("SIGKILL");
    const second = await deployed.start();
    await drainUntil(second.url, () => target.passed.length >= 4);
    assertEquals(valuesOf(target), values(4));
    await second.end("SIGINT");
  },
});

/** A platform, a target, and a database for instances of the example. */
async function deploy(): Promise<Deployed> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await createSandbox({ keyIterations: 1 }));
  await sandbox.listen();
  const { path } = stack.use(await tempFolder());
  const target = stack.use(startTarget());
  const running = stack.use(new AsyncDisposableStack());
  let url = "";
  await sandbox.addWebhook({
    url: "http://example.invalid/webhook",
    fetch: (request) => fetch(new Request(`${url}/webhook`, request)),
  });
  const env = {
    ...variablesOf(sandbox.config()),
    TARGET_URL: target.url,
    ROUTE_TOKEN: TOKEN,
    DENO_KV_DEFAULT_PATH: `${path}/kv.sqlite`,
    DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
  };
  const kept = stack.move();
  return {
    sandbox,
    target,
    async start(): Promise<Instance> {
      const child = example("deno_deploy.ts", { env, talks: true }).spawn();
      const output = readOutput(child);
      running.defer(() => endExample(child, output, "SIGKILL").then(() => {}));
      url = await output.url;
      return { url, end: (signal) => endExample(child, output, signal) };
    },
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Asks for a drain until it is done; the cron of the example may be at work at the same time, or its lease remain. */
async function drainUntil(url: string, isDone: () => boolean): Promise<void> {
  const end = Date.now() + 40_000;
  while (!isDone()) {
    assert(Date.now() < end, "it does not pass on what waits");
    const answer = await fetch(`${url}/drain`, {
      method: "POST",
      ...AUTHORIZED,
    });
    assertEquals(answer.status, 200);
    if ((await answer.json()).inbox.stopped !== "busy") continue;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Sends encrypted changes one by one; gives the statuses that were answered. */
async function publish(
  sandbox: Sandbox,
  count: number,
): Promise<unknown[]> {
  const sent = await sandbox.deliverMany(
    values(count).map((value) => ({
      event: "field_updated",
      slug: "email",
      value,
    })),
  );
  return [...new Set(sent.map(({ status }) => status))];
}

function values(count: number): string[] {
  return Array.from({ length: count }, (_, n) => `p${n}@example.com`);
}

function valuesOf(target: Target): unknown[] {
  return target.passed.map(({ body }) => body.value);
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}
