import { assert, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";

const CONFIG = fromFileUrl(import.meta.resolve("../../dev/edge.json"));

async function edgeCheck(
  source: string,
): Promise<{ success: boolean; words: string }> {
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "sample.ts");
    await Deno.writeTextFile(file, source);
    const { success, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["check", "--config", CONFIG, file],
      env: { NO_COLOR: "1" },
      stdin: "null",
    }).output();
    return { success, words: new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("dev/edge.json accepts what every edge host has", async () => {
  const { success, words } = await edgeCheck(
    "export const id: Promise<ArrayBuffer> = crypto.subtle.digest('SHA-256', new Uint8Array());\n",
  );
  assert(success, words);
});

Deno.test("dev/edge.json refuses Deno and process", async () => {
  const { success, words } = await edgeCheck(
    "export let kv: Deno.Kv;\nexport const env: unknown = process.env;\n",
  );
  assert(!success);
  assertStringIncludes(words, "Cannot find namespace 'Deno'");
  assertStringIncludes(words, "Cannot find name 'process'");
});
