import { assert, assertEquals, assertRejects } from "@std/assert";
import { UploadError, type UploadResume } from "../../src/errors.ts";
import { file, type FileOptions } from "../../src/flowflex/mod.ts";
import {
  clientOf,
  type ClientOptions,
  type Platform,
  startPlatform,
} from "./_platform.ts";

const ANOTHER =
  "Cannot resume: wanted the same event, key, body shape, payload and files as when it failed";

function note(
  bytes: BlobPart = "%PDF-1",
  { filename = "a.pdf", ...options }: FileOptions = {},
): ReturnType<typeof file> {
  return file(new Blob([bytes]), { filename, ...options });
}

/** What finishes a send whose event was not taken. */
async function failedSend(
  platform: Platform,
  payload: object,
): Promise<UploadResume> {
  platform.answer = (step) =>
    step === "event" ? new Response(null, { status: 400 }) : undefined;
  const { resume } = await assertRejects(
    () => clientOf(platform).sendEvent("a", { payload }),
    UploadError,
    "Cannot send the event: HTTP 400",
  );
  assert(resume);
  platform.answer = () => undefined;
  return JSON.parse(JSON.stringify(resume));
}

for (
  const [what, other, options] of [
    ["other bytes of the same length", () => note("%PDF-2"), {}],
    ["another name", () => note("%PDF-1", { filename: "b.pdf" }), {}],
    ["another media type", () => note("%PDF-1", { mime: "text/plain" }), {}],
    [
      "a stream in place of bytes",
      () => file(() => new Blob().stream(), { filename: "a.pdf", size: 6 }),
      {},
    ],
    ["another body shape", note, { bodyShape: "wrapped" }],
  ] as [string, () => ReturnType<typeof file>, ClientOptions][]
) {
  Deno.test(`sendEvent() resumes nothing with ${what}`, async () => {
    await using platform = startPlatform();
    const resume = await failedSend(platform, { x: note() });
    const before = platform.seen.length;
    await assertRejects(
      () =>
        clientOf(platform, options)
          .sendEvent("a", { payload: { x: other() }, resume }),
      TypeError,
      ANOTHER,
    );
    assertEquals(platform.seen.length, before);
  });
}

Deno.test("sendEvent() resumes no stream and no path of another declared length", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeTextFile(`${dir}/a.pdf`, "%PDF-1");
  const stream = (size: number): ReturnType<typeof file> =>
    file(() => new Blob(["%PDF-1"]).stream(), { filename: "a.pdf", size });
  const path = (size: number): ReturnType<typeof file> =>
    file(`${dir}/a.pdf`, { size });
  try {
    for (const make of [stream, path]) {
      await using platform = startPlatform();
      const resume = await failedSend(platform, { x: make(6) });
      await assertRejects(
        () =>
          clientOf(platform)
            .sendEvent("a", { payload: { x: make(7) }, resume }),
        TypeError,
        ANOTHER,
      );
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("sendEvent() resumes with equal files of another process, of more than a piece too", async () => {
  await using platform = startPlatform();
  const long = new Uint8Array(2_500_000);
  const resume = await failedSend(platform, { x: note(), y: note(long) });
  const uploads = platform.count("upload");
  await clientOf(platform).sendEvent("a", {
    payload: { x: note(), y: note(long.slice()) },
    resume,
  });
  assertEquals(platform.count("upload"), uploads);

  long[2_400_000] = 1;
  await assertRejects(
    () =>
      clientOf(platform).sendEvent("a", {
        payload: { x: note(), y: note(long) },
        resume,
      }),
    TypeError,
    ANOTHER,
  );
});

Deno.test("sendEvent() resumes with a path that could not be read at first", async () => {
  const dir = await Deno.makeTempDir();
  const payload = { x: file(`${dir}/a.pdf`) };
  try {
    await using platform = startPlatform();
    const { resume } = await assertRejects(
      () => clientOf(platform).sendEvent("a", { payload }),
      UploadError,
      "Cannot read the file: there is no such file",
    );
    await Deno.writeTextFile(`${dir}/a.pdf`, "%PDF-1");
    const sent = await clientOf(platform).sendEvent("a", { payload, resume });
    assertEquals(sent.idempotencyKey, resume?.idempotencyKey);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
