import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import {
  BinaryHandle,
  Client,
  type Connection,
} from "../../src/company_data/mod.ts";
import { generateKeyPair } from "../../src/crypto/mod.ts";
import {
  ApiError,
  AuthError,
  ConfigError,
  DecryptError,
} from "../../src/errors.ts";
import { startPlatform, type TestPlatform } from "../_support/platform.ts";

async function connectMany(
  platform: TestPlatform,
  count: number,
): Promise<void> {
  for (let i = 0; i < count; i++) {
    await platform.sandbox.connect({ values: { email: `p${i}@example.com` } });
  }
}

Deno.test("connections() gives every connection once and in order when the server caps the page below the limit", async () => {
  await using platform = await startPlatform({ pageCap: 7 });
  await connectMany(platform, 25);
  const emails: unknown[] = [];
  for await (const { values } of platform.client.connections(10)) {
    emails.push(values["email"]?.value);
  }
  assertEquals(
    emails,
    Array.from({ length: 25 }, (_, i) => `p${i}@example.com`),
  );
  assertEquals(platform.sandbox.requests.count("connections"), 4);
});

Deno.test("connections() asks no further page when the last one is exactly full", async () => {
  await using platform = await startPlatform();
  await connectMany(platform, 4);
  assertEquals(
    (await Array.fromAsync(platform.client.connections(2))).length,
    4,
  );
  assertEquals(platform.sandbox.requests.count("connections"), 2);
  assertEquals(
    (await Array.fromAsync(platform.client.connections(2, 3))).length,
    1,
  );
});

Deno.test("connections() gives an error on the one value that cannot be decrypted and everything else", async () => {
  await using platform = await startPlatform();
  await connectMany(platform, 2);
  const wrapper = await platform.sandbox.encrypt("x");
  platform.sandbox.failNext("connections", {
    kind: "answer",
    body: {
      total: 1,
      items: [{
        connection_id: "c1",
        user_id: "u1",
        values: {
          email: { value: { ...wrapper, iv: "AAAA" }, live: true },
          phone: {
            value: await platform.sandbox.encrypt("+4912345"),
            live: true,
          },
        },
      }],
    },
  });
  const [connection] = await Array.fromAsync(platform.client.connections());
  assert(connection);
  assertThrows(() => connection.values["email"]?.value, DecryptError);
  assert(connection.values["email"]?.error instanceof DecryptError);
  assertEquals(connection.values["phone"]?.value, "+4912345");
});

Deno.test("connections() ends with an ApiError when the server gives the same page again and again", async () => {
  await using platform = await startPlatform();
  platform.sandbox.setFaults({
    connections: {
      kind: "answer",
      body: { total: 1_000_000, items: [{ connection_id: "c" }] },
    },
  });
  await assertRejects(
    () => Array.fromAsync(platform.client.connections()),
    ApiError,
    "same page",
  );
});

Deno.test("connections() waits as long as the platform asks beyond the retries of a call, then goes on", async () => {
  const slept: number[] = [];
  const client = { sleep: (ms: number) => (slept.push(ms), Promise.resolve()) };
  await using platform = await startPlatform({ client });
  await connectMany(platform, 1);
  platform.sandbox.failNext("connections", {
    kind: "rate_limit",
    retryAfter: 90,
  });
  assertEquals(
    (await Array.fromAsync(platform.client.connections())).length,
    1,
  );
  assertEquals(slept, [90_000]);
});

Deno.test("connections() rejects with the signal's reason and leaves nothing under way when aborted", async () => {
  await using platform = await startPlatform();
  await connectMany(platform, 5);
  const stop = new AbortController();
  const seen: Connection[] = [];
  await assertRejects(
    async () => {
      for await (
        const connection of platform.client.connections(1, 0, {
          signal: stop.signal,
        })
      ) {
        seen.push(connection);
        if (seen.length === 2) stop.abort(new Error("enough"));
      }
    },
    Error,
    "enough",
  );
});

Deno.test("connections() refuses a limit, offset or concurrency that cannot be meant", async () => {
  await using platform = await startPlatform();
  const { client } = platform;
  for (const limit of [0, -1, 1.5, NaN, Infinity]) {
    await assertRejects(
      () => client.connections(limit).next(),
      RangeError,
      "limit",
    );
  }
  await assertRejects(
    () => client.connections(1, -1).next(),
    RangeError,
    "offset",
  );
  await assertRejects(
    () => client.connections(1, 0, { concurrency: 0 }).next(),
    RangeError,
    "concurrency",
  );
  assertEquals(platform.sandbox.requests.total, 0);
});

Deno.test("connections() refuses a signal that is none before it asks", async () => {
  await using platform = await startPlatform();
  await assertRejects(
    () => platform.client.connections(1, 0, { signal: 5 as never }).next(),
    TypeError,
    "Cannot use signal: wanted an AbortSignal, got number",
  );
  assertEquals(platform.sandbox.requests.total, 0);
});

Deno.test("Client.fromConfig() names an option that cannot be meant", async () => {
  await using platform = await startPlatform();
  const wrong: [object, typeof TypeError | typeof RangeError, string][] = [
    [{ kv: 5 }, TypeError, "Cannot use kv: wanted a KvStore"],
    [{ kv: null }, TypeError, "Cannot use kv: wanted a KvStore"],
    [{ fetch: 5 }, TypeError, "Cannot use fetch: "],
    [{ logger: 5 }, TypeError, "Cannot use logger.info: wanted a function"],
    [{ logger: { info(): void {} } }, TypeError, "Cannot use logger.warn: "],
    [{ onEvent: 5 }, TypeError, "Cannot use onEvent: "],
    [{ sleep: 5 }, TypeError, "Cannot use sleep: "],
    [{ now: 5 }, TypeError, "Cannot use now: "],
    [{ random: 5 }, TypeError, "Cannot use random: "],
    [{ timeoutMs: NaN }, RangeError, "Cannot use timeoutMs: "],
    [{ maxResponseBytes: 0 }, RangeError, "Cannot use maxResponseBytes: "],
    ...[NaN, 0, "9"].map((
      maxPbkdf2Iterations,
    ): [object, typeof RangeError, string] => [
      { maxPbkdf2Iterations },
      RangeError,
      "Cannot use maxPbkdf2Iterations: wanted a whole number from 1",
    ]),
  ];
  for (const [options, type, message] of wrong) {
    await assertRejects(() => platform.another(options), type, message);
  }
  assertEquals(platform.sandbox.requests.total, 0);
});

Deno.test("connection() gives one connection, and an ApiError with the platform's words for an unknown id", async () => {
  await using platform = await startPlatform();
  const person = await platform.sandbox.connect({
    values: { birth_date: "2000-02-29" },
  });
  const found = await platform.client.connection(person.connectionId);
  assertEquals(found.values["birth_date"]?.value, new Date("2000-02-29"));
  const error = await assertRejects(
    () => platform.client.connection("../logs"),
    ApiError,
  );
  assertEquals([error.status, error.errorKey], [
    404,
    "company_data.connection_not_found",
  ]);
});

Deno.test("connection() gives a photo as a handle that fetches both shapes of the file", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  const person = await sandbox.connect({});
  const bytes = crypto.getRandomValues(new Uint8Array(500));
  for (const shape of ["encrypted", "plain"] as const) {
    await sandbox.addFile(person, {
      slug: "photo",
      file: { photo: bytes, mimeType: "image/png", shape },
    });
    const { values } = await client.connection(person.connectionId);
    const photo = values["photo"]?.value;
    assert(photo instanceof BinaryHandle);
    assertEquals(await photo.bytes(), bytes);
  }
  sandbox.expireFile(person, "photo");
  const { values } = await client.connection(person.connectionId);
  const error = await assertRejects(
    () => (values["photo"]?.value as BinaryHandle).bytes(),
    ApiError,
  );
  assertEquals([error.status, error.errorKey], [
    410,
    "company_data.file_expired",
  ]);
  assert(typeof error.details["content_sha256"] === "string");
});

Deno.test("logs() gives the entries of one page", async () => {
  await using platform = await startPlatform();
  platform.sandbox.addLog({
    type: "purge",
    message: "purged 4",
    metadata: { count: 4 },
  });
  const [entry] = await platform.client.logs();
  assertEquals([entry?.type, entry?.message, entry?.metadata], [
    "purge",
    "purged 4",
    { count: 4 },
  ]);
  assert(entry?.at instanceof Date);
});

Deno.test("Client makes one token request when a hundred calls come first at once", async () => {
  await using platform = await startPlatform();
  await Promise.all(Array.from({ length: 100 }, () => platform.client.logs()));
  assertEquals(platform.sandbox.requests.count("token"), 1);
  platform.sandbox.expireTokens();
  await Promise.all(Array.from({ length: 100 }, () => platform.client.logs()));
  assertEquals(platform.sandbox.requests.count("token"), 2);
});

Deno.test("Client rejects with an AuthError when the secret is wrong", async () => {
  await using platform = await startPlatform({
    config: { client_secret: "wrong" },
  });
  const error = await assertRejects(
    () => platform.client.requestFields(),
    AuthError,
  );
  assertEquals([error.status, error.errorKey], [401, "oauth.bad_client"]);
});

for (
  const [what, members] of [
    ["a list instead of an object", []],
    ["items that are no list", { total: 1, items: { a: 1 } }],
    ["text", "hello"],
  ] as const
) {
  Deno.test(`connections() rejects with an ApiError when the platform answers with ${what}`, async () => {
    await using platform = await startPlatform();
    platform.sandbox.failNext("connections", {
      kind: "answer",
      body: JSON.stringify(members),
    });
    await assertRejects(
      () => Array.fromAsync(platform.client.connections()),
      ApiError,
    );
  });
}

Deno.test("ready() is a ConfigError that names the field when the passphrase is wrong or missing", async () => {
  await using platform = await startPlatform();
  for (const key_passphrase of ["wrong", undefined]) {
    const config = { ...platform.sandbox.config(), key_passphrase };
    const client = await Client.fromConfig(config, { env: {} });
    await assertRejects(
      () => client.ready(),
      ConfigError,
      "service_private_key",
    );
  }
  await platform.client.ready();
});

Deno.test("ready() is a ConfigError when the key needs more iterations than the host allows", async () => {
  await using platform = await startPlatform({
    client: { maxPbkdf2Iterations: 999 },
  });
  await assertRejects(() => platform.client.ready(), ConfigError, "999");
});

Deno.test("Client.fromConfig() is a ConfigError that names the file when there is none", async () => {
  await assertRejects(
    () => Client.fromConfig("no-such-folder/allus.json", { env: {} }),
    ConfigError,
    "no-such-folder/allus.json",
  );
});

Deno.test("Client shows no secret when it is printed", async () => {
  await using platform = await startPlatform();
  const { client_secret, key_passphrase, service_private_key } = platform
    .sandbox.config();
  await platform.client.logs();
  const shown = Deno.inspect(platform.client, { depth: 10 }) +
    JSON.stringify(platform.client);
  for (
    const secret of [
      client_secret,
      String(key_passphrase),
      service_private_key.split("\n")[1] ?? "",
    ]
  ) {
    assert(secret.length > 10);
    assertEquals(shown.includes(secret), false);
  }
});

Deno.test("connections() gives the rows that arrived before it rejects because the next page fails", async () => {
  await using platform = await startPlatform();
  const { sandbox, client } = platform;
  await connectMany(platform, 12);
  sandbox.failNext("connections", { kind: "page_cap", rows: 8 });
  sandbox.failNext("connections", {
    kind: "status",
    status: 400,
    errorKey: "a.b",
  });
  const emails: unknown[] = [];
  await assertRejects(
    async () => {
      for await (const { values } of client.connections()) {
        emails.push(values["email"]?.value);
      }
    },
    ApiError,
    "a.b",
  );
  assertEquals(
    emails,
    Array.from({ length: 8 }, (_, i) => `p${i}@example.com`),
  );
});

Deno.test("connections() gives an error on every value when the key is that of another service", async () => {
  await using other = await startPlatform({ keys: await generateKeyPair() });
  const { service_private_key, key_passphrase } = other.sandbox.config();
  await using platform = await startPlatform({
    config: { service_private_key, key_passphrase },
  });
  await connectMany(platform, 2);
  const all = await Array.fromAsync(platform.client.connections());
  assertEquals(all.length, 2);
  for (const { values } of all) {
    assert(values["email"]?.error instanceof DecryptError);
    assertThrows(() => values["email"]?.value, DecryptError);
  }
});

Deno.test("Client.fromEnv() reads the configuration from the environment that it is given", async () => {
  await using platform = await startPlatform();
  await connectMany(platform, 1);
  const config = platform.sandbox.config();
  const env = {
    ALLUS_API_URL: config.api_url,
    ALLUS_CLIENT_ID: config.client_id,
    ALLUS_CLIENT_SECRET: config.client_secret,
    ALLUS_SERVICE_PRIVATE_KEY: config.service_private_key,
    ALLUS_KEY_PASSPHRASE: config.key_passphrase,
  };
  for (
    const client of [
      await Client.fromEnv(env),
      await Client.fromEnv(undefined, { env }),
    ]
  ) {
    const [connection] = await Array.fromAsync(client.connections());
    assertEquals(connection?.values["email"]?.value, "p0@example.com");
  }
});

Deno.test("Client.fromEnv() is a ConfigError that names every variable that is missing", async () => {
  const error = await assertRejects(() => Client.fromEnv({}), ConfigError);
  assertEquals(error.problems.map(({ field }) => field), [
    "api_url",
    "client_id",
    "client_secret",
    "service_private_key",
  ]);
  assertStringIncludes(error.message, "ALLUS_CLIENT_SECRET");
});
