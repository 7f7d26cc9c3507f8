import { assert, assertEquals, assertRejects } from "@std/assert";
import { decryptPkcs8, encodePem } from "../../src/crypto/mod.ts";
import { ConfigError } from "../../src/errors.ts";
import { DER, KEYS, refusedVector } from "./_vectors.ts";

const PLAIN = KEYS.keys["2048"].pem;
const OTHER = KEYS.keys["3072"].pem;
const CERTIFICATE = refusedVector("certificate");

const READABLE: Record<string, string> = {
  "CRLF line ends": PLAIN.replaceAll("\n", "\r\n"),
  "CR line ends": PLAIN.replaceAll("\n", "\r"),
  "a byte order mark": `\ufeff${PLAIN}`,
  "trailing blanks": `${PLAIN.replaceAll("\n", " \t\n")} \n\n\t`,
  "leading blanks": PLAIN.replaceAll(/^/gm, "  "),
  "no line break at the end": PLAIN.trimEnd(),
  "line breaks turned into blanks": PLAIN.replaceAll("\n", " "),
  "one long line": PLAIN.replace(/(?<![-])\n(?!-)/g, ""),
  "text before":
    `Bag Attributes\n    friendlyName: x\nKey Attributes: <No Attributes>\n${PLAIN}`,
  "text after": `${PLAIN}# the end -----\n`,
  "a certificate before": CERTIFICATE + PLAIN,
  "a certificate after": PLAIN + CERTIFICATE,
  "certificate, request and public key": CERTIFICATE +
    refusedVector("certificate request") + refusedVector("public key") + PLAIN,
  "the same key twice": PLAIN + PLAIN,
  "a broken line that looks like a block": `-----BEGIN \n${PLAIN}`,
};

for (const [name, pem] of Object.entries(READABLE)) {
  Deno.test(`decryptPkcs8() reads a text with ${name}`, async () => {
    assertEquals(await decryptPkcs8(pem), DER);
  });
}

Deno.test("decryptPkcs8() refuses two different private keys", async () => {
  const encrypted = KEYS.opened[0]?.pem ?? "";
  for (const pem of [PLAIN + OTHER, PLAIN + encrypted, encrypted + PLAIN]) {
    await assertRejects(
      () => decryptPkcs8(pem, KEYS.passphrase),
      ConfigError,
      "Cannot use private key: it holds more than one private key, wanted one",
    );
  }
});

Deno.test("decryptPkcs8() refuses a block without its end", async () => {
  await assertRejects(
    () => decryptPkcs8(PLAIN.replace("END", "AND")),
    ConfigError,
    'Cannot use private key: its "PRIVATE KEY" block has no end',
  );
});

Deno.test("decryptPkcs8() refuses damage in a key that is not encrypted", async () => {
  const damaged = [
    encodePem(new Uint8Array(), "PRIVATE KEY"),
    encodePem(DER.slice(0, -1), "PRIVATE KEY"),
    encodePem(new Uint8Array([...DER, 0]), "PRIVATE KEY"),
    PLAIN.replace("MII", "MI!"),
    PLAIN.replace("MII", "MI"),
    refusedVector("PKCS#1").replaceAll("RSA PRIVATE", "PRIVATE"),
    (KEYS.opened[0]?.pem ?? "").replaceAll("ENCRYPTED ", ""),
  ];
  for (const pem of damaged) {
    const error = await assertRejects(
      () => decryptPkcs8(pem, "x"),
      ConfigError,
    );
    assertEquals(
      error.message,
      "Cannot use private key: the data is damaged",
    );
    assert(!("cause" in error));
  }
});

Deno.test("decryptPkcs8() takes versions 0 and 1 of the structure and no other", async () => {
  for (const version of [0, 1]) {
    const der = DER.with(6, version);
    assertEquals(await decryptPkcs8(encodePem(der, "PRIVATE KEY")), der);
  }
  await assertRejects(
    () => decryptPkcs8(encodePem(DER.with(6, 2), "PRIVATE KEY")),
    ConfigError,
    "Cannot use private key: the data is damaged",
  );
});

Deno.test("decryptPkcs8() refuses a text above 1 MiB", async () => {
  const most = 2 ** 20;
  assertEquals(await decryptPkcs8(PLAIN.padEnd(most)), DER);
  await assertRejects(
    () => decryptPkcs8(PLAIN.padEnd(most + 1)),
    ConfigError,
    "Cannot use private key: it is longer than 1048576 characters",
  );
});

Deno.test("decryptPkcs8() reads hostile texts in linear time", async () => {
  const most = 2 ** 20;
  const begin = "-----BEGIN A-----";
  const texts = [
    begin.repeat(most / begin.length),
    "-----BEGIN ".repeat(most / 11),
    "-----BEGIN A-----\n-----END A-----\n".repeat(most / 34),
    "-".repeat(most),
    `-----BEGIN PRIVATE KEY-----${
      "A".repeat(most - 60)
    }-----END PRIVATE KEY-----`,
  ];
  for (const text of texts) {
    const start = performance.now();
    await assertRejects(() => decryptPkcs8(text), ConfigError);
    assert(performance.now() - start < 2000, text.slice(0, 20));
  }
});

Deno.test("encodePem() writes lines of 64 characters", () => {
  assertEquals(encodePem(DER, "PRIVATE KEY"), PLAIN);
  assertEquals(
    encodePem(Uint8Array.of(1, 2, 3), "PUBLIC KEY"),
    "-----BEGIN PUBLIC KEY-----\nAQID\n-----END PUBLIC KEY-----\n",
  );
});
