import {
  assert,
  assertEquals,
  assertNotEquals,
  assertNotMatch,
  assertRejects,
} from "@std/assert";
import { fromBase64, toBase64 } from "../../src/_internal/base64.ts";
import {
  decryptEnvelope,
  encryptEnvelope,
  type Envelope,
  importPrivateKey,
  importPublicKey,
} from "../../src/crypto/mod.ts";
import { DecryptError } from "../../src/errors.ts";
import { testWith } from "./_programs.ts";
import { ENVELOPES, KEYS } from "./_vectors.ts";

const FAILED =
  "Cannot decrypt value: the envelope is damaged or was made for another key";
const { pem, spki } = KEYS.keys["2048"];
const privateKey = await importPrivateKey(pem, { hash: "SHA-256" });
const publicKey = await importPublicKey(spki, { hash: "SHA-256" });
const envelope = await encryptEnvelope("hello", publicKey);

async function assertFails(wrapper: unknown, message: string): Promise<void> {
  const error = await assertRejects(
    () => decryptEnvelope(wrapper, privateKey),
    DecryptError,
  );
  assertEquals(error.message, message);
  assertEquals(error.code, "decrypt");
  assert(!("cause" in error));
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = fromBase64(text);
  if (bytes === undefined) throw new Error("not base64");
  return bytes;
}

/** The envelope with one bit of a member turned over. */
function flipped(name: "k" | "iv" | "d", at: number): Envelope {
  const bytes = bytesOf(envelope[name]);
  const index = at < 0 ? bytes.length + at : at;
  bytes[index] = (bytes[index] ?? 0) ^ 1;
  return { ...envelope, [name]: toBase64(bytes) };
}

Deno.test("decryptEnvelope() opens the committed envelopes", async () => {
  for (const { hash, key, text, envelope } of ENVELOPES.opened) {
    const opener = await importPrivateKey(KEYS.keys[key].pem, { hash });
    assertEquals(await decryptEnvelope(envelope, opener), text);
    assertEquals(await decryptEnvelope(JSON.stringify(envelope), opener), text);
  }
});

for (const { why, envelope } of ENVELOPES.refused) {
  Deno.test(`decryptEnvelope() fails by the common message when ${why}`, async () => {
    await assertFails(envelope, FAILED);
  });
}

Deno.test("decryptEnvelope() fails by the common message for each changed byte", async () => {
  for (const at of [0, 1, 100, -1]) await assertFails(flipped("k", at), FAILED);
  for (const at of [0, 11]) await assertFails(flipped("iv", at), FAILED);
  for (const at of [0, 4, 5, -1]) await assertFails(flipped("d", at), FAILED);
  for (const length of [0, 1, 255, 257, 512]) {
    const k = toBase64(new Uint8Array(length));
    await assertFails({ ...envelope, k }, FAILED);
  }
  const cut = toBase64(bytesOf(envelope.d).slice(0, 16));
  await assertFails({ ...envelope, d: cut }, FAILED);
});

Deno.test("decryptEnvelope() opens at the tag with a random key when unwrapping fails", async () => {
  const prototype = globalThis.SubtleCrypto.prototype;
  const { decrypt, importKey } = prototype;
  const algorithms: string[] = [];
  const contentKeys: string[] = [];
  prototype.decrypt = new Proxy(decrypt, {
    apply(target, self, args: Parameters<SubtleCrypto["decrypt"]>): unknown {
      const [algorithm] = args;
      algorithms.push(
        typeof algorithm === "string" ? algorithm : algorithm.name,
      );
      return Reflect.apply(target, self, args);
    },
  });
  prototype.importKey = new Proxy(importKey, {
    apply(target, self, args: [string, Uint8Array]): unknown {
      contentKeys.push(toBase64(args[1]));
      return Reflect.apply(target, self, args);
    },
  });
  try {
    await assertFails(flipped("k", 0), FAILED);
    await assertFails(flipped("k", 0), FAILED);
    await assertFails(ENVELOPES.refused[1]?.envelope, FAILED);
  } finally {
    Object.assign(prototype, { decrypt, importKey });
  }
  const twice = ["RSA-OAEP", "AES-GCM"];
  assertEquals(algorithms, [...twice, ...twice, ...twice]);
  assertEquals(contentKeys.map((key) => bytesOf(key).length), [32, 32, 32]);
  assertEquals(new Set(contentKeys).size, 3);
});

Deno.test("decryptEnvelope() names the member that is missing or no text", async () => {
  for (const name of ["k", "iv", "d"] as const) {
    const { [name]: _, ...rest } = envelope;
    for (const value of [undefined, null, 1, true, ["x"], {}]) {
      const wrapper = { ...rest, [name]: value };
      await assertFails(
        wrapper,
        `Cannot decrypt value: the envelope has no text in "${name}"`,
      );
    }
    await assertFails(
      rest,
      `Cannot decrypt value: the envelope has no text in "${name}"`,
    );
    await assertFails(
      Object.assign(Object.create({ [name]: envelope[name] }), rest),
      `Cannot decrypt value: the envelope has no text in "${name}"`,
    );
  }
});

Deno.test("decryptEnvelope() takes strict standard base64 only", async () => {
  for (const name of ["k", "iv", "d"] as const) {
    const text = envelope[name];
    const wrong = [
      `${text}\n`,
      ` ${text}`,
      text.slice(0, -1),
      `${text}=`,
      text.replace(/^./, "-"),
      text.replace(/^./, "_"),
      `${text.slice(0, 4)}\r\n${text.slice(4)}`,
      "é",
    ];
    for (const value of wrong) {
      await assertFails(
        { ...envelope, [name]: value },
        `Cannot decrypt value: "${name}" of the envelope is not standard base64`,
      );
    }
  }
});

Deno.test("decryptEnvelope() refuses an iv that is not 12 bytes and a d below 16", async () => {
  for (const length of [0, 8, 11, 13, 16]) {
    const iv = toBase64(new Uint8Array(length));
    await assertFails(
      { ...envelope, iv },
      'Cannot decrypt value: "iv" of the envelope is not 12 bytes long',
    );
  }
  for (const length of [0, 1, 15]) {
    const d = toBase64(new Uint8Array(length));
    await assertFails(
      { ...envelope, d },
      'Cannot decrypt value: "d" of the envelope is shorter than 16 bytes',
    );
  }
});

Deno.test("decryptEnvelope() refuses what is neither an object nor the JSON of one", async () => {
  const wrong = [
    undefined,
    null,
    1,
    true,
    [],
    [envelope],
    "",
    "{",
    "null",
    "[]",
    '"x"',
    "1",
  ];
  for (const wrapper of wrong) {
    await assertFails(
      wrapper,
      "Cannot decrypt value: wanted an envelope, as an object or as JSON text",
    );
  }
});

Deno.test("decryptEnvelope() does not look at _enc", async () => {
  const { _enc, ...rest } = envelope;
  assertEquals(_enc, 1);
  for (
    const wrapper of [rest, { ...rest, _enc: 2 }, {
      ...rest,
      _enc: "1",
      more: 1,
    }]
  ) {
    assertEquals(await decryptEnvelope(wrapper, privateKey), "hello");
  }
});

Deno.test("decryptEnvelope() reads each member once, before it waits", async () => {
  const reads: string[] = [];
  const wrapper: Record<string, unknown> = {};
  for (const name of ["_enc", "k", "iv", "d"] as const) {
    Object.defineProperty(wrapper, name, {
      get: () => (reads.push(name), envelope[name]),
    });
  }
  const pending = decryptEnvelope(wrapper, privateKey);
  assertEquals(reads, ["k", "iv", "d"]);
  assertEquals(await pending, "hello");
  assertEquals(reads, ["k", "iv", "d"]);
});

Deno.test("decryptEnvelope() never shows plaintext or ciphertext in an error", async () => {
  for (
    const wrapper of [flipped("d", 0), { ...envelope, k: "!" + envelope.k }]
  ) {
    const error = await assertRejects(
      () => decryptEnvelope(wrapper, privateKey),
      DecryptError,
    );
    const shown = `${Deno.inspect(error)}${JSON.stringify(error)}`;
    assertNotMatch(
      shown,
      new RegExp(`hello|${envelope.d.slice(0, 8).replace(/[+]/g, "\\+")}`),
    );
  }
});

Deno.test("decryptEnvelope() refuses a key that cannot decrypt with RSA-OAEP", async () => {
  const algorithm = { name: "AES-GCM", length: 256 };
  const aes = await crypto.subtle.generateKey(algorithm, false, [
    "encrypt",
    "decrypt",
  ]);
  const der = bytesOf(pem.replace(/-----.*-----|\s/g, ""));
  const oaep = { name: "RSA-OAEP", hash: "SHA-256" };
  const unwrapper = await crypto.subtle.importKey("pkcs8", der, oaep, false, [
    "unwrapKey",
  ]);
  const lookalike = { type: "private", algorithm: oaep, usages: ["decrypt"] };
  for (
    const key of [publicKey, aes, unwrapper, lookalike, undefined, null, pem]
  ) {
    await assertRejects(
      () => decryptEnvelope(envelope, key as CryptoKey),
      TypeError,
      "Cannot use key: wanted an RSA-OAEP key that can decrypt",
    );
  }
});

Deno.test("decryptEnvelope() opens an envelope of 16 MiB", async () => {
  const text = "x".repeat(2 ** 24);
  const wrapper = await encryptEnvelope(text, publicKey);
  assert(await decryptEnvelope(wrapper, privateKey) === text);
});

Deno.test("encryptEnvelope() writes what decryptEnvelope() opens", async () => {
  for (
    const text of ["", "x", "Grüße 👋", "\ufeffbom", "\0", "x".repeat(100_000)]
  ) {
    const wrapper = await encryptEnvelope(text, publicKey);
    assertEquals(Object.keys(wrapper), ["_enc", "k", "iv", "d"]);
    assertEquals(wrapper._enc, 1);
    assertEquals(bytesOf(wrapper.iv).length, 12);
    assertEquals(await decryptEnvelope(wrapper, privateKey), text);
  }
});

const OPEN_WITH_NODE = `
const { constants, createDecipheriv, privateDecrypt } = require("node:crypto");
const { pem, oaepHash, k, iv, d } = JSON.parse(require("node:fs").readFileSync("task.json"));
const padding = constants.RSA_PKCS1_OAEP_PADDING;
const key = privateDecrypt({ key: pem, padding, oaepHash }, Buffer.from(k, "base64"));
const sealed = Buffer.from(d, "base64");
const decipher = createDecipheriv("aes-256-gcm", key, Buffer.from(iv, "base64"));
decipher.setAuthTag(sealed.subarray(-16));
const text = decipher.update(sealed.subarray(0, -16), undefined, "utf-8");
process.stdout.write(text + decipher.final("utf-8"));
`;

for (const hash of ["SHA-256", "SHA-1"] as const) {
  testWith(["node"], {
    name: `encryptEnvelope() writes what node:crypto opens with ${hash}`,
    fn: async (shop) => {
      const key = await importPublicKey(spki, { hash });
      const envelope = await encryptEnvelope("Grüße 👋", key);
      const oaepHash = hash.replace("-", "");
      const task = JSON.stringify({ pem, oaepHash, ...envelope });
      await shop.write("task.json", task);
      await shop.write("open.cjs", OPEN_WITH_NODE);
      assertEquals(await shop.sh("node open.cjs"), "Grüße 👋");
    },
  });
}

Deno.test("encryptEnvelope() uses a new key and iv each time", async () => {
  const again = await encryptEnvelope("hello", publicKey);
  for (const name of ["k", "iv", "d"] as const) {
    assertNotEquals(again[name], envelope[name]);
  }
});

Deno.test("encryptEnvelope() refuses arguments of the wrong type", async () => {
  for (const key of [privateKey, undefined, {}]) {
    await assertRejects(
      () => encryptEnvelope("x", key as CryptoKey),
      TypeError,
      "Cannot use key: wanted an RSA-OAEP key that can encrypt",
    );
  }
  await assertRejects(
    () => encryptEnvelope(1 as unknown as string, publicKey),
    TypeError,
    "Cannot encrypt text: wanted a string, got number",
  );
});
