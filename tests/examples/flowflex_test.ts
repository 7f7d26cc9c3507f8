import { assertEquals, assertStringIncludes } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { API_KEY, API_SECRET, startPlatform } from "../flowflex/_platform.ts";
import { example, finish, ROOT, script, tempFolder } from "./_child.ts";

Deno.test("flowflex.ts sends an invoice although it was killed between upload and event", async () => {
  await using platform = startPlatform();
  await using folder = await tempFolder();
  const cwd = folder.path;
  const env = {
    FLOWFLEX_API_KEY: API_KEY,
    FLOWFLEX_API_SECRET: API_SECRET,
    FLOWFLEX_INTEGRATION_CODE: "ic_1",
    FLOWFLEX_BASE_URL: platform.url,
    FLOWFLEX_SEALING_KEY: generateSealingKey(),
  };
  const invoice = `${cwd}/invoice-42.pdf`;
  await Deno.writeTextFile(invoice, "%PDF-1.7");
  await Deno.writeTextFile(`${cwd}/first.ts`, withArgument(invoice));
  const asked = Promise.withResolvers<void>();
  platform.answer = (step) => {
    if (step !== "event") return undefined;
    asked.resolve();
    return platform.closing;
  };

  const killed = script(`${cwd}/first.ts`, { cwd, env }).spawn();
  const ended = killed.output();
  await Promise.race([asked.promise, ended]);
  killed.kill("SIGKILL");
  await ended;
  await Deno.remove(invoice);
  platform.answer = () => undefined;
  const { err, out } = await finish(example("flowflex.ts", { cwd, env }));

  assertEquals(err, "");
  assertEquals(out, "1 sent, 0 wait for later\n");
  assertEquals(platform.count("upload"), 1);
  const events = platform.seen.filter(({ step }) => step === "event");
  const keys = events.map(({ headers }) => headers.get("x-idempotency-key"));
  assertEquals([keys.length, new Set(keys).size], [2, 1]);
  assertEquals(platform.events.map(({ body }) => body), [
    { name: "invoice-42.pdf", invoice: "as_1" },
  ]);
});

Deno.test("flowflex.ts says what is missing", async () => {
  await using folder = await tempFolder();
  const { code, err } = await finish(
    example("flowflex.ts", { cwd: folder.path }),
  );
  assertEquals(code, 1);
  assertStringIncludes(err, 'ConfigError: Cannot use the options: "apiKey"');
});

/** A script that runs the example as a shell with one argument does. */
function withArgument(argument: string): string {
  const url = new URL("examples/flowflex.ts", ROOT).href;
  return `Deno.args.push(${JSON.stringify(argument)});\n` +
    `await import(${JSON.stringify(url)});\n`;
}
