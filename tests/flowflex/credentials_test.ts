import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { UploadError } from "../../src/errors.ts";
import { generateSealingKey } from "../../src/crypto/mod.ts";
import {
  type CredentialRequest,
  type Credentials,
  file,
  FlowFlex,
  type FlowFlexOptions,
  type KeyPair,
} from "../../src/flowflex/mod.ts";
import { memoryKv } from "../../src/kv/memory.ts";
import {
  API_KEY,
  API_SECRET,
  clientOf,
  spill,
  startPlatform,
} from "./_platform.ts";

const OLD: KeyPair = { apiKey: API_KEY, apiSecret: API_SECRET };
const NEW: KeyPair = { apiKey: "cik_new", apiSecret: "cisk_planted-new" };
const NEW_LOGIN = "cik_new:cisk_planted-new";

function note(text: string): ReturnType<typeof file> {
  return file(new Blob([text]), { filename: "a.txt" });
}

/** A provider that gives these pairs, one for each question, and notes how it was asked. */
function keeper(...pairs: KeyPair[]): {
  ask: (request: CredentialRequest) => Promise<KeyPair>;
  asked: boolean[];
} {
  const asked: boolean[] = [];
  return {
    asked,
    ask: ({ isRefused }) => {
      asked.push(isRefused);
      return Promise.resolve(pairs[asked.length - 1] ?? OLD);
    },
  };
}

Deno.test("sendEvent() asks the provider once for a send with all its uploads", async () => {
  await using platform = startPlatform();
  const { ask, asked } = keeper();
  const client = clientOf(platform, { credentials: ask });
  const payload = { files: ["1", "2", "3"].map(note) };
  await client.sendEvent("a", { payload });
  assertEquals(asked, [false]);
  await client.uploadFile(note("4"));
  await client.createUploadUrl({ filename: "a.txt", mime: "text/plain" });
  assertEquals(asked, [false, false, false]);
  assertEquals(platform.count("upload"), 4);
});

Deno.test("sendEvent() asks the provider once more after a 401, and goes on with what it gives", async () => {
  await using platform = startPlatform();
  platform.login = NEW_LOGIN;
  const { ask, asked } = keeper(OLD, NEW);
  const client = clientOf(platform, { credentials: ask });
  // All of them are refused at the same time.
  const payload = { files: ["1", "2", "3"].map(note) };
  await client.sendEvent("a", { payload });
  assertEquals(asked, [false, true]);
  assertEquals(platform.events.length, 1);
});

Deno.test("sendEvent() gives up when the provider has nothing but what was refused", async () => {
  await using platform = startPlatform();
  platform.login = NEW_LOGIN;
  const { ask, asked } = keeper(OLD, OLD);
  const error = await assertRejects(
    () => clientOf(platform, { credentials: ask }).sendEvent("a"),
    UploadError,
    "Cannot send the event: HTTP 401 (UNAUTHORIZED): Bad credentials",
  );
  assertEquals([asked, error.status, error.attempts], [[false, true], 401, 1]);
});

Deno.test("processSends() asks the provider for each event that was kept", async () => {
  await using platform = startPlatform();
  const { ask, asked } = keeper();
  const client = clientOf(platform, {
    credentials: ask,
    kv: memoryKv(),
    sealingKey: generateSealingKey(),
  });
  await client.sendEventDurably("a");
  await client.sendEventDurably("b");
  assertEquals(asked, []);
  assertEquals((await client.processSends()).delivered, 2);
  assertEquals(asked, [false, false]);
});

Deno.test("sendEvent() says nothing of what the provider threw but class and code", async () => {
  await using platform = startPlatform();
  class VaultError extends Error {
    override readonly name = "VaultError";
    readonly code = "E_SEALED";
  }
  const client = clientOf(platform, {
    credentials: () => Promise.reject(new VaultError(`no ${API_SECRET}`)),
  });
  const error = await assertRejects(
    () => client.sendEvent("a", { payload: { x: note("1") } }),
    UploadError,
    "Cannot get the credentials: their function failed with VaultError (E_SEALED)",
  );
  assertEquals([error.step, error.errorKey, error.retryable, error.attempts], [
    "send",
    "sluice.no_credentials",
    true,
    0,
  ]);
  assertEquals(error.resume?.assets, []);
  assertEquals(spill(error).includes(API_SECRET), false);
  assertEquals(platform.seen, []);
});

Deno.test("sendEvent() refuses what the provider gives in place of a pair", async () => {
  await using platform = startPlatform();
  for (
    const [given, words] of [
      [undefined, '"apiKey": it is required, wanted a text'],
      [{ ...OLD, apiKey: "a:b" }, '"apiKey": wanted a text without ":"'],
      [{ ...OLD, apiSecret: "" }, '"apiSecret": it is required, wanted a text'],
    ] as const
  ) {
    const client = clientOf(platform, { credentials: () => given as KeyPair });
    const error = await assertRejects(
      () => client.sendEvent("a"),
      UploadError,
      `Cannot get the credentials: ${words}`,
    );
    assertEquals(error.retryable, false);
  }
  assertEquals(platform.seen, []);
});

Deno.test("sendEvent() waits for the provider no longer than the send may take, and tells it", async () => {
  await using platform = startPlatform();
  let heard: AbortSignal | undefined;
  const client = clientOf(platform, {
    credentials: ({ signal }) => {
      heard = signal;
      return new Promise(() => {});
    },
  });
  const error = await assertRejects(
    () => client.sendEvent("a", { timeoutMs: 50 }),
    UploadError,
    'Cannot finish: the deadline of "timeoutMs", which is 50, passed',
  );
  assertEquals([heard?.aborted, error.attempts], [true, 0]);
});

Deno.test("sendEvent() shows no pair that was ever given, whoever repeats it", async () => {
  await using platform = startPlatform();
  const { ask } = keeper(OLD, NEW);
  platform.answer = (_, nth) =>
    nth === 1 ? new Response(null, { status: 401 }) : Response.json({
      error: `neither ${API_SECRET} nor ${NEW.apiSecret}`,
    }, { status: 400, headers: { "x-request-id": API_SECRET } });
  const error = await assertRejects(
    () => clientOf(platform, { credentials: ask }).sendEvent("a"),
    UploadError,
    "Cannot send the event: HTTP 400: neither [redacted] nor [redacted]",
  );
  assertEquals([error.requestId, error.attempts], [null, 2]);
  for (const { apiSecret } of [OLD, NEW]) {
    assertEquals(spill(error).includes(apiSecret), false);
  }
});

for (
  const [credentials, field] of [
    [[], "credentials"],
    [{ apiKey: "a" }, "credentials.apiSecret"],
    [null, "credentials.apiKey"],
    ["planted", "credentials.apiKey"],
    [[OLD, { ...OLD, apiKey: "a:b" }], "credentials[1].apiKey"],
  ] as const
) {
  Deno.test(`FlowFlex names "${field}" when the credentials cannot be used`, () => {
    const error = assertThrows(
      () =>
        new FlowFlex({
          credentials: credentials as Credentials,
          integrationCode: "ic_1",
          baseUrl: "https://a.example",
        }),
      Error,
      `Cannot use the options: "${field}": `,
    );
    assertEquals(`${error}`.includes("planted"), false);
  });
}

Deno.test("FlowFlex takes either a pair or credentials", () => {
  const both = { ...OLD, credentials: OLD };
  const rest = { integrationCode: "ic_1", baseUrl: "https://a.example" };
  assertThrows(
    () => new FlowFlex({ ...both, ...rest } as unknown as FlowFlexOptions),
    Error,
    '"credentials": wanted either it or "apiKey" and "apiSecret"',
  );
  // @ts-expect-error: a pair has two halves
  const half: FlowFlexOptions = { apiKey: "a", ...rest };
  assertThrows(() => new FlowFlex(half), Error, '"apiSecret": it is required');
});
