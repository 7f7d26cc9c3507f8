import { assert, assertEquals, assertRejects } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import {
  decryptEnvelope,
  encodePem,
  encryptEnvelope,
  encryptPkcs8,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
  type KeyHash,
} from "../../src/crypto/mod.ts";
import {
  derNull,
  derOctets,
  derOid,
  derSequence,
  derUint,
} from "../../src/crypto/_der_writer.ts";
import { ConfigError } from "../../src/errors.ts";
import { testWith } from "./_programs.ts";
import { DER, KEYS, refusedVector } from "./_vectors.ts";

const { pem, spki } = KEYS.keys["2048"];
const RSA_ID = derSequence(derOid("1.2.840.113549.1.1.1"), derNull());

Deno.test("importPrivateKey() gives a key that can only decrypt, with the hash", async () => {
  for (const hash of ["SHA-256", "SHA-1"] as const) {
    const key = await importPrivateKey(pem, { hash });
    assertEquals(key.type, "private");
    assertEquals(key.usages, ["decrypt"]);
    assertEquals(key.extractable, false);
    const algorithm = key.algorithm as RsaHashedKeyAlgorithm;
    assertEquals(algorithm.name, "RSA-OAEP");
    assertEquals(algorithm.hash.name, hash);
    assertEquals(algorithm.modulusLength, 2048);
  }
});

Deno.test("importPrivateKey() gives an extractable key when asked to", async () => {
  const key = await importPrivateKey(pem, {
    hash: "SHA-256",
    extractable: true,
  });
  const exported = await crypto.subtle.exportKey("pkcs8", key);
  assertEquals(new Uint8Array(exported), DER);
});

Deno.test("importPrivateKey() takes all committed files", async () => {
  for (const { pem } of KEYS.opened) {
    const { passphrase } = KEYS;
    const key = await importPrivateKey(pem, { passphrase, hash: "SHA-256" });
    assertEquals(key.algorithm.name, "RSA-OAEP");
  }
});

Deno.test("importPrivateKey() takes an undefined passphrase as none", async () => {
  await importPrivateKey(pem, { hash: "SHA-1", passphrase: undefined });
  await assertRejects(
    () =>
      importPrivateKey(KEYS.opened[0]?.pem ?? "", {
        hash: "SHA-1",
        passphrase: undefined,
        field: "account_private_key",
        passphraseField: "account_passphrase",
      }),
    ConfigError,
    "Cannot use account_passphrase: account_private_key is encrypted, wanted a passphrase",
  );
});

Deno.test("importPrivateKey() refuses options of the wrong type before it reads the key", async () => {
  for (const hash of ["SHA-512", "sha-256", "", undefined, null, 1]) {
    await assertRejects(
      () => importPrivateKey("", { hash: hash as KeyHash }),
      TypeError,
      'Cannot use hash: wanted "SHA-256" or "SHA-1"',
    );
  }
  const passphrase = 5 as unknown as string;
  await assertRejects(
    () => importPrivateKey("", { hash: "SHA-1", passphrase }),
    TypeError,
    "Cannot use passphrase: wanted a string, got number",
  );
  await assertRejects(
    () => importPrivateKey("", { hash: "SHA-1", maxIterations: NaN }),
    RangeError,
    "Cannot use maxIterations",
  );
});

Deno.test("importPrivateKey() takes the options as they are when called", async () => {
  const { passphrase } = KEYS;
  const options = {
    passphrase,
    hash: "SHA-256" as KeyHash,
    extractable: false,
  };
  const pending = importPrivateKey(KEYS.opened[0]?.pem ?? "", options);
  Object.assign(options, { passphrase: "x", hash: "SHA-1", extractable: true });
  const key = await pending;
  assertEquals((key.algorithm as RsaHashedKeyAlgorithm).hash.name, "SHA-256");
  assertEquals(key.extractable, false);
});

Deno.test("importPrivateKey() overwrites the bytes of the key", async () => {
  const prototype = globalThis.SubtleCrypto.prototype;
  const { importKey } = prototype;
  const given: Uint8Array[] = [];
  prototype.importKey = new Proxy(importKey, {
    apply(target, self, args: [string, unknown]): unknown {
      // Deno 2.5 also imports inside deriveKey, with something else.
      if (args[1] instanceof Uint8Array) given.push(args[1]);
      return Reflect.apply(target, self, args);
    },
  });
  try {
    const { passphrase } = KEYS;
    const pem = KEYS.opened[0]?.pem ?? "";
    await importPrivateKey(pem, { passphrase, hash: "SHA-256" });
  } finally {
    prototype.importKey = importKey;
  }
  const lengths = [
    new TextEncoder().encode(KEYS.passphrase).length,
    DER.length,
  ];
  assertEquals(given.map((bytes) => bytes.length), lengths);
  assert(given.every((bytes) => bytes.every((byte) => byte === 0)));
});

Deno.test("importPrivateKey() takes a key with attributes", async () => {
  const attributes = Uint8Array.of(0xa0, 0);
  const fields = [derUint(0), RSA_ID, derOctets(rsaPrivateKey()), attributes];
  const pem = encodePem(derSequence(...fields), "PRIVATE KEY");
  assertEquals(
    (await importPrivateKey(pem, { hash: "SHA-1" })).type,
    "private",
  );
});

function rsaPrivateKey(): Uint8Array<ArrayBuffer> {
  return DER.slice(26); // after the head, the version, the algorithm and the head of the octet string
}

Deno.test("importPrivateKey() tells an RSA key that is damaged inside by the common message", async () => {
  const inside = derSequence(derUint(0), derOctets(new Uint8Array(300)));
  const broken = derSequence(derUint(0), RSA_ID, derOctets(inside));
  const pems = {
    "the data is damaged": encodePem(broken, "PRIVATE KEY"),
    "the passphrase is wrong or the data is damaged": await encryptPkcs8(
      broken,
      "pw",
      { iterations: 1 },
    ),
  };
  for (const [state, pem] of Object.entries(pems)) {
    const error = await assertRejects(
      () => importPrivateKey(pem, { hash: "SHA-256", passphrase: "pw" }),
      ConfigError,
    );
    assertEquals(error.message, `Cannot use private key: ${state}`);
    assert(!("cause" in error));
  }
});

Deno.test("importPrivateKey() tells a key that the platform rejects by the common message", async () => {
  const onlyModulus = DER.slice(26, 26 + 4 + 3 + 261);
  onlyModulus.set([0x30, 0x82, 0x01, 0x08]);
  const broken = derSequence(derUint(0), RSA_ID, derOctets(onlyModulus));
  const pem = encodePem(broken, "PRIVATE KEY");
  const error = await assertRejects(
    () => importPrivateKey(pem, { hash: "SHA-256" }),
    ConfigError,
  );
  assertEquals(error.message, "Cannot use private key: the data is damaged");
  assert(!("cause" in error));
});

Deno.test("importPublicKey() takes base64 and PEM text", async () => {
  const text = refusedVector("public key");
  const wrapped = spki.replace(/.{64}/g, "$&\r\n");
  for (
    const given of [spki, ` ${wrapped}\n`, text, `\ufeff${text}`, text + text]
  ) {
    const key = await importPublicKey(given, { hash: "SHA-256" });
    assertEquals(key.type, "public");
    assertEquals(key.usages, ["encrypt"]);
    assertEquals(key.extractable, true);
    assertEquals((key.algorithm as RsaHashedKeyAlgorithm).hash.name, "SHA-256");
  }
});

Deno.test("importPublicKey() refuses what is no RSA public key", async () => {
  const ec =
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEeIWa6H1nMPLoLyXBoOz7Ub9hUcGWmwrvkyhP" +
    "7C35XA8KOnkoj5i9D0Mhlnn2rMDxZaxJTlQjgyJDuA2gPVfGMg==";
  const cases: [string, string][] = [
    ["", "the data is damaged"],
    ["%%%", "the data is damaged"],
    ["AAAA", "the data is damaged"],
    [spki.slice(0, -4), "the data is damaged"],
    [smallPublicKey({ unusedBits: 1 }), "the data is damaged"],
    [ec, "it is an EC key, wanted an RSA key"],
    [smallPublicKey(), "it is an RSA key of 1024 bits, wanted 2048 to 16384"],
    [
      refusedVector("public key") + encodePem(DER, "PUBLIC KEY"),
      "it holds more than one public key",
    ],
    ["A".repeat(2 ** 20 + 1), "it is longer than 1048576 characters"],
    ["-----BEGIN X-----\n-----END X-----", 'it holds "X", wanted "PUBLIC KEY"'],
  ];
  for (const [text, state] of cases) {
    const error = await assertRejects(
      () => importPublicKey(text, { hash: "SHA-256" }),
      ConfigError,
      `Cannot use public key: ${state}`,
    );
    assert(!("cause" in error));
  }
  await assertRejects(
    () => importPublicKey("", { hash: "SHA-1", field: "service_public_key" }),
    ConfigError,
    "Cannot use service_public_key: the data is damaged",
  );
});

function smallPublicKey({ unusedBits = 0 } = {}): string {
  const modulus = Uint8Array.from([
    0x02,
    0x81,
    0x81,
    0,
    ...new Uint8Array(128).fill(0xff),
  ]);
  const key = derSequence(modulus, derUint(65_537));
  const head = Uint8Array.of(0x03, 0x81, key.length + 1, unusedBits);
  const whole = derSequence(RSA_ID, Uint8Array.from([...head, ...key]));
  return encodePem(whole, "PUBLIC KEY");
}

Deno.test("importPublicKey() refuses arguments of the wrong type", async () => {
  await assertRejects(
    () => importPublicKey(null as unknown as string, { hash: "SHA-256" }),
    TypeError,
    "Cannot use public key: wanted a string, got object",
  );
  await assertRejects(
    () => importPublicKey(spki, { hash: "MD5" as KeyHash }),
    TypeError,
    'Cannot use hash: wanted "SHA-256" or "SHA-1"',
  );
});

const PUBLIC_SOURCES: Record<string, string> = {
  "PRIVATE KEY": pem,
  "ENCRYPTED PRIVATE KEY": KEYS.opened[0]?.pem ?? "",
  "RSA PUBLIC KEY": refusedVector("public key, PKCS#1"),
  "CERTIFICATE": refusedVector("certificate"),
  "CERTIFICATE REQUEST": refusedVector("certificate request"),
};

for (const [label, text] of Object.entries(PUBLIC_SOURCES)) {
  testWith(["openssl"], {
    name: `importPublicKey() refuses ${label} with a command that works`,
    fn: async (shop) => {
      const error = await assertRejects(
        () => importPublicKey(text, { hash: "SHA-256" }),
        ConfigError,
        `Cannot use public key: it holds "${label}", wanted "PUBLIC KEY"; convert it with: openssl`,
      );
      await shop.write("old.pem", text);
      const command = error.message.slice(error.message.indexOf("openssl"))
        .replace("openssl pkey", `$& -passin 'pass:${KEYS.passphrase}'`);
      await shop.sh(command);
      const converted = await importPublicKey(await shop.read("new.pem"), {
        hash: "SHA-256",
      });
      const exported = await crypto.subtle.exportKey("spki", converted);
      assertEquals(toBase64(new Uint8Array(exported)), spki);
    },
  });
}

Deno.test("generateKeyPair() makes two halves that fit", async () => {
  const { privateKey, publicKey } = await generateKeyPair();
  const hash = "SHA-256";
  const key = await importPrivateKey(encodePem(privateKey, "PRIVATE KEY"), {
    hash,
  });
  assertEquals((key.algorithm as RsaHashedKeyAlgorithm).modulusLength, 2048);
  const publicPem = encodePem(publicKey, "PUBLIC KEY");
  const envelope = await encryptEnvelope(
    "x",
    await importPublicKey(publicPem, { hash }),
  );
  assertEquals(await decryptEnvelope(envelope, key), "x");
});

Deno.test("generateKeyPair() makes the size that is asked for and no other", async () => {
  const { publicKey } = await generateKeyPair({ modulusLength: 3072 });
  const key = await importPublicKey(encodePem(publicKey, "PUBLIC KEY"), {
    hash: "SHA-1",
  });
  assertEquals((key.algorithm as RsaHashedKeyAlgorithm).modulusLength, 3072);
  for (const modulusLength of [0, 1024, 2047, 8192, NaN, Infinity]) {
    await assertRejects(
      () => generateKeyPair({ modulusLength: modulusLength as 2048 }),
      RangeError,
      "Cannot use modulusLength: wanted 2048, 3072 or 4096",
    );
  }
});
