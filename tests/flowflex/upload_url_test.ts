import { assertEquals, assertRejects } from "@std/assert";
import { UploadError } from "../../src/errors.ts";
import { file } from "../../src/flowflex/mod.ts";
import { clientOf } from "./_platform.ts";

/** Sends a file through a platform that gives this URL; resolves to where the file was put. */
async function putTo(baseUrl: string, uploadUrl: string): Promise<string[]> {
  const put: string[] = [];
  const client = clientOf({ url: baseUrl }, {
    fetch: (url, { method }) => {
      if (method === "PUT") put.push(url.href);
      return Promise.resolve(Response.json({ assetId: "as_1", uploadUrl }));
    },
  });
  const x = file(new Blob(["%PDF"]), { filename: "a.pdf" });
  await client.sendEvent("a", { payload: { x } });
  return put;
}

const LOOPBACK = ["http://127.0.0.1:9000/b", "http://localhost/b"];

Deno.test("sendEvent() puts no file to a plain port of this host for a platform elsewhere", async () => {
  for (const uploadUrl of [...LOOPBACK, "http://[::1]:1/b"]) {
    const error = await assertRejects(
      () => putTo("https://a.example", uploadUrl),
      UploadError,
    );
    assertEquals(
      error.message,
      'Cannot get an upload URL for the file: the answer is not usable, wanted in "uploadUrl" an https URL',
    );
    assertEquals([error.step, error.errorKey], [
      "upload_url",
      "sluice.unusable_answer",
    ]);
  }
});

Deno.test("sendEvent() puts files to a plain port of this host for a platform on it", async () => {
  for (
    const base of ["http://127.0.0.1", "https://localhost:8443", "http://[::1]"]
  ) {
    for (const uploadUrl of [...LOOPBACK, "https://b.example/b"]) {
      assertEquals(await putTo(base, uploadUrl), [uploadUrl]);
    }
    await assertRejects(
      () => putTo(base, "http://b.example/b"),
      UploadError,
      'wanted in "uploadUrl" an https URL, or http on a loopback host',
    );
  }
});
