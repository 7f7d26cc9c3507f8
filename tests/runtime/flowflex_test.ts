import { assertEquals, assertStringIncludes } from "@std/assert";
import type { SendResult } from "../../src/flowflex/mod.ts";
import {
  API_KEY,
  API_SECRET,
  type Platform,
  startPlatform,
} from "../flowflex/_platform.ts";
import { bundleWorker, startWorkerd, type Workerd } from "./_workerd.ts";

const PIECES = 40;

Deno.test("sendEvent() in real workerd announces the length of every upload, a stream's too", async () => {
  await using platform = startPlatform();
  await using workerd = await startSender(platform);
  const { files } = await workerd.ask<SendResult>(`/?pieces=${PIECES}`);
  const lengths = files.map(({ pointer, assetId }) => [
    pointer,
    platform.stored.get(assetId)?.length,
  ]);
  assertEquals(lengths, [
    ["/bytes", 8],
    ["/blob", 5],
    ["/empty", 0],
    ["/stream", PIECES * 64 * 1024],
  ]);
  assertEquals(platform.events.length, 1);
  const uploads = platform.seen.filter(({ step }) => step === "upload");
  assertEquals(
    uploads.map(({ headers }) => headers.has("transfer-encoding")),
    [false, false, false, false],
  );
});

Deno.test("sendEvent() in real workerd uploads a stream again when the storage failed", async () => {
  await using platform = startPlatform();
  platform.answer = (step, nth) =>
    step === "upload" && nth <= 2
      ? new Response(null, { status: 503 })
      : undefined;
  await using workerd = await startSender(platform);
  const { files } = await workerd.ask<SendResult>("/?pieces=3");
  assertEquals(
    files.map(({ assetId }) => platform.stored.get(assetId)?.length),
    [8, 5, 0, 3 * 64 * 1024],
  );
});

Deno.test("sendEvent() in real workerd says that there is no filesystem to read a path from", async () => {
  await using platform = startPlatform();
  await using workerd = await startSender(platform);
  const { message, step } = await workerd.ask<
    { message: string; step: string }
  >("/path");
  assertEquals(step, "file");
  assertStringIncludes(message, "this host has no filesystem");
  assertEquals(platform.seen, []);
});

async function startSender(platform: Platform): Promise<Workerd> {
  return await startWorkerd({
    script: await bundleWorker("./_flowflex_worker.ts"),
    reachesLocal: true,
    vars: { BASE_URL: platform.url, API_KEY, API_SECRET },
  });
}
