import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { fromBase64, toBase64 } from "../../src/_internal/base64.ts";
import { sign } from "../../src/delivery/signing/sign.ts";
import {
  generateSecret,
  publicKeyOf,
} from "../../src/delivery/signing/signing_secret.ts";
import { verifySignature } from "../../src/delivery/signing/verify_signature.ts";
import { ConfigError } from "../../src/errors.ts";
import { V1_SECRET, V1A_PUBLIC_KEY, V1A_SECRET } from "./_signing_vectors.ts";

function bytesAfter(prefix: string, text: string | null): Uint8Array {
  const bytes = fromBase64(text?.slice(prefix.length) ?? "");
  assert(bytes && text?.startsWith(prefix));
  return bytes;
}

Deno.test("generateSecret() gives a shared secret of 32 bytes, another one each time", async () => {
  const made = await Promise.all(
    Array.from({ length: 8 }, () => generateSecret()),
  );
  for (const { type, secret, publicKey } of made) {
    assertEquals([type, publicKey], ["v1", null]);
    assertEquals(bytesAfter("whsec_", secret).length, 32);
  }
  assertEquals(new Set(made.map(({ secret }) => secret)).size, 8);
});

Deno.test("generateSecret() gives 24 to 64 bytes and nothing else", async () => {
  for (const bytes of [24, 64]) {
    const { secret } = await generateSecret({ type: "v1", bytes });
    assertEquals(bytesAfter("whsec_", secret).length, bytes);
  }
  for (const bytes of [23, 65, 0, -1, 24.5, NaN, "32" as never]) {
    await assertRejects(
      () => generateSecret({ bytes }),
      RangeError,
      "Cannot use bytes: wanted a whole number from 24 to 64",
    );
  }
});

Deno.test("generateSecret() gives a key pair that another program finds to be one", async () => {
  const { type, secret, publicKey } = await generateSecret({ type: "v1a" });
  assertEquals(type, "v1a");
  const both = bytesAfter("whsk_", secret);
  assertEquals(both.length, 64);
  const raw = bytesAfter("whpk_", publicKey);
  assertEquals(both.slice(32), raw);
  const head = Buffer.from("302e020100300506032b657004220420", "hex");
  const theirs = createPublicKey(createPrivateKey({
    key: Buffer.concat([head, both.subarray(0, 32)]),
    format: "der",
    type: "pkcs8",
  })).export({ format: "jwk" });
  assertEquals(theirs.x, Buffer.from(raw).toString("base64url"));
});

Deno.test("generateSecret() gives secrets that sign and verify", async () => {
  for (const type of ["v1", "v1a"] as const) {
    const { secret, publicKey } = await generateSecret({ type });
    const headers = await sign({ id: "a", body: "b" }, { secrets: secret });
    assertMatch(headers["webhook-signature"], new RegExp(`^${type},`));
    const secrets = publicKey ?? secret;
    assertEquals((await verifySignature("b", headers, { secrets })).id, "a");
  }
});

Deno.test("generateSecret() refuses an unknown type, and a length for a pair", async () => {
  for (const type of ["v2", "", null, 1] as never[]) {
    await assertRejects(
      () => generateSecret({ type }),
      TypeError,
      'Cannot use type: wanted "v1" or "v1a"',
    );
  }
  await assertRejects(
    () => generateSecret({ type: "v1a", bytes: 32 }),
    TypeError,
    'Cannot use bytes: wanted with the type "v1" only',
  );
});

Deno.test("publicKeyOf() gives the public key of a private one", async () => {
  assertEquals(await publicKeyOf(V1A_SECRET), V1A_PUBLIC_KEY);
  const { secret, publicKey } = await generateSecret({ type: "v1a" });
  assertEquals(await publicKeyOf(secret), publicKey);
});

Deno.test("publicKeyOf() refuses what has no public key, naming secret and not the value", async () => {
  for (
    const secret of [V1_SECRET, V1A_PUBLIC_KEY, "", "whsk_", undefined as never]
  ) {
    const error = await assertRejects(() => publicKeyOf(secret), ConfigError);
    assertEquals(
      error.message,
      'Cannot use secret: it is not a private key, wanted the base64 of 64 bytes after "whsk_"',
    );
    assertEquals(error.problems.map(({ field }) => field), ["secret"]);
  }
});

Deno.test("publicKeyOf() refuses two halves of different keys", async () => {
  const other = await generateSecret({ type: "v1a" });
  const halves = [
    ...bytesAfter("whsk_", V1A_SECRET).subarray(0, 32),
    ...bytesAfter("whpk_", other.publicKey),
  ];
  const error = await assertRejects(
    () => publicKeyOf(`whsk_${toBase64(Uint8Array.from(halves))}`),
    ConfigError,
  );
  assertEquals(
    error.message,
    "Cannot use secret: its public half does not belong to its private half",
  );
});
