import { assert, assertEquals } from "@std/assert";
import { createSandbox } from "../../src/sandbox/mod.ts";
import { startPostgres } from "../postgres/_server.ts";
import { endExample, example, readOutput } from "./_child.ts";
import { startTarget, variablesOf } from "./_target.ts";

const TOKEN = "the-token-of-the-routes";
const AUTHORIZED = { headers: { authorization: `Bearer ${TOKEN}` } };
const postgres = await startPostgres();

Deno.test({
  name:
    "deno_deploy_postgres.ts keeps in one database what two instances receive, and either passes it on",
  // Windows has no signal that reaches one process alone.
  ignore: Deno.build.os === "windows" || postgres === undefined,
  async fn(): Promise<void> {
    await using stack = new AsyncDisposableStack();
    const sandbox = stack.use(await createSandbox({ keyIterations: 1 }));
    await sandbox.listen();
    const target = stack.use(startTarget());
    const env = {
      DATABASE_URL: postgres?.url ?? "",
      TARGET_URL: target.url,
      ROUTE_TOKEN: TOKEN,
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
    };
    const urls: string[] = [];
    let turn = 0;
    await sandbox.addWebhook({
      url: "http://example.invalid/webhook",
      fetch: (request) =>
        fetch(new Request(`${urls[turn++ % 2]}/webhook`, request)),
    });
    const start = () => {
      const options = {
        env: { ...env, ...variablesOf(sandbox.config()) },
        talks: true,
      };
      const child = example("deno_deploy_postgres.ts", options).spawn();
      const output = readOutput(child);
      stack.defer(() => endExample(child, output, "SIGKILL").then(() => {}));
      return { child, output };
    };
    // Both make the table at once.
    const instances = [start(), start()];
    for (const { output } of instances) urls.push(await output.url);

    const values = Array.from({ length: 6 }, (_, n) => `p${n}@example.com`);
    const sent = await sandbox.deliverMany(
      values.map((value) => ({ event: "field_updated", slug: "email", value })),
    );
    assertEquals(new Set(sent.map(({ status }) => status)), new Set([200]));
    const [first, second] = instances;
    assert(first && second);
    assertEquals(
      (await endExample(first.child, first.output, "SIGINT")).code,
      0,
    );
    await drainUntil(urls[1] ?? "", () => target.passed.length >= 6);
    const passed = target.passed.map(({ body }) => body.value);
    assertEquals(passed, values);
    const { inbox } = await (await fetch(`${urls[1]}/health`, AUTHORIZED))
      .json();
    assertEquals([inbox.pending, inbox.deadLetters], [0, 0]);
    const end = await endExample(second.child, second.output, "SIGINT");
    assertEquals(end.code, 0);
  },
});

/** Asks for a drain until it is done; the cron of the example may be at work at the same time. */
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
