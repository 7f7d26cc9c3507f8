import { assert, assertEquals, assertRejects } from "@std/assert";
import { createSeal, generateSealingKey } from "../../src/crypto/mod.ts";
import { createSigner } from "../../src/delivery/signing/signer.ts";
import { sign } from "../../src/delivery/signing/sign.ts";
import {
  generateSecret,
  publicKeyOf,
} from "../../src/delivery/signing/signing_secret.ts";
import { verifySignature } from "../../src/delivery/signing/verify_signature.ts";
import { DecryptError, WebhookError } from "../../src/errors.ts";
import {
  SIGNING_VECTORS,
  type SigningVector,
  V1A_PUBLIC_KEY,
  V1A_SECRET,
} from "../delivery/_signing_vectors.ts";
import type { NamedCheck } from "./_outcomes.ts";

/** Seals, and the signatures of Standard Webhooks. */
export const SIGNING_CHECKS: readonly NamedCheck[] = [
  {
    name: "createSeal() opens what it sealed, and says the same of the rest",
    run: assertSeals,
  },
  ...SIGNING_VECTORS.map((vector) => ({
    name:
      `sign() makes and verifySignature() verifies the public vector ${vector.name}`,
    run: () => assertVector(vector),
  })),
  {
    name: "generateSecret() gives secrets that sign and verify together",
    run: assertGenerates,
  },
  {
    name: "publicKeyOf() gives the public key of the vector",
    run: async () =>
      assertEquals(await publicKeyOf(V1A_SECRET), V1A_PUBLIC_KEY),
  },
];

async function assertSeals(): Promise<void> {
  const seal = createSeal([generateSealingKey(), generateSealingKey()]);
  const sealed = await seal.seal(new Uint8Array(5), "a");
  assertEquals(await seal.open(sealed, "a"), new Uint8Array(5));
  const changed = sealed.with(20, (sealed[20] ?? 0) ^ 1);
  for (const [bytes, context] of [[sealed, "b"], [changed, "a"]] as const) {
    await assertRejects(
      () => seal.open(bytes, context),
      DecryptError,
      "Cannot open the sealed bytes: they are damaged, or were sealed with another key or for another context",
    );
  }
}

async function assertVector(vector: SigningVector): Promise<void> {
  const { secret, id, timestamp, body, signature } = vector;
  const headers = await sign({ id, timestamp, body }, { secrets: secret });
  assertEquals(headers["webhook-signature"], signature);
  const options = { secrets: secret, now: (): number => timestamp * 1000 };
  const request = new Request("https://receiver.test/", {
    method: "POST",
    headers: { ...headers },
    body,
  });
  assertEquals((await verifySignature(request, options)).id, id);
  await assertRejects(
    () => verifySignature(`${body} `, headers, options),
    WebhookError,
    "Cannot accept the webhook: its credentials are missing or wrong",
  );
}

async function assertGenerates(): Promise<void> {
  const made = await Promise.all(
    (["v1", "v1a"] as const).map((type) => generateSecret({ type })),
  );
  const signer = createSigner(made.map(({ secret }) => secret));
  const now = Math.floor(Date.now() / 1000);
  const headers = await signer.headers("a", now, new Uint8Array());
  for (const { secret, publicKey } of made) {
    const secrets = publicKey ?? secret;
    const { body } = await verifySignature("", headers, { secrets });
    assertEquals(body.length, 0);
  }
  assert(headers["webhook-signature"]?.includes(" v1a,"));
}
