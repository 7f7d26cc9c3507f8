import {
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
} from "@std/assert";
import { createSandbox, type SandboxOptions } from "../../src/sandbox/mod.ts";
import { quickSandbox } from "./_support.ts";

Deno.test("createSandbox() refuses options that make no sense", async () => {
  const cases: [SandboxOptions, string][] = [
    [{ tokenLifetimeSeconds: -1 }, "tokenLifetimeSeconds"],
    [{ tokenLifetimeSeconds: NaN }, "tokenLifetimeSeconds"],
    [{ pageCap: 0 }, "pageCap"],
    [{ pageCap: Infinity }, "pageCap"],
    [{ requestLogSize: 0.5 }, "requestLogSize"],
    [{ keyIterations: 0 }, "keyIterations"],
  ];
  for (const [options, name] of cases) {
    await assertRejects(
      () => createSandbox(options),
      RangeError,
      `Cannot use ${name}`,
    );
  }
  await assertRejects(
    () => createSandbox({ now: 5 as unknown as () => number }),
    TypeError,
    "Cannot use now",
  );
  await assertRejects(
    () => createSandbox({ format: "yaml" as unknown as "xml" }),
    TypeError,
    'Cannot use format: wanted "json" or "xml"',
  );
});

Deno.test("createSandbox() makes keys of its own when it is given none", async () => {
  const [one, two] = await Promise.all([
    createSandbox({ keyIterations: 1 }),
    createSandbox({ keyIterations: 1 }),
  ]);
  assertNotEquals(one.publicKey, two.publicKey);
});

Deno.test("createSandbox() takes 0 seconds as zero: tokens are given and never good", async () => {
  const sandbox = await quickSandbox({ tokenLifetimeSeconds: 0 });
  const { client_id, client_secret } = sandbox.config();
  const granted = await sandbox.clientFetch(
    "https://sandbox.test/oauth2/token",
    {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id,
        client_secret,
      }),
    },
  );
  const { access_token, expires_in } = await granted.json();
  assertEquals(expires_in, 0);
  const { status } = await sandbox.clientFetch(
    "https://sandbox.test/api/company-data/changes",
    {
      headers: { authorization: `Bearer ${access_token}` },
    },
  );
  assertEquals(status, 401);
});

Deno.test("config() has the keys of the configuration file, and overrides go over them", async () => {
  const sandbox = await quickSandbox({ format: "xml" });
  const config = sandbox.config({ cache_dir: "/tmp/x", client_id: "other" });
  assertEquals(Object.keys(config).sort(), [
    "api_url",
    "cache_dir",
    "client_id",
    "client_secret",
    "format",
    "key_passphrase",
    "service_private_key",
  ]);
  assertEquals(
    [config.api_url, config.client_id, config["cache_dir"], config.format],
    ["https://sandbox.test", "other", "/tmp/x", "xml"],
  );
  assertMatch(
    config.service_private_key,
    /^-----BEGIN ENCRYPTED PRIVATE KEY-----\n/,
  );
});

Deno.test("printing a sandbox shows no secret", async () => {
  const sandbox = await quickSandbox({
    clientSecret: "planted-1",
    passphrase: "planted-2",
  });
  const printed = Deno.inspect(sandbox, { depth: 10 }) +
    JSON.stringify(sandbox);
  assertEquals(printed.includes("planted"), false);
  assertEquals(printed.includes("PRIVATE KEY"), false);
});
