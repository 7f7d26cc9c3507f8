import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertNotStrictEquals,
  assertRejects,
  assertStrictEquals,
} from "@std/assert";
import { type Bytes, encodeUtf8 } from "../../src/_internal/bytes.ts";
import { isWrapped } from "../../src/company_data/_file_answer.ts";
import { BinaryHandle } from "../../src/company_data/binary.ts";
import { ApiError, DecryptError } from "../../src/errors.ts";
import { fakeContext, sha256, wrap } from "./_fake_context.ts";

const URL_1 = "https://api.example/slots/1/file";
const FILE = new Uint8Array([0, 1, 2, 254, 255]);
const DATA_URL = `data:image/jpeg;base64,${btoa("\x00\x01\x02\xfe\xff")}`;
const ENVELOPE = JSON.stringify({ full: DATA_URL, mime_type: "image/jpeg" });

interface Answer {
  type?: string | null;
  digest?: string | null;
  body?: Bytes | string;
}

function serving(
  answer: Answer,
): { handle: BinaryHandle; context: ReturnType<typeof fakeContext> } {
  const { type = null, digest = null, body = "" } = answer;
  const context = fakeContext({
    fetchFile: () =>
      Promise.resolve({
        contentType: type,
        contentSha256: digest,
        body: typeof body === "string" ? encodeUtf8(body) : body,
      }),
  });
  return { handle: new BinaryHandle({ valueUrl: URL_1 }, context), context };
}

const WRAPPED: [string, string, string][] = [
  [
    "JSON",
    "application/json",
    JSON.stringify({ encrypted: true, value: wrap(ENVELOPE) }),
  ],
  [
    "JSON with a charset",
    "Application/JSON; charset=utf-8",
    JSON.stringify({ encrypted: true, value: wrap(ENVELOPE) }),
  ],
  ["a bare wrapper", "application/json", JSON.stringify(wrap(ENVELOPE))],
  [
    "XML",
    "application/xml",
    `<response><encrypted>true</encrypted><value><_enc>1</_enc><k>a</k><iv>b</iv><d>${
      ENVELOPE.replaceAll('"', "&quot;")
    }</d></value></response>`,
  ],
  [
    "an envelope that is not encrypted",
    "application/json",
    JSON.stringify({ encrypted: false, value: ENVELOPE }),
  ],
];

for (const [name, type, body] of WRAPPED) {
  Deno.test(`BinaryHandle.bytes() opens ${name}`, async () => {
    const { handle } = serving({ type, body });
    assertEquals(await handle.bytes(), FILE);
    assertEquals(await handle.envelope(), JSON.parse(ENVELOPE));
    assertEquals(handle.contentType, type);
  });
}

Deno.test("BinaryHandle.bytes() opens an answer without a type", async () => {
  const body = JSON.stringify({ encrypted: true, value: wrap(ENVELOPE) });
  for (const type of [null, "", " "]) {
    assertEquals(await serving({ type, body }).handle.bytes(), FILE);
  }
});

Deno.test("BinaryHandle.bytes() returns other types as they are, whatever is in them", async () => {
  const json = encodeUtf8(JSON.stringify({ encrypted: true, value: wrap("") }));
  const cases: [string, Bytes][] = [
    ["image/jpeg", FILE],
    ["application/pdf", json],
    ["application/octet-stream", new Uint8Array(0)],
  ];
  for (const [type, body] of cases) {
    const { handle, context } = serving({ type, body });
    assertEquals(await handle.bytes(), body);
    assertEquals(await handle.envelope(), null);
    assertEquals(context.decrypted, []);
  }
});

Deno.test("BinaryHandle decides by the media type alone whether a file is wrapped", () => {
  const wrapped = [
    null,
    "",
    ";",
    "application/json",
    "text/json",
    "application/xml",
    "text/xml; charset=utf-8",
    "application/problem+json",
    "application/vnd.allus+xml",
  ];
  const plain = [
    "image/jpeg",
    "image/svg+xml",
    "application/pdf",
    'application/pdf; name="a.json"',
    "text/plain",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "application/octet-stream",
  ];
  assertEquals(wrapped.map(isWrapped), wrapped.map(() => true));
  assertEquals(plain.map(isWrapped), plain.map(() => false));
});

const UNREADABLE: [string, string | Bytes, string][] = [
  ["a body that is empty", "", "not an object in JSON or XML"],
  ["JSON that is cut off", '{"value":', "not an object in JSON or XML"],
  ["a JSON array", "[]", "not an object in JSON or XML"],
  ["HTML", "<html></html>", "not an object in JSON or XML"],
  ["XML that is only text", "<response>a</response>", "not an object in JSON"],
  ["bytes that are not UTF-8", new Uint8Array([0x7b, 0xff]), "not an object"],
  ["a wrapper that is broken", '{"value":{"k":1}}', "it is not intact"],
  ["a wrapper that is absent", '{"value":null}', "it is not intact"],
  ["another object", '{"encrypted":true}', "it is not intact"],
  ["plain text where a wrapper is due", '{"value":"{}"}', "it is not intact"],
];
const ENVELOPES: [string, string, string][] = [
  ["an envelope that is no JSON", "hello", "is not a JSON object"],
  ["an envelope that is a list", "[]", "is not a JSON object"],
  ["an envelope without a file", '{"thumb":"x"}', "no base64 data URL"],
  ["an empty file", '{"full":"","file":null}', "no base64 data URL"],
  ["a file that is no data URL", '{"full":"AQID"}', "no base64 data URL"],
  [
    "a photo that is no data URL beside a file",
    '{"full":"AQID","file":"data:;base64,AQID"}',
    "no base64 data URL",
  ],
  ["bad base64", '{"file":"data:;base64,A*ID"}', "no base64 data URL"],
  ["base64 of another alphabet", '{"file":"x;base64,_-__"}', "no base64"],
];

for (
  const [name, body, message] of [
    ...UNREADABLE,
    ...ENVELOPES.map(([name, envelope, message]): [string, string, string] => [
      name,
      JSON.stringify({ encrypted: true, value: wrap(envelope) }),
      message,
    ]),
  ]
) {
  Deno.test(`BinaryHandle.bytes() refuses ${name}`, async () => {
    const { handle } = serving({ type: "application/json", body });
    const error = await assertRejects(
      () => handle.bytes(),
      DecryptError,
      message,
    );
    assertEquals(error.cause, undefined);
    assert(error.message.startsWith("Cannot "));
  });
}

const FILES: [string, object, number[]][] = [
  ["full", { full: "data:image/png;base64,AQID", file: "x;base64," }, [
    1,
    2,
    3,
  ]],
  ["file", { file: "data:application/pdf;base64,AQI=" }, [1, 2]],
  ["file when full is null", { full: null, file: "data:;base64,AQ==" }, [1]],
  ["what follows the first mark", { file: "data:;base64," }, []],
];

for (const [name, envelope, wanted] of FILES) {
  Deno.test(`BinaryHandle.bytes() takes ${name} of an envelope`, async () => {
    const handle = new BinaryHandle(
      { envelope: JSON.stringify(envelope) },
      fakeContext(),
    );
    assertEquals(await handle.bytes(), new Uint8Array(wanted));
    assertEquals(await handle.envelope(), { ...envelope });
    assertEquals([handle.contentType, handle.valueUrl], [null, null]);
  });
}

Deno.test("BinaryHandle refuses to read where there is no file, without a fetch", async () => {
  const context = fakeContext();
  for (const source of [{}, { valueUrl: null }, { valueUrl: "" }]) {
    const handle = new BinaryHandle(source, context);
    for (const read of [() => handle.bytes(), () => handle.envelope()]) {
      await assertRejects(read, DecryptError, "holds neither a file nor");
    }
  }
  assertEquals(context.fetched, []);
});

Deno.test("BinaryHandle fetches once, when it is first read", async () => {
  const { handle, context } = serving({ type: "image/png", body: FILE });
  assertEquals(context.fetched, []);
  assertEquals(
    [handle.valueUrl, handle.contentType, handle.contentSha256],
    [URL_1, null, null],
  );
  await Promise.all([handle.bytes(), handle.bytes(), handle.envelope()]);
  await handle.bytes();
  assertEquals(context.fetched, [URL_1]);
  assertEquals(handle.contentType, "image/png");
});

Deno.test("BinaryHandle.bytes() gives each caller its own array", async () => {
  for (const type of ["image/png", "application/json"]) {
    const body = type === "image/png" ? FILE : JSON.stringify(wrap(ENVELOPE));
    const { handle } = serving({ type, body });
    const first = await handle.bytes();
    first.fill(9);
    const second = await handle.bytes();
    assertNotStrictEquals(first, second);
    assertEquals(second, FILE);
  }
});

Deno.test("BinaryHandle checks the digest of a file that is served as it is", async () => {
  const good = await sha256(FILE);
  for (const digest of [good, good.toUpperCase(), ` ${good} `, null, ""]) {
    const { handle } = serving({ type: "image/png", body: FILE, digest });
    assertEquals(await handle.bytes(), FILE);
    assertEquals(handle.contentSha256, digest);
  }
  for (const digest of [await sha256("other"), good.slice(2), "beef", "x"]) {
    const { handle } = serving({ type: "image/png", body: FILE, digest });
    const error = await assertRejects(() => handle.bytes(), DecryptError);
    assertEquals(
      error.message,
      'Cannot read the file: its SHA-256 digest does not match "X-Allus-Content-Sha256"',
    );
    assertEquals([handle.contentType, handle.contentSha256], [null, null]);
  }
});

Deno.test("BinaryHandle shows but does not compare the digest beside a wrapped file", async () => {
  const digest = "00".repeat(32);
  const body = JSON.stringify({ encrypted: true, value: wrap(ENVELOPE) });
  const { handle } = serving({ type: "application/json", body, digest });
  assertEquals(await handle.bytes(), FILE);
  assertEquals(handle.contentSha256, digest);
});

Deno.test("BinaryHandle passes an ApiError on untouched and tries again after a failure", async () => {
  const gone = new ApiError({
    status: 410,
    errorKey: "company_data.file_expired",
    details: { content_sha256: "ab" },
  });
  const answers: (() => Promise<Bytes>)[] = [
    () => Promise.reject(gone),
    () => Promise.resolve(encodeUtf8("other")),
    () => Promise.resolve(FILE),
  ];
  const digest = await sha256(FILE);
  const context = fakeContext({
    fetchFile: async () => ({
      contentType: "image/png",
      contentSha256: digest,
      body: await (answers.shift() ?? (() => Promise.reject(gone)))(),
    }),
  });
  const handle = new BinaryHandle({ valueUrl: URL_1 }, context);
  const error = await assertRejects(() => handle.bytes());
  assertStrictEquals(error, gone);
  await assertRejects(() => handle.bytes(), DecryptError, "digest");
  assertEquals(await handle.bytes(), FILE);
  assertEquals(context.fetched.length, 3);
});

function pending(): {
  handle: BinaryHandle;
  signals: AbortSignal[];
  answer: () => void;
} {
  const signals: AbortSignal[] = [];
  let answer = (): void => {};
  const context = fakeContext({
    fetchFile: (_, signal) => {
      assert(signal);
      signals.push(signal);
      return new Promise((resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        answer = () =>
          resolve({
            contentType: "image/png",
            contentSha256: null,
            body: FILE,
          });
      });
    },
  });
  const handle = new BinaryHandle({ valueUrl: URL_1 }, context);
  return { handle, signals, answer: () => answer() };
}

Deno.test("BinaryHandle.bytes() rejects with the reason of its signal", async () => {
  const { handle, signals } = pending();
  const aborted = AbortSignal.abort("before");
  assertEquals(
    await handle.bytes({ signal: aborted }).catch((reason) => reason),
    "before",
  );
  assertEquals(signals.length, 0);
  const controller = new AbortController();
  const reading = handle.bytes({ signal: controller.signal });
  controller.abort("meanwhile");
  assertEquals(await reading.catch((reason) => reason), "meanwhile");
  assertEquals(signals.map((signal) => signal.reason), ["meanwhile"]);
});

Deno.test("BinaryHandle goes on fetching for the others when one caller aborts", async () => {
  const { handle, signals, answer } = pending();
  const controller = new AbortController();
  const left = handle.bytes({ signal: controller.signal });
  const other = handle.bytes({ signal: new AbortController().signal });
  const stays = handle.bytes();
  controller.abort("mine");
  assertEquals(await left.catch((reason) => reason), "mine");
  assertEquals(signals[0]?.aborted, false);
  answer();
  assertEquals(await stays, FILE);
  assertEquals(await other, FILE);
  assertEquals(signals.length, 1);
});

Deno.test("BinaryHandle fetches anew after all callers have aborted", async () => {
  const { handle, signals, answer } = pending();
  const controller = new AbortController();
  const first = handle.bytes({ signal: controller.signal });
  controller.abort();
  await assertRejects(() => first, DOMException, "aborted");
  const second = handle.bytes();
  answer();
  assertEquals(await second, FILE);
  assertEquals(signals.map((signal) => signal.aborted), [true, false]);
});

Deno.test("BinaryHandle joins no fetch that was aborted, even one that does not end", async () => {
  const bodies = [new Promise<Bytes>(() => {}), Promise.resolve(FILE)];
  const context = fakeContext({
    fetchFile: async () => ({
      contentType: "image/png",
      contentSha256: null,
      body: await (bodies.shift() ?? FILE),
    }),
  });
  const handle = new BinaryHandle({ valueUrl: URL_1 }, context);
  const controller = new AbortController();
  const first = handle.bytes({ signal: controller.signal });
  controller.abort();
  await assertRejects(() => first, DOMException, "aborted");
  assertEquals(await handle.bytes(), FILE);
});

Deno.test("BinaryHandle takes value for the wrapper whenever it is there", async () => {
  const body = '{"encrypted":true,"value":null}';
  const { handle, context } = serving({ type: "application/json", body });
  await assertRejects(() => handle.bytes(), DecryptError);
  assertEquals(context.decrypted, [null]);
});

async function inFolder(
  work: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function listing(folder: string): Promise<string[]> {
  return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name);
}

Deno.test("BinaryHandle.save() writes the file for its owner alone and counts its bytes", async () => {
  await inFolder(async (folder) => {
    const { handle, context } = serving({ type: "image/png", body: FILE });
    assertEquals(await handle.save(`${folder}/a b.png`), FILE.length);
    assertEquals(await handle.save(new URL(`file://${folder}/c%20d.png`)), 5);
    assertEquals(await Deno.readFile(`${folder}/a b.png`), FILE);
    assertEquals(await Deno.readFile(`${folder}/c d.png`), FILE);
    assertEquals((await listing(folder)).sort(), ["a b.png", "c d.png"]);
    assertEquals(context.fetched.length, 1);
    if (Deno.build.os !== "windows") {
      const { mode } = await Deno.stat(`${folder}/a b.png`);
      assertEquals((mode ?? 0) & 0o777, 0o600);
    }
  });
});

Deno.test("BinaryHandle.save() replaces an older file", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "a much longer older file");
    await serving({ type: "image/png", body: FILE }).handle.save(`${folder}/a`);
    assertEquals(await Deno.readFile(`${folder}/a`), FILE);
    assertEquals(await listing(folder), ["a"]);
  });
});

Deno.test("BinaryHandle.save() leaves what was there when it fails", async () => {
  await inFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/a`, "old");
    const broken = serving({ type: "image/png", body: FILE, digest: "x" });
    await assertRejects(() => broken.handle.save(`${folder}/a`), DecryptError);
    assertEquals(await Deno.readTextFile(`${folder}/a`), "old");

    // A folder cannot be replaced by a file: the last step, the rename, fails.
    await Deno.mkdir(`${folder}/b/c`, { recursive: true });
    const { handle } = serving({ type: "image/png", body: FILE });
    await assertRejects(() => handle.save(`${folder}/b`), Error);
    await assertRejects(() => handle.save(`${folder}/none/x`), Error, "ENOENT");
    assertEquals((await listing(folder)).sort(), ["a", "b"]);
  });
});

Deno.test("BinaryHandle.save() refuses before it fetches where the host has no filesystem", async () => {
  const { handle, context } = serving({ type: "image/png", body: FILE });
  const host = globalThis as { process?: unknown };
  const process = Object.getOwnPropertyDescriptor(host, "process");
  assert(process);
  Object.defineProperty(host, "process", {
    value: undefined,
    configurable: true,
  });
  try {
    await assertRejects(() => handle.save("/tmp/x"), TypeError, "filesystem");
  } finally {
    Object.defineProperty(host, "process", process);
  }
  assertEquals(context.fetched, []);
});

Deno.test("BinaryHandle shows nothing of its file when it is printed", async () => {
  const secret = "data:;base64,c2VjcmV0";
  const handle = new BinaryHandle(
    { envelope: JSON.stringify({ file: secret }) },
    fakeContext(),
  );
  assertInstanceOf(handle, BinaryHandle);
  await handle.bytes();
  const printed = Deno.inspect(handle, { depth: 9, showHidden: true });
  assert(!`${printed}${JSON.stringify(handle)}`.includes("c2Vj"));
});
