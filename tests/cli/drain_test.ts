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

const FAIL = 'throw new Error("planted plaintext")';

async function pendingOf(world: World): Promise<number> {
  const { out } = await world.sluice(["inbox", "status", "--json"]);
  return JSON.parse(out).feed.pending;
}

Deno.test("drain wants exactly one handler, before anything is read", async () => {
  for (
    const flags of [[], ["--ndjson", "--exec", "true"]]
  ) {
    const { code, out, err } = await sluice(["drain", ...flags]);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(
      err,
      "wanted exactly one of --module, --ndjson and --exec",
    );
  }
});

for (
  const [flags, words] of [
    [["--batch-size", "x"], "Wanted a whole number from 1 to 500"],
    [["--batch-size", "501"], "Wanted a whole number from 1 to 500"],
    [["--deadline", "soon"], "Wanted a number of seconds"],
    [["--on-error", "ignore"], "Allowed choices are deadletter, halt"],
    [["--frob"], "unknown option '--frob'"],
    [
      ["--kv", "redis://x"],
      "Cannot use --kv: it names no store, wanted memory, the path of a folder",
    ],
    [["--kv", "postgres://u:p@x"], "can be read by others"],
    [["--kv", ""], "Cannot use --kv: it is empty, wanted a value"],
    [["--module", "absent.ts"], "exactly one of"],
  ] as const
) {
  Deno.test(`drain refuses ${flags.join(" ")}`, async () => {
    await using world = await startWorld();
    const { code, out, err } = await world.sluice([
      "drain",
      "--ndjson",
      ...flags,
    ]);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
    assertEquals(world.sandbox.requests.count("changes"), 0);
  });
}

Deno.test("drain refuses a module that is absent or exports no function", async () => {
  await using world = await startWorld();
  const empty = await world.write("empty.js", "export const x = 1;");
  for (
    const [path, words] of [
      [world.path("absent.js"), "Cannot load the module"],
      [empty, "wanted a function as its default export or as `handler`"],
    ] as const
  ) {
    const { code, err } = await world.sluice(["drain", "--module", path]);
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, words);
    assertStringIncludes(err, path);
  }
});

Deno.test("drain --ndjson writes one line for each change, with what is needed to know it again", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 3);
  const { code, out, err } = await world.sluice(["drain", "--ndjson"]);
  assertEquals(code, EXIT.done);
  assertEquals(valuesOf(out), ["v0", "v1", "v2"]);
  const [first] = linesOf(out);
  assertEquals(
    [first?.["delivery"], first?.["attempt"], first?.["event"]],
    ["0.0", 1, "field_updated"],
  );
  assertEquals(first?.["raw"], undefined);
  assertMatch(err, /^3 delivered, .* 0 wait; there is no more\n$/);
});

Deno.test("drain --ndjson writes days, objects and files as JSON", async () => {
  await using world = await startWorld();
  const values = [
    ["birth_date", "1990-05-17"],
    ["address", { city: "Berlin" }],
    ["photo", { photo: new Uint8Array([1]) }],
  ] as const;
  const person = await world.sandbox.connect();
  for (const [slug, value] of values) {
    await world.sandbox.publish({
      event: "field_updated",
      person,
      slug,
      value,
    });
  }
  const [day, address, photo] = valuesOf(
    (await world.sluice(["drain", "--ndjson"])).out,
  );
  assertEquals([day, address], ["1990-05-17", { city: "Berlin" }]);
  assertEquals(Object.keys(Object(photo)), ["file"]);
});

Deno.test("drain --json gives the report as the only thing on the standard output", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const handler = await world.write("h.js", "export function handler() {}");
  const { code, out, err } = await world.sluice([
    "drain",
    "--json",
    "--module",
    handler,
  ]);
  assertEquals([code, err], [EXIT.done, ""]);
  const { delivered, stopped } = JSON.parse(out);
  assertEquals([delivered, stopped], [2, "empty"]);
});

Deno.test("drain --ndjson --json keeps the report off the standard output", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  const { out, err } = await world.sluice(["drain", "--ndjson", "--json"]);
  assertEquals(valuesOf(out), ["v0"]);
  assertEquals(JSON.parse(err).delivered, 1);
});

Deno.test("drain --exec gives each change to a command, and keeps what fails", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 3);
  const file = world.path("got.ndjson");
  const command =
    `read line; case "$line" in *v1*) echo no >&2; exit 3;; esac; ` +
    `printf '%s\\n' "$line" >> '${file}'; echo kept`;
  const { code, out, err } = await world.sluice([
    "drain",
    "--max-retries",
    "0",
    "--exec",
    command,
  ]);
  assertEquals([code, out], [EXIT.left, ""]);
  assertEquals(valuesOf(await Deno.readTextFile(file)), ["v0", "v2"]);
  assertStringIncludes(err, "no\n");
  assertStringIncludes(err, "kept\n");
  assertStringIncludes(err, "2 delivered, 0 tried again, 1 given up, 0 wait");
  assertStringIncludes(err, "sluice dead-letters list");
});

Deno.test("drain --exec takes a command that does not read, and gives it no variables with credentials", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  const file = world.path("env");
  const { code } = await world.sluice(["drain", "--exec", `env > '${file}'`], {
    env: {
      PATH: Deno.env.get("PATH"),
      ALLUS_WEBHOOK_SECRET: "planted",
      SLUICE_SEALING_KEY: "planted",
      DATABASE_URL: "postgres://planted",
      MINE: "there",
    },
  });
  assertEquals(code, EXIT.done);
  const env = await Deno.readTextFile(file);
  assertStringIncludes(env, "MINE=there");
  assertEquals(env.includes("planted"), false);
});

Deno.test("drain acknowledges nothing that its reader did not get, and the next run begins there", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 5);
  let written = 0;
  const gone = await world.sluice(["drain", "--ndjson"], {
    out: () =>
      ++written > 2
        ? Promise.reject(new Deno.errors.BrokenPipe("gone"))
        : Promise.resolve(),
  });
  assertEquals([gone.code, gone.err], [EXIT.readerGone, ""]);
  assertEquals(await pendingOf(world), 3);
  const next = await world.sluice(["drain", "--ndjson"]);
  assertEquals([next.code, valuesOf(next.out)], [EXIT.done, [
    "v2",
    "v3",
    "v4",
  ]]);
});

Deno.test("drain gives nothing up when the standard output cannot be written", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const full = await world.sluice(["drain", "--ndjson", "--max-retries", "0"], {
    out: () => Promise.reject(new Error("No space left on device")),
  });
  assertEquals(full.code, EXIT.store);
  assertStringIncludes(
    full.err,
    "Error: Cannot write the standard output: No space left on device",
  );
  assertStringIncludes(full.err, "Mend: make room where it is written");
  assertEquals(await pendingOf(world), 2);
});

Deno.test("drain --on-error halt tells a reader that left and a full disk from a handler that failed", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  for (
    const [error, code] of [
      [new Deno.errors.BrokenPipe("gone"), EXIT.readerGone],
      [new Error("No space left on device"), EXIT.store],
    ] as const
  ) {
    const flags = ["--on-error", "halt", "--max-retries", "0"];
    const ran = await world.sluice(["drain", "--ndjson", ...flags], {
      out: () => Promise.reject(error),
    });
    assertEquals(ran.code, code);
  }
  assertEquals(await pendingOf(world), 1);
});

Deno.test("drain stops after the change in hand when it is told to, and loses none", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 5);
  const stop = new AbortController();
  let out = "";
  const stopped = await world.sluice(["drain", "--ndjson"], {
    signal: stop.signal,
    out(text): Promise<void> {
      out += text;
      if (text.includes("v1")) stop.abort("SIGINT");
      return Promise.resolve();
    },
  });
  assertEquals(stopped.code, EXIT.interrupted);
  assertStringIncludes(stopped.err, "3 wait; it was told to stop");
  assertEquals(valuesOf(out), ["v0", "v1"]);
  const next = await world.sluice(["drain", "--ndjson"]);
  assertEquals(valuesOf(next.out), ["v2", "v3", "v4"]);
});

Deno.test("drain ends with 143 after SIGTERM", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 1);
  const { code } = await world.sluice(["drain", "--ndjson"], {
    signal: AbortSignal.abort("SIGTERM"),
  });
  assertEquals(code, EXIT.terminated);
});

Deno.test("drain --on-error halt names the class of the handler's error and never its message", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const handler = await world.write("h.js", `export default () => { ${FAIL} }`);
  const flags = ["--on-error", "halt", "--max-retries", "0"];
  const { code, out, err } = await world.sluice([
    "drain",
    "--module",
    handler,
    ...flags,
  ]);
  assertEquals([code, out], [EXIT.left, ""]);
  assertStringIncludes(err, "the handler failed with Error");
  assertEquals(err.includes("planted"), false);
  assertEquals(await pendingOf(world), 2);
});

Deno.test("drain gives nothing up in an outage, and says so", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 4);
  const flags = ["--max-retries", "0", "--outage-threshold", "2"];
  const { code, err } = await world.sluice([
    "drain",
    "--exec",
    "exit 1",
    ...flags,
  ]);
  assertEquals(code, EXIT.left);
  assertStringIncludes(err, "0 given up, 4 wait; too many failed in a row");
});

Deno.test("drain ends with 2 when the platform refuses the client, and tells the mend", async () => {
  await using world = await startWorld();
  const env = { ALLUS_CLIENT_SECRET: "planted" };
  const { code, err } = await world.sluice(["drain", "--ndjson"], { env });
  assertEquals(code, EXIT.platform);
  assertStringIncludes(err, "Error: Cannot get an access token");
  assertStringIncludes(err, "Mend: check client_id and client_secret");
  assertEquals(err.includes("planted"), false);
});

Deno.test("drain --json tells an error as one line of JSON on the standard error", async () => {
  const { code, out, err } = await sluice([
    "drain",
    "--ndjson",
    "--json",
    "--config",
    "missing.json",
  ]);
  assertEquals([code, out], [EXIT.input, ""]);
  const { error } = JSON.parse(err);
  assertEquals(error.code, "config");
  assertStringIncludes(error.message, "missing.json");
  assertStringIncludes(error.mend, "--config");
});

Deno.test("drain keeps changes in the store that --kv names", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  for (const kv of [world.path("other"), `deno:${world.path("db")}`]) {
    const { code, out } = await world.sluice(["drain", "--ndjson", "--kv", kv]);
    assertEquals(code, EXIT.done);
    assertEquals(valuesOf(out).length, kv.startsWith("deno:") ? 0 : 2);
  }
  const names = Array.from(
    Deno.readDirSync(world.path(".")),
    ({ name }) => name,
  );
  assertEquals(names.includes("other"), true);
  assertEquals(names.includes("db"), true);
  assertEquals(names.includes("store"), false);
});

Deno.test("drain shows a bar on a terminal, takes it away, and says nothing with --quiet", async () => {
  await using world = await startWorld();
  await publish(world.sandbox, 2);
  const host = { errIsTerminal: true };
  const { err } = await world.sluice(["drain", "--exec", "sleep 0.2"], host);
  assertMatch(err, /\[-+\] 0 delivered/);
  assertStringIncludes(err, "\x1b[?25h"); // the cursor is back
  assertMatch(err, /2 delivered, 0 tried again.*\n$/);
  await publish(world.sandbox, 1);
  const quiet = await world.sluice(["drain", "--ndjson", "--quiet"], host);
  assertEquals(quiet.err, "");
});

Deno.test("drain lists everything that is wrong with a configuration, one in a line", async () => {
  await using world = await startWorld();
  const file = await world.write("bad.json", '{"api_url":"nowhere"}');
  const { code, err } = await sluice(["drain", "--ndjson", "--config", file]);
  assertEquals(code, EXIT.input);
  assertMatch(err, /^Error: Cannot use the configuration file .*bad\.json:\n/);
  assertMatch(err, /^ {2}api_url: .*\n {2}client_id: .*\n {2}client_secret: /m);
  assertMatch(err, /^Mend: set what is named above/m);
});

Deno.test("drain warns that a store in memory keeps nothing", async () => {
  await using world = await startWorld();
  const { code, err } = await world.sluice([
    "drain",
    "--ndjson",
    "--kv",
    "memory",
    "--quiet",
  ]);
  assertEquals(code, EXIT.done);
  assertMatch(
    err,
    /^Warning: with --kv memory, what was fetched and not handled is lost/,
  );
});
