import { assertEquals, assertStringIncludes } from "@std/assert";
import { createSandbox } from "../../src/sandbox/mod.ts";
import {
  example,
  finish,
  readOutput,
  ROOT,
  script,
  tempFolder,
} from "./_child.ts";
import { variablesOf } from "./_target.ts";

/** A sandbox on a free port with one person, and the folder of a user whose configuration names it. */
async function startUser(): Promise<
  AsyncDisposable & {
    sandbox: Awaited<ReturnType<typeof createSandbox>>;
    cwd: string;
  }
> {
  await using stack = new AsyncDisposableStack();
  const sandbox = stack.use(await createSandbox({ keyIterations: 1 }));
  await sandbox.listen();
  const { path } = stack.use(await tempFolder());
  const config = JSON.stringify(sandbox.config());
  await Deno.writeTextFile(`${path}/allus.json`, config);
  const kept = stack.move();
  return {
    sandbox,
    cwd: path,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

Deno.test("deno_script.ts prints every change and what was given up", async () => {
  await using user = await startUser();
  const { sandbox, cwd } = user;
  const anna = await sandbox.connect({ emit: true });
  await sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "anna@sluice.example",
    person: anna,
  });
  sandbox.publishRaw({ id: "broken", event: "field_updated", value: 7 });
  sandbox.publishRaw("no row at all");

  const { code, out, err } = await finish(example("deno_script.ts", { cwd }));

  assertEquals(err, "");
  assertEquals(code, 0);
  assertStringIncludes(out, `connection_created ${anna.userId} null null`);
  assertStringIncludes(
    out,
    `field_updated ${anna.userId} email anna@sluice.example`,
  );
  assertStringIncludes(out, "3 delivered, 0 wait for later");
  assertStringIncludes(out, "given up:");
  assertStringIncludes(out, "ValidationError");
  assertEquals(sandbox.pending, 0);
});

Deno.test("deno_script.ts says which file is missing when there is no allus.json", async () => {
  await using folder = await tempFolder();

  const { code, err } = await finish(
    example("deno_script.ts", { cwd: folder.path }),
  );

  assertEquals(code, 1);
  assertStringIncludes(
    err,
    "ConfigError: Cannot read the configuration file allus.json: there is no such file",
  );
});

Deno.test("connections.ts prints a line for each person", async () => {
  await using user = await startUser();
  const { sandbox, cwd } = user;
  await sandbox.connect({
    displayName: "Anna",
    values: {
      email: "anna@sluice.example",
      birth_date: "1990-02-03",
      address: { city: "Lisboa" },
      photo: { photo: new Uint8Array([1, 2, 3]) },
    },
  });
  await sandbox.connect({
    displayName: "Björn",
    rawValues: { email: { value: { k: "", iv: "", d: "" }, live: true } },
  });

  const { code, out, err } = await finish(example("connections.ts", { cwd }));

  assertEquals(err, "");
  assertEquals(code, 0);
  assertEquals(out.trimEnd().split("\n"), [
    "Anna\temail=anna@sluice.example\tbirth_date=1990-02-03\t" +
    'address={"city":"Lisboa"}\tphoto=(a file)',
    "Björn\temail=(cannot be decrypted)",
  ]);
});

Deno.test("the example of README.md drains the feed into its file", async () => {
  await using user = await startUser();
  const { sandbox, cwd } = user;
  const { userId } = await sandbox.connect();
  const { id } = await sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "anna@sluice.example",
  });
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const code = /^```ts\n(.*?)^```$/ms.exec(readme)?.[1] ?? "";
  await Deno.writeTextFile(`${cwd}/main.ts`, code);

  const finished = await finish(script(`${cwd}/main.ts`, { cwd }));

  assertEquals(finished.err, "");
  assertEquals(finished.out, "1 delivered, 0 wait\n");
  assertEquals(
    JSON.parse(await Deno.readTextFile(`${cwd}/rows.jsonl`)),
    { id, personId: userId, slug: "email", value: "anna@sluice.example" },
  );
});

Deno.test("sandbox.ts passes as a test of its own", async () => {
  const { code, out } = await finish(
    example("sandbox.ts", { command: "test" }),
  );

  assertEquals(code, 0, out);
  assertStringIncludes(out, "2 passed | 0 failed");
});

Deno.test("the webhook endpoint of README.md keeps what is genuine", async () => {
  await using user = await startUser();
  const { sandbox, cwd } = user;
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const [, code = ""] =
    /## Receive webhooks\n+```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  await Deno.writeTextFile(`${cwd}/main.ts`, code);
  let url = "";
  await sandbox.addWebhook({
    url: "http://example.invalid/webhook",
    fetch: (request) => fetch(new Request(`${url}/webhook`, request)),
  });
  const child = script(`${cwd}/main.ts`, {
    cwd,
    talks: true,
    env: {
      ...variablesOf(sandbox.config()),
      DENO_KV_DEFAULT_PATH: `${cwd}/kv.sqlite`,
      DENO_SERVE_ADDRESS: "tcp:127.0.0.1:0",
    },
  }).spawn();
  const output = readOutput(child);
  url = await output.url;

  const [sent] = await sandbox.deliver({ event: "connection_created" });
  const refused = await fetch(`${url}/webhook`, { method: "POST" });
  await refused.body?.cancel();
  child.kill("SIGKILL");
  await output.ended;
  await child.status;

  assertEquals([sent?.status, refused.status], [200, 401]);
  assertEquals((await Deno.stat(`${cwd}/kv.sqlite`)).isFile, true);
  assertEquals(code.trimEnd().split("\n").length <= 15, true);
});
