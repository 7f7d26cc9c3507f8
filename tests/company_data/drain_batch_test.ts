import { assert, assertEquals, assertRejects } from "@std/assert";
import { generateKeyPair } from "../../src/crypto/mod.ts";
import { ApiError, ConfigError, DecryptError } from "../../src/errors.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";

async function publishEmail({ sandbox }: TestPlatform): Promise<void> {
  const person = await sandbox.connect({});
  const value = "anna@example.com";
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value,
  });
}

Deno.test("drainBatch() is sluice.feed_cut_off when the page breaks off before its first byte", async () => {
  await using platform = await startPlatform();
  await publishEmail(platform);
  platform.sandbox.failNext("changes", { kind: "truncate", bytes: 0 });
  const error = await assertRejects(
    () => platform.client.drainBatch(),
    ApiError,
  );
  assertEquals(
    [error.status, error.errorKey, error.retryable],
    [0, "sluice.feed_cut_off", true],
  );
});

Deno.test("drainBatch() asks for no page when the passphrase is wrong", async () => {
  await using platform = await startPlatform({
    config: { key_passphrase: "wrong" },
  });
  await publishEmail(platform);
  await assertRejects(() => platform.client.drainBatch(), ConfigError);
  assertEquals(platform.sandbox.requests.count("changes"), 0);
  assertEquals(platform.sandbox.pending, 1);
});

Deno.test("drainBatch() asks for no page when the catalog cannot be fetched", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  await publishEmail(platform);
  sandbox.failNext("request-fields", {
    kind: "status",
    status: 400,
    errorKey: "a.b",
  });
  await assertRejects(() => client.drainBatch(), ApiError, "a.b");
  assertEquals(sandbox.requests.count("changes"), 0);
  const [change] = await client.drainBatch();
  assertEquals(change?.value, "anna@example.com");
});

Deno.test("drainBatch() gives a value as text when its type is new and cannot be asked for", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  await client.requestFields();
  sandbox.addField({ slug: "home", label: "Home", type: "address" });
  const person = await sandbox.connect({});
  const value = { city: "Kiel" };
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "home",
    value,
  });
  sandbox.failNext("request-fields", {
    kind: "status",
    status: 400,
    errorKey: "a.b",
  });
  const [change] = await client.drainBatch();
  assertEquals(change?.value, JSON.stringify(value));
});

Deno.test("drainBatch() gives every change with an error on its value when the key is that of another service", async () => {
  await using other = await startPlatform({ keys: await generateKeyPair() });
  const { service_private_key, key_passphrase } = other.sandbox.config();
  await using platform = await startPlatform({
    config: { service_private_key, key_passphrase },
  });
  await publishEmail(platform);
  const [change] = await platform.client.drainBatch();
  assert(change?.error instanceof DecryptError);
  assertEquals(change.slug, "email");
});
