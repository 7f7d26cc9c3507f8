import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertThrows,
} from "@std/assert";
import { Buffer } from "node:buffer";
import { createCipheriv } from "node:crypto";
import { fromBase64, toBase64 } from "../../src/_internal/base64.ts";
import { fromHex, toHex } from "../../src/_internal/bytes.ts";
import {
  createSeal,
  generateSealingKey,
  type Seal,
} from "../../src/crypto/mod.ts";
import { ConfigError, DecryptError } from "../../src/errors.ts";
import { countSubtle } from "../_support/subtle.ts";

const FAILED =
  "Cannot open the sealed bytes: they are damaged, or were sealed with another key or for another context";
const KEY = `seal_${toBase64(Uint8Array.from({ length: 36 }, (_, i) => i))}`;
const TEXT = new TextEncoder().encode("hello");

async function assertDoesNotOpen(
  seal: Seal,
  { sealed, context = "a" }: { sealed: Uint8Array; context?: string },
): Promise<void> {
  const error = await assertRejects(
    () => seal.open(sealed, context),
    DecryptError,
  );
  assertEquals(error.message, FAILED);
  assertEquals(error.code, "decrypt");
  assert(!("cause" in error));
}

function bytesOfKey(key: string): Uint8Array {
  const bytes = fromBase64(key.slice("seal_".length));
  if (bytes === undefined) throw new Error("not base64");
  return bytes;
}

Deno.test("generateSealingKey() gives another key of 36 random bytes each time", () => {
  const keys = Array.from({ length: 8 }, generateSealingKey);
  for (const key of keys) assertEquals(bytesOfKey(key).length, 36);
  assertEquals(new Set(keys).size, 8);
});

Deno.test("createSeal() opens what it sealed, empty and large alike", async () => {
  const seal = createSeal(generateSealingKey());
  for (const length of [0, 1, 16, 100_000]) {
    const bytes = new Uint8Array(length).fill(7);
    const sealed = await seal.seal(bytes, "a");
    assertEquals(sealed.length, length + 33);
    assertEquals(await seal.open(sealed, "a"), bytes);
  }
});

Deno.test("createSeal() writes version, key name, nonce and ciphertext, and authenticates the first two and the context", async () => {
  const seal = createSeal(KEY);
  const sealed = await seal.seal(TEXT, "räume/1");
  assertEquals(toHex(sealed.subarray(0, 5)), "0100010203");
  const key = bytesOfKey(KEY).subarray(4);
  const cipher = createCipheriv("aes-256-gcm", key, sealed.subarray(5, 17));
  cipher.setAAD(
    Buffer.concat([sealed.subarray(0, 5), Buffer.from("räume/1", "utf8")]),
  );
  const content = Buffer.concat([
    cipher.update(TEXT),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
  assertEquals(toHex(sealed.subarray(17)), content.toString("hex"));
});

// Python 3, cryptography: AESGCM(bytes(range(4, 36))).encrypt(bytes(12), b"hello", bytes.fromhex("0100010203") + b"a")
Deno.test("createSeal() opens what another program sealed, in this release and in all to come", async () => {
  const sealed = fromHex(
    "0100010203000000000000000000000000a794e7609f09db981a7d48fee5aff8aea23254072e",
  );
  assert(sealed);
  assertEquals(await createSeal(KEY).open(sealed, "a"), TEXT);
});

Deno.test("seal() takes a new nonce each time", async () => {
  const seal = createSeal(KEY);
  assertNotEquals(await seal.seal(TEXT, "a"), await seal.seal(TEXT, "a"));
});

Deno.test("seal() and open() take the bytes as they are when called", async () => {
  const seal = createSeal(KEY);
  const text = TEXT.slice();
  const sealing = seal.seal(text, "a");
  text.fill(0);
  const sealed = await sealing;
  const opening = createSeal(KEY).open(sealed, "a");
  sealed.fill(0);
  assertEquals(await opening, TEXT);
});

Deno.test("seal() and open() work on a view into a larger buffer", async () => {
  const seal = createSeal(KEY);
  const large = new Uint8Array(200).fill(9);
  large.set(TEXT, 50);
  const sealed = await seal.seal(large.subarray(50, 55), "a");
  large.set(sealed, 100);
  const view = large.subarray(100, 100 + sealed.length);
  assertEquals(await seal.open(view, "a"), TEXT);
  assert(seal.isCurrent(view));
});

Deno.test("open() says the same of any changed byte, of any shortening and of what is no sealed thing", async () => {
  const seal = createSeal(KEY);
  const sealed = await seal.seal(TEXT, "a");
  for (let at = 0; at < sealed.length; at++) {
    const changed = sealed.with(at, (sealed[at] ?? 0) ^ 1);
    await assertDoesNotOpen(seal, { sealed: changed });
    await assertDoesNotOpen(seal, { sealed: sealed.slice(0, at) });
  }
  await assertDoesNotOpen(seal, { sealed: new Uint8Array([...sealed, 0]) });
});

Deno.test("open() refuses another context", async () => {
  const seal = createSeal(KEY);
  const sealed = await seal.seal(TEXT, "a");
  for (const context of ["b", "aa", "A"]) {
    await assertDoesNotOpen(seal, { sealed, context });
  }
});

Deno.test("open() refuses another key, also one of the same name", async () => {
  const sealed = await createSeal(KEY).seal(TEXT, "a");
  await assertDoesNotOpen(createSeal(generateSealingKey()), { sealed });
  const bytes = bytesOfKey(KEY);
  bytes[35] = 0;
  const alike = `seal_${toBase64(bytes)}`;
  await assertDoesNotOpen(createSeal(alike), { sealed });
  assertEquals(await createSeal([alike, KEY]).open(sealed, "a"), TEXT);
});

Deno.test("createSeal() seals with the first key and opens with all, in any order", async () => {
  const [one, two, three] = [
    generateSealingKey(),
    generateSealingKey(),
    generateSealingKey(),
  ];
  const old = await createSeal(two).seal(TEXT, "a");
  const seal = createSeal([one, two, three]);
  assertEquals(await seal.open(old, "a"), TEXT);
  assertEquals(seal.isCurrent(old), false);
  const renewed = await seal.seal(TEXT, "a");
  assertEquals(seal.isCurrent(renewed), true);
  assertEquals(await createSeal(one).open(renewed, "a"), TEXT);
  await assertDoesNotOpen(createSeal([two, three]), { sealed: renewed });
});

Deno.test("createSeal() keeps the keys that it was given", async () => {
  const keys = [KEY];
  const seal = createSeal(keys);
  keys[0] = generateSealingKey();
  const sealed = await seal.seal(TEXT, "a");
  assertEquals(await createSeal(KEY).open(sealed, "a"), TEXT);
});

Deno.test("isCurrent() is false for what is no sealed thing", async () => {
  const seal = createSeal(KEY);
  const sealed = await seal.seal(TEXT, "a");
  assertEquals(seal.isCurrent(sealed.subarray(0, 32)), false);
  assertEquals(seal.isCurrent(sealed.with(0, 2)), false);
  assertEquals(seal.isCurrent(new Uint8Array()), false);
});

Deno.test("createSeal() imports a key once, and only one that is used", async () => {
  const seal = createSeal([KEY, generateSealingKey()]);
  const calls = await countSubtle(async () => {
    const sealed = await seal.seal(TEXT, "a");
    await seal.open(sealed, "a");
    await seal.open(sealed, "a");
  });
  const names = calls.map(([name]) => name);
  assertEquals(names, ["importKey", "encrypt", "decrypt", "decrypt"]);
});

for (
  const [state, keys] of [
    ["is empty", ""],
    ["has no prefix", KEY.slice(5)],
    ["has another prefix", `lock_${KEY.slice(5)}`],
    ["is too short", `seal_${toBase64(new Uint8Array(32))}`],
    ["is too long", `seal_${toBase64(new Uint8Array(37))}`],
    ["has a space at its end", `${KEY} `],
    ["is base64url", `seal_${"-_".repeat(24)}`],
    ["is the second of two", [KEY, "seal_"]],
    ["is not a text", undefined],
    ["is bytes", [new Uint8Array(36)]],
  ] as const
) {
  Deno.test(`createSeal() refuses a key that ${state}, naming sealingKey and not the value`, () => {
    const error = assertThrows(
      () => createSeal(keys as string),
      ConfigError,
    );
    assertEquals(
      error.message,
      'Cannot use sealingKey: it is not a text of generateSealingKey(), wanted "seal_" and the base64 of 36 bytes',
    );
    assertEquals(error.problems.map(({ field }) => field), ["sealingKey"]);
  });
}

Deno.test("createSeal() refuses no keys", () => {
  const error = assertThrows(() => createSeal([]), ConfigError);
  assertEquals(
    error.message,
    "Cannot use sealingKey: there is no key, wanted at least one",
  );
});

Deno.test("seal() and open() refuse an empty context and one that is no text", async () => {
  const seal = createSeal(KEY);
  const sealed = await seal.seal(TEXT, "a");
  for (const context of ["", undefined, 1] as string[]) {
    for (
      const call of [
        () => seal.seal(TEXT, context),
        () => seal.open(sealed, context),
        () => seal.open(new Uint8Array(), context),
      ]
    ) {
      await assertRejects(
        call,
        TypeError,
        "Cannot use context: wanted a text that names the place of the sealed bytes",
      );
    }
  }
});
