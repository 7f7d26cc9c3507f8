import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Webhook } from "standardwebhooks";
import { createSigner } from "../../src/delivery/signing/signer.ts";
import { sign } from "../../src/delivery/signing/sign.ts";
import { generateSecret } from "../../src/delivery/signing/signing_secret.ts";
import { ConfigError } from "../../src/errors.ts";
import { countSubtle } from "../_support/subtle.ts";
import {
  SIGNING_VECTORS,
  V1_SECRET,
  V1A_PUBLIC_KEY,
  V1A_SECRET,
} from "./_signing_vectors.ts";

const [FIRST] = SIGNING_VECTORS;
const MESSAGE = { id: "msg_1", timestamp: 1614265330, body: "{}" };
const NOT_A_SECRET =
  'Cannot use secrets: one is not a secret of Standard Webhooks, wanted the base64 of 1 to 512 bytes after "whsec_", of 64 bytes after "whsk_" or of 32 bytes after "whpk_"';

for (const vector of SIGNING_VECTORS) {
  const { name, secret, id, timestamp, body, signature } = vector;
  Deno.test(`sign() makes the public vector ${name}`, async () => {
    const headers = {
      "webhook-id": id,
      "webhook-timestamp": `${timestamp}`,
      "webhook-signature": signature,
    };
    const bytes = new TextEncoder().encode(body);
    for (const form of [body, bytes, bytes.buffer]) {
      const message = { id, timestamp, body: form };
      assertEquals(await sign(message, { secrets: [secret] }), headers);
    }
    const signer = createSigner([secret]);
    assertEquals(await signer.headers(id, timestamp, bytes), headers);
  });
}

Deno.test("sign() makes what the standardwebhooks package verifies, text of many scripts and nothing alike", async () => {
  const { secret } = await generateSecret({ bytes: 64 });
  for (const body of ["", "{}", '{"a":"Grüße, \u{1f44b}"}']) {
    const headers = await sign({ id: "msg_1", body }, { secrets: secret });
    new Webhook(secret).verify(body, headers);
  }
});

Deno.test("sign() gives the signature that the standardwebhooks package gives", async () => {
  const { "webhook-signature": signature } = await sign(MESSAGE, {
    secrets: V1_SECRET,
  });
  const date = new Date(MESSAGE.timestamp * 1000);
  const theirs = new Webhook(V1_SECRET).sign(MESSAGE.id, date, MESSAGE.body);
  assertEquals(signature, theirs);
});

Deno.test("sign() takes the time of now by default", async () => {
  const before = Math.floor(Date.now() / 1000);
  const headers = await sign({ id: "a", body: "" }, { secrets: V1_SECRET });
  const timestamp = Number(headers["webhook-timestamp"]);
  assert(timestamp >= before && timestamp <= Date.now() / 1000);
});

Deno.test("sign() gives one signature per secret in their order, of both versions, and none twice", async () => {
  const secrets = [V1A_SECRET, V1_SECRET, V1A_SECRET];
  const { name: _, secret: __, signature, ...message } = FIRST!;
  const [pair] = SIGNING_VECTORS.filter(({ secret }) => secret === V1A_SECRET);
  const headers = await sign(message, { secrets });
  assertEquals(headers["webhook-signature"], `${pair?.signature} ${signature}`);
});

Deno.test("sign() takes the body as it is when called", async () => {
  const body = new TextEncoder().encode(MESSAGE.body);
  const signing = sign({ ...MESSAGE, body }, { secrets: V1_SECRET });
  body.fill(0);
  assertEquals(await signing, await sign(MESSAGE, { secrets: V1_SECRET }));
});

Deno.test("sign() signs a view into a larger buffer", async () => {
  const large = new TextEncoder().encode("xx{}xx");
  assertEquals(
    await sign({ ...MESSAGE, body: large.subarray(2, 4) }, {
      secrets: V1_SECRET,
    }),
    await sign(MESSAGE, { secrets: V1_SECRET }),
  );
});

Deno.test("sign() and createSigner() import a secret once, not once per message", async () => {
  const { secret } = await generateSecret();
  const { secret: pair } = await generateSecret({ type: "v1a" });
  const secrets = [secret, pair];
  const signer = createSigner(secrets);
  const body = new Uint8Array();
  for (
    const work of [
      () => sign(MESSAGE, { secrets }),
      () => signer.headers("a", 1, body),
    ]
  ) {
    const calls = await countSubtle(async () => {
      for (let i = 0; i < 3; i++) await work();
    });
    const imports = calls.filter(([name]) => name === "importKey").length;
    const signs = calls.filter(([name]) => name === "sign").length;
    assertEquals([imports, signs], [2, 6]);
  }
});

Deno.test("sign() keeps the keys of the 128 secrets that it used last", async () => {
  const { secret } = await generateSecret();
  const use = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      await sign(MESSAGE, { secrets: (await generateSecret()).secret });
    }
  };
  const calls = async (): Promise<string[]> =>
    (await countSubtle(() => sign(MESSAGE, { secrets: secret })))
      .map(([name]) => name);
  assertEquals(await calls(), ["importKey", "sign"]);
  await use(127);
  assertEquals(await calls(), ["sign"]);
  await use(127);
  assertEquals(await calls(), ["sign"]);
  await use(128);
  assertEquals(await calls(), ["importKey", "sign"]);
});

for (
  const id of [
    "",
    "a.b",
    "a,b",
    "a b",
    "a\n",
    "ä",
    "x".repeat(257),
    undefined,
    1,
  ]
) {
  Deno.test(`sign() refuses the id ${JSON.stringify(id)?.slice(0, 9)}`, async () => {
    await assertRejects(
      () => sign({ ...MESSAGE, id: id as string }, { secrets: V1_SECRET }),
      TypeError,
      "Cannot use id: wanted 1 to 256 visible ASCII characters without a full stop or a comma",
    );
  });
}

for (const timestamp of [-1, 1.5, NaN, Infinity, Date.now(), "1" as never]) {
  Deno.test(`sign() refuses the timestamp ${typeof timestamp} ${timestamp > 1e12 ? "in milliseconds" : timestamp}`, async () => {
    await assertRejects(
      () => sign({ ...MESSAGE, timestamp }, { secrets: V1_SECRET }),
      RangeError,
      "Cannot use timestamp: wanted a whole number from 0 to 99999999999",
    );
  });
}

for (
  const [state, secret] of [
    ["empty", ""],
    ["nothing but the prefix", "whsec_"],
    ["without its prefix", V1_SECRET.slice(6)],
    ["with another prefix", `sk_${V1_SECRET.slice(6)}`],
    ["with a space", `${V1_SECRET} `],
    ["without its padding", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwAA"],
    ["in base64url", "whsec_-_-_"],
    ["longer than 512 bytes", `whsec_${btoa("x".repeat(513))}`],
    ["a seed alone", `whsk_${btoa("x".repeat(32))}`],
    ["a pair cut short", V1A_SECRET.slice(0, -4)],
    ["a public key of 31 bytes", `whpk_${btoa("x".repeat(31))}`],
    ["no text", undefined],
    ["the second of two", [V1_SECRET, "whsec_"]],
  ] as const
) {
  Deno.test(`sign() and createSigner() refuse a secret that is ${state}, naming secrets and not the value`, async () => {
    const secrets = secret as string;
    const first = await assertRejects(
      () => sign(MESSAGE, { secrets }),
      ConfigError,
    );
    const second = assertThrows(
      () => createSigner([secrets].flat()),
      ConfigError,
    );
    for (const error of [first, second]) {
      assertEquals(error.message, NOT_A_SECRET);
      assertEquals(error.problems.map(({ field }) => field), ["secrets"]);
    }
  });
}

Deno.test("sign() refuses a public key, no secrets, and more secrets than receivers look at", async () => {
  const many = await Promise.all(
    Array.from({ length: 17 }, async () => (await generateSecret()).secret),
  );
  for (
    const [secrets, state] of [
      [[V1_SECRET, V1A_PUBLIC_KEY], "one is a public key, wanted secrets"],
      [[], "there are 0 of them, wanted from 1 to 16"],
      [many, "there are 17 of them, wanted from 1 to 16"],
    ] as const
  ) {
    await assertRejects(
      () => sign(MESSAGE, { secrets }),
      ConfigError,
      `Cannot use secrets: ${state}`,
    );
  }
  const headers = await sign(MESSAGE, { secrets: many.slice(1) });
  assertEquals(headers["webhook-signature"].split(" ").length, 16);
});

Deno.test("sign() refuses a body that is neither bytes nor text", async () => {
  for (const body of [undefined, {}, 1, [1]] as never[]) {
    await assertRejects(
      () => sign({ ...MESSAGE, body }, { secrets: V1_SECRET }),
      TypeError,
      "Cannot use body: wanted the bytes or the text as it travels",
    );
  }
});
