import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { EXIT } from "../../src/cli.ts";
import { sluice } from "./_support.ts";

Deno.test("runSluice() prints help with examples and exit codes on the standard output, with 0", async () => {
  for (
    const args of [
      ["--help"],
      ["help"],
      ["drain", "--help"],
      [
        "keys",
        "generate",
        "-h",
      ],
      ["subscriptions", "add", "--help"],
      ["deliveries", "run", "--help"],
      [
        "store",
        "setup",
        "--help",
      ],
    ]
  ) {
    const { code, out, err } = await sluice(args);
    assertEquals([code, err], [EXIT.done, ""]);
    assertMatch(out, /^Usage: sluice/);
    assertStringIncludes(out, "Examples:");
    assertStringIncludes(out, "Exit codes:");
  }
});

Deno.test("runSluice() prints help on the standard error, with 1, when no command is named", async () => {
  for (
    const args of [
      [],
      ["keys"],
      ["dead-letters"],
      ["inbox"],
      ["connector"],
      ["subscriptions"],
      ["deliveries"],
      ["store"],
    ]
  ) {
    const { code, out, err } = await sluice(args);
    assertEquals([code, out], [EXIT.input, ""]);
    assertMatch(err, /^Usage: sluice/);
  }
});

for (
  const [args, words] of [
    [["frob"], "unknown command 'frob'"],
    [["doctor", "--frob"], "unknown option '--frob'"],
    [["doctor", "now"], "too many arguments"],
    [["subscriptions", "rotate"], "missing required argument 'id'"],
    [["deliveries", "show", "x"], "missing required argument 'event'"],
    [["store", "setup", "now"], "too many arguments"],
    [["dead-letters", "show"], "missing required argument 'id'"],
    [
      ["dead-letters", "list", "--source", "x"],
      "Allowed choices are feed, inbox",
    ],
    [["inbox", "backlog"], "missing required argument 'webhook-id'"],
    [
      ["connections", "export", "--format", "xml"],
      "Allowed choices are ndjson, csv",
    ],
    [
      ["keys", "generate", "--bits", "1024"],
      "Allowed choices are 2048, 3072, 4096",
    ],
  ] as const
) {
  Deno.test(`runSluice() refuses "${args.join(" ")}" with 1 and says what is wanted`, async () => {
    const { code, out, err } = await sluice(args);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(err, words);
    assertStringIncludes(err, "Add --help for help.");
  });
}

Deno.test("runSluice() --version prints the version of deno.json", async () => {
  const file = new URL("../../deno.json", import.meta.url);
  const { version } = JSON.parse(await Deno.readTextFile(file));
  const { code, out, err } = await sluice(["--version"]);
  assertEquals([code, out, err], [EXIT.done, `${version}\n`, ""]);
});

for (
  const [args, name] of [
    [["drain", "--exec", ""], "--exec"],
    [["drain", "--exec", " \n"], "--exec"],
    [["doctor", "--config", ""], "--config"],
    [["deliveries", "run", "--kv="], "--kv"],
    [["inbox", "backlog", ""], "<webhook-id>"],
  ] as const
) {
  Deno.test(`runSluice() refuses an empty ${name} of ${args[0]}, such as a variable that is not set`, async () => {
    const { code, out, err } = await sluice(args);
    assertEquals([code, out], [EXIT.input, ""]);
    assertStringIncludes(
      err,
      `Error: Cannot use ${name}: it is empty, wanted a value or to leave it out`,
    );
  });
}

for (
  const [error, code] of [
    [new Error("No space left on device (os error 28)"), EXIT.store],
    [new Deno.errors.BrokenPipe("gone"), EXIT.readerGone],
  ] as const
) {
  Deno.test(`runSluice() does not end with 0 when the help cannot be written: ${error.message}`, async () => {
    const ran = await sluice(["--help"], { out: () => Promise.reject(error) });
    assertEquals(ran.code, code);
    assertEquals(ran.err.includes(error.message), code === EXIT.store);
  });
}
