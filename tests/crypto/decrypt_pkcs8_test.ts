import {
  assert,
  assertEquals,
  assertNotMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { decryptPkcs8, encodePem } from "../../src/crypto/mod.ts";
import {
  derNull,
  derOctets,
  derOid,
  derSequence,
  derUint,
} from "../../src/crypto/_der_writer.ts";
import { ConfigError } from "../../src/errors.ts";
import { testWith } from "./_programs.ts";
import { DER, KEYS, pemBytes } from "./_vectors.ts";

const { passphrase } = KEYS;
const WRONG =
  "Cannot use private key: the passphrase is wrong or the data is damaged";
const ENCRYPTED = KEYS.opened[0]?.pem ?? "";
const PLAIN = KEYS.keys["2048"].pem;
const CIPHERS: Record<number, string> = { 128: "2", 192: "22", 256: "42" };
const PRFS: Record<string, string> = {
  "SHA-1": "7",
  "SHA-256": "9",
  "SHA-384": "10",
  "SHA-512": "11",
};

interface Scheme {
  bits?: number;
  hash?: string;
  salt?: Uint8Array<ArrayBuffer>;
  iterations?: number;
  keyLength?: number;
  prf?: "explicit" | "absent" | "without parameters";
  iv?: Uint8Array<ArrayBuffer>;
  plain?: Uint8Array<ArrayBuffer>;
}

/** Encrypts with any scheme, independently of encryptPkcs8. */
async function encryptWith(scheme: Scheme): Promise<string> {
  const { bits = 256, hash = "SHA-256", iterations = 2, plain = DER } = scheme;
  const { salt = new Uint8Array(8), iv = new Uint8Array(16) } = scheme;
  const { subtle } = crypto;
  const secret = new TextEncoder().encode(passphrase);
  const key = await subtle.deriveKey(
    { name: "PBKDF2", hash, salt, iterations: Math.max(iterations, 1) },
    await subtle.importKey("raw", secret, "PBKDF2", false, ["deriveKey"]),
    { name: "AES-CBC", length: bits },
    false,
    ["encrypt"],
  );
  const algorithm = { name: "AES-CBC", iv: new Uint8Array(16) };
  const data = new Uint8Array(await subtle.encrypt(algorithm, key, plain));
  return writeScheme({ ...scheme, bits, hash, iterations, salt, iv }, data);
}

function writeScheme(
  scheme: Scheme & {
    bits: number;
    hash: string;
    iterations: number;
    salt: Uint8Array;
    iv: Uint8Array;
  },
  data: Uint8Array,
): string {
  const { keyLength, prf = "explicit" } = scheme;
  const prfId = [
    derOid(`1.2.840.113549.2.${PRFS[scheme.hash]}`),
    ...(prf === "explicit" ? [derNull()] : []),
  ];
  const kdf = derSequence(
    derOctets(scheme.salt),
    derUint(scheme.iterations),
    ...(keyLength === undefined ? [] : [derUint(keyLength)]),
    ...(prf === "absent" ? [] : [derSequence(...prfId)]),
  );
  const cipher = `2.16.840.1.101.3.4.1.${CIPHERS[scheme.bits]}`;
  const params = derSequence(
    derSequence(derOid("1.2.840.113549.1.5.12"), kdf),
    derSequence(derOid(cipher), derOctets(scheme.iv)),
  );
  const id = derSequence(derOid("1.2.840.113549.1.5.13"), params);
  return encodePem(derSequence(id, derOctets(data)), "ENCRYPTED PRIVATE KEY");
}

for (const { name, pem } of KEYS.opened) {
  Deno.test(`decryptPkcs8() opens the committed file: ${name}`, async () => {
    assertEquals(await decryptPkcs8(pem, passphrase), DER);
  });
}

for (const bits of [128, 192, 256]) {
  for (const prf of ["SHA1", "SHA256", "SHA384", "SHA512"]) {
    testWith(["openssl"], {
      name: `decryptPkcs8() opens what openssl writes: ${bits}, ${prf}`,
      fn: async (shop) => {
        await shop.write("old.pem", PLAIN);
        for (const iterations of [1, 7, 2048]) {
          const command = `openssl pkcs8 -topk8 -v2 aes-${bits}-cbc -v2prf ` +
            `hmacWith${prf} -iter ${iterations} -in old.pem -passout pass:päss`;
          assertEquals(await decryptPkcs8(await shop.sh(command), "päss"), DER);
        }
      },
    });
  }
}

for (const bits of ["3072", "4096"] as const) {
  testWith(["openssl"], {
    name: `decryptPkcs8() opens an RSA key of ${bits} bits from openssl`,
    fn: async (shop) => {
      await shop.write("old.pem", KEYS.keys[bits].pem);
      const pem = await shop.sh(
        "openssl pkcs8 -topk8 -in old.pem -passout pass:x",
      );
      assertEquals(
        await decryptPkcs8(pem, "x"),
        pemBytes(KEYS.keys[bits].pem),
      );
    },
  });
}

testWith(["openssl"], {
  name: "decryptPkcs8() opens all salt lengths that openssl opens",
  fn: async (shop) => {
    for (const length of [0, 1, 8, 16, 20, 64, 127, 128, 200, 1024]) {
      const salt = crypto.getRandomValues(new Uint8Array(length));
      const pem = await encryptWith({ salt });
      await shop.write("judge.pem", pem);
      await shop.sh(
        `openssl pkey -in judge.pem -passin 'pass:${passphrase}' -outform DER -out out.der`,
      );
      assertEquals(await decryptPkcs8(pem, passphrase), DER);
    }
  },
});

testWith(["openssl"], {
  name: "decryptPkcs8() opens or refuses SHA-224 by what the platform has",
  fn: async (shop) => {
    await shop.write("old.pem", PLAIN);
    const pem = await shop.sh(
      "openssl pkcs8 -topk8 -v2prf hmacWithSHA224 -iter 3 -in old.pem -passout pass:x",
    );
    if (await hasSha224()) {
      assertEquals(await decryptPkcs8(pem, "x"), DER);
      return;
    }
    const error = await assertRejects(
      () => decryptPkcs8(pem, "x"),
      ConfigError,
      "Cannot use private key: this platform does not offer PBKDF2 with hmacWithSHA224 and 3 iterations; convert it with: openssl",
    );
    assertEquals(error.cause, undefined);
  },
});

async function hasSha224(): Promise<boolean> {
  const { subtle } = crypto;
  const name = "PBKDF2";
  const raw = new Uint8Array(1);
  const key = await subtle.importKey("raw", raw, name, false, ["deriveBits"]);
  const algorithm = { name, hash: "SHA-224", salt: raw, iterations: 1 };
  return await subtle.deriveBits(algorithm, key, 128).then(
    () => true,
    () => false,
  );
}

Deno.test("decryptPkcs8() takes HMAC with SHA-1 when the PRF is absent", async () => {
  const pem = await encryptWith({ hash: "SHA-1", prf: "absent" });
  assertEquals(await decryptPkcs8(pem, passphrase), DER);
});

Deno.test("decryptPkcs8() takes a PRF without parameters", async () => {
  const pem = await encryptWith({ prf: "without parameters" });
  assertEquals(await decryptPkcs8(pem, passphrase), DER);
});

Deno.test("decryptPkcs8() takes a keyLength that fits the cipher and no other", async () => {
  for (const bits of [128, 192, 256]) {
    const fits = await encryptWith({ bits, keyLength: bits / 8 });
    assertEquals(await decryptPkcs8(fits, passphrase), DER);
    for (const keyLength of [0, 8, bits / 8 + 1, 2 ** 40]) {
      const pem = await encryptWith({ bits, keyLength });
      await assertRejects(
        () => decryptPkcs8(pem, passphrase),
        ConfigError,
        WRONG,
      );
    }
  }
});

Deno.test("decryptPkcs8() refuses a salt, an IV and a count out of bounds", async () => {
  const long = await encryptWith({ salt: new Uint8Array(1025) });
  await assertRejects(
    () => decryptPkcs8(long, passphrase),
    ConfigError,
    "Cannot use private key: its salt is longer than 1024 bytes; convert it",
  );
  for (const length of [0, 12, 15, 17, 32]) {
    const pem = await encryptWith({ iv: new Uint8Array(length) });
    await assertRejects(
      () => decryptPkcs8(pem, passphrase),
      ConfigError,
      WRONG,
    );
  }
  const none = await encryptWith({ iterations: 0 });
  await assertRejects(() => decryptPkcs8(none, passphrase), ConfigError, WRONG);
});

Deno.test("decryptPkcs8() refuses more iterations than maxIterations without deriving", async () => {
  const pem = await encryptWith({ iterations: 11 });
  assertEquals(await decryptPkcs8(pem, passphrase, { maxIterations: 11 }), DER);
  await assertRejects(
    () => decryptPkcs8(pem, passphrase, { maxIterations: 10 }),
    ConfigError,
    "Cannot use private key: its PBKDF2 asks for 11 iterations, wanted at most maxIterations, which is 10; convert it with: openssl pkcs8",
  );
  for (const iterations of [10_000_001, 2 ** 32, 2 ** 53]) {
    const scheme = {
      bits: 256,
      hash: "SHA-256",
      salt: DER.slice(0, 8),
      iv: DER.slice(0, 16),
    };
    const dear = writeScheme({ ...scheme, iterations }, DER.slice(0, 64));
    await assertRejects(
      () => decryptPkcs8(dear, passphrase),
      ConfigError,
      `asks for ${iterations} iterations, wanted at most maxIterations, which is 10000000`,
    );
  }
});

Deno.test("decryptPkcs8() refuses a maxIterations that is no whole number from 1 up", async () => {
  for (const maxIterations of [0, -1, 1.5, NaN, Infinity, 2 ** 31]) {
    await assertRejects(
      () => decryptPkcs8(PLAIN, undefined, { maxIterations }),
      RangeError,
      "Cannot use maxIterations: wanted a whole number from 1",
    );
  }
});

Deno.test("decryptPkcs8() takes a key that is not encrypted, with or without a passphrase", async () => {
  assertEquals(await decryptPkcs8(PLAIN), DER);
  assertEquals(await decryptPkcs8(PLAIN, "not needed"), DER);
});

Deno.test("decryptPkcs8() tells wrong passphrase and damaged data by one message", async () => {
  const bytes = pemBytes(ENCRYPTED);
  const last = bytes.with(-1, (bytes.at(-1) ?? 0) ^ 1);
  const inside = bytes.with(300, (bytes.at(300) ?? 0) ^ 1);
  const middle = new Uint8Array([...bytes.slice(0, -16)]);
  const label = "ENCRYPTED PRIVATE KEY";
  const cases: [string, string][] = [
    [ENCRYPTED, "wrong"],
    [ENCRYPTED, ""],
    [encodePem(last, label), passphrase],
    [encodePem(middle, label), passphrase],
    [encodePem(new Uint8Array([...bytes, 0]), label), passphrase],
    [ENCRYPTED.replace(/^MII/m, "MI!"), passphrase],
    [await encryptWith({ plain: inside }), passphrase],
    [await encryptWith({ plain: derSequence(derUint(0)) }), passphrase],
    [await encryptWith({ plain: new Uint8Array() }), passphrase],
  ];
  for (const [pem, given] of cases) {
    const error = await assertRejects(
      () => decryptPkcs8(pem, given),
      ConfigError,
    );
    assertEquals(error.message, WRONG);
    assertEquals(error.cause, undefined);
    assert(!("cause" in error));
    assertEquals(error.problems.length, 1);
  }
});

Deno.test("decryptPkcs8() never shows a passphrase or key in an error", async () => {
  const secret = "secret-passphrase";
  const cases = [ENCRYPTED, ENCRYPTED.slice(0, 400), `${secret}\n`];
  for (const pem of cases) {
    const error = await assertRejects(
      () => decryptPkcs8(pem, secret),
      ConfigError,
    );
    const shown = `${error.stack}${JSON.stringify(error)}${
      Deno.inspect(error)
    }`;
    assertNotMatch(shown, /secret-passphrase|MII[A-Za-z0-9]/);
  }
});

Deno.test("decryptPkcs8() asks for the passphrase of an encrypted key by its name", async () => {
  await assertRejects(
    () => decryptPkcs8(ENCRYPTED),
    ConfigError,
    "Cannot use passphrase: private key is encrypted, wanted a passphrase",
  );
  const options = {
    field: "service_private_key",
    passphraseField: "key_passphrase",
  };
  const error = await assertRejects(
    () => decryptPkcs8(ENCRYPTED, undefined, options),
    ConfigError,
  );
  assertEquals(
    error.message,
    "Cannot use key_passphrase: service_private_key is encrypted, wanted a passphrase",
  );
  assertEquals(error.problems, [{
    field: "key_passphrase",
    message: "service_private_key is encrypted, wanted a passphrase",
  }]);
});

Deno.test("decryptPkcs8() calls the key by the given field", async () => {
  const options = { field: "service_private_key" };
  const error = await assertRejects(
    () => decryptPkcs8("", undefined, options),
    ConfigError,
  );
  assertStringIncludes(error.message, "Cannot use service_private_key: it is");
  assertEquals(error.problems[0]?.field, "service_private_key");
});

Deno.test("decryptPkcs8() refuses arguments of the wrong type", async () => {
  for (const wrong of [null, 1, {}, new Uint8Array(3)]) {
    await assertRejects(
      () => decryptPkcs8(ENCRYPTED, wrong as unknown as string),
      TypeError,
      "Cannot use passphrase: wanted a string, got",
    );
    await assertRejects(
      () => decryptPkcs8(wrong as unknown as string, "x"),
      TypeError,
      "Cannot use private key: wanted a string, got",
    );
  }
});

Deno.test("decryptPkcs8() opens with the passphrase's UTF-8 bytes", async () => {
  assert(new TextEncoder().encode(passphrase).length > passphrase.length);
  const composed = passphrase.normalize("NFC");
  assertEquals(await decryptPkcs8(ENCRYPTED, composed), DER);
  await assertRejects(
    () => decryptPkcs8(ENCRYPTED, passphrase.normalize("NFD")),
    ConfigError,
    WRONG,
  );
});
