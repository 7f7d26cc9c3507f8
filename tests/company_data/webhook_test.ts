import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeUtf8, fromHex } from "../../src/_internal/bytes.ts";
import type { WebhookHeaders } from "../../src/company_data/mod.ts";
import {
  ApiError,
  ConfigError,
  DecryptError,
  WebhookError,
} from "../../src/errors.ts";
import { encryptPkcs8, generateKeyPair } from "../../src/crypto/mod.ts";
import { countSubtle } from "../_support/subtle.ts";
import { signHex } from "./_hostile_delivery.ts";
import { webhookWorld } from "./_webhook_world.ts";

const SECRET = "first secret";
const HMAC = { webhooks: { wh_1: SECRET } };
const BODY =
  '{"event":"connection_created","person_user_id":"p1","at":"2026-06-17T12:00:00Z"}';
const SIGNATURE = await signHex(SECRET, encodeUtf8(BODY));
const HEADERS = {
  "X-Allus-Webhook-Id": "wh_1",
  "X-Allus-Signature": SIGNATURE,
};

const world = await webhookWorld();

const FORMS: readonly [string, WebhookHeaders][] = [
  ["Headers", new Headers(HEADERS)],
  ["an object", HEADERS],
  ["an object in lower case", {
    "x-allus-webhook-id": "wh_1",
    "x-allus-signature": SIGNATURE,
  }],
  ["an object in upper case", {
    "X-ALLUS-WEBHOOK-ID": "wh_1",
    "X-ALLUS-SIGNATURE": SIGNATURE,
  }],
  ["an object without a prototype", { __proto__: null, ...HEADERS }],
  ["an object with arrays, of which the first elements count", {
    "X-Allus-Webhook-Id": ["wh_1", "wh_2"],
    "X-Allus-Signature": [SIGNATURE, "00"],
    "Set-Cookie": [],
    Cookie: undefined,
    Host: null,
  }],
  ["a Map", new Map(Object.entries(HEADERS))],
  [
    "a Map with arrays",
    new Map([
      ["x-allus-webhook-id", ["wh_1"]],
      ["x-allus-signature", [SIGNATURE]],
    ]),
  ],
  ["pairs", Object.entries(HEADERS)],
  ["an iterator of pairs", new Headers(HEADERS).entries()],
  ["an object with blanks around the signature", {
    ...HEADERS,
    "X-Allus-Signature": ` ${SIGNATURE} `,
  }],
];

for (const [form, headers] of FORMS) {
  Deno.test(`verifyWebhook() is true when the headers are ${form}`, async () => {
    const client = await world.client(HMAC);
    assertEquals(await client.verifyWebhook(BODY, headers), true);
  });
}

Deno.test("verifyWebhook() is false when an object names one header twice, in two cases", async () => {
  const client = await world.client(HMAC);
  const headers = { ...HEADERS, "x-allus-signature": SIGNATURE };
  assertEquals(await client.verifyWebhook(BODY, headers), false);
});

Deno.test("verifyWebhook() takes the body as bytes, as a part of a buffer, as an ArrayBuffer and as text", async () => {
  const client = await world.client(HMAC);
  const bytes = encodeUtf8(BODY);
  const around = encodeUtf8(`<<${BODY}>>`);
  const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
  shared.set(bytes);
  const bodies = [
    BODY,
    bytes,
    bytes.buffer,
    around.subarray(2, -2),
    shared,
  ];
  for (const body of bodies) {
    assertEquals(await client.verifyWebhook(body, HEADERS), true);
  }
  assertEquals(await client.verifyWebhook(around.buffer, HEADERS), false);
});

Deno.test("verifyWebhook() checks the body and the headers as they were when it was called", async () => {
  const client = await world.client(HMAC);
  const body = encodeUtf8(BODY);
  const headers = new Headers(HEADERS);
  const genuine = client.verifyWebhook(body, headers);
  const forged = client.verifyWebhook(new Uint8Array(body.length), headers);
  body.fill(0);
  headers.delete("X-Allus-Signature");
  assertEquals(await genuine, true);
  assertEquals(await forged, false);
});

Deno.test("verifyWebhook() is a TypeError for a body that was parsed and for headers that are none", async () => {
  const client = await world.client(HMAC);
  const wrong: [unknown, unknown, string][] = [
    [JSON.parse(BODY), HEADERS, "Cannot use rawBody: wanted"],
    [undefined, HEADERS, "Cannot use rawBody: wanted"],
    [null, HEADERS, "Cannot use rawBody: wanted"],
    [BODY, undefined, "Cannot use headers: wanted"],
    [BODY, null, "Cannot use headers: wanted"],
    [BODY, "x-allus-signature: 00", "Cannot use headers: wanted"],
  ];
  for (const [body, headers, message] of wrong) {
    await assertRejects(
      () => client.verifyWebhook(body as string, headers as Headers),
      TypeError,
      message,
    );
  }
});

Deno.test("verifyWebhook(), parseWebhook() and storeWebhook() take one request after the other", async () => {
  const client = await world.client(HMAC);
  const request = post(BODY);
  assertEquals(await client.verifyWebhook(request), true);
  assertEquals((await client.parseWebhook(request)).personId, "p1");
  assertEquals((await client.handleWebhook(request)).personId, "p1");
  assertEquals(await client.storeWebhook(request), { stored: true });
});

Deno.test("verifyWebhook() is false for a request without a body or without headers", async () => {
  const client = await world.client(HMAC);
  assertEquals(
    await client.verifyWebhook(new Request("https://hooks.test/")),
    false,
  );
  const bare = new Request("https://hooks.test/", {
    method: "POST",
    body: BODY,
  });
  assertEquals(await client.verifyWebhook(bare), false);
});

Deno.test("verifyWebhook() is a TypeError when somebody has read the body of the request", async () => {
  const client = await world.client(HMAC);
  const request = post(BODY);
  await request.text();
  await assertRejects(
    () => client.verifyWebhook(request),
    TypeError,
    "Cannot read the body of the request: somebody has read it",
  );
});

Deno.test("verifyWebhook() does not read a request beyond maxBodyBytes, of whatever length it says it is", async () => {
  const client = await world.client(HMAC);
  const length = BODY.length;
  const at = { maxBodyBytes: length };
  const below = { maxBodyBytes: length - 1 };
  assertEquals(await client.verifyWebhook(post(BODY), at), true);
  assertEquals(await client.verifyWebhook(post(BODY), below), false);
  assertEquals(await client.storeWebhook(post(BODY), below), {
    stored: false,
    reason: "too_large",
  });
  for (const method of ["parseWebhook", "handleWebhook"] as const) {
    await assertRejects(
      () => client[method](post(BODY), below),
      WebhookError,
      "Cannot read the webhook: its body is longer than maxBodyBytes",
    );
  }
  const once = post(BODY);
  assertEquals(await client.verifyWebhook(once), true);
  assertEquals(await client.verifyWebhook(once, below), false);
  const endless = endlessBody();
  const request = new Request("https://hooks.test/", {
    method: "POST",
    body: endless.stream,
  });
  assertEquals(await client.verifyWebhook(request), false);
  assert(endless.given() < 2 * 1024 * 1024);
  assert(endless.cancelled());
});

Deno.test("verifyWebhook() refuses a maxBodyBytes that cannot be meant", async () => {
  const client = await world.client(HMAC);
  for (const maxBodyBytes of [-1, 0.5, NaN, Infinity]) {
    await assertRejects(
      () => client.verifyWebhook(post(BODY), { maxBodyBytes }),
      RangeError,
      "Cannot use maxBodyBytes",
    );
  }
  const empty = await client.storeWebhook(post(""), { maxBodyBytes: 0 });
  assertEquals(empty, { stored: false, reason: "unauthenticated" });
});

Deno.test("verifyWebhook() does the same work for a wrong signature of any length and for an unknown webhook", async () => {
  const client = await world.client(HMAC);
  const check = (headers: Record<string, string>) =>
    countSubtle(() => client.verifyWebhook(BODY, headers));
  await check(HEADERS);
  await check({ ...HEADERS, "X-Allus-Webhook-Id": "wh_2" });
  const genuine = await check(HEADERS);
  assertEquals(genuine, [["verify", 32, BODY.length]]);
  const signatures = [
    "",
    "0",
    "00",
    SIGNATURE.slice(0, 62),
    SIGNATURE.slice(0, 63) + "x",
    "0".repeat(64),
    SIGNATURE + "00",
    "a".repeat(100_000),
    "é",
  ];
  for (const signature of signatures) {
    const headers = { ...HEADERS, "X-Allus-Signature": signature };
    assertEquals(await check(headers), genuine, `${signature.length}`);
  }
  for (const id of ["wh_2", "", "constructor", "wh_1, wh_1"]) {
    const headers = { ...HEADERS, "X-Allus-Webhook-Id": id };
    assertEquals(await check(headers), genuine, id);
  }
  assertEquals(await check({}), genuine);
});

Deno.test("verifyWebhook() compares tags and no texts where the credential is a text", async () => {
  const configs: [Record<string, unknown>, string][] = [
    [{ webhook_bearer_token: "token" }, "Authorization"],
    [{ webhook_basic: { username: "u", password: "p" } }, "Authorization"],
    [{ webhook_header: { name: "X-Key", value: "v" } }, "X-Key"],
  ];
  for (const [config, name] of configs) {
    const client = await world.client(config);
    await client.verifyWebhook(BODY, {});
    for (const value of ["", "x", "Bearer tokem", "Bearer token", "v", "w"]) {
      const calls = await countSubtle(() =>
        client.verifyWebhook(BODY, { [name]: value })
      );
      assertEquals(calls, [["verify", 32, value.length]]);
    }
  }
});

Deno.test("verifyWebhook() imports the key of a webhook once", async () => {
  const client = await world.client(HMAC);
  const calls = await countSubtle(async () => {
    for (let i = 0; i < 3; i++) await client.verifyWebhook(BODY, HEADERS);
  });
  const names = calls.map(([name]) => name);
  assertEquals(names, ["importKey", "verify", "verify", "verify"]);
});

Deno.test("parseWebhook() loads the catalog by itself, once, so that a fresh client gives typed values", async () => {
  const fresh = await webhookWorld();
  const client = await fresh.client(HMAC);
  const address = { street: "Hafenweg", city: "Kiel" };
  const { requests } = fresh.sandbox;
  const body = JSON.stringify({
    event: "field_updated",
    person_user_id: "p1",
    slug: "address",
    value: await fresh.value(JSON.stringify(address)),
  });
  assertEquals((await client.parseWebhook(body, {})).value, address);
  assertEquals((await client.parseWebhook(body, {})).value, address);
  assertEquals(requests.count("request-fields"), 1);
});

Deno.test("parseWebhook() asks nobody for anything when the change carries no value", async () => {
  const fresh = await webhookWorld();
  const client = await fresh.client(HMAC);
  await client.parseWebhook(BODY, {});
  assertEquals(fresh.sandbox.requests.list().length, 0);
});

Deno.test("parseWebhook() is the platform's error when the catalog cannot be fetched, and works afterwards", async () => {
  const fresh = await webhookWorld();
  const client = await fresh.client(HMAC);
  fresh.sandbox.failNext("request-fields", { kind: "no_client" });
  const body = JSON.stringify({
    event: "field_updated",
    slug: "email",
    value: await fresh.value("anna@example.com"),
  });
  await assertRejects(
    () => client.parseWebhook(body, {}),
    ApiError,
    "company_data.no_client",
  );
  assertEquals(
    (await client.parseWebhook(body, {})).value,
    "anna@example.com",
  );
});

Deno.test("parseWebhook() gives a value that cannot be decrypted as the change's own error", async () => {
  const client = await world.client(HMAC);
  const value = { ...await world.value("anna@example.com"), iv: "" };
  const body = JSON.stringify({ event: "field_updated", slug: "email", value });
  const change = await client.parseWebhook(body, {});
  assert(change.error instanceof DecryptError);
  try {
    change.value;
    assert(false);
  } catch (error) {
    assertEquals(error, change.error);
  }
});

const BEARER = { webhook_bearer_token: "token-0123456789" };
const EVENTS: readonly [string, object, string | undefined, string | null][] = [
  ["the body", { event: "a", action: "c" }, "b", "a"],
  ["the header", { action: "c" }, "b", "b"],
  ["the header, without the blanks around", {}, " b ", "b"],
  ["the header when the body says nothing", { event: "" }, "b", "b"],
  ["the action", { action: "key_rotated" }, undefined, "key_rotated"],
  ["the action when the header is blank", { action: "c" }, " ", "c"],
  ["nobody: an action of a contract", { action: "signed" }, undefined, null],
  ["nobody", {}, undefined, null],
];

for (const [source, members, header, event] of EVENTS) {
  Deno.test(`parseWebhook() takes the name of the event from ${source}`, async () => {
    const client = await world.client(BEARER);
    const headers = header === undefined ? {} : { "X-ALLUS-EVENT": header };
    const change = await client.parseWebhook(JSON.stringify(members), headers);
    assertEquals(change.event, event);
  });
}

Deno.test("parseWebhook() and handleWebhook() do not look at the name in the header with an HMAC, which does not cover it", async () => {
  const client = await world.client(HMAC);
  const bodies: [object, string | null][] = [
    [{ event: "a", action: "c" }, "a"],
    [{ action: "key_rotated" }, "key_rotated"],
    [{ action: "signed" }, null],
    [{}, null],
  ];
  for (const [members, event] of bodies) {
    const body = JSON.stringify(members);
    const headers = {
      ...HEADERS,
      "X-Allus-Signature": await signHex(SECRET, encodeUtf8(body)),
      "X-Allus-Event": "connection_deleted",
    };
    assertEquals((await client.parseWebhook(body, headers)).event, event);
    assertEquals((await client.handleWebhook(body, headers)).event, event);
  }
});

Deno.test("parseWebhook() imports the account key for SHA-1 and the service key for SHA-256, each once and when it is needed", async () => {
  const fresh = await webhookWorld();
  const client = await fresh.client(HMAC);
  const inner = JSON.stringify({
    event: "field_updated",
    slug: "email",
    value: await fresh.value("anna@example.com"),
  });
  const body = JSON.stringify(await fresh.envelope(inner));
  const imports: unknown[] = [];
  const importKey = crypto.subtle.importKey;
  crypto.subtle.importKey = ((...args: unknown[]) => {
    const { hash } = Object(args[2]) as { hash?: unknown };
    if (args[0] === "pkcs8") imports.push(hash);
    return Reflect.apply(importKey, crypto.subtle, args);
  }) as typeof importKey;
  try {
    await client.parseWebhook(BODY, {});
    assertEquals(imports, []);
    const change = await client.parseWebhook(body, {});
    assertEquals(change.value, "anna@example.com");
    await client.parseWebhook(body, {});
    assertEquals(imports, ["SHA-1", "SHA-256"]);
  } finally {
    crypto.subtle.importKey = importKey;
  }
});

Deno.test("parseWebhook() is a WebhookError that names the key when an envelope comes and none is configured", async () => {
  const client = await world.client({ ...HMAC, account_private_key: null });
  const body = JSON.stringify(await world.envelope(BODY));
  await assertRejects(
    () => client.parseWebhook(body, {}),
    WebhookError,
    'Cannot read the webhook: it is in an envelope, and "account_private_key" is not set',
  );
});

Deno.test("parseWebhook() is a WebhookError with the reason when the account key cannot be opened", async () => {
  const { privateKey } = await generateKeyPair();
  const client = await world.client({
    ...HMAC,
    account_private_key: await encryptPkcs8(privateKey, "right", {
      iterations: 1_000,
    }),
    account_passphrase: "wrong-passphrase",
  });
  const body = JSON.stringify(await world.envelope(BODY));
  const error = await assertRejects(
    () => client.parseWebhook(body, {}),
    WebhookError,
    "Cannot read the webhook: the account key cannot be used",
  );
  assert(error.cause instanceof ConfigError);
  assertEquals(error.cause.problems[0]?.field, "account_private_key");
  assertEquals(String(error.cause).includes("wrong-passphrase"), false);
});

Deno.test("parseWebhook() says the same of every envelope that cannot be opened, without a cause", async () => {
  const client = await world.client(HMAC);
  const good = await world.envelope(BODY);
  const bad = [
    { ...good, k: good.iv },
    { ...good, d: good.d.replace(/^./, (c) => c === "A" ? "B" : "A") },
    { ...good, iv: "AAAA" },
    { _enc: 1 },
    await world.wrongHash(BODY),
    await world.value(BODY),
  ];
  for (const envelope of bad) {
    const error = await assertRejects(
      () => client.parseWebhook(JSON.stringify(envelope), {}),
      WebhookError,
    );
    assertEquals(
      error.message,
      "Cannot read the webhook: its envelope cannot be opened",
    );
    assertEquals(error.cause, undefined);
  }
});

Deno.test("parseWebhook() says what is wrong with a body and quotes nothing of it", async () => {
  const client = await world.client(HMAC);
  const secret = "anna@example.com";
  const bodies: [string | Uint8Array, string][] = [
    [secret, "it is neither JSON nor XML"],
    [`{"event":"${secret}`, "its JSON is malformed or nested too deeply"],
    [
      `<response><a>${secret}</b></response>`,
      "its XML is malformed or not what the platform writes",
    ],
    [`<response>${secret}</response>`, "it is not an object"],
    [fromHex("7bff7d") ?? "", "it is not UTF-8"],
  ];
  for (const [body, state] of bodies) {
    const error = await assertRejects(
      () => client.parseWebhook(body, {}),
      WebhookError,
    );
    assertEquals(error.message, `Cannot read the webhook: ${state}`);
    assertEquals(`${error.stack} ${error.cause}`.includes(secret), false);
  }
});

Deno.test("handleWebhook() gives the change of a genuine delivery, and a WebhookError before it looks at another", async () => {
  const client = await world.client(HMAC);
  assertEquals((await client.handleWebhook(BODY, HEADERS)).personId, "p1");
  for (const body of [BODY.replace("p1", "p2"), "garbage"]) {
    const error = await assertRejects(
      () => client.handleWebhook(body, HEADERS),
      WebhookError,
    );
    assertEquals(
      error.message,
      "Cannot accept the webhook: its credentials are missing or wrong",
    );
  }
  const unset = await world.client({});
  await assertRejects(
    () => unset.handleWebhook(BODY, HEADERS),
    WebhookError,
    "Cannot accept the webhook: no way to authenticate webhooks is configured",
  );
});

Deno.test("handleWebhook() reads the bytes that it verified when the caller overwrites them meanwhile", async () => {
  const client = await world.client(HMAC);
  const body = encodeUtf8(BODY);
  const change = client.handleWebhook(body, HEADERS);
  body.set(encodeUtf8(BODY.replace("p1", "p2")));
  assertEquals((await change).personId, "p1");
});

function post(body: string): Request {
  return new Request("https://hooks.test/", {
    method: "POST",
    headers: HEADERS,
    body,
  });
}

function endlessBody(): {
  stream: ReadableStream<Uint8Array>;
  given: () => number;
  cancelled: () => boolean;
} {
  let given = 0;
  let cancelled = false;
  const stream = new ReadableStream<Uint8Array>({
    pull(controller): void {
      given += 65_536;
      controller.enqueue(new Uint8Array(65_536));
    },
    cancel(): void {
      cancelled = true;
    },
  });
  return { stream, given: () => given, cancelled: () => cancelled };
}
