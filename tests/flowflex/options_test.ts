import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/errors.ts";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import {
  deriveIdempotencyKey,
  FlowFlex,
  type FlowFlexOptions,
} from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";

const SECRET = "cisk_planted";
const GOOD: FlowFlexOptions = {
  apiKey: "cik_1",
  apiSecret: SECRET,
  integrationCode: "ic_1",
  baseUrl: "https://a.example",
};

Deno.test("FlowFlex names everything that is missing, in one error", () => {
  const error = assertThrows(
    () => new FlowFlex({} as FlowFlexOptions),
    ConfigError,
    'Cannot use the options: "apiKey": it is required',
  );
  assertEquals(error.problems.map(({ field }) => field), [
    "apiKey",
    "apiSecret",
    "integrationCode",
    "baseUrl",
  ]);
  assertThrows(() => new FlowFlex(undefined as never), TypeError, "options");
});

for (
  const [over, field] of [
    [{ apiKey: "a:b" }, "apiKey"],
    [{ apiKey: "a\n" }, "apiKey"],
    [{ apiSecret: "" }, "apiSecret"],
    [{ apiSecret: "a\0" }, "apiSecret"],
    [{ integrationCode: ".." }, "integrationCode"],
    [{ baseUrl: "http://a.example" }, "baseUrl"],
    [{ baseUrl: "https://user:pw@a.example" }, "baseUrl"],
    [{ baseUrl: "https://a.example/?a=1" }, "baseUrl"],
    [{ baseUrl: "https://a.example/#a" }, "baseUrl"],
    [{ baseUrl: "ftp://a.example" }, "baseUrl"],
    [{ baseUrl: "a.example" }, "baseUrl"],
  ] as const
) {
  Deno.test(`FlowFlex refuses ${JSON.stringify(over)}`, () => {
    const error = assertThrows(
      () => new FlowFlex({ ...GOOD, ...over }),
      ConfigError,
      field,
    );
    assertEquals(error.problems[0]?.field, field);
    assertEquals(Deno.inspect(error).includes(SECRET), false);
  });
}

for (
  const [over, message] of [
    [{ timeoutMs: -1 }, "timeoutMs"],
    [{ timeoutMs: NaN }, "timeoutMs"],
    [{ attemptTimeoutMs: NaN }, "attemptTimeoutMs"],
    [{ maxRetries: -1 }, "maxRetries"],
    [{ maxRetries: 0.5 }, "maxRetries"],
    [{ maxFileBytes: 0 }, "maxFileBytes"],
    [{ maxFileBytes: Infinity }, "maxFileBytes"],
    [{ concurrency: 0 }, "concurrency"],
    [{ concurrency: 65 }, "concurrency"],
    [{ dedupeFiles: "no" as never }, "dedupeFiles"],
    [{ onEvent: 7 as never }, "onEvent"],
    [{ fetch: 7 as never }, "fetch"],
    [{ random: 7 as never }, "random"],
    [
      { kv: memoryKv() },
      'Cannot use kv: wanted "kv" and "sealingKey" together',
    ],
    [{ sealingKey: generateSealingKey() }, "Cannot use sealingKey"],
    [
      { kv: 5 as never, sealingKey: generateSealingKey() },
      "Cannot use kv: wanted a KvStore",
    ],
  ] as const
) {
  Deno.test(`FlowFlex refuses ${Object.keys(over)} with "${message}"`, () => {
    const error = assertThrows(() => new FlowFlex({ ...GOOD, ...over }));
    const wanted = error instanceof TypeError || error instanceof RangeError;
    assertEquals([wanted, `${error}`.includes(message)], [true, true]);
  });
}

Deno.test("FlowFlex says which body shapes there are", () => {
  for (const bodyShape of ["other", "", 7]) {
    const given = { bodyShape: bodyShape as never };
    const error = assertThrows(
      () => new FlowFlex({ ...GOOD, ...given }),
      TypeError,
    );
    assertEquals(
      error.message,
      'Cannot use bodyShape: wanted "bare" or "wrapped"',
    );
  }
});

Deno.test("FlowFlex cuts one /api off the base and keeps what is before it", async () => {
  const asked = async (baseUrl: string): Promise<string> => {
    let url = "";
    const client = new FlowFlex({
      ...GOOD,
      baseUrl,
      integrationCode: "ic/1 ü",
      fetch: (to) => {
        url = to.href;
        return Promise.resolve(new Response());
      },
    });
    await client.sendEvent("a");
    return url;
  };
  const tail = "/v1/events/ic%2F1%20%C3%BC";
  for (
    const [base, wanted] of [
      ["https://h.example", "https://h.example"],
      ["https://h.example/", "https://h.example"],
      ["https://h.example/api", "https://h.example"],
      ["https://h.example/api/", "https://h.example"],
      ["https://h.example/v1/api/", "https://h.example/v1"],
      ["https://h.example/api/api", "https://h.example/api"],
      ["https://h.example/api//", "https://h.example/api"],
      ["https://api", "https://api"],
      ["http://127.0.0.2:8080/x/", "http://127.0.0.2:8080/x"],
      ["http://[::1]/api", "http://[::1]"],
      ["http://localhost/api", "http://localhost"],
    ] as const
  ) {
    assertEquals(await asked(base), wanted + tail, base);
  }
});

Deno.test("FlowFlex shows no credentials when it is printed", () => {
  const printed = Deno.inspect(new FlowFlex(GOOD), {
    depth: 20,
    showHidden: true,
  });
  assertEquals(printed.includes(SECRET), false);
});

Deno.test("FlowFlex gives the types of its events", async () => {
  const client = new FlowFlex<{ "a.b": { n: number } }>({
    ...GOOD,
    fetch: () => Promise.resolve(new Response()),
  });
  await client.sendEvent("a.b", { payload: { n: 1 } });
  // @ts-expect-error: there is no such event
  await client.sendEvent("b");
  // @ts-expect-error: it has another payload
  await client.sendEvent("a.b", { payload: { n: "1" } });
  // @ts-expect-error: it has another payload
  await client.checkEvent("a.b", { payload: { n: "1" } });
});

Deno.test("deriveIdempotencyKey() is the same for the same texts only", async () => {
  const key = await deriveIdempotencyKey("a", "1");
  assertEquals(
    key,
    // printf '["a","1"]' | openssl dgst -sha256
    "1d48e4958ca56ea7ec8502862be0c1db6acd6cc6fd4f91c4ecab0386105b066a",
  );
  assertEquals(await deriveIdempotencyKey("a", "1"), key);
  const others = [["a", "2"], ["b", "1"], ['a","', "1"]] as const;
  const all = await Promise.all(
    others.map(([event, id]) => deriveIdempotencyKey(event, id)),
  );
  assertEquals(new Set([key, ...all]).size, 4);
  for (
    const [event, id, message] of [
      ["", "1", "Cannot use event: wanted a text that is not empty"],
      [
        "ü",
        "1",
        "Cannot use event: wanted visible ASCII characters with spaces between them only",
      ],
      ["a", "", "Cannot use businessId: wanted a text that is not empty"],
      ["a", 7, "Cannot use businessId: wanted a text that is not empty"],
    ]
  ) {
    const error = await assertRejects(
      () => deriveIdempotencyKey(event as string, id as string),
      TypeError,
    );
    assertEquals(error.message, message);
  }
});
