import { assertEquals, assertStringIncludes } from "@std/assert";
import { bundleWorker, startWorkerd } from "../runtime/_workerd.ts";
import { API_KEY, API_SECRET, startPlatform, textOf } from "./_platform.ts";

/** What `_worker.ts` answers. */
interface Outcome {
  readonly uploadedAssets: Record<string, string>;
  readonly delivered: number;
  readonly short: string;
  readonly long: string;
  readonly path: string;
}

Deno.test("In real workerd, files of every kind are uploaded with a declared length", async () => {
  await using platform = startPlatform();
  const script = await bundleWorker("../flowflex/_worker.ts");
  const vars = { PLATFORM: platform.url, KEY: API_KEY, SECRET: API_SECRET };
  await using workerd = await startWorkerd({
    script,
    vars,
    reachesLocal: true,
  });
  const outcome = await workerd.ask<Outcome>("/");

  assertEquals([outcome.delivered, platform.events.length], [1, 2]);
  for (const { body } of platform.events) {
    const ids = body as Record<string, string>;
    const texts = Object.entries(ids).map(([name, id]) => [
      name,
      textOf(platform.stored.get(id) ?? new Uint8Array([0])),
    ]);
    assertEquals(texts, [
      ["bytes", "%PDF-1.7"],
      ["stream", "%PDF-1.7"],
      ["empty", ""],
    ]);
  }
  assertStringIncludes(outcome.short, "9 bytes were declared");
  assertStringIncludes(outcome.long, "7 bytes were declared");
  assertStringIncludes(outcome.path, "Cannot read the file");
});
