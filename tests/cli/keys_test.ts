import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { EXIT } from "../../src/cli.ts";
import { createSeal, importPublicKey } from "../../src/crypto/mod.ts";
import { KEYS, refusedVector } from "../crypto/_vectors.ts";
import { fullDisk, sluice } from "./_support.ts";

async function tempFolder(): Promise<
  AsyncDisposable & { path(name: string): string }
> {
  const folder = await Deno.makeTempDir();
  return {
    path: (name) => join(folder, name),
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

Deno.test("keys generate writes what only its owner can read, prints the public key, and overwrites nothing", async () => {
  await using folder = await tempFolder();
  const out = folder.path("service.pem");
  const made = await sluice(["keys", "generate", "--out", out]);
  assertEquals(made.code, EXIT.done);
  await importPublicKey(made.out, { hash: "SHA-256" });
  const passphrase = await Deno.readTextFile(`${out}.passphrase`);
  assertEquals((made.out + made.err).includes(passphrase.trim()), false);
  for (const path of [out, `${out}.passphrase`]) {
    assertEquals((await Deno.stat(path)).mode! & 0o777, 0o600);
  }
  const before = await Deno.readTextFile(out);
  const again = await sluice(["keys", "generate", "--out", out]);
  assertEquals(again.code, EXIT.input);
  assertStringIncludes(again.err, "it is there already");
  assertEquals(await Deno.readTextFile(out), before);
});

Deno.test("keys generate says that a folder is not there", async () => {
  await using folder = await tempFolder();
  const out = folder.path("no/service.pem");
  const { code, err } = await sluice(["keys", "generate", "--out", out]);
  assertEquals([code, err], [
    EXIT.input,
    `Error: Cannot write ${out}: its folder is not there, wanted the name of a new file\n`,
  ]);
});

Deno.test("keys generate leaves nothing behind when one of its files is there already", async () => {
  await using folder = await tempFolder();
  const out = folder.path("service.pem");
  await Deno.writeTextFile(folder.path("service.pub.pem"), "mine");
  const { code, err } = await sluice(["keys", "generate", "--out", out]);
  assertEquals(code, EXIT.input);
  assertStringIncludes(err, "service.pub.pem");
  const names = Array.from(
    Deno.readDirSync(folder.path(".")),
    ({ name }) => name,
  );
  assertEquals(names, ["service.pub.pem"]);
});

Deno.test("keys generate takes a passphrase from the environment, and inspect proves it", async () => {
  await using folder = await tempFolder();
  const out = folder.path("k.pem");
  const env = { WORDS: "correct horse" };
  const flags = ["--passphrase-env", "WORDS"];
  const made = await sluice([
    "keys",
    "generate",
    "--out",
    out,
    "--json",
    ...flags,
  ], { env });
  assertEquals(Object.keys(JSON.parse(made.out)), [
    "privateKey",
    "publicKey",
    "publicPem",
  ]);
  const { code, out: said } = await sluice(["keys", "inspect", out, ...flags], {
    env,
  });
  assertEquals(code, EXIT.done);
  assertMatch(
    said,
    /^protection +PBES2, PBKDF2 \(hmacWithSHA256\) with 100000 iterations, aes-256-cbc$/m,
  );
  assertMatch(said, /^size +2048 bits$/m);
  assertMatch(said, /^Cloudflare +yes$/m);
  assertEquals((made.out + made.err + said).includes("correct horse"), false);
});

Deno.test("keys generate --sealing writes a key that only its owner can read, shows it nowhere, and overwrites nothing", async () => {
  await using folder = await tempFolder();
  const out = folder.path("sealing.key");
  const words = ["keys", "generate", "--sealing", "--out", out];
  const wrong = await sluice([...words, "--bits", "2048"]);
  assertEquals(wrong.code, EXIT.input);
  assertStringIncludes(wrong.err, "cannot be used with option '--bits");
  const made = await sluice(words);
  assertEquals([made.code, made.out], [EXIT.done, ""]);
  const key = (await Deno.readTextFile(out)).trim();
  createSeal(key);
  assertEquals(made.err.includes(key), false);
  assertEquals((await Deno.stat(out)).mode! & 0o777, 0o600);
  const again = await sluice([...words, "--json"]);
  assertEquals([again.code, again.out], [EXIT.input, ""]);
  assertStringIncludes(again.err, "it is there already");
  assertEquals((await Deno.readTextFile(out)).trim(), key);
});

Deno.test("keys inspect says that a key with many iterations opens on Deno and not on Cloudflare", async () => {
  await using folder = await tempFolder();
  const out = folder.path("k.pem");
  const env = { ALLUS_KEY_PASSPHRASE: "x" };
  await sluice(["keys", "generate", "--out", out, "--iterations", "100001"], {
    env,
  });
  for (const [given, verdict] of [[env, "yes"], [{}, "form"]] as const) {
    const { code, out: said } = await sluice(
      ["keys", "inspect", out, "--json"],
      { env: given },
    );
    assertEquals(code, EXIT.input);
    const { opens, mend } = JSON.parse(said);
    assertEquals(opens.map((each: { verdict: string }) => each.verdict), [
      verdict,
      verdict,
      "no",
    ]);
    assertStringIncludes(opens[2].reason, "100001 iterations");
    assertMatch(
      mend,
      /^convert it with: openssl pkcs8 .* -iter 100000 -in \S+k\.pem -out new\.pem$/,
    );
  }
});

Deno.test("keys inspect tells a wrong passphrase, and what is no key", async () => {
  await using folder = await tempFolder();
  const out = folder.path("k.pem");
  await sluice(["keys", "generate", "--out", out]);
  const env = { ALLUS_KEY_PASSPHRASE: "planted-wrong" };
  const wrong = await sluice(["keys", "inspect", out], { env });
  assertEquals(wrong.code, EXIT.input);
  assertStringIncludes(
    wrong.out,
    "no: the passphrase is wrong or the data is damaged",
  );
  assertEquals(wrong.out.includes("planted"), false);
  const none = await sluice(["keys", "inspect", "-"], {
    readInput: () => Promise.resolve("hello"),
  });
  assertEquals(none.code, EXIT.input);
  assertMatch(none.out, /^kind +no PEM block$/m);
  const absent = await sluice(["keys", "inspect", folder.path("absent.pem")]);
  assertEquals(absent.code, EXIT.input);
  assertStringIncludes(absent.err, "absent.pem: there is no such file");
  const open = await sluice(["keys", "inspect", folder.path("k.pub.pem")]);
  assertMatch(open.out, /^encrypting +yes$/m);
});

const SCHEMES: readonly (readonly [text: string, protection: string])[] = [
  [
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nAAAA\n-----END RSA PRIVATE KEY-----",
    "traditional, AES-128-CBC",
  ],
  [
    "-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----",
    "none",
  ],
  [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\n!!\n-----END ENCRYPTED PRIVATE KEY-----",
    "unreadable",
  ],
  [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIT/////\n-----END ENCRYPTED PRIVATE KEY-----",
    "unreadable",
  ],
];

for (const [text, protection] of SCHEMES) {
  Deno.test(`keys inspect calls a key ${protection}, and no runtime opens it: ${text.length}`, async () => {
    const { code, out } = await sluice(["keys", "inspect", "-", "--json"], {
      readInput: () => Promise.resolve(text),
    });
    assertEquals([code, JSON.parse(out).protection], [EXIT.input, protection]);
  });
}

// Of OpenSSL's own names for what it was told to do, those that the command shows.
for (const { name, pem } of KEYS.opened) {
  Deno.test(`keys inspect opens and names what openssl wrote: ${name}`, async () => {
    const { code, out } = await sluice(["keys", "inspect", "-", "--json"], {
      readInput: () => Promise.resolve(pem),
      env: { ALLUS_KEY_PASSPHRASE: KEYS.passphrase },
    });
    const { protection, bits } = JSON.parse(out);
    assertEquals([code, bits], [EXIT.done, 2048]);
    const [cipher = "", prf = ""] = name.split(" ");
    if (!prf.startsWith("hmac")) return;
    assertEquals(
      protection,
      `PBES2, PBKDF2 (${prf}) with 2048 iterations, ${cipher}`,
    );
  });
}

const REFUSED: Readonly<Record<string, string>> = {
  "PBES1 3DES": "pbeWithSHAAnd3-KeyTripleDES-CBC with 2048 iterations",
  "PBES1 DES": "pbeWithMD5AndDES-CBC with 2048 iterations",
  "PBES2 3DES":
    "PBES2, PBKDF2 (hmacWithSHA256) with 2048 iterations, des-ede3-cbc",
  "scrypt": "PBES2, scrypt, aes-256-cbc",
  "traditional encryption": "traditional, AES-256-CBC",
  "PKCS#1": "none",
  "OpenSSH": "as OpenSSH has it",
};

for (const [name, wanted] of Object.entries(REFUSED)) {
  Deno.test(`keys inspect names what no runtime opens, and the command that converts it: ${name}`, async () => {
    const { code, out } = await sluice(["keys", "inspect", "-", "--json"], {
      readInput: () => Promise.resolve(refusedVector(name)),
    });
    const { protection, mend, opens } = JSON.parse(out);
    assertEquals([code, protection], [EXIT.input, wanted]);
    assertMatch(mend, /^convert it with: (?:openssl|ssh-keygen) /);
    assertEquals(opens.length, 3);
  });
}

for (const flags of [[], ["--sealing"]]) {
  Deno.test(`keys generate ${flags.join(" ")} leaves nothing behind on a full disk, and ends with 3`, async () => {
    await using folder = await tempFolder();
    const out = folder.path("k");
    using _disk = fullDisk();
    const { code, err } = await sluice([
      "keys",
      "generate",
      ...flags,
      "--out",
      out,
    ]);
    assertEquals(code, EXIT.store);
    assertStringIncludes(err, `Cannot write ${out}: No space left on device`);
    assertEquals(Array.from(Deno.readDirSync(folder.path("."))), []);
  });
}

Deno.test("keys inspect reads no more of a file or of the standard input than a key can be", async () => {
  for (const file of ["/dev/zero", "-"]) {
    const asked: unknown[] = [];
    const { code, err } = await sluice(["keys", "inspect", file], {
      readInput(most): Promise<string> {
        asked.push(most);
        return Promise.resolve("x".repeat(1024 * 1024 + 1));
      },
    });
    assertEquals(code, EXIT.input);
    assertStringIncludes(err, "wanted at most 1048576 bytes");
    assertEquals(asked, file === "-" ? [1024 * 1024] : []);
  }
});

Deno.test("keys generate says where the keys are when the public one cannot be printed", async () => {
  await using folder = await tempFolder();
  const out = folder.path("k.pem");
  const { code, err } = await sluice(["keys", "generate", "--out", out], {
    out: () => Promise.reject(new Error("No space left on device")),
  });
  assertEquals(code, EXIT.store);
  assertStringIncludes(
    err,
    `the keys are made; see ${folder.path("k.pub.pem")}`,
  );
});
