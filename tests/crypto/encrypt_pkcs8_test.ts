import {
  assert,
  assertEquals,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { createPrivateKey } from "node:crypto";
import { decryptPkcs8, encryptPkcs8 } from "../../src/crypto/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { testWith } from "./_programs.ts";
import { DER } from "./_vectors.ts";

testWith(["openssl"], {
  name: "encryptPkcs8() writes what openssl opens and describes as promised",
  fn: async (shop) => {
    await shop.write("new.pem", await encryptPkcs8(DER, "pässword"));
    await shop.sh(
      "openssl pkey -in new.pem -passin pass:pässword -outform DER -out out.der",
    );
    await shop.write("expected.der", DER);
    const plain = await shop.sh(
      "openssl pkey -in expected.der -inform DER -outform DER | sha256sum",
    );
    assertEquals(await shop.sh("sha256sum < out.der"), plain);
    const dump = await shop.sh("openssl asn1parse -in new.pem");
    const words = [
      ...dump.matchAll(
        /(?:OBJECT|INTEGER|OCTET STRING|NULL) .*?:?(?:\[HEX DUMP\])?:([^:\n]*)$/gm,
      ),
    ];
    const [pbes2, pbkdf2, salt, iterations, prf, cipher, iv] = words.map((
      [, word],
    ) => word ?? "");
    assertEquals([pbes2, pbkdf2, prf, cipher], [
      "PBES2",
      "PBKDF2",
      "hmacWithSHA256",
      "aes-256-cbc",
    ]);
    assertEquals([salt?.length, iv?.length], [32, 32]);
    assertEquals(Number.parseInt(iterations ?? "", 16), 100_000);
  },
});

Deno.test("encryptPkcs8() writes what node:crypto opens", async () => {
  const key = await encryptPkcs8(DER, "pässword", { iterations: 3 });
  const opened = createPrivateKey({ key, passphrase: "pässword" });
  const exported = opened.export({ format: "der", type: "pkcs8" });
  assertEquals(new Uint8Array(exported), DER);
});

Deno.test("encryptPkcs8() writes what decryptPkcs8() opens", async () => {
  for (const passphrase of ["", "x", "pässword", "長い".repeat(100)]) {
    for (const iterations of [1, 127, 128, 65_536]) {
      const pem = await encryptPkcs8(DER, passphrase, { iterations });
      assertEquals(await decryptPkcs8(pem, passphrase), DER);
    }
  }
});

Deno.test("encryptPkcs8() uses the given number of iterations, 100,000 without", async () => {
  for (
    const [options, iterations] of [[{}, 100_000], [
      { iterations: 7 },
      7,
    ]] as const
  ) {
    const pem = await encryptPkcs8(DER, "x", options);
    await decryptPkcs8(pem, "x", { maxIterations: iterations });
    await assertRejects(
      () =>
        decryptPkcs8(pem, "x", { maxIterations: Math.max(1, iterations - 1) }),
      ConfigError,
      `asks for ${iterations} iterations`,
    );
  }
});

Deno.test("encryptPkcs8() never writes the same text twice", async () => {
  const options = { iterations: 1 };
  const [first, second] = await Promise.all([
    encryptPkcs8(DER, "x", options),
    encryptPkcs8(DER, "x", options),
  ]);
  assertNotEquals(first, second);
});

Deno.test("encryptPkcs8() takes the bytes as they are when called", async () => {
  const der = DER.slice();
  const pending = encryptPkcs8(der, "x", { iterations: 1 });
  der.fill(0);
  assertEquals(await decryptPkcs8(await pending, "x"), DER);
});

Deno.test("encryptPkcs8() leaves the caller's bytes alone", async () => {
  const der = DER.slice();
  await encryptPkcs8(der, "x", { iterations: 1 });
  assertEquals(der, DER);
});

Deno.test("encryptPkcs8() refuses what is no PrivateKeyInfo", async () => {
  const wrong = [new Uint8Array(), DER.slice(1), DER.slice(0, -1), "x", null];
  for (const der of wrong) {
    const error = await assertRejects(
      () => encryptPkcs8(der as Uint8Array, "x"),
      TypeError,
      "Cannot encrypt der: wanted the DER bytes of a PKCS#8 PrivateKeyInfo",
    );
    assert(!("cause" in error));
  }
});

Deno.test("encryptPkcs8() refuses a wrong passphrase type and number of iterations", async () => {
  await assertRejects(
    () => encryptPkcs8(DER, undefined as unknown as string),
    TypeError,
    "Cannot use passphrase: wanted a string, got undefined",
  );
  for (const iterations of [0, -1, 0.5, NaN, Infinity, 2 ** 31]) {
    const error = await assertRejects(
      () => encryptPkcs8(DER, "x", { iterations }),
      RangeError,
    );
    assertStringIncludes(
      error.message,
      "Cannot use iterations: wanted a whole number from 1",
    );
  }
});
