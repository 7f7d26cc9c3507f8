import { assert, assertEquals, assertRejects } from "@std/assert";
import { UploadError } from "../../src/errors.ts";
import {
  type TicketOptions,
  type UploadUrl,
  uploadWithTicket,
} from "../../src/flowflex/mod.ts";
import { jumpingClock } from "../_support/clock.ts";
import {
  clientOf,
  SIGNATURE,
  spill,
  startPlatform,
  storageError,
  textOf,
} from "./_platform.ts";

const PDF = new File(["%PDF-1.7"], "C:\\scans\\a.pdf", {
  type: "application/x-pdf",
});
const QUICK: TicketOptions = { clock: jumpingClock(), random: () => 1 };

/** A ticket as it comes out of a server's JSON. */
async function ticketFor(
  platform: { url: string },
  { size }: Blob = PDF,
): Promise<UploadUrl> {
  const ticket = await clientOf(platform).createUploadUrl({
    filename: "a.pdf",
    mime: "application/pdf",
    size,
  });
  return JSON.parse(JSON.stringify(ticket));
}

Deno.test("uploadWithTicket() uploads a file without credentials, and a server sends the event", async () => {
  await using platform = startPlatform();
  const ticket = await ticketFor(platform);
  assertEquals([ticket.mime, ticket.size], ["application/pdf", 8]);

  const asset = await uploadWithTicket(ticket, PDF, QUICK);

  const put = platform.seen.find(({ step }) => step === "upload");
  assert(put);
  assertEquals(put.headers.get("authorization"), null);
  assertEquals(put.headers.get("content-type"), "application/pdf");
  assertEquals(put.headers.get("content-length"), "8");
  assertEquals(textOf(platform.stored.get(asset) ?? put.body), "%PDF-1.7");
  await clientOf(platform).sendEvent("scan.done", { payload: { asset } });
  assertEquals(platform.events[0]?.body, { asset });
});

Deno.test("uploadWithTicket() tries again after what passes, and says what does not", async () => {
  await using platform = startPlatform();
  const ticket = await ticketFor(platform);
  platform.answer = (step, nth) =>
    step === "upload" && nth < 3
      ? new Response(null, { status: 503 })
      : undefined;
  await uploadWithTicket(ticket, PDF, QUICK);
  assertEquals(platform.count("upload"), 3);

  platform.answer = () => storageError(403, "AccessDenied");
  const error = await assertRejects(
    () => uploadWithTicket(ticket, PDF, QUICK),
    UploadError,
    "Cannot upload the file: the storage answered HTTP 403 (AccessDenied)",
  );
  assertEquals([error.step, error.filename, error.attempts, error.resume], [
    "upload",
    "a.pdf",
    1,
    null,
  ]);
  assertEquals(spill(error).includes(SIGNATURE), false);
});

Deno.test("uploadWithTicket() refuses a file of another length before anything is sent", async () => {
  await using platform = startPlatform();
  const ticket = await ticketFor(platform);
  const error = await assertRejects(
    () => uploadWithTicket(ticket, new Blob(["%PDF-1.72"]), QUICK),
    UploadError,
    "Cannot use the file: the ticket is for 8 bytes, and it has 9",
  );
  assertEquals([error.step, error.filename], ["file", "file"]);
  assertEquals(platform.count("upload"), 0);
});

Deno.test("uploadWithTicket() takes a ticket without a length, and an empty file", async () => {
  await using platform = startPlatform();
  const empty = new Blob();
  const { size: _, ...ticket } = await ticketFor(platform, empty);
  const asset = await uploadWithTicket(ticket as UploadUrl, empty, QUICK);
  assertEquals(platform.stored.get(asset)?.length, 0);
});

Deno.test("uploadWithTicket() refuses what is no ticket, without showing it", async () => {
  const good: UploadUrl = {
    assetId: "as_1",
    uploadUrl: `https://b.example/1?s=${SIGNATURE}`,
    token: null,
    mime: "text/plain",
    size: null,
  };
  const bad: unknown[] = [
    null,
    "ticket",
    { ...good, assetId: "" },
    { ...good, mime: undefined },
    { ...good, size: 1.5 },
    { ...good, uploadUrl: "as_1" },
    { ...good, uploadUrl: `http://b.example/1?s=${SIGNATURE}` },
    { ...good, uploadUrl: `https://u:${SIGNATURE}@b.example/` },
    { ...good, uploadUrl: `javascript:${SIGNATURE}` },
  ];
  for (const ticket of bad) {
    const error = await assertRejects(
      () => uploadWithTicket(ticket as UploadUrl, PDF, QUICK),
      TypeError,
      "Cannot use ticket: wanted what createUploadUrl() gives",
    );
    assertEquals(spill(error).includes(SIGNATURE), false);
  }
  await assertRejects(
    () => uploadWithTicket(good, "a.pdf" as never, QUICK),
    TypeError,
    "Cannot use source: wanted a File or a Blob",
  );
  for (
    const [options, Wrong, name] of [
      [{ timeoutMs: NaN }, RangeError, "timeoutMs"],
      [{ attemptTimeoutMs: -1 }, RangeError, "attemptTimeoutMs"],
      [{ maxRetries: 0.5 }, RangeError, "maxRetries"],
      [{ fetch: 7 as never }, TypeError, "fetch"],
      [{ signal: 7 as never }, TypeError, "signal"],
    ] as const
  ) {
    await assertRejects(
      () => uploadWithTicket(good, PDF, options),
      Wrong,
      name,
    );
  }
});

Deno.test("uploadWithTicket() ends at its deadline, and with the reason of the signal", async () => {
  await using platform = startPlatform();
  const ticket = await ticketFor(platform);
  platform.answer = () => platform.closing;
  const error = await assertRejects(
    () => uploadWithTicket(ticket, PDF, { timeoutMs: 100 }),
    UploadError,
    'Cannot finish: the deadline of "timeoutMs", which is 100, passed',
  );
  assertEquals(error.retryable, true);
  const reason = new Error("mine");
  const signal = AbortSignal.abort(reason);
  const thrown = await uploadWithTicket(ticket, PDF, { signal })
    .catch((error) => error);
  assertEquals(thrown, reason);
});

Deno.test("createUploadUrl() gives no ticket for a file that is too long", async () => {
  await using platform = startPlatform();
  const client = clientOf(platform, { maxFileBytes: 7 });
  await assertRejects(
    () =>
      client.createUploadUrl({
        filename: "a.pdf",
        mime: "application/pdf",
        size: 8,
      }),
    UploadError,
    'Cannot use the file: it has 8 bytes, and "maxFileBytes" is 7',
  );
  assertEquals(platform.seen, []);
});
