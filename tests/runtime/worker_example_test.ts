import { assertEquals } from "@std/assert";
import { createSandbox, type Sandbox } from "../../src/sandbox/mod.ts";
import { startTarget, type Target, variablesOf } from "../examples/_target.ts";
import { type Host, startHost } from "./_host.ts";
import { fetchAlone } from "./_workerd.ts";

const TOKEN = "the-token-of-the-routes";
const COUNT = 12;

interface Deployed extends AsyncDisposable {
  readonly sandbox: Sandbox;
  readonly target: Target;
  readonly host: Host;
}

Deno.test("the Cloudflare example stores webhooks, is killed, and delivers all of them from its scheduled handler", async () => {
  await using deployed = await deploy();
  const { host, sandbox, target } = deployed;
  let isDown = true;
  target.before = () => {
    if (isDown) throw new Error("down");
  };
  assertEquals(await publish(sandbox), Array(COUNT).fill(200));

  await host.restart("kill");

  assertEquals((await health(host)).pending, COUNT);
  sandbox.publishRaw({ id: "feed-1", event: "connection_created" });
  isDown = false;
  assertEquals(await host.workerd.ask("/__scheduled"), "ended");
  await target.has(COUNT + 1);
  assertEquals(
    target.passed.map(({ body }) => body.value),
    [...values(), null],
  );
  assertEquals(await health(host), { pending: 0, deadLetters: 0 });
});

Deno.test("the Cloudflare example delivers webhooks from the alarm of its object, also after it was killed", async () => {
  await using deployed = await deploy();
  const { host, sandbox, target } = deployed;
  await publish(sandbox);
  await target.has(COUNT);
  assertEquals(target.passed.map(({ body }) => body.value), values());
  // Nothing is lost by an end between the answer and the alarm: the alarm is on the disk as well.
  await publish(sandbox);
  await host.restart("kill");
  await target.has(2 * COUNT);
  assertEquals(target.passed.slice(COUNT).map(({ body }) => body.value), [
    ...values(),
  ]);
});

Deno.test("the Cloudflare example refuses what is not genuine, and callers without its token", async () => {
  await using deployed = await deploy();
  const { host } = deployed;
  const statuses = [
    await statusOf(`${host.workerd.url}/webhook`, {
      method: "POST",
      body: "{}",
    }),
    await statusOf(`${host.workerd.url}/drain`, { method: "POST" }),
    await statusOf(`${host.workerd.url}/health`),
  ];
  assertEquals(statuses, [401, 401, 401]);
  assertEquals((await health(host)).pending, 0);
});

/** A platform, a target, and the example between them on a disk that outlives it. */
async function deploy(): Promise<Deployed> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await createSandbox({ keyIterations: 1_000 }));
  await sandbox.listen();
  const target = stack.use(startTarget());
  await sandbox.addWebhook({
    url: "http://worker.example/webhook",
    fetch: (request) =>
      fetchAlone(new Request(`${host.workerd.url}/webhook`, request)),
  });
  const host = stack.use(
    await startHost("./_example_worker.ts", {
      className: "Inbox",
      reachesLocal: true,
      vars: {
        ...variablesOf(sandbox.config()),
        TARGET_URL: target.url,
        ROUTE_TOKEN: TOKEN,
      },
    }),
  );
  const kept = stack.move();
  return {
    sandbox,
    target,
    host,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** Sends encrypted changes and gives what each was answered. */
async function publish(sandbox: Sandbox): Promise<(number | null)[]> {
  const sent = await sandbox.deliverMany(
    values().map((value) => ({ event: "field_updated", slug: "email", value })),
  );
  return sent.map(({ status }) => status);
}

function values(): string[] {
  return Array.from({ length: COUNT }, (_, n) => `p${n}@example.com`);
}

async function health(
  host: Host,
): Promise<{ pending: number; deadLetters: number }> {
  const { inbox } = await host.workerd.ask<
    { inbox: { pending: number; deadLetters: number } }
  >("/health", { headers: { authorization: `Bearer ${TOKEN}` } });
  return { pending: inbox.pending, deadLetters: inbox.deadLetters };
}

async function statusOf(url: string, init?: RequestInit): Promise<number> {
  const response = await fetchAlone(url, init);
  await response.body?.cancel();
  return response.status;
}
