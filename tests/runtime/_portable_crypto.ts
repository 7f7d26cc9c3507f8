import { assert, assertEquals, assertRejects } from "@std/assert";
import { toBase64 } from "../../src/_internal/base64.ts";
import {
  decryptEnvelope,
  decryptPkcs8,
  encodePem,
  encryptEnvelope,
  encryptPkcs8,
  generateKeyPair,
  importPrivateKey,
  importPublicKey,
} from "../../src/crypto/mod.ts";
import { ConfigError, DecryptError } from "../../src/errors.ts";
import envelopes from "../vectors/crypto/envelopes.json" with { type: "json" };
import keys from "../vectors/crypto/private_keys.json" with { type: "json" };
import type { NamedCheck } from "./_outcomes.ts";

const HASHES = ["SHA-1", "SHA-256"] as const;
const { passphrase } = keys;
const PLAIN_PEM = keys.keys["2048"].pem;

/** Keys made by OpenSSL, envelopes made by a Python program, and new ones of both. */
export const CRYPTO_CHECKS: readonly NamedCheck[] = [
  ...keys.opened.map(({ name, pem }) => ({
    name: `importPrivateKey() opens a key of OpenSSL: ${name}`,
    run: () => assertOpens(pem),
  })),
  ...keys.refused.map(({ name, pem }) => ({
    name: `importPrivateKey() refuses a file of OpenSSL: ${name}`,
    run: () => assertRefused(pem),
  })),
  {
    name: "importPrivateKey() says the same of every wrong passphrase",
    run: assertWrongPassphrase,
  },
  {
    name: "decryptEnvelope() opens the committed envelopes",
    run: assertEnvelopesOpen,
  },
  {
    name:
      "decryptEnvelope() says the same of every envelope that it cannot open",
    run: assertEnvelopesFail,
  },
  {
    name: "encryptEnvelope() makes what decryptEnvelope() opens",
    run: assertEnvelopeRoundTrip,
  },
  {
    name: "encryptPkcs8() protects a new key that importPrivateKey() opens",
    run: assertKeyRoundTrip,
  },
];

async function assertOpens(pem: string): Promise<void> {
  const key = await importPrivateKey(pem, { passphrase, hash: "SHA-256" });
  const [vector] = envelopes.opened.filter(({ hash, key, text }) =>
    hash === "SHA-256" && key === "2048" && text !== ""
  );
  assertEquals(await decryptEnvelope(vector?.envelope, key), vector?.text);
}

async function assertRefused(pem: string): Promise<void> {
  const error = await assertRejects(
    () => importPrivateKey(pem, { passphrase, hash: "SHA-256" }),
    ConfigError,
    "Cannot use private key: ",
  );
  assertEquals(error.code, "config");
  assert(!error.message.includes(passphrase));
}

async function assertWrongPassphrase(): Promise<void> {
  for (const { name, pem } of keys.opened) {
    if (!pem.includes("BEGIN ENCRYPTED") || name.includes("100,000")) continue;
    const error = await assertRejects(
      () => decryptPkcs8(pem, "wrong"),
      ConfigError,
    );
    assertEquals(
      error.message,
      "Cannot use private key: the passphrase is wrong or the data is damaged",
    );
    assert(!("cause" in error));
  }
}

async function assertEnvelopesOpen(): Promise<void> {
  for (const { hash, key, text, envelope } of envelopes.opened) {
    const { pem } = keys.keys[key as keyof typeof keys.keys];
    const opener = await importPrivateKey(pem, {
      hash: hash as typeof HASHES[number],
    });
    assertEquals(await decryptEnvelope(envelope, opener), text);
  }
}

async function assertEnvelopesFail(): Promise<void> {
  const key = await importPrivateKey(PLAIN_PEM, { hash: "SHA-256" });
  const sha1 = await importPrivateKey(PLAIN_PEM, { hash: "SHA-1" });
  const [opened] = envelopes.opened.filter(({ hash, key }) =>
    hash === "SHA-256" && key === "2048"
  );
  const failing = [
    ...envelopes.refused.map(({ envelope }) => [envelope, key] as const),
    [opened?.envelope, sha1] as const,
  ];
  for (const [envelope, key] of failing) {
    const error = await assertRejects(
      () => decryptEnvelope(envelope, key),
      DecryptError,
    );
    assertEquals(
      error.message,
      "Cannot decrypt value: the envelope is damaged or was made for another key",
    );
    assert(!("cause" in error));
  }
}

async function assertEnvelopeRoundTrip(): Promise<void> {
  const { spki } = keys.keys["2048"];
  for (const hash of HASHES) {
    const opener = await importPrivateKey(PLAIN_PEM, { hash });
    const sealer = await importPublicKey(spki, { hash });
    for (const text of ["", "Grüße, \u{1f44b}", "x".repeat(200_000)]) {
      const envelope = await encryptEnvelope(text, sealer);
      assertEquals(await decryptEnvelope(envelope, opener), text);
    }
  }
}

async function assertKeyRoundTrip(): Promise<void> {
  const hash = "SHA-256";
  const { privateKey, publicKey } = await generateKeyPair();
  const pem = await encryptPkcs8(privateKey, passphrase, { iterations: 1_000 });
  assertEquals(
    toBase64(await decryptPkcs8(pem, passphrase)),
    toBase64(privateKey),
  );
  const spki = encodePem(publicKey, "PUBLIC KEY");
  const envelope = await encryptEnvelope(
    "hello",
    await importPublicKey(spki, { hash }),
  );
  const opener = await importPrivateKey(pem, { passphrase, hash });
  assertEquals(await decryptEnvelope(envelope, opener), "hello");
}
