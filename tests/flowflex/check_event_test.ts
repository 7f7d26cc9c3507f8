import { assertEquals, assertRejects } from "@std/assert";
import { UploadError } from "../../src/errors.ts";
import { file } from "../../src/flowflex/mod.ts";
import { clientOf, startPlatform } from "./_platform.ts";

function note(text: string): ReturnType<typeof file> {
  return file(new Blob([text]), { filename: "a.txt" });
}

Deno.test("checkEvent() says what would be uploaded, and makes no request", async () => {
  await using platform = startPlatform();
  const dir = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${dir}/b.pdf`, "%PDF-1.7");
    const shared = note("hello");
    const payload = { x: shared, list: [{ y: file(`${dir}/b.pdf`) }, shared] };
    assertEquals(await clientOf(platform).checkEvent("a", { payload }), {
      files: [
        { pointer: "/x", filename: "a.txt", mime: "text/plain", size: 5 },
        {
          pointer: "/list/0/y",
          filename: "b.pdf",
          mime: "application/pdf",
          size: 8,
        },
      ],
      uploadBytes: 13,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  assertEquals(await clientOf(platform).checkEvent("a"), {
    files: [],
    uploadBytes: 0,
  });
  assertEquals(platform.seen, []);
});

Deno.test("checkEvent() refuses what sendEvent() refuses, and asks nobody for credentials", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform, {
    maxFileBytes: 4,
    credentials: () => Promise.reject(new Error("asked")),
  });
  await assertRejects(
    () => client.checkEvent("a\n"),
    TypeError,
    "Cannot use event",
  );
  await assertRejects(
    () => client.checkEvent("a", { idempotencyKey: "ü" }),
    TypeError,
    "Cannot use idempotencyKey",
  );
  await assertRejects(
    () => client.checkEvent("a", { payload: { n: NaN } }),
    TypeError,
    'wanted JSON and files at "/n", got NaN',
  );
  await assertRejects(
    () => client.checkEvent("a", { payload: { x: note("hello") } }),
    UploadError,
    'Cannot use the file: it has 5 bytes, and "maxFileBytes" is 4',
  );
  await assertRejects(
    () => client.checkEvent("a", { payload: { x: file("/no/such.pdf") } }),
    UploadError,
    "Cannot read the file: there is no such file",
  );
  assertEquals(platform.seen, []);
});
