import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { createHash } from "node:crypto";
import { decryptEnvelope, importPrivateKey } from "../../src/crypto/mod.ts";
import { type Rig, startRig } from "./_support.ts";

const JPEG = Uint8Array.of(0xff, 0xd8, 0xff, 0xe0);
const DIGEST = "x-allus-content-sha256";

function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}

async function decrypt(
  { sandbox }: Rig,
  wrapper: unknown,
): Promise<Record<string, unknown>> {
  const { service_private_key, key_passphrase } = sandbox.config();
  const key = await importPrivateKey(service_private_key, {
    passphrase: String(key_passphrase),
    hash: "SHA-256",
  });
  return JSON.parse(await decryptEnvelope(wrapper, key));
}

Deno.test("file gives a photo as an encrypted envelope with the digest of the wrapper", async () => {
  await using rig = await startRig();
  const person = await rig.sandbox.connect();
  const { valueUrl, contentSha256 } = await rig.sandbox.addFile(person, {
    slug: "photo",
    file: { photo: JPEG, thumb: Uint8Array.of(1), mimeType: "image/png" },
  });
  const { status, headers, text } = await rig.get(new URL(valueUrl).pathname);
  assertEquals([status, headers.get("content-type")], [
    200,
    "application/json",
  ]);
  const { encrypted, value } = JSON.parse(text);
  assertEquals(encrypted, true);
  assertEquals(await decrypt(rig, value), {
    full: "data:image/png;base64,/9j/4A==",
    thumb: "data:image/png;base64,AQ==",
  });
  assertEquals(headers.get(DIGEST), sha256(JSON.stringify(value)));
  assertEquals(contentSha256, headers.get(DIGEST));
});

Deno.test("file gives a document with its name, type and size in the envelope", async () => {
  await using rig = await startRig();
  const person = await rig.sandbox.connect();
  const { valueUrl } = await rig.sandbox.addFile(person, {
    slug: "document",
    file: { document: JPEG, name: "a.jpg", mimeType: "image/jpeg" },
  });
  const { value } = JSON.parse(
    (await rig.get(new URL(valueUrl).pathname)).text,
  );
  assertEquals(await decrypt(rig, value), {
    file: "data:image/jpeg;base64,/9j/4A==",
    original_name: "a.jpg",
    mime_type: "image/jpeg",
    size: 4,
  });
});

Deno.test("file in the plain shape gives the bytes under their own type", async () => {
  await using rig = await startRig();
  const person = await rig.sandbox.connect();
  const bytes = JPEG.slice();
  const adding = rig.sandbox.addFile(person, {
    slug: "photo",
    file: { photo: bytes, shape: "plain" },
  });
  bytes.fill(0);
  const { valueUrl, slotId } = await adding;
  const { access_token } = await token(rig);
  const response = await fetch(valueUrl, {
    headers: { authorization: `Bearer ${access_token}` },
  });
  assertEquals(new Uint8Array(await response.arrayBuffer()), JPEG);
  assertEquals(response.headers.get("content-type"), "image/jpeg");
  assertEquals(response.headers.get(DIGEST), sha256(JPEG));
  assert(valueUrl.endsWith(`/slots/${slotId}/file`));
});

Deno.test("file in the envelope shape gives the envelope as readable text", async () => {
  await using rig = await startRig();
  const person = await rig.sandbox.connect();
  const { valueUrl } = await rig.sandbox.addFile(person, {
    slug: "photo",
    file: { photo: JPEG, shape: "envelope", contentSha256: "wrong" },
  });
  const { headers, text } = await rig.get(new URL(valueUrl).pathname);
  const { encrypted, value } = JSON.parse(text);
  assertEquals([encrypted, headers.get(DIGEST)], [false, "wrong"]);
  const url = "data:image/jpeg;base64,/9j/4A==";
  assertEquals(JSON.parse(value), { full: url, thumb: url });
});

Deno.test("file answers JSON to those who accept XML, unless xmlFiles is set", async () => {
  for (const xmlFiles of [false, true]) {
    await using rig = await startRig({ xmlFiles });
    const person = await rig.sandbox.connect({
      values: { photo: { photo: JPEG } },
    });
    const path =
      `/api/company-data/connections/${person.connectionId}/slots/slot-1/file`;
    const { headers, text } = await rig.get(path, "application/xml");
    const start = xmlFiles
      ? "<response><encrypted>true</encrypted><value><_enc>1</_enc>"
      : '{"encrypted":true';
    assertEquals(text.slice(0, start.length), start);
    assertEquals(headers.get("content-type")?.includes("xml"), xmlFiles);
    const missing = await rig.get(
      path.replace("slot-1", "slot-2"),
      "application/xml",
    );
    assertEquals([missing.status, missing.text.startsWith("<")], [
      404,
      xmlFiles,
    ]);
  }
});

Deno.test("file answers 404 for a slot or a connection that does not exist", async () => {
  await using rig = await startRig();
  const { connectionId } = await rig.sandbox.connect();
  const asked = async (path: string): Promise<unknown[]> => {
    const { status, text } = await rig.get(
      `/api/company-data/connections/${path}/file`,
    );
    return [status, JSON.parse(text).error_key];
  };
  assertEquals(await asked(`${connectionId}/slots/x`), [
    404,
    "company_data.file_not_found",
  ]);
  assertEquals(await asked("nobody/slots/x"), [
    404,
    "company_data.connection_not_found",
  ]);
});

Deno.test("expireFile() makes the endpoint answer 410 and marks the entry", async () => {
  await using rig = await startRig({ now: () => 0 });
  const { sandbox } = rig;
  const person = await sandbox.connect({ values: { photo: { photo: JPEG } } });
  const { contentSha256 } = await sandbox.addFile(person, {
    slug: "photo",
    file: { photo: JPEG },
  });
  sandbox.expireFile(person, "photo");
  const { items } = await rig.json("/api/company-data/connections");
  const { value_url, live: _, updatedAt: __, ...marks } = items[0].values.photo;
  const expired_at = "1970-01-01T00:00:00.000Z";
  assertEquals<unknown>(marks, {
    content_sha256: contentSha256,
    expired: true,
    expired_at,
  });
  const { status, text } = await rig.get(new URL(value_url).pathname);
  const { error: ___, ...rest } = JSON.parse(text);
  assertEquals([status, rest], [410, {
    error_key: "company_data.file_expired",
    content_sha256: contentSha256,
    expired_at,
  }]);
  await sandbox.publish({
    event: "field_updated",
    slug: "photo",
    value: { photo: JPEG },
  });
  assertEquals((await rig.get(new URL(value_url).pathname)).status, 200);
});

Deno.test("addFile() and expireFile() refuse people and files that there are not", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const person = await sandbox.connect();
  const stranger = { ...person, connectionId: "x" };
  const file = { photo: JPEG };
  await assertRejects(
    () => sandbox.addFile(stranger, { slug: "photo", file }),
    TypeError,
    "who is connected",
  );
  await assertRejects(
    () => sandbox.addFile(person, { slug: "photo", file: {} as typeof file }),
    TypeError,
    "Cannot add a file: wanted a photo or a document",
  );
  assertThrows(
    () => sandbox.expireFile(person, "photo"),
    TypeError,
    'there is none for "photo"',
  );
});

async function token(
  { sandbox, server }: Rig,
): Promise<{ access_token: string }> {
  const { client_id, client_secret } = sandbox.config();
  const response = await fetch(`${server.url}/oauth2/token`, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "client_credentials",
      client_id,
      client_secret,
    }),
  });
  return await response.json();
}
