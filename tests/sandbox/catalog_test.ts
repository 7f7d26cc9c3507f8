import { assertEquals, assertMatch } from "@std/assert";
import { startRig } from "./_support.ts";

Deno.test("request-fields gives the catalog in JSON and in XML", async () => {
  await using rig = await startRig({
    fields: [{
      slug: "work_email",
      type: "email",
      label: "Work <email>",
      mandatoryProvide: true,
    }],
  });
  assertEquals<unknown>(await rig.json("/api/company-data/request-fields"), {
    request_fields: [{
      slug: "work_email",
      label: "Work <email>",
      type: "email",
      one_time: false,
      mandatory_provide: true,
      mandatory_connected: false,
    }],
  });
  const { headers, text } = await rig.get(
    "/api/company-data/request-fields",
    "application/xml",
  );
  assertEquals(headers.get("content-type"), "application/xml; charset=utf-8");
  assertEquals(
    text,
    "<response><request_fields><item><slug>work_email</slug><label>Work &lt;email&gt;</label><type>email</type>" +
      "<one_time>false</one_time><mandatory_provide>true</mandatory_provide>" +
      "<mandatory_connected>false</mandatory_connected></item></request_fields></response>",
  );
});

Deno.test("the default catalog has a field of each kind of value", async () => {
  await using rig = await startRig();
  const { request_fields } = await rig.json("/api/company-data/request-fields");
  const types = request_fields.map((row) => row.type);
  for (
    const type of [
      "email",
      "phone",
      "text",
      "address",
      "date",
      "date_of_birth",
      "photo",
      "document",
      "bank",
      "country",
    ]
  ) assertEquals([type, types.includes(type)], [type, true]);
});

Deno.test("setFields() replaces the catalog and addField() adds to it", async () => {
  await using rig = await startRig();
  rig.sandbox.setFields([{ slug: "a", type: "text" }]);
  rig.sandbox.addField({
    slug: "b",
    type: "text",
    oneTime: true,
    extra: { audience: "both" },
  });
  const { request_fields } = await rig.json("/api/company-data/request-fields");
  assertEquals(
    request_fields.map((
      row: Record<string, unknown>,
    ) => [row["slug"], row["label"], row["one_time"], row["audience"]]),
    [["a", "a", false, undefined], ["b", "b", true, "both"]],
  );
});

Deno.test("logs gives pages, newest first, with the total", async () => {
  await using rig = await startRig({ now: () => 0 });
  for (let i = 1; i <= 60; i++) {
    rig.sandbox.addLog({
      type: "purge",
      message: `purged ${i}`,
      metadata: { count: i },
    });
  }
  const first = await rig.json("/api/company-data/logs");
  assertEquals([first.total, first.items.length], [60, 50]);
  assertEquals<unknown>(first.items[0], {
    type: "purge",
    message: "purged 60",
    metadata: { count: 60 },
    created_at: "1970-01-01T00:00:00.000Z",
  });
  const rest = await rig.json("/api/company-data/logs?limit=20&offset=50");
  assertEquals(
    rest.items.map((item) => item.message).at(-1),
    "purged 1",
  );
  assertEquals(rest.items.length, 10);
  assertEquals<unknown>(
    (await rig.json("/api/company-data/logs?offset=61")).items,
    [],
  );
});

Deno.test("keys gives the public key of a person by share code, and 404 for nobody", async () => {
  await using rig = await startRig();
  const { shareCode } = await rig.sandbox.connect({ shareCode: "ABC 123" });
  const { public_key } = await rig.json(
    `/api/keys/${encodeURIComponent(shareCode)}`,
  );
  const spki = Uint8Array.from(atob(public_key), (c) => c.charCodeAt(0));
  await crypto.subtle.importKey(
    "spki",
    spki,
    { name: "RSA-OAEP", hash: "SHA-256" },
    true,
    ["encrypt"],
  );
  const { status, text } = await rig.get("/api/keys/nobody");
  assertEquals([status, JSON.parse(text).error_key], [404, "keys.not_found"]);
});

Deno.test("unknown paths and methods answer 404 with an error body by Accept", async () => {
  await using rig = await startRig();
  const { status, text } = await rig.get("/api/company-data/nothing");
  assertEquals([status, JSON.parse(text).error_key], [404, "not_found"]);
  assertMatch(
    (await rig.get("/nothing", "application/xml")).text,
    /^<response><error>[^<]+<\/error><error_key>not_found<\/error_key><\/response>$/,
  );
  const wrong = await fetch(`${rig.server.url}/api/company-data/logs`, {
    method: "DELETE",
  });
  assertEquals(wrong.status, 404);
  await wrong.body?.cancel();
});
