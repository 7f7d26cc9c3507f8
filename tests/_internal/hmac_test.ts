import { assertEquals, assertThrows } from "@std/assert";
import { encodeUtf8, fromHex, toHex } from "../../src/_internal/bytes.ts";
import { hmacSha256 } from "../../src/_internal/hmac.ts";
import { countSubtle } from "../_support/subtle.ts";

// RFC 4231 sections 4.2, 4.3, 4.4 and 4.7.
const VECTORS: readonly [
  string,
  Uint8Array<ArrayBuffer>,
  Uint8Array<ArrayBuffer>,
  string,
][] = [
  [
    "a key of 20 bytes",
    new Uint8Array(20).fill(0x0b),
    encodeUtf8("Hi There"),
    "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
  ],
  [
    "a key shorter than the tag",
    encodeUtf8("Jefe"),
    encodeUtf8("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  ],
  [
    "a message of one block and more",
    new Uint8Array(20).fill(0xaa),
    new Uint8Array(50).fill(0xdd),
    "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
  ],
  [
    "a key longer than a block",
    new Uint8Array(131).fill(0xaa),
    encodeUtf8("Test Using Larger Than Block-Size Key - Hash Key First"),
    "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
  ],
];

for (const [name, key, message, tag] of VECTORS) {
  Deno.test(`hmacSha256() gives the tag of RFC 4231 for ${name}`, async () => {
    const hmac = hmacSha256(key);
    assertEquals(toHex(await hmac.sign(message)), tag);
    assertEquals(await hmac.verify(message, fromHex(tag)), true);
  });
}

Deno.test("verify() is false for a tag that is wrong, too short, too long, empty or none", async () => {
  const hmac = hmacSha256(encodeUtf8("secret"));
  const message = encodeUtf8("message");
  const tag = await hmac.sign(message);
  const longer = new Uint8Array([...tag, 0]);
  const changed = tag.map((byte, i) => i === 31 ? byte ^ 1 : byte);
  const wrong = [
    changed,
    tag.slice(0, 31),
    longer,
    new Uint8Array(),
    new Uint8Array(32),
    undefined,
  ];
  for (const other of wrong) {
    assertEquals(await hmac.verify(message, other), false);
  }
  assertEquals(await hmac.verify(encodeUtf8("massage"), tag), false);
});

Deno.test("verify() compares 32 bytes once, whatever the tag", async () => {
  const hmac = hmacSha256(encodeUtf8("secret"));
  const message = encodeUtf8("message");
  await hmac.sign(message);
  for (const length of [0, 1, 31, 32, 33, 4096]) {
    const calls = await countSubtle(() =>
      hmac.verify(message, new Uint8Array(length))
    );
    assertEquals(calls, [["verify", 32, 7]], `${length}`);
  }
});

Deno.test("hmacSha256() imports its key once, and not before it is used", async () => {
  const calls = await countSubtle(async () => {
    const hmac = hmacSha256(encodeUtf8("secret"));
    await hmac.sign(new Uint8Array());
    await hmac.sign(new Uint8Array());
  });
  assertEquals(calls.map(([name]) => name), ["importKey", "sign", "sign"]);
  assertEquals(await countSubtle(() => hmacSha256(encodeUtf8("secret"))), []);
});

Deno.test("hmacSha256() keeps the secret that it was given when the caller overwrites its bytes", async () => {
  const secret = encodeUtf8("secret");
  const hmac = hmacSha256(secret);
  secret.fill(0);
  const other = hmacSha256(encodeUtf8("secret"));
  assertEquals(
    await hmac.sign(new Uint8Array()),
    await other.sign(new Uint8Array()),
  );
});

Deno.test("hmacSha256() refuses an empty secret", () => {
  assertThrows(
    () => hmacSha256(new Uint8Array()),
    TypeError,
    "Cannot use the secret: wanted at least one byte",
  );
});
