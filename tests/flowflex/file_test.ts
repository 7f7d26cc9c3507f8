import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { pathToFileURL } from "node:url";
import { UploadError } from "../../src/errors.ts";
import {
  file,
  type FileProgress,
  type FileRef,
  type FileSource,
} from "../../src/flowflex/mod.ts";
import { clientOf, type Platform, startPlatform, textOf } from "./_platform.ts";

const BYTES = new TextEncoder().encode("%PDF-1.7 and more");

/** A stream of pieces; counts how often it was made and let go. */
function streams(pieces: readonly Uint8Array[]): {
  made: number;
  ended: number;
  make: () => ReadableStream<Uint8Array>;
} {
  const counts = {
    made: 0,
    ended: 0,
    make(): ReadableStream<Uint8Array> {
      counts.made++;
      const left = [...pieces];
      return new ReadableStream<Uint8Array>({
        pull(controller): void {
          const piece = left.shift();
          if (piece) return controller.enqueue(piece);
          counts.ended++;
          controller.close();
        },
        cancel(): void {
          counts.ended++;
        },
      }, { highWaterMark: 0 });
    },
  };
  return counts;
}

async function sendOne(
  platform: Platform,
  ref: FileRef,
  options: { maxFileBytes?: number; onProgress?: (p: FileProgress) => void } =
    {},
): Promise<string> {
  const { maxFileBytes, ...more } = options;
  const client = clientOf(platform, maxFileBytes ? { maxFileBytes } : {});
  const sent = await client.sendEvent("a", { payload: { x: ref }, ...more });
  return textOf(platform.stored.get(sent.uploadedAssets["x"] ?? "") ?? BYTES);
}

Deno.test("file() takes names and types from where they are", () => {
  const name = (source: FileSource, filename?: string): string[] => {
    const given = filename === undefined ? {} : { filename };
    const ref = file(source, given);
    return [ref.filename, ref.mime];
  };
  const pdf = "application/pdf";
  assertEquals(name("/tmp/folder/a.pdf"), ["a.pdf", pdf]);
  assertEquals(name("C:\\folder\\a.PDF"), ["a.PDF", pdf]);
  assertEquals(name(new URL("file:///tmp/a%20b.pdf")), ["a b.pdf", pdf]);
  assertEquals(name(new File([], "a.bin", { type: "image/png" })), [
    "a.bin",
    "image/png",
  ]);
  assertEquals(name(new Blob([], { type: "text/plain;charset=utf-8" }), "a"), [
    "a",
    "text/plain",
  ]);
  assertEquals(name(new Blob([]), "a.b.jpeg"), ["a.b.jpeg", "image/jpeg"]);
  assertEquals(file("a.mp4", { mime: "audio/mp4" }).mime, "audio/mp4");
});

Deno.test("file() knows the media type of each extension that the platform takes", () => {
  const types = Object.fromEntries(
    [
      "pdf doc docx xls xlsx ppt pptx txt jpg jpeg png mp4 3gp aac amr mp3 ogg m4a",
    ].flatMap((list) => list.split(" "))
      .map((extension) => [extension, file(`a.${extension}`).mime]),
  );
  const office = "application/vnd.openxmlformats-officedocument";
  assertEquals(types, {
    pdf: "application/pdf",
    doc: "application/msword",
    docx: `${office}.wordprocessingml.document`,
    xls: "application/vnd.ms-excel",
    xlsx: `${office}.spreadsheetml.sheet`,
    ppt: "application/vnd.ms-powerpoint",
    pptx: `${office}.presentationml.presentation`,
    txt: "text/plain",
    jpg: "image/jpeg",
    jpeg: "image/jpeg",
    png: "image/png",
    mp4: "video/mp4",
    "3gp": "video/3gpp",
    aac: "audio/aac",
    amr: "audio/amr",
    mp3: "audio/mpeg",
    ogg: "audio/ogg",
    m4a: "audio/mp4",
  });
});

Deno.test("file() makes names harmless", () => {
  const named = (filename: string): string =>
    file(BYTES, { filename, mime: "text/plain" }).filename;
  assertEquals(named("../../etc/pass\r\nwd"), "passwd");
  assertEquals(named("invoice\u202efdp.exe"), "invoicefdp.exe");
  assertEquals(named(" a b.txt "), "a b.txt");
  const long = named(`${"ü".repeat(300)}.txt`);
  assert(new TextEncoder().encode(long).length <= 255);
  assert(long.endsWith("ü.txt"));
  assertEquals(named(`${"x".repeat(1_000_000)}.txt`), `${"x".repeat(251)}.txt`);
  for (const bad of ["", "..", "a/", "\u0000", "/"]) {
    assertThrows(() => named(bad), TypeError, "Cannot use filename");
  }
});

Deno.test("file() refuses what it cannot name, type or read twice", () => {
  const cases: [() => unknown, string][] = [
    [() => file(BYTES), 'wanted the option "filename"'],
    [() => file(BYTES, { filename: "a.xyz" }), 'wanted the option "mime"'],
    [() => file(BYTES, { filename: "__proto__" }), 'wanted the option "mime"'],
    [() => file("folder/"), "Cannot use file"],
    [() => file("a.pdf", { mime: "pdf" }), "Cannot use mime"],
    [() => file("a.pdf", { mime: "a/b\r\nx-a: 1" }), "Cannot use mime"],
    [() => file(new Blob().stream() as never), "Cannot use source"],
    [() => file(7 as never), "Cannot use source"],
    [() => file("https://a.example/a.pdf"), "Cannot use source"],
    [() => file(new URL("https://a.example/a.pdf")), "Cannot use source"],
    [
      () => file(() => new Blob().stream(), { filename: "a.pdf" }),
      "Cannot use size: wanted the length of the stream",
    ],
  ];
  for (const [make, message] of cases) assertThrows(make, TypeError, message);
  for (const size of [-1, 1.5, NaN, BYTES.length + 1]) {
    assertThrows(
      () => file(BYTES, { filename: "a.pdf", size }),
      RangeError,
      "Cannot use size",
    );
  }
});

Deno.test("sendEvent() uploads from every source with a declared length", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/a.pdf`;
  await Deno.writeFile(path, BYTES);
  const { make } = streams([
    BYTES.slice(0, 5),
    new Uint8Array(),
    BYTES.slice(5),
  ]);
  const filename = "a.pdf";
  const sources: FileRef[] = [
    file(BYTES, { filename }),
    file(BYTES.buffer, { filename }),
    file(new DataView(BYTES.buffer, 0, BYTES.length), { filename }),
    file(new Blob([BYTES]), { filename }),
    file(new File([BYTES], filename)),
    file(path),
    file(path, { size: BYTES.length }),
    file(pathToFileURL(path)),
    file(make, { filename, size: BYTES.length }),
    file(() => Promise.resolve(make()), { filename, size: BYTES.length }),
  ];
  try {
    for (const ref of sources) {
      await using platform = startPlatform();
      assertEquals(await sendOne(platform, ref), textOf(BYTES));
      assertEquals(platform.asked.get("as_1"), {
        filename,
        mime: "application/pdf",
        size: BYTES.length,
      });
      const upload = platform.seen.find(({ step }) => step === "upload");
      assertEquals(upload?.headers.get("transfer-encoding"), null);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("sendEvent() uploads an empty file from every source", async () => {
  const dir = await Deno.makeTempDir();
  const path = `${dir}/a.txt`;
  await Deno.writeFile(path, new Uint8Array());
  const { make } = streams([]);
  try {
    for (
      const ref of [
        file(new Uint8Array(), { filename: "a.txt" }),
        file(path),
        file(make, { filename: "a.txt", size: 0 }),
      ]
    ) {
      await using platform = startPlatform();
      assertEquals(await sendOne(platform, ref), "");
      assertEquals(platform.stored.size, 1);
    }
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("file() copies bytes when it is called", async () => {
  await using platform = startPlatform();
  const bytes = BYTES.slice();
  const ref = file(bytes, { filename: "a.pdf" });
  bytes.fill(0);
  assertEquals(await sendOne(platform, ref), textOf(BYTES));
});

Deno.test("sendEvent() makes a stream anew for each attempt and lets each go", async () => {
  await using platform = startPlatform();
  platform.answer = (step, nth) =>
    step === "upload" && nth < 3
      ? new Response(null, { status: 503 })
      : undefined;
  const source = streams([BYTES]);
  const ref = file(source.make, { filename: "a.pdf", size: BYTES.length });
  assertEquals(await sendOne(platform, ref), textOf(BYTES));
  assertEquals([source.made, source.ended], [3, 3]);
});

Deno.test("sendEvent() refuses a stream with another length than was declared, and does not try again", async () => {
  for (
    const [size, than] of [
      [BYTES.length - 1, "more"],
      [BYTES.length + 1, "fewer"],
      [0, "more"],
      [5, "more"],
    ] as const
  ) {
    await using platform = startPlatform();
    const source = streams([BYTES.slice(0, 5), BYTES.slice(5)]);
    const ref = file(source.make, { filename: "a.pdf", size });
    const error = await assertRejects(
      () => sendOne(platform, ref),
      UploadError,
      `Cannot upload the file: ${size} bytes were declared, and there are ${than}`,
    );
    assertEquals([error.step, error.filename], ["file", "a.pdf"]);
    assertEquals([source.made, source.ended], [1, 1]);
    assertEquals(platform.stored.size, 0);
    assertEquals(platform.events, []);
  }
});

Deno.test("sendEvent() tells why a source failed", async () => {
  const mine = new Error("mine");
  const failing: [() => ReadableStream<Uint8Array>, string][] = [
    [() => {
      throw mine;
    }, "mine"],
    [() => new ReadableStream({ pull: (c) => c.error(mine) }), "mine"],
    [
      () => "text" as never,
      "Cannot use source: wanted a function that makes a ReadableStream",
    ],
    // No timer would run between pieces that are there at once, that of the deadline neither.
    [
      () => new ReadableStream({ pull: (c) => c.enqueue(new Uint8Array()) }),
      "Cannot use source: wanted bytes, got 1000 empty pieces in a row",
    ],
    [
      () => new ReadableStream({ pull: (c) => c.enqueue("text" as never) }),
      "Cannot use source: wanted a stream of bytes",
    ],
  ];
  for (const [make, reason] of failing) {
    await using platform = startPlatform();
    const error = await assertRejects(
      () => sendOne(platform, file(make, { filename: "a.pdf", size: 9 })),
      UploadError,
    );
    assertEquals(error.message, "Cannot read the file: its source failed");
    assertEquals(error.step, "file");
    assert(error.cause instanceof Error);
    assertEquals(error.cause.message, reason);
    assertEquals(platform.events, []);
  }
});

Deno.test("sendEvent() measures all files before it asks for anything", async () => {
  const dir = await Deno.makeTempDir();
  await Deno.writeFile(`${dir}/a.pdf`, BYTES);
  const small = file(new Blob(["x"]), { filename: "s.txt" });
  const made = streams([BYTES]);
  const cases: [FileRef, string][] = [
    [file(`${dir}/none.pdf`), "Cannot read the file: there is no such file"],
    [file(dir, { mime: "a/b" }), "Cannot read the file: it is not a file"],
    [file(`${dir}/a.pdf`), 'it has 17 bytes, and "maxFileBytes" is 10'],
    [
      file(`${dir}/a.pdf`, { size: 3 }),
      "Cannot use the file: 3 bytes were declared, and it has 17",
    ],
    [
      file(made.make, { filename: "a.pdf", size: 11 }),
      'it has 11 bytes, and "maxFileBytes" is 10',
    ],
  ];
  try {
    for (const [ref, message] of cases) {
      await using platform = startPlatform();
      const client = clientOf(platform, { maxFileBytes: 10 });
      const error = await assertRejects(
        () => client.sendEvent("a", { payload: { small, ref } }),
        UploadError,
        message,
      );
      assertEquals([error.step, error.retryable], ["file", false]);
      assertEquals(platform.seen, []);
    }
    assertEquals(made.made, 0);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("sendEvent() says what is wanted of a path where there are no files", async () => {
  await using platform = startPlatform();
  const ref = file("a.pdf");
  const { process } = globalThis as { process?: { getBuiltinModule: unknown } };
  assert(process);
  const { getBuiltinModule } = process;
  process.getBuiltinModule = (): undefined => undefined;
  try {
    await assertRejects(
      () => sendOne(platform, ref),
      UploadError,
      "Cannot read the file: this host has no filesystem, wanted its bytes",
    );
  } finally {
    process.getBuiltinModule = getBuiltinModule;
  }
});

Deno.test("sendEvent() reads a long file piece by piece", async () => {
  const dir = await Deno.makeTempDir();
  const long = new Uint8Array(300_000).map((_, i) => i % 251);
  await Deno.writeFile(`${dir}/a.pdf`, long);
  const told: number[] = [];
  try {
    await using platform = startPlatform();
    await sendOne(platform, file(`${dir}/a.pdf`), {
      onProgress: ({ sentBytes }) => told.push(sentBytes),
    });
    assertEquals(platform.stored.get("as_1"), long);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
  assertEquals(told, [
    0,
    65536,
    131072,
    196608,
    262144,
    300_000,
    300_000,
    300_000,
  ]);
});
