import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import {
  linesOf,
  publish,
  sluice,
  startWorld,
  valuesOf,
  type World,
} from "./_support.ts";

/** A world with three dead letters, of different people. */
async function startWithDead(): Promise<World> {
  const world = await startWorld();
  for (let i = 0; i < 3; i++) await publish(world.sandbox, 1);
  const flags = ["--max-retries", "0", "--quiet"];
  const { code } = await world.sluice(["drain", "--exec", "exit 1", ...flags]);
  assertEquals(code, EXIT.left);
  return world;
}

Deno.test("dead-letters list shows one line for each, and no value", async () => {
  await using world = await startWithDead();
  const { code, out } = await world.sluice(["dead-letters", "list"]);
  assertEquals(code, EXIT.done);
  const lines = out.trim().split("\n");
  assertEquals(lines.length, 3);
  assertMatch(
    lines[0] ?? "",
    /^0\.0 {2}\d{4}-.*Z {2}field_updated {2}1 attempts {2}CommandFailed exit_1$/,
  );
});

for (
  const args of [
    ["dead-letters", "list"],
    ["dead-letters", "show", "0.0"],
    ["dead-letters", "export"],
    ["dead-letters", "retry", "--all", "--exec", "true"],
    ["dead-letters", "drop", "--all"],
    ["inbox", "status"],
  ]
) {
  const [group, name] = args;
  Deno.test(`${group} ${name} refuses a store that is not there, and makes none`, async () => {
    await using world = await startWorld();
    const path = world.path("stoer");
    for (
      const [flags, state] of [
        [["--kv", path], `--kv: there is no ${path}, wanted the store`],
        [["--kv", `deno:${path}`], `--kv: there is no ${path}, wanted the`],
        [["--kv", "memory"], "--kv: nothing in memory outlives the command"],
        [[], `cache_dir: there is no ${world.path("store")}, wanted the store`],
      ] as const
    ) {
      const { code, out, err } = await world.sluice([...args, ...flags]);
      assertEquals([code, out], [EXIT.input, ""]);
      assertStringIncludes(err, `Error: Cannot use ${state}`);
    }
    const names = Array.from(
      Deno.readDirSync(world.path(".")),
      ({ name }) => name,
    );
    assertEquals(names, ["allus.json"]);
  });
}

Deno.test("dead-letters list gives JSON, and pages", async () => {
  await using world = await startWithDead();
  const page = await world.sluice([
    "dead-letters",
    "list",
    "--json",
    "--limit",
    "2",
  ]);
  const letters = JSON.parse(page.out);
  assertEquals(letters.map((each: { id: string }) => each.id), ["0.0", "0.1"]);
  assertEquals(letters[0].event, "field_updated");
  assertStringIncludes(page.err, "--after 0.1");
  const rest = await world.sluice(["dead-letters", "list", "--after", "0.1"]);
  assertMatch(rest.out, /^0\.2 /);
});

Deno.test("dead-letters show gives all of one, as ciphertext", async () => {
  await using world = await startWithDead();
  const { code, out } = await world.sluice(["dead-letters", "show", "0.1"]);
  assertEquals(code, EXIT.done);
  const letter = JSON.parse(out);
  assertEquals([letter.id, letter.event.slug], ["0.1", "job_title"]);
  assertEquals(out.includes('"v0"'), false);
  const absent = await world.sluice(["dead-letters", "show", "9.9"]);
  assertEquals(absent.code, EXIT.input);
  assertStringIncludes(absent.err, "Cannot find the dead letter 9.9");
});

Deno.test("dead-letters retry delivers those that are meant, and keeps what fails again", async () => {
  await using world = await startWithDead();
  const flags = ["--max-retries", "0"];
  const failed = await world.sluice([
    "dead-letters",
    "retry",
    "0.0",
    "--exec",
    "exit 1",
    ...flags,
  ]);
  assertEquals(failed.code, EXIT.left);
  assertStringIncludes(failed.err, "0 delivered, 1 left");
  const one = await world.sluice(["dead-letters", "retry", "0.0", "--ndjson"]);
  assertEquals([one.code, valuesOf(one.out)], [EXIT.done, ["v0"]]);
  const all = await world.sluice([
    "dead-letters",
    "retry",
    "--all",
    "--exec",
    "true",
    "--json",
  ]);
  assertEquals([all.code, JSON.parse(all.out)], [EXIT.done, {
    done: 2,
    left: 0,
  }]);
});

Deno.test("dead-letters retry and drop say which id is not there, and do nothing", async () => {
  await using world = await startWithDead();
  for (const args of [["retry", "--exec", "true"], ["drop"]]) {
    const { code, err } = await world.sluice(
      ["dead-letters", ...args, "0.0", "9.9"],
    );
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, "Cannot find the dead letter");
    assertStringIncludes(err, "9.9");
  }
  const { out } = await world.sluice(["dead-letters", "export"]);
  assertEquals(linesOf(out).length, 3);
});

Deno.test("dead-letters retry --exec keeps the exit code of the command", async () => {
  await using world = await startWithDead();
  const args = ["dead-letters", "retry", "0.0", "--exec", "exit 7"];
  const flags = ["--max-retries", "0"];
  const kept = await world.sluice([...args, ...flags]);
  assertEquals(kept.code, EXIT.left);
  const { out } = await world.sluice(["dead-letters", "list"]);
  assertMatch(out, /^0\.0 .* CommandFailed exit_7$/m);
  const halt = await world.sluice([...args, ...flags, "--on-error", "halt"]);
  assertEquals(halt.code, EXIT.left);
  assertStringIncludes(
    halt.err,
    "the handler failed with CommandFailed exit_7",
  );
});

Deno.test("dead-letters retry keeps what its reader did not get", async () => {
  await using world = await startWithDead();
  const gone = await world.sluice([
    "dead-letters",
    "retry",
    "--all",
    "--ndjson",
  ], {
    out: () => Promise.reject(new Deno.errors.BrokenPipe("gone")),
  });
  assertEquals(gone.code, EXIT.readerGone);
  const { out } = await world.sluice(["dead-letters", "export"]);
  assertEquals(linesOf(out).length, 3);
});

Deno.test("dead-letters retry takes no option that would do nothing", async () => {
  const args = ["dead-letters", "retry", "--all", "--concurrency", "2"];
  const { code, err } = await sluice(args);
  assertEquals(code, EXIT.input);
  assertStringIncludes(err, "unknown option '--concurrency'");
});

Deno.test("dead-letters retry and drop want either ids or --all", async () => {
  for (const args of [[], ["0.0", "--all"]]) {
    for (const [name, ...flags] of [["retry", "--ndjson"], ["drop"]]) {
      const { code, err } = await sluice([
        "dead-letters",
        name ?? "",
        ...args,
        ...flags,
      ]);
      assertEquals(code, EXIT.input);
      assertStringIncludes(err, "wanted either their ids or --all");
    }
  }
});

Deno.test("dead-letters drop deletes, and says what is not there", async () => {
  await using world = await startWithDead();
  const one = await world.sluice(["dead-letters", "drop", "0.1", "--json"]);
  assertEquals([one.code, JSON.parse(one.out)], [EXIT.done, { dropped: 1 }]);
  const again = await world.sluice(["dead-letters", "drop", "0.1"]);
  assertEquals(again.code, EXIT.input);
  const twice = await world.sluice(["dead-letters", "drop", "0.0", "0.0"]);
  assertEquals([twice.code, twice.err], [EXIT.done, "1 deleted\n"]);
  const all = await world.sluice(["dead-letters", "drop", "--all"]);
  assertStringIncludes(all.err, "1 deleted");
});

Deno.test("dead-letters export writes all of them as NDJSON", async () => {
  await using world = await startWithDead();
  const { out } = await world.sluice(["dead-letters", "export"]);
  assertEquals(linesOf(out).map(({ id }) => id), ["0.0", "0.1", "0.2"]);
});

Deno.test("dead-letters export ends with 3 when it cannot be written", async () => {
  await using world = await startWithDead();
  const { code, err } = await world.sluice(["dead-letters", "export"], {
    out: () => Promise.reject(new Error("No space left on device")),
  });
  assertEquals(code, EXIT.store);
  assertStringIncludes(err, "Cannot write the standard output: No space left");
});
