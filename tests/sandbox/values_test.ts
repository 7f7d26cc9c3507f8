import { assertEquals, assertMatch } from "@std/assert";
import {
  constants,
  createDecipheriv,
  createPrivateKey,
  createPublicKey,
  privateDecrypt,
} from "node:crypto";
import { Buffer } from "node:buffer";
import type { Sandbox } from "../../src/sandbox/mod.ts";
import { quickSandbox, startRig } from "./_support.ts";

// Deno 2.5 does not know the oaepHash of node:crypto and takes SHA-1.
const ignore = Deno.version.deno.startsWith("2.5.");

/** Opens a wrapper with nothing of ours. */
function open(wrapper: unknown, key: string): string {
  const { k, iv, d } = wrapper as Record<"k" | "iv" | "d", string>;
  const aes = privateDecrypt({
    key,
    padding: constants.RSA_PKCS1_OAEP_PADDING,
    oaepHash: "sha256",
  }, Buffer.from(k, "base64"));
  const bytes = Buffer.from(d, "base64");
  const decipher = createDecipheriv(
    "aes-256-gcm",
    aes,
    Buffer.from(iv, "base64"),
  );
  decipher.setAuthTag(bytes.subarray(-16));
  return Buffer.concat([
    decipher.update(bytes.subarray(0, -16)),
    decipher.final(),
  ]).toString();
}

function privateKeyOf(sandbox: Sandbox): string {
  const { service_private_key, key_passphrase } = sandbox.config();
  const key = createPrivateKey({
    key: service_private_key,
    passphrase: key_passphrase ?? "",
  });
  return String(key.export({ type: "pkcs8", format: "pem" }));
}

Deno.test("publish() encrypts what node:crypto opens with the configured key", {
  ignore,
}, async () => {
  await using rig = await startRig({ keyIterations: 100_000 });
  const key = privateKeyOf(rig.sandbox);
  await rig.sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "änne@example.com",
  });
  await rig.sandbox.publish({
    event: "field_updated",
    slug: "bank",
    value: { iban: "DE00" },
  });
  await rig.sandbox.publish({ event: "message_received", value: "hello" });
  const { changes } = await rig.json("/api/company-data/changes");
  assertEquals(
    changes.map((row) => open(row.value ?? row["body"], key)),
    ["änne@example.com", '{"iban":"DE00"}', "hello"],
  );
});

Deno.test(
  "encrypt() makes a wrapper for rows made by hand",
  { ignore },
  async () => {
    const sandbox = await quickSandbox();
    const wrapper = await sandbox.encrypt("by hand");
    assertEquals(Object.keys(wrapper), ["_enc", "k", "iv", "d"]);
    assertEquals(open(wrapper, privateKeyOf(sandbox)), "by hand");
  },
);

Deno.test("publicKey is the public half of the configured key", async () => {
  const sandbox = await quickSandbox({ passphrase: null });
  const { service_private_key } = sandbox.config();
  assertMatch(service_private_key, /^-----BEGIN PRIVATE KEY-----\n/);
  const spki = createPublicKey(service_private_key).export({
    type: "spki",
    format: "der",
  });
  assertEquals(spki.toString("base64"), sandbox.publicKey);
  assertEquals("key_passphrase" in sandbox.config(), false);
});
