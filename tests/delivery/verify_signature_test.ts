import { assert, assertEquals, assertRejects } from "@std/assert";
import { Buffer } from "node:buffer";
import { createHmac } from "node:crypto";
import { Webhook } from "standardwebhooks";
import { toBase64 } from "../../src/_internal/base64.ts";
import { sign } from "../../src/delivery/signing/sign.ts";
import { generateSecret } from "../../src/delivery/signing/signing_secret.ts";
import {
  skipTimestampCheck,
  verifySignature,
  type VerifySignatureOptions,
} from "../../src/delivery/signing/verify_signature.ts";
import { ConfigError, WebhookError } from "../../src/errors.ts";
import { countSubtle } from "../_support/subtle.ts";
import {
  SIGNING_VECTORS,
  V1_SECRET,
  V1A_PUBLIC_KEY,
  V1A_SECRET,
} from "./_signing_vectors.ts";

const REFUSED =
  "Cannot accept the webhook: its credentials are missing or wrong";
const BODY = '{"test": 2432232314}';
const AT = 1614265330;
const ID = "msg_p5jXN8AQM9LWM0D4loKWxJek";
const GOOD = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
const BAD = `v1,${toBase64(new Uint8Array(32))}`;
const HEADERS = {
  "webhook-id": ID,
  "webhook-timestamp": `${AT}`,
  "webhook-signature": GOOD,
};
const OPTIONS = { secrets: V1_SECRET, now: (): number => AT * 1000 };

type Given = Record<string, string | readonly string[] | undefined>;

async function assertRefused(
  headers: Given,
  options: Partial<VerifySignatureOptions> = {},
): Promise<void> {
  const error = await assertRejects(
    () => verifySignature(BODY, headers, { ...OPTIONS, ...options }),
    WebhookError,
  );
  assertEquals(error.message, REFUSED);
  assertEquals([error.code, error.retryable], ["webhook", false]);
  assert(!("cause" in error));
}

async function assertAccepted(
  headers: Given | Headers,
  options: Partial<VerifySignatureOptions> = {},
): Promise<void> {
  const given = { ...OPTIONS, ...options };
  const { id, timestamp, body } = await verifySignature(BODY, headers, given);
  assertEquals([id, timestamp], [ID, AT]);
  assertEquals(new TextDecoder().decode(body), BODY);
}

for (const vector of SIGNING_VECTORS) {
  const { name, secret, id, timestamp, body, signature } = vector;
  Deno.test(`verifySignature() verifies the public vector ${name}`, async () => {
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": `${timestamp}`,
      "webhook-signature": signature,
    };
    const bytes = new TextEncoder().encode(body);
    const secrets = secret === V1A_SECRET ? V1A_PUBLIC_KEY : secret;
    const options = { secrets, now: () => timestamp * 1000 };
    const verified = { id, timestamp, body: bytes };
    for (const form of [body, bytes, bytes.buffer]) {
      assertEquals(await verifySignature(form, headers, options), verified);
    }
    const init = { method: "POST", headers, body };
    const request = new Request("https://receiver.test/", init);
    assertEquals(await verifySignature(request, options), verified);
    const changed = verifySignature(`${body} `, headers, options);
    await assertRejects(() => changed, WebhookError, REFUSED);
  });
}

Deno.test("verifySignature() verifies what the standardwebhooks package signs", async () => {
  const { secret } = await generateSecret({ bytes: 24 });
  for (const body of ["", "{}", '{"a":"Grüße, \u{1f44b}"}']) {
    const now = new Date();
    const headers = {
      "webhook-id": "msg_1",
      "webhook-timestamp": `${Math.floor(now.getTime() / 1000)}`,
      "webhook-signature": new Webhook(secret).sign("msg_1", now, body),
    };
    const verified = await verifySignature(body, headers, { secrets: secret });
    assertEquals(verified.id, "msg_1");
  }
});

Deno.test("verifySignature() takes Headers, and objects in any case with lists of one", async () => {
  await assertAccepted(new Headers(HEADERS));
  await assertAccepted({
    "Webhook-ID": ID,
    "WEBHOOK-TIMESTAMP": [`${AT}`],
    "Webhook-Signature": GOOD,
    other: undefined,
  });
});

Deno.test("verifySignature() finds the good signature in any place among bad ones and others", async () => {
  const v2 = "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
  const v1a = `v1a,${toBase64(new Uint8Array(64))}`;
  const others = [BAD, v2, v1a, "v1", "v1,", ",", "v1,%"];
  for (let at = 0; at <= others.length; at++) {
    const list = others.toSpliced(at, 0, GOOD);
    await assertAccepted({ ...HEADERS, "webhook-signature": list.join(" ") });
  }
  const spaced = `  ${BAD}   ${GOOD} `;
  await assertAccepted({ ...HEADERS, "webhook-signature": spaced });
});

Deno.test("verifySignature() accepts any of the secrets, of both versions", async () => {
  const { secret } = await generateSecret();
  for (
    const secrets of [[secret, V1_SECRET], [V1_SECRET, secret], [
      V1A_PUBLIC_KEY,
      V1_SECRET,
    ]]
  ) {
    await assertAccepted(HEADERS, { secrets });
  }
  await assertRefused(HEADERS, { secrets: [secret, V1A_PUBLIC_KEY] });
});

Deno.test("verifySignature() accepts a rotation from both sides", async () => {
  const [old, fresh] = [await generateSecret(), await generateSecret()];
  const both = [fresh.secret, old.secret];
  const headers = await sign({ id: "a", body: "" }, { secrets: both });
  for (const secrets of [old.secret, fresh.secret, both]) {
    await verifySignature("", headers, { secrets });
  }
});

for (
  const [state, change] of [
    ["no id", { "webhook-id": undefined }],
    ["no timestamp", { "webhook-timestamp": undefined }],
    ["no signature", { "webhook-signature": undefined }],
    ["an empty id", { "webhook-id": "" }],
    ["an empty timestamp", { "webhook-timestamp": "" }],
    ["an empty signature", { "webhook-signature": "" }],
    ["another id", { "webhook-id": `${ID}x` }],
    ["another timestamp", { "webhook-timestamp": `${AT + 1}` }],
    ["a timestamp with letters", { "webhook-timestamp": `${AT}junk` }],
    ["a timestamp with a sign", { "webhook-timestamp": `+${AT}` }],
    ["a timestamp with a space", { "webhook-timestamp": ` ${AT}` }],
    ["a timestamp that is a word", { "webhook-timestamp": "hello" }],
    ["a timestamp with a fraction", { "webhook-timestamp": `${AT}.0` }],
    ["two ids", { "webhook-id": [ID, ID] }],
    ["an id in two spellings", { "Webhook-Id": ID }],
    ["no version", { "webhook-signature": GOOD.slice(3) }],
    ["another version", { "webhook-signature": GOOD.replace("v1", "v2") }],
    ["the version of pairs", { "webhook-signature": GOOD.replace("1", "1a") }],
    ["a version in capitals", { "webhook-signature": GOOD.replace("v", "V") }],
    ["an empty tag", { "webhook-signature": "v1," }],
    ["the first 8 digits alone", { "webhook-signature": GOOD.slice(0, 11) }],
    ["a tag without padding", { "webhook-signature": GOOD.slice(0, -1) }],
    ["a tag with more after it", { "webhook-signature": `${GOOD}AAAA` }],
    ["two tags in one", { "webhook-signature": `${GOOD},${GOOD}` }],
    ["a tag of nulls", { "webhook-signature": BAD }],
    ["17 signatures", { "webhook-signature": `${BAD} `.repeat(16) + GOOD }],
    ["a long header", { "webhook-signature": " ".repeat(4096) + GOOD }],
  ] as const
) {
  Deno.test(`verifySignature() refuses ${state} by the common message`, async () => {
    await assertRefused({ ...HEADERS, ...change });
  });
}

/** Headers with a signature that is right, whatever they say. */
function signed(
  { id = ID, timestamp = `${AT}` }: { id?: string; timestamp?: string },
): Given {
  const key = Buffer.from(V1_SECRET.slice("whsec_".length), "base64");
  const mac = createHmac("sha256", key);
  const tag = mac.update(`${id}.${timestamp}.${BODY}`).digest("base64");
  return {
    "webhook-id": id,
    "webhook-timestamp": timestamp,
    "webhook-signature": `v1,${tag}`,
  };
}

for (const id of ["a.b", "a,b", "a b", "", "ä", "x".repeat(257)]) {
  Deno.test(
    `verifySignature() refuses the id "${
      id.slice(0, 9)
    }", though the signature is right`,
    async () => {
      await assertRefused(signed({ id }));
    },
  );
}

for (
  const timestamp of [
    `+${AT}`,
    ` ${AT}`,
    `${AT}.0`,
    `${AT}.`,
    `${AT}e0`,
    `${AT}junk`,
    `0x${AT.toString(16)}`,
    "",
    `${"0".repeat(9)}${AT}`,
  ]
) {
  Deno.test(`verifySignature() refuses the timestamp "${timestamp}", though the signature is right`, async () => {
    await assertRefused(signed({ timestamp }));
    await assertAccepted(signed({}));
  });
}

Deno.test("verifySignature() refuses what is no signature, even under a key for which nulls are one", async () => {
  // A point of small order: a signature of nulls is right for about every fourth text.
  const secrets = `whpk_${toBase64(new Uint8Array(32))}`;
  for (let i = 0; i < 64; i++) {
    for (const signature of ["", "v1a,", "v1a,AAAA"]) {
      const headers = { ...HEADERS, "webhook-signature": signature };
      await assertRejects(
        () => verifySignature(`${i}`, headers, { ...OPTIONS, secrets }),
        WebhookError,
        REFUSED,
      );
    }
  }
});

Deno.test("verifySignature() does the same work for whatever is wrong with the credentials", async () => {
  const { secret } = await generateSecret();
  const secrets = [V1_SECRET, secret, V1A_PUBLIC_KEY];
  await assertAccepted(HEADERS, { secrets }); // imports the keys
  const work = async (change: Given): Promise<unknown> => {
    const headers = { ...HEADERS, ...change };
    return (await countSubtle(() =>
      verifySignature(BODY, headers, { ...OPTIONS, secrets }).catch(() => {})
    )).map(([name, tag]) => `${name} ${tag}`).sort();
  };
  const expected = ["verify 32", "verify 32", "verify 64"];
  for (
    const signature of [
      GOOD,
      BAD,
      "v1,",
      "v1,AAAA",
      "v1",
      "v2,x",
      "",
      undefined,
      `v1a,${toBase64(new Uint8Array(64))}`,
      "x".repeat(5000),
      `${BAD} `.repeat(17),
    ]
  ) {
    assertEquals(await work({ "webhook-signature": signature }), expected);
  }
  for (const name of ["webhook-id", "webhook-timestamp"]) {
    assertEquals(await work({ [name]: "" }), expected);
  }
});

for (
  const [offMs, toleranceMs, isAccepted] of [
    [300_000, undefined, true],
    [-300_000, undefined, true],
    [301_000, undefined, false],
    [-301_000, undefined, false],
    [0, 0, true],
    [1, 0, false],
    [60_000, 60_000, true],
    [-60_001, 60_000, false],
    [NaN, undefined, false],
  ] as const
) {
  Deno.test(`verifySignature() ${isAccepted ? "accepts" : "refuses"} a timestamp ${offMs} ms off with toleranceMs ${toleranceMs}`, async () => {
    const options: VerifySignatureOptions = {
      secrets: V1_SECRET,
      now: () => AT * 1000 + offMs,
      ...toleranceMs !== undefined && { toleranceMs },
    };
    if (isAccepted) return await assertAccepted(HEADERS, options);
    const error = await assertRejects(
      () => verifySignature(BODY, HEADERS, options),
      WebhookError,
    );
    assertEquals(
      error.message,
      `Cannot accept the webhook: its timestamp is further from now than toleranceMs, which is ${
        toleranceMs ?? 300_000
      }`,
    );
  });
}

Deno.test("verifySignature() tells of the time to nobody without the secret", async () => {
  const now = (): number => AT * 2000;
  await assertRefused({ ...HEADERS, "webhook-signature": BAD }, { now });
});

Deno.test("verifySignature() asks the host for the time by default", async () => {
  const secrets = V1_SECRET;
  await assertRejects(
    () => verifySignature(BODY, HEADERS, { secrets }),
    WebhookError,
    "its timestamp is further from now",
  );
  const headers = await sign({ id: "a", body: "" }, { secrets });
  assertEquals((await verifySignature("", headers, { secrets })).id, "a");
});

Deno.test("verifySignature() takes any time with skipTimestampCheck, which is no name that JSON could hold", async () => {
  const now = (): number => 0;
  await assertAccepted(HEADERS, { now, [skipTimestampCheck]: true });
  const named = { secrets: V1_SECRET, now, skipTimestampCheck: true };
  await assertRejects(
    () => verifySignature(BODY, HEADERS, named),
    WebhookError,
    "its timestamp is further from now",
  );
  await assertRejects(
    () =>
      verifySignature(BODY, HEADERS, {
        ...OPTIONS,
        [skipTimestampCheck]: "true" as never,
      }),
    TypeError,
    "Cannot use skipTimestampCheck: wanted true or false",
  );
});

for (
  const [name, value, type] of [
    ["toleranceMs", -1, RangeError],
    ["toleranceMs", NaN, RangeError],
    ["toleranceMs", Infinity, RangeError],
    ["toleranceMs", 86_400_001, RangeError],
    ["now", 5, TypeError],
    ["maxBodyBytes", -1, RangeError],
    ["bodyTimeoutMs", NaN, RangeError],
  ] as const
) {
  Deno.test(`verifySignature() refuses ${name} ${value}`, async () => {
    await assertRejects(
      () => verifySignature(BODY, HEADERS, { ...OPTIONS, [name]: value }),
      type,
      `Cannot use ${name}: wanted`,
    );
  });
}

Deno.test("verifySignature() refuses secrets that are none", async () => {
  for (
    const secrets of ["", "whsec_", [], [V1_SECRET, "whsec_"], undefined]
  ) {
    await assertRejects(
      () =>
        verifySignature(BODY, HEADERS, {
          ...OPTIONS,
          secrets: secrets as string,
        }),
      ConfigError,
      "Cannot use secrets: ",
    );
  }
});

Deno.test("verifySignature() says so when the platform does not take the key", async () => {
  const { publicKey } = await generateSecret({ type: "v1a" });
  const { subtle } = crypto;
  Object.defineProperty(subtle, "importKey", {
    configurable: true,
    value: () => Promise.reject(new DOMException("no", "NotSupportedError")),
  });
  try {
    const error = await assertRejects(
      () =>
        verifySignature(BODY, HEADERS, {
          ...OPTIONS,
          secrets: publicKey ?? "",
        }),
      ConfigError,
    );
    assertEquals(
      error.message,
      "Cannot use secrets: this platform takes no such Ed25519 key",
    );
    assert(!("cause" in error));
  } finally {
    // The method of the prototype shows again.
    delete (subtle as { importKey?: unknown }).importKey;
  }
});

Deno.test("verifySignature() refuses a body and headers of the wrong type", async () => {
  for (const body of [undefined, null, 1, {}] as never[]) {
    await assertRejects(
      () => verifySignature(body, HEADERS, OPTIONS),
      TypeError,
      "Cannot use rawBody: wanted the bytes or the text as it travels",
    );
  }
  for (const headers of [undefined, null, "a"] as never[]) {
    await assertRejects(
      () => verifySignature(BODY, headers, OPTIONS),
      TypeError,
      "Cannot use headers: wanted Headers or an object",
    );
  }
});

Deno.test("verifySignature() gives back what it verified, whatever becomes of the caller's bytes", async () => {
  const bytes = new TextEncoder().encode(BODY);
  const headers = { ...HEADERS };
  const verifying = verifySignature(bytes, headers, OPTIONS);
  bytes.fill(0);
  headers["webhook-id"] = "x";
  const { id, body } = await verifying;
  assertEquals([id, new TextDecoder().decode(body)], [ID, BODY]);
  assertEquals(body.buffer.byteLength, BODY.length);
});

Deno.test("verifySignature() gives back what it verified, though the caller hands the buffer on meanwhile", async () => {
  const bytes = new TextEncoder().encode(BODY);
  const verifying = verifySignature(bytes, HEADERS, OPTIONS);
  structuredClone(bytes.buffer, { transfer: [bytes.buffer] });
  const { body } = await verifying;
  assertEquals(new TextDecoder().decode(body), BODY);
});

Deno.test("verifySignature() gives back nothing but what it verified, though the buffer changes its size meanwhile", async () => {
  for (const size of [BODY.length + 8, 1]) {
    const buffer = new ArrayBuffer(BODY.length, {
      maxByteLength: BODY.length + 8,
    });
    const view = new Uint8Array(buffer);
    view.set(new TextEncoder().encode(BODY));
    const verifying = verifySignature(view, HEADERS, OPTIONS);
    buffer.resize(size);
    const { body } = await verifying;
    assertEquals(new TextDecoder().decode(body), BODY);
  }
});

function requestOf(
  body: BodyInit | null,
  init: RequestInit = {},
): Request {
  return new Request("https://receiver.test/", {
    method: "POST",
    headers: HEADERS,
    body,
    ...init,
  });
}

Deno.test("verifySignature() reads no more of a request than maxBodyBytes", async () => {
  const options = { ...OPTIONS, maxBodyBytes: BODY.length };
  assertEquals((await verifySignature(requestOf(BODY), options)).id, ID);
  let cancelled = false;
  const endless = new ReadableStream({
    pull: (controller) => controller.enqueue(new Uint8Array(10)),
    cancel(): void {
      cancelled = true;
    },
  });
  const error = await assertRejects(
    () => verifySignature(requestOf(endless), options),
    WebhookError,
  );
  assertEquals(
    error.message,
    "Cannot read the webhook: its body is longer than maxBodyBytes",
  );
  assert(cancelled);
});

Deno.test("verifySignature() waits for a body no longer than bodyTimeoutMs", async () => {
  const silent = new ReadableStream({ pull: () => new Promise(() => {}) });
  const error = await assertRejects(
    () => verifySignature(requestOf(silent), { ...OPTIONS, bodyTimeoutMs: 20 }),
    WebhookError,
  );
  assertEquals(
    error.message,
    "Cannot read the webhook: its body did not come within bodyTimeoutMs",
  );
});

Deno.test("verifySignature() says so when the body breaks off", async () => {
  const cause = new Error("reset");
  const broken = new ReadableStream({
    pull: (controller) => controller.error(cause),
  });
  const error = await assertRejects(
    () => verifySignature(requestOf(broken), OPTIONS),
    WebhookError,
  );
  assertEquals(
    error.message,
    "Cannot read the webhook: its body broke off",
  );
  assertEquals(error.cause, cause);
});

Deno.test("verifySignature() takes a request without a body, and refuses one that was read", async () => {
  const headers = await sign({ id: "a", body: "" }, { secrets: V1_SECRET });
  const empty = requestOf(null, { headers });
  const { body } = await verifySignature(empty, { secrets: V1_SECRET });
  assertEquals(body.length, 0);
  const read = requestOf(BODY);
  await read.text();
  await assertRejects(
    () => verifySignature(read, OPTIONS),
    TypeError,
    "Cannot read the body of the request: somebody has read it",
  );
});
