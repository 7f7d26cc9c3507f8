import { assertEquals, assertRejects } from "@std/assert";
import denoJson from "../../deno.json" with { type: "json" };
import { UploadError } from "../../src/errors.ts";
import { file, uploadWithTicket } from "../../src/flowflex/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import { clientOf, SIGNATURE, startPlatform } from "./_platform.ts";

function note(): ReturnType<typeof file> {
  return file(new Blob(["hi"]), { filename: "a.txt" });
}

Deno.test("sendEvent() says how often the failed step was tried, and what the last request is called", async () => {
  for (const step of ["upload_url", "upload", "event"] as const) {
    await using platform = startPlatform();
    platform.answer = (at, nth) =>
      at === step
        ? new Response(null, {
          status: 503,
          headers: { "x-request-id": `req-${nth}` },
        })
        : undefined;
    const error = await assertRejects(
      () => clientOf(platform).sendEvent("a", { payload: { x: note() } }),
      UploadError,
      "HTTP 503",
    );
    assertEquals([error.step, error.attempts, error.requestId], [
      step,
      4,
      "req-4",
    ]);
  }
});

Deno.test("sendEvent() says of a lost connection how often it was tried, and no request of before", async () => {
  await using platform = startPlatform();
  const headers = { "x-request-id": "req-1" };
  let calls = 0;
  const client = clientOf(platform, {
    maxRetries: 1,
    fetch: () =>
      ++calls === 1
        ? Promise.resolve(new Response(null, { status: 503, headers }))
        : Promise.reject(new TypeError("lost")),
  });
  const error = await assertRejects(
    () => client.sendEvent("a"),
    UploadError,
    "Cannot reach 127.0.0.1",
  );
  assertEquals([error.attempts, error.requestId], [2, null]);
});

Deno.test("sendEvent() says of a passed deadline how many requests there were", async () => {
  await using platform = startPlatform();
  platform.answer = (step) => step === "event" ? platform.closing : undefined;
  const error = await assertRejects(
    () =>
      clientOf(platform).sendEvent("a", {
        payload: { x: note() },
        timeoutMs: 300,
      }),
    UploadError,
    "Cannot finish: the deadline",
  );
  assertEquals([error.step, error.attempts], ["send", 3]);
});

Deno.test("sendEvent() says of an unusable answer what the request is called", async () => {
  await using platform = startPlatform();
  platform.answer = () =>
    Response.json({}, { headers: { "x-amz-request-id": "4442587FB7D0A2F9" } });
  const error = await assertRejects(
    () => clientOf(platform).sendEvent("a", { payload: { x: note() } }),
    UploadError,
    "the answer is not usable",
  );
  assertEquals([error.attempts, error.requestId], [1, "4442587FB7D0A2F9"]);
});

Deno.test("sendEvent() says nothing of a file that it cannot read", async () => {
  await using platform = startPlatform();
  const error = await assertRejects(
    () =>
      clientOf(platform, { maxFileBytes: 1 })
        .sendEvent("a", { payload: { x: note() } }),
    UploadError,
    'it has 2 bytes, and "maxFileBytes" is 1',
  );
  assertEquals([error.attempts, error.requestId], [0, null]);
});

for (
  const [headers, wanted] of [
    [{ "request-id": "req_1" }, "req_1"],
    [{ "cf-ray": "8f1e-FRA", "x-request-id": "a/b+c=" }, "a/b+c="],
    [{ "x-request-id": "no spaces", "cf-ray": "8f1e-FRA" }, "8f1e-FRA"],
    [{ "x-request-id": "x".repeat(129) }, null],
    [{ "x-request-id": SIGNATURE }, null],
    [{ "x-request-id": `1-${SIGNATURE}-2` }, null],
    [{}, null],
  ] as const
) {
  Deno.test(`uploadWithTicket() reads ${JSON.stringify(headers)} as ${wanted}`, async () => {
    const ticket = {
      assetId: "as_1",
      uploadUrl: `https://b.example/1?X-Amz-Signature=${SIGNATURE}`,
      token: null,
      mime: "text/plain",
      size: 2,
    };
    const error = await assertRejects(
      () =>
        uploadWithTicket(ticket, new Blob(["hi"]), {
          clock: jumpingClock(),
          fetch: () =>
            Promise.resolve(new Response(null, { status: 403, headers })),
        }),
      UploadError,
      "the storage answered HTTP 403",
    );
    assertEquals(error.requestId, wanted);
  });
}

Deno.test("sendEvent() names itself to the platform, with the version of the package", async () => {
  await using platform = startPlatform();
  await clientOf(platform).sendEvent("a", { payload: { x: note() } });
  const names = platform.seen.map(({ step, headers }) => [
    step,
    headers.get("user-agent") === `Sluice/${denoJson.version}`,
  ]);
  assertEquals(names, [["upload_url", true], ["upload", false], [
    "event",
    true,
  ]]);
});
