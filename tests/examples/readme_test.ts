import { assert, assertEquals } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { finish, ROOT, script, tempFolder } from "./_child.ts";

/** The first block of code under a heading of the README. */
async function blockUnder(heading: string): Promise<string> {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  const section = readme.split(`## ${heading}\n`)[1] ?? "";
  return /^```ts\n(.*?)^```$/ms.exec(section)?.[1] ?? "";
}

Deno.test("the integration of README.md answers with its envelope", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/main.ts`;
  const code = await blockUnder("Run an integration");
  await Deno.writeTextFile(path, code);

  const { out, err } = await finish(script(path, { cwd: folder.path }));

  assertEquals([err, out], ["", 'action {"data":"Hello Anna","cost_usd":0}\n']);
  assert(code.trimEnd().split("\n").length <= 15);
});

Deno.test("the sender of README.md commits its event with the application's data", async () => {
  await using folder = await tempFolder();
  const path = `${folder.path}/main.ts`;
  const code = await blockUnder("Deliver webhooks");
  await Deno.writeTextFile(path, code);
  const database = `${folder.path}/kv.sqlite`;
  const child = script(path, {
    cwd: folder.path,
    env: { DENO_KV_DEFAULT_PATH: database, SEALING_KEY: generateSealingKey() },
  }).spawn();
  try {
    await untilPaid(database);
  } finally {
    child.kill("SIGKILL");
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    await child.status;
  }
  assert(code.trimEnd().split("\n").length <= 16);
});

/** Looks until the child has committed; the runner's own limit ends a test that never does. */
async function untilPaid(database: string): Promise<void> {
  const kv = await Deno.openKv(database);
  try {
    for (;;) {
      const { value } = await kv.get<{ paid: boolean }>(["invoice", 42]);
      if (value?.paid) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  } finally {
    kv.close();
  }
}

Deno.test("README.md has at most 200 lines", async () => {
  const readme = await Deno.readTextFile(new URL("README.md", ROOT));
  assert(readme.trimEnd().split("\n").length <= 200);
});
