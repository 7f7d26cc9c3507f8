import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  decryptEnvelope,
  encodePem,
  encryptEnvelope,
  importPrivateKey,
  importPublicKey,
} from "../../src/crypto/mod.ts";
import {
  derNull,
  derOctets,
  derOid,
  derSequence,
  derUint,
} from "../../src/crypto/_der_writer.ts";
import { type CommandName, COMMANDS } from "../../src/crypto/_refusals.ts";
import { ConfigError } from "../../src/errors.ts";
import { testWith, type Workshop } from "./_programs.ts";
import { KEYS, refusedVector } from "./_vectors.ts";

const PASSPHRASE = "pass5word";
const RSA = "openssl genpkey -algorithm RSA -pkeyopt rsa_keygen_bits";

interface Refusal {
  /** Makes old.pem from 2048.pem, with the passphrase "pass5word". */
  make: string;
  /** What stands between "Cannot use private key: " and the remedy. */
  state: string;
  command: CommandName;
  /** The committed file of the same kind. */
  vector?: string;
}

const TOPK8 =
  "openssl pkcs8 -topk8 -in 2048.pem -passout pass:pass5word -out old.pem";
const LEGACY = "-provider legacy -provider default";

const REFUSALS: Record<string, Refusal> = {
  "PBES1 with 3DES": {
    make: `${TOPK8} -v1 PBE-SHA1-3DES`,
    state:
      "it is encrypted with PBES1 (pbeWithSHAAnd3-KeyTripleDES-CBC), wanted PBES2",
    command: "convert",
    vector: "PBES1 3DES",
  },
  "PBES1 with two-key 3DES": {
    make: `${TOPK8} -v1 PBE-SHA1-2DES`,
    state:
      "it is encrypted with PBES1 (pbeWithSHAAnd2-KeyTripleDES-CBC), wanted PBES2",
    command: "convert",
  },
  "PBES1 with MD5 and DES": {
    make: `${TOPK8} ${LEGACY} -v1 PBE-MD5-DES`,
    state: "it is encrypted with PBES1 (pbeWithMD5AndDES-CBC), wanted PBES2",
    command: "convertLegacy",
    vector: "PBES1 DES",
  },
  "PBES1 with SHA-1 and DES": {
    make: `${TOPK8} ${LEGACY} -v1 PBE-SHA1-DES`,
    state: "it is encrypted with PBES1 (pbeWithSHA1AndDES-CBC), wanted PBES2",
    command: "convertLegacy",
  },
  "PBES1 with RC2": {
    make: `${TOPK8} ${LEGACY} -v1 PBE-SHA1-RC2-40`,
    state:
      "it is encrypted with PBES1 (pbewithSHAAnd40BitRC2-CBC), wanted PBES2",
    command: "convertLegacy",
  },
  "PBES1 with RC4": {
    make: `${TOPK8} ${LEGACY} -v1 PBE-SHA1-RC4-128`,
    state: "it is encrypted with PBES1 (pbeWithSHAAnd128BitRC4), wanted PBES2",
    command: "convertLegacy",
  },
  "PBES2 with 3DES": {
    make: `${TOPK8} -v2 des3`,
    state: "its cipher is des-ede3-cbc, wanted AES-CBC",
    command: "convert",
    vector: "PBES2 3DES",
  },
  "PBES2 with DES": {
    make: `${TOPK8} ${LEGACY} -v2 des-cbc`,
    state: "its cipher is des-cbc, wanted AES-CBC",
    command: "convertLegacy",
  },
  "PBES2 with Camellia": {
    make: `${TOPK8} -v2 camellia-256-cbc`,
    state: "its cipher is 1.2.392.200011.61.1.1.1.4, wanted AES-CBC",
    command: "convert",
  },
  "PBES2 with AES in OFB mode": {
    make: `${TOPK8} -v2 aes-256-ofb`,
    state: "its cipher is 2.16.840.1.101.3.4.1.43, wanted AES-CBC",
    command: "convert",
  },
  "an unknown PRF": {
    make: `${TOPK8} -v2prf hmacWithSHA512-256`,
    state:
      "its PBKDF2 uses the PRF 1.2.840.113549.2.13, wanted HMAC with SHA-1 or SHA-2",
    command: "convert",
  },
  "scrypt": {
    make: `${TOPK8} -scrypt -scrypt_N 1024`,
    state: "its key derivation is scrypt, wanted PBKDF2",
    command: "convert",
    vector: "scrypt",
  },
  "too many iterations": {
    make: `${TOPK8} -iter 100001`,
    state:
      "its PBKDF2 asks for 100001 iterations, wanted at most maxIterations, which is 100000",
    command: "convert",
  },
  "traditional encryption": {
    make:
      "openssl rsa -traditional -aes256 -in 2048.pem -passout pass:pass5word -out old.pem",
    state: 'it has traditional encryption ("Proc-Type"), wanted PKCS#8',
    command: "convert",
    vector: "traditional encryption",
  },
  "PKCS#1": {
    make: "openssl rsa -traditional -in 2048.pem -out old.pem",
    state: "it is in PKCS#1 format, wanted PKCS#8",
    command: "convert",
    vector: "PKCS#1",
  },
  "an EC key": {
    make:
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out old.pem",
    state: "it is an EC key, wanted an RSA key",
    command: "generate",
    vector: "EC",
  },
  "an encrypted EC key": {
    make:
      "openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -aes256 -pass pass:pass5word -out old.pem",
    state: "it is an EC key, wanted an RSA key",
    command: "generate",
  },
  "an EC key in SEC 1 format": {
    make: "openssl ecparam -name prime256v1 -genkey -out old.pem",
    state: 'it is a key of type "EC PRIVATE KEY", wanted an RSA key',
    command: "generate",
    vector: "EC, SEC 1",
  },
  "an Ed25519 key": {
    make: "openssl genpkey -algorithm ED25519 -out old.pem",
    state: "its algorithm is 1.3.101.112, wanted an RSA key",
    command: "generate",
    vector: "Ed25519",
  },
  "an RSA-PSS key": {
    make:
      "openssl genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048 -out old.pem",
    state: "it is an RSA-PSS key, which only signs, wanted an RSA key",
    command: "convertPss",
    vector: "RSA-PSS",
  },
  "an RSA key of 1024 bits": {
    make: `${RSA}:1024 -out old.pem`,
    state: "it is an RSA key of 1024 bits, wanted 2048 to 16384 bits",
    command: "generate",
    vector: "RSA 1024",
  },
  "an RSA key of 2047 bits": {
    make: `${RSA}:2047 -out old.pem`,
    state: "it is an RSA key of 2047 bits, wanted 2048 to 16384 bits",
    command: "generate",
  },
  "a public key": {
    make: "openssl pkey -in 2048.pem -pubout -out old.pem",
    state: "it is a public key, wanted a private key",
    command: "generate",
    vector: "public key",
  },
  "a public key in PKCS#1 format": {
    make: "openssl rsa -in 2048.pem -RSAPublicKey_out -out old.pem",
    state: "it is a public key, wanted a private key",
    command: "generate",
    vector: "public key, PKCS#1",
  },
  "a certificate": {
    make: "openssl req -x509 -new -key 2048.pem -subj /CN=test -out old.pem",
    state: "it is a certificate, wanted a private key",
    command: "generate",
    vector: "certificate",
  },
  "a certificate request": {
    make: "openssl req -new -key 2048.pem -subj /CN=test -out old.pem",
    state: "it is a certificate request, wanted a private key",
    command: "generate",
    vector: "certificate request",
  },
  "the OpenSSH format": {
    make:
      "cp 2048.pem old.pem && chmod 600 old.pem && ssh-keygen -q -p -N pass5word -f old.pem",
    state: "it is in OpenSSH format, wanted PKCS#8",
    command: "convertSsh",
    vector: "OpenSSH",
  },
  "an empty file": {
    make: "printf ' \\n' > old.pem",
    state: "it is empty",
    command: "generate",
  },
  "no PEM at all": {
    make: "openssl pkey -in 2048.pem -outform DER -out old.der && " +
      "base64 old.der > old.pem",
    state: "it holds no PEM block of a private key; if it is a DER file",
    command: "convertDer",
  },
};

function remedy(command: CommandName): string {
  if (command === "generate") return `; make a new key with: `;
  return command === "convertDer"
    ? `, convert it with: `
    : `; convert it with: `;
}

function message({ state, command }: Refusal): string {
  const last = `${remedy(command)}${COMMANDS[command]}`;
  return `Cannot use private key: ${state}${last}`;
}

async function assertRefused(
  pem: string,
  refusal: Refusal,
  passphrase: string,
): Promise<string> {
  const options = {
    passphrase,
    hash: "SHA-256",
    maxIterations: 100_000,
  } as const;
  const error = await assertRejects(
    () => importPrivateKey(pem, options),
    ConfigError,
  );
  assertEquals(error.message, message(refusal));
  assertEquals(error.problems, [{
    field: "private key",
    message: message(refusal).replace("Cannot use private key: ", ""),
  }]);
  assert(!("cause" in error));
  return error.message;
}

/** The command of a message, with the passphrase that the program would ask for. */
function commandOf(message: string): string {
  const command = message.slice(message.search(/(openssl|ssh-keygen) /));
  return command
    .replace(/-in old\.\w+/, `$& -passin pass:${PASSPHRASE}`)
    .replace("-topk8", `$& -passout pass:${PASSPHRASE}`)
    .replace("ssh-keygen -p", `$& -P ${PASSPHRASE} -N ${PASSPHRASE}`);
}

for (const [name, refusal] of Object.entries(REFUSALS)) {
  const programs = refusal.make.includes("ssh-keygen")
    ? ["openssl", "ssh-keygen"]
    : ["openssl"];
  testWith(programs, {
    name: `importPrivateKey() refuses ${name} with a command that works`,
    fn: (shop) => convertAndImport(shop, refusal),
  });
  if (refusal.vector === undefined) continue;
  const pem = refusedVector(refusal.vector);
  Deno.test(`importPrivateKey() refuses the committed file: ${refusal.vector}`, async () => {
    await assertRefused(pem, refusal, KEYS.passphrase);
  });
}

async function convertAndImport(
  shop: Workshop,
  refusal: Refusal,
): Promise<void> {
  await shop.write("2048.pem", KEYS.keys["2048"].pem);
  await shop.sh(refusal.make);
  const old = await shop.read("old.pem");
  const said = await assertRefused(old, refusal, PASSPHRASE);
  await shop.sh(commandOf(said));
  const converted = refusal.command === "convertSsh" ? "old.pem" : "new.pem";
  const key = await importPrivateKey(await shop.read(converted), {
    passphrase: PASSPHRASE,
    hash: "SHA-256",
    maxIterations: 100_000,
  });
  assertEquals(key.algorithm.name, "RSA-OAEP");
  if (!keepsTheKey(refusal)) return;
  const spki = KEYS.keys["2048"].spki;
  const publicKey = await importPublicKey(spki, { hash: "SHA-256" });
  const envelope = await encryptEnvelope("same key", publicKey);
  assertEquals(await decryptEnvelope(envelope, key), "same key");
}

function keepsTheKey({ command }: Refusal): boolean {
  return command !== "generate" && command !== "convertPss";
}

Deno.test("importPrivateKey() refuses unknown schemes by their OID", async () => {
  const params = derSequence(
    derSequence(
      derOid("1.2.840.113549.1.5.12"),
      derSequence(derOctets(new Uint8Array(8)), derUint(1)),
    ),
    derSequence(derOid("2.999.2"), derNull()),
  );
  const cases = {
    "it is encrypted with 2.999.1, wanted PBES2": derSequence(
      derOid("2.999.1"),
    ),
    "its key derivation is 2.999.3, wanted PBKDF2": derSequence(
      derOid("1.2.840.113549.1.5.13"),
      derSequence(derSequence(derOid("2.999.3"))),
    ),
    "its cipher is 2.999.2, wanted AES-CBC": derSequence(
      derOid("1.2.840.113549.1.5.13"),
      params,
    ),
  };
  for (const [state, id] of Object.entries(cases)) {
    const der = derSequence(id, derOctets(new Uint8Array(16)));
    const pem = encodePem(der, "ENCRYPTED PRIVATE KEY");
    await assertRefused(pem, { make: "", state, command: "convert" }, "pw");
  }
});

Deno.test("importPrivateKey() names a refused scheme before it asks for a passphrase", async () => {
  await assertRejects(
    () => importPrivateKey(refusedVector("scrypt"), { hash: "SHA-256" }),
    ConfigError,
    "its key derivation is scrypt",
  );
});
