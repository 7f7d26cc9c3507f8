import { assertEquals, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { postgresSetupSql } from "../../src/kv/postgres.ts";
import { startPostgres } from "../postgres/_server.ts";
import { emptyFolder, type Ran, sluice } from "./_support.ts";

const ADDRESS = "postgres://user:planted-password@127.0.0.1:9/app";

for (
  const [args, url, words] of [
    [[], "", "DATABASE_URL: it is not set"],
    [[], "mysql://user:planted-password@x", "it is none of PostgreSQL"],
    [[], "postgres://u:planted-password@[::/x", "cannot be read as an address"],
    [["--kv", ADDRESS], ADDRESS, "in the arguments can be read by others"],
    [["--kv", "postgresql"], ADDRESS, "wanted postgres or postgres:<table>"],
    [["--kv", "postgres:a b"], ADDRESS, "Cannot use table: wanted a name"],
    [["--kv", "postgres:a-b.c"], ADDRESS, "Cannot use schema: wanted a name"],
    [["--kv", "memory"], "", "nothing in memory outlives the command"],
    [["--kv", "x", "--print"], "", "only postgres has SQL to print"],
    [["--kv", "redis://x"], "", "--kv: it names no store, wanted the path "],
  ] as const
) {
  Deno.test(`store setup refuses ${args.join(" ")} with DATABASE_URL ${url}`, async () => {
    const { code, out, err } = await sluice(["store", "setup", ...args], {
      env: { DATABASE_URL: url },
    });
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
    assertEquals(err.includes("planted"), false);
  });
}

Deno.test("store setup --print shows the SQL, without any address", async () => {
  const { code, out } = await sluice(["store", "setup", "--print"]);
  assertEquals([code, out], [EXIT.done, postgresSetupSql()]);
  const named = await sluice(
    ["store", "setup", "--print", "--json", "--kv", "postgres:events.inbox"],
  );
  assertEquals(JSON.parse(named.out), {
    kv: "postgres:events.inbox",
    sql: postgresSetupSql({ schema: "events", table: "inbox" }),
  });
});

Deno.test("store setup makes a store in a folder", async () => {
  await using folder = await emptyFolder();
  const { code, err } = await sluice(
    ["store", "setup", "--kv", folder.path("store")],
  );
  assertEquals([code, folder.names()], [EXIT.done, ["store"]]);
  assertStringIncludes(err, "The store is ready");
});

Deno.test("store setup ends with 3 when there is no server, and says what to look at", async () => {
  const { code, err } = await sluice(["store", "setup"], {
    env: { DATABASE_URL: ADDRESS },
  });
  assertEquals(code, EXIT.store);
  assertStringIncludes(err, "Mend: check DATABASE_URL");
  assertEquals(err.includes("planted"), false);
});

const server = await startPostgres();

Deno.test({
  name: "--kv postgres keeps subscriptions in the database, once it is set up",
  ignore: server === undefined, // PostgreSQL is not installed
  async fn(): Promise<void> {
    await using folder = await emptyFolder();
    const key = folder.path("sealing.key");
    await sluice(["keys", "generate", "--sealing", "--out", key]);
    const env = { DATABASE_URL: server?.url };
    const kv = ["--kv", "postgres:cli_events"];
    const run = (...args: string[]): Promise<Ran> =>
      sluice([...args, ...kv], { env });

    const early = await run("subscriptions", "list");
    assertEquals(early.code, EXIT.store);
    assertStringIncludes(early.err, "(42P01)");
    assertStringIncludes(early.err, "Mend: make the table first: sluice store");

    for (let i = 0; i < 2; i++) {
      const made = await run("store", "setup", "--json");
      assertEquals(JSON.parse(made.out), {
        kv: "postgres:cli_events",
        ready: true,
      });
    }
    const sealing = ["--sealing-key-file", key];
    const from = folder.path("subscription.json");
    await Deno.writeTextFile(from, '{"to":"https://93.184.215.14/hooks"}');
    const added = await run(
      ...["subscriptions", "add", "--from", from, "--json"],
      ...sealing,
    );
    const { id } = JSON.parse(added.out);
    assertStringIncludes((await run("subscriptions", "list")).out, id);
    const sent = await run("deliveries", "run", "--json", ...sealing);
    assertEquals([sent.code, JSON.parse(sent.out).stopped], [
      EXIT.done,
      "empty",
    ]);
    const checked = await run("doctor", ...sealing);
    assertEquals(checked.code, EXIT.done);
    assertStringIncludes(checked.out, "ok    store    postgres:cli_events");
    assertStringIncludes(checked.out, "ok    delivery 0 wait");
  },
});
