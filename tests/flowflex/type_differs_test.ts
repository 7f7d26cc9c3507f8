import { assertEquals } from "@std/assert";
import { typeThatDiffers } from "../../src/flowflex/_type_differs.ts";
import {
  file,
  type FileRef,
  type FlowFlexEvent,
} from "../../src/flowflex/mod.ts";
import { clientOf, startPlatform } from "./_platform.ts";

const DOCX =
  "application/vnd.openxmlformats-officedocument.wordprocessingml.document";

for (
  const [hex, found, fitting] of [
    ["255044462d312e37", "application/pdf", ["application/pdf"]],
    ["ffd8ffe000104a46", "image/jpeg", ["image/jpeg", "image/jpg"]],
    ["89504e470d0a1a0a", "image/png", ["image/png"]],
    ["474946383961", "image/gif", ["image/gif"]],
    ["52494646aabbccdd57454250", "image/webp", ["image/webp"]],
    ["504b03041400", "application/zip", [
      DOCX,
      "application/zip",
      "application/vnd.oasis.opendocument.text",
      "application/vnd.ms-excel.sheet.macroenabled.12",
    ]],
    ["d0cf11e0a1b11ae1", "application/x-ole-storage", [
      "application/msword",
      "application/vnd.ms-excel",
      "application/vnd.ms-powerpoint",
    ]],
    ["000000206674797069736f6d", "video/mp4", [
      "video/mp4",
      "audio/mp4",
      "video/3gpp",
      "video/quicktime",
    ]],
    ["4f67675300", "audio/ogg", ["audio/ogg", "audio/opus"]],
    ["2321414d520a", "audio/amr", ["audio/amr", "AUDIO/AMR"]],
    ["fff15080", "audio/aac", ["audio/aac"]],
    ["49443304", "audio/mpeg", ["audio/mpeg", "audio/mp3", "audio/aac"]],
    ["fffb9064", "audio/mpeg", ["audio/mpeg"]],
    ["3c21646f63747970652068746d6c", "text/html", ["text/html", "text/plain"]],
  ] as const
) {
  Deno.test(`typeThatDiffers() takes ${hex} for ${found}`, () => {
    const head = Uint8Array.fromHex?.(hex) ?? bytesOf(hex);
    for (const type of [...fitting, `${fitting[0]}; charset=utf-8`]) {
      assertEquals(typeThatDiffers(type, head), undefined, type);
    }
    assertEquals(typeThatDiffers("font/woff2", head), found);
    assertEquals(typeThatDiffers("application/octet-stream", head), undefined);
  });
}

function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(
    hex.match(/../g) ?? [],
    (digits) => parseInt(digits, 16),
  );
}

Deno.test("typeThatDiffers() tells old documents from new ones, and says nothing of what it does not know", () => {
  const zip = bytesOf("504b0304");
  const ole = bytesOf("d0cf11e0a1b11ae1");
  const cases = [
    ["application/msword", zip, "application/zip"],
    ["application/vnd.ms-excel", zip, "application/zip"],
    [DOCX, ole, "application/x-ole-storage"],
    ["application/pdf", bytesOf("00010203"), undefined],
    ["application/pdf", new Uint8Array(), undefined],
    ["application/pdf", bytesOf("2550444620"), undefined],
  ] as const;
  for (const [type, head, found] of cases) {
    assertEquals(typeThatDiffers(type, head), found, type);
  }
});

const PNG = new Uint8Array(40);
PNG.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** What was told of types while a file was uploaded; it is uploaded in any case. */
async function warned(
  ref: FileRef,
  failures = 0,
): Promise<FlowFlexEvent[]> {
  await using platform = startPlatform();
  platform.answer = (step, nth) =>
    step === "upload" && nth <= failures
      ? new Response(null, { status: 503 })
      : undefined;
  const told: FlowFlexEvent[] = [];
  const client = clientOf(platform, { onEvent: (event) => told.push(event) });
  const { assetId } = (await client.sendEvent("a", { payload: { x: ref } }))
    .files[0] ?? {};
  assertEquals(platform.stored.get(assetId ?? "")?.length, ref.size);
  return told.filter(({ type }) => type === "file.type_differs");
}

const filename = "a.pdf";
/** Gives one byte at a time. */
function slowly(): ReadableStream<Uint8Array> {
  return ReadableStream.from([...PNG].map((byte) => Uint8Array.of(byte)));
}

for (
  const [what, ref] of [
    ["bytes", file(PNG, { filename })],
    ["a stream", file(slowly, { filename, size: PNG.length })],
  ] as const
) {
  Deno.test(`sendEvent() warns once of ${what} that are of another type, and uploads them`, async () => {
    for (const failures of [0, 2]) {
      const [warning, ...more] = await warned(ref, failures);
      assertEquals(more, []);
      assertEquals(
        warning?.type === "file.type_differs" && [
          warning.file,
          warning.name,
          warning.declared,
          warning.found,
        ],
        [0, "a", "application/pdf", "image/png"],
      );
    }
  });
}

Deno.test("sendEvent() warns of no file that is what it says, or tells nothing", async () => {
  assertEquals(await warned(file(PNG, { filename: "a.png" })), []);
  assertEquals(await warned(file(new Uint8Array(40), { filename })), []);
  assertEquals(await warned(file(new Uint8Array(), { filename })), []);
});

Deno.test("sendEvent() judges a file by the bytes of one attempt", async () => {
  await using platform = startPlatform();
  const told: FlowFlexEvent[] = [];
  let puts = 0;
  const client = clientOf(platform, {
    onEvent: (event) => told.push(event),
    fetch: async (url, init) => {
      if (init.method !== "PUT" || ++puts > 1) return await fetch(url, init);
      const reader = new Response(init.body ?? null).body?.getReader();
      await reader?.read();
      await reader?.cancel();
      throw new TypeError("lost");
    },
  });
  await client.uploadFile(file(slowly, { filename, size: PNG.length }));
  assertEquals([puts, told.map(({ type }) => type)], [2, [
    "send.retried",
    "file.type_differs",
    "file.uploaded",
  ]]);
});
