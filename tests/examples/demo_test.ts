import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { example, finish, tempFolder } from "./_child.ts";

const script = "demo/main.ts";

Deno.test("demo loses nothing when its first process is killed half way", async () => {
  await using folder = await tempFolder();
  // An environment that names another service must not lead the demo there.
  const env = { TMPDIR: folder.path, ALLUS_API_URL: "https://other.invalid" };

  const { code, out, err } = await finish(example(script, { env }));

  assertEquals(err, "");
  assertStringIncludes(
    out,
    "nothing lost: 1,000 of 1,000, each value as published, each person's in order",
  );
  assertEquals(code, 0);
  assertMatch(out, /^ {2}killed .* the server has deleted .* encrypted$/m);
  assertMatch(out, /^ {2}events +1,000 {2}of 12 kinds$/m);
  assertMatch(out, /^ {2}people +100$/m);
  // What the killed process had in hand comes again: the one that it stopped at, and those beside it.
  assertMatch(out, /^ {2}redelivered +[1-8] /m);
  assertMatch(out, /^ {2}dead letters +0$/m);
  assertMatch(out, /^ {2}pending +0$/m);
  assertMatch(out, /^ {2}events per second +[1-9]/m);
  assertStringIncludes(out, "  first process     500 of 1,000\n");
  assertStringIncludes(out, "  second process    750 of 1,000\n");
  assertStringIncludes(out, "  second process  1,000 of 1,000\n");
  assertEquals(out.includes("\r") || out.includes("\x1b"), false);
  assertEquals([...Deno.readDirSync(folder.path)], []);
});

Deno.test({
  name: "demo ends its process and removes its folder at Ctrl-C",
  // Windows has no signal that reaches one process alone.
  ignore: Deno.build.os === "windows",
  async fn(): Promise<void> {
    await using folder = await tempFolder();
    const demo = example(script, { env: { TMPDIR: folder.path } }).spawn();

    const output = interruptAt(demo, "first process     250 of 1,000");
    // The process that drains writes there too, so the end of this comes after its end.
    const errors = new Response(demo.stderr).text();

    assertStringIncludes(await output, "first process");
    assertEquals(await errors, "");
    assertEquals((await demo.status).code, 130);
    assertEquals([...Deno.readDirSync(folder.path)], []);
  },
});

/** Presses Ctrl-C once the output holds the text; gives all of the output. */
async function interruptAt(
  demo: Deno.ChildProcess,
  text: string,
): Promise<string> {
  let out = "";
  let isSent = false;
  for await (const part of demo.stdout.pipeThrough(new TextDecoderStream())) {
    out += part;
    if (isSent || !out.includes(text)) continue;
    isSent = true;
    demo.kill("SIGINT");
  }
  return out;
}
