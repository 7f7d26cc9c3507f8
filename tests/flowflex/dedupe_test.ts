import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import { UploadError } from "../../src/errors.ts";
import { file, type FileRef } from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import { clientOf, startPlatform } from "./_platform.ts";

function note(text: string, filename = "a.txt"): FileRef {
  return file(new Blob([text]), { filename });
}

function stream(text: string): FileRef {
  const open = (): ReadableStream<Uint8Array> => new Blob([text]).stream();
  return file(open, { filename: "a.txt", size: text.length });
}

Deno.test("sendEvent() uploads equal files once when told to, of whatever source", async () => {
  await using platform = startPlatform();
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/a.txt`, "same");
    const client = clientOf(platform, { dedupeFiles: true });
    const { uploadedAssets: ids } = await client.sendEvent("a", {
      payload: {
        bytes: note("same"),
        path: file(`${dir}/a.txt`),
        stream: stream("same"),
        other: note("else"),
        named: note("same", "b.txt"),
        typed: file(new Blob(["same"]), {
          filename: "a.txt",
          mime: "text/csv",
        }),
      },
    });
    assertEquals(platform.count("upload"), 4);
    assertEquals([ids["path"], ids["stream"]], [ids["bytes"], ids["bytes"]]);
    const each = [ids["bytes"], ids["other"], ids["named"], ids["typed"]];
    assertEquals(new Set(each).size, 4);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("sendEvent() uploads equal files each on its own by default", async () => {
  await using platform = startPlatform();
  const payload = { a: note("same"), b: note("same") };
  await clientOf(platform).sendEvent("a", { payload });
  assertEquals(platform.count("upload"), 2);
});

Deno.test("checkEvent() counts equal files once when told to", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform, { dedupeFiles: true });
  const payload = { a: note("same"), b: note("same"), c: note("else") };
  const { files, uploadBytes } = await client.checkEvent("a", { payload });
  assertEquals(files.map(({ pointer }) => pointer), ["/a", "/c"]);
  assertEquals(uploadBytes, 8);
});

Deno.test("sendEvent() reads no file that differs in length from all others twice", async () => {
  await using platform = startPlatform();
  let opened = 0;
  const once = (text: string): FileRef =>
    file(() => {
      opened++;
      return new Blob([text]).stream();
    }, { filename: "a.txt", size: text.length });
  const payload = { a: once("1"), b: once("22"), c: once("333") };
  const client = clientOf(platform, { dedupeFiles: true });
  await client.sendEvent("a", { payload });
  assertEquals(opened, 3);
});

Deno.test("sendEvent() names an equal file that breaks while it is compared", async () => {
  await using platform = startPlatform();
  const broken = file(() => {
    throw new Error("planted");
  }, { filename: "a.txt", size: 4 });
  const client = clientOf(platform, { dedupeFiles: true });
  const error = await assertRejects(
    () => client.sendEvent("a", { payload: { a: note("same"), b: broken } }),
    UploadError,
    "Cannot read the file: its source failed",
  );
  assertEquals([error.step, error.filename], ["file", "a.txt"]);
  assertEquals(platform.seen, []);
});

Deno.test("sendEvent() resumes equal files without a second upload", async () => {
  await using platform = startPlatform();
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 400 }) : undefined;
  const client = clientOf(platform, { dedupeFiles: true });
  const payload = { a: note("same"), b: note("same") };
  const { resume } = await assertRejects(
    () => client.sendEvent("a", { payload }),
    UploadError,
  );
  assert(resume);
  assertEquals(resume.assets.map(({ pointer }) => pointer), ["/a", "/b"]);
  platform.answer = () => undefined;
  await client.sendEvent("a", { payload, resume });
  assertEquals(platform.count("upload"), 1);
});

Deno.test("processSends() uploads equal files once when told to", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform, {
    dedupeFiles: true,
    kv: memoryKv(),
    sealingKey: generateSealingKey(),
  });
  const payload = { a: note("same"), b: stream("same") };
  await client.sendEventDurably("a", { payload });
  assertEquals((await client.processSends()).delivered, 1);
  assertEquals(platform.events[0]?.body, { a: "as_1", b: "as_1" });
});
