import { assert, assertEquals, assertRejects } from "@std/assert";
import type { SandboxChange } from "../../src/sandbox/mod.ts";
import { askToken, type Page, startRig } from "./_support.ts";

const CHANGES = "/api/company-data/changes";

function ids(page: Page): string[] {
  return page.changes.map((row) => row.id);
}

Deno.test("changes gives the oldest first, 100 by default, and deletes what it gives", async () => {
  await using rig = await startRig();
  for (let i = 1; i <= 150; i++) rig.sandbox.publishRaw({ id: `r${i}` });
  const first = ids(await rig.json(CHANGES));
  assertEquals([first.length, first[0], first[99]], [100, "r1", "r100"]);
  assertEquals([rig.sandbox.pending, rig.sandbox.takenCount], [50, 100]);
  assertEquals(ids(await rig.json(`${CHANGES}?limit=2`)), ["r101", "r102"]);
  assertEquals(ids(await rig.json(CHANGES)).length, 48);
  assertEquals<unknown>(await rig.json(CHANGES), { changes: [] });
  assertEquals(
    (await rig.get(CHANGES, "application/xml")).text,
    "<response><changes></changes></response>",
  );
});

Deno.test("changes holds the limit between 1 and 500", async () => {
  await using rig = await startRig();
  for (let i = 1; i <= 1200; i++) rig.sandbox.publishRaw({ id: `r${i}` });
  const sizes: number[] = [];
  for (
    const limit of ["501", "99999999999999999999", "0", "-3", "x", "1.5", ""]
  ) {
    sizes.push(ids(await rig.json(`${CHANGES}?limit=${limit}`)).length);
  }
  assertEquals(sizes, [500, 500, 1, 1, 100, 98, 0]);
});

Deno.test("changes are handed out once also to callers at the same time", async () => {
  await using rig = await startRig();
  for (let i = 1; i <= 100; i++) rig.sandbox.publishRaw({ id: `r${i}` });
  const pages = await Promise.all(
    Array.from({ length: 20 }, () => rig.json(`${CHANGES}?limit=5`)),
  );
  assertEquals(new Set(pages.flatMap(ids)).size, 100);
});

Deno.test("changes with webhook_id reads that webhook's backlog and no other", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  await sandbox.publish({ event: "connection_created", id: "main" });
  await sandbox.publish({
    event: "connection_created",
    id: "hook",
    webhookId: "w1",
  });
  sandbox.publishRaw({ id: "raw" }, { webhookId: "w1" });
  assertEquals(
    [sandbox.pending, sandbox.backlog("w1"), sandbox.backlog("w2")],
    [1, 2, 0],
  );
  assertEquals(ids(await rig.json(`${CHANGES}?webhook_id=w2`)), []);
  assertEquals(ids(await rig.json(`${CHANGES}?webhook_id=w1&limit=1`)), [
    "hook",
  ]);
  assertEquals(ids(await rig.json(`${CHANGES}?webhook_id=w1`)), ["raw"]);
  assertEquals(ids(await rig.json(CHANGES)), ["main"]);
  assertEquals(sandbox.takenCount, 1);
});

Deno.test("publish() gives each event its fields", async () => {
  await using rig = await startRig({ now: () => 0 });
  const { sandbox } = rig;
  const person = await sandbox.connect({
    userId: "u",
    shareCode: "S",
    pendingConsent: ["email"],
  });
  const changes: SandboxChange[] = [
    { event: "connection_created" },
    { event: "field_updated", slug: "email", value: "x", live: false },
    { event: "field_deleted", slug: "email", fields: { content_sha256: "00" } },
    { event: "consent_accepted", slug: "email" },
    { event: "consent_declined", slug: "email" },
    {
      event: "document_status_changed",
      fields: { status: "ended", action: "cancelled" },
    },
    { event: "connection_request_accepted" },
    { event: "connection_request_rejected" },
    { event: "key_rotated" },
    { event: "2fa_challenge_completed" },
    { event: "message_received", value: "hello" },
    { event: "brand_new", fields: { anything: [1] } },
    { event: "connection_deleted" },
  ];
  for (const change of changes) await sandbox.publish({ person, ...change });
  const rows = (await rig.json(CHANGES)).changes;
  const common = ["at", "event", "id", "person_user_id", "share_code"];
  const extra = rows.map((row) =>
    [
      row["event"],
      ...Object.keys(row).filter((key) => !common.includes(key)).sort(),
    ].join(" ")
  );
  assertEquals(extra, [
    "connection_created",
    "field_updated live slug value",
    "field_deleted content_sha256 slug",
    "consent_accepted slug",
    "consent_declined slug",
    "document_status_changed action document_id status",
    "connection_request_accepted request_id",
    "connection_request_rejected request_id",
    "key_rotated public_key_sha256",
    "2fa_challenge_completed challenge_id completed_at status",
    "message_received body connection_id created_at message_id person_public_key",
    "brand_new anything",
    "connection_deleted",
  ]);
  for (const row of rows) {
    assertEquals([row["person_user_id"], row["share_code"], row["at"]], [
      "u",
      "S",
      "1970-01-01T00:00:00.000Z",
    ]);
  }
  assertEquals([rows[1]?.["live"], rows[5]?.["status"]], [false, "ended"]);
});

Deno.test("publish() gives back the row that the wire then shows", async () => {
  await using rig = await startRig();
  const file = { photo: Uint8Array.of(7) };
  const text = await rig.sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "x",
  });
  const binary = await rig.sandbox.publish({
    event: "field_updated",
    slug: "photo",
    value: file,
  });
  assertEquals<unknown>(await rig.json(CHANGES), { changes: [text, binary] });
  assert(
    String(binary["value_url"]).startsWith(
      `${rig.server.url}/api/company-data/connections/`,
    ),
  );
});

Deno.test("publish() lets a change take effect on the connection", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const person = await sandbox.connect({ pendingConsent: ["phone", "bank"] });
  const shown = async (): Promise<unknown[]> => {
    const { items } = await rig.json("/api/company-data/connections");
    return items.map((item) => [
      Object.keys(item.values),
      item.pending_consent,
    ]);
  };
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "email",
    value: "x",
  });
  await sandbox.publish({
    event: "field_updated",
    person,
    slug: "photo",
    value: { photo: Uint8Array.of(1) },
  });
  await sandbox.publish({ event: "consent_accepted", person, slug: "phone" });
  assertEquals(await shown(), [[["email", "photo"], ["bank"]]]);
  await sandbox.publish({ event: "field_deleted", person, slug: "email" });
  await sandbox.publish({ event: "consent_declined", person, slug: "bank" });
  assertEquals(await shown(), [[["photo"], []]]);
  await sandbox.publish({ event: "connection_deleted", person });
  assertEquals(await shown(), []);
});

Deno.test("publish() without a person takes the one who connected last, or connects one", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const first = await sandbox.publish({ event: "key_rotated" });
  assertEquals(first["person_user_id"], "usr-1");
  await sandbox.connect({ userId: "late" });
  assertEquals(
    (await sandbox.publish({ event: "key_rotated" }))["person_user_id"],
    "late",
  );
  const stranger = await sandbox.publish({
    event: "key_rotated",
    person: "nobody",
  });
  assertEquals([stranger["person_user_id"], stranger["share_code"]], [
    "nobody",
    null,
  ]);
  assertEquals((await rig.json("/api/company-data/connections")).total, 2);
});

Deno.test("publish() puts fields over the row's own, and undefined takes one away", async () => {
  await using rig = await startRig();
  const row = await rig.sandbox.publish({
    event: "field_updated",
    slug: "email",
    value: "x",
    fields: { id: undefined, live: undefined, customer_type: "company" },
  });
  assertEquals(Object.keys(row).sort(), [
    "at",
    "customer_type",
    "event",
    "person_user_id",
    "share_code",
    "slug",
    "value",
  ]);
});

Deno.test("connect() with emit publishes connection_created", async () => {
  await using rig = await startRig();
  const { userId } = await rig.sandbox.connect({
    emit: true,
    customerType: "company",
  });
  const { changes } = await rig.json(CHANGES);
  assertEquals(changes.length, 1);
  assertEquals(
    [changes[0].event, changes[0].person_user_id, changes[0]["customer_type"]],
    ["connection_created", userId, "company"],
  );
});

Deno.test("publish() refuses what would be no such change", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const refused = async (
    change: SandboxChange,
    message: string,
  ): Promise<void> => {
    await assertRejects(() => sandbox.publish(change), TypeError, message);
  };
  await refused(
    { event: "field_updated", value: "x" },
    "Cannot publish field_updated: wanted 'slug'",
  );
  await refused(
    { event: "field_updated", slug: "a" },
    "Cannot publish field_updated: wanted 'value'",
  );
  await refused(
    { event: "field_deleted" },
    "Cannot publish field_deleted: wanted 'slug'",
  );
  await refused(
    {
      event: "field_updated",
      slug: "a",
      person: "nobody",
      value: { photo: Uint8Array.of(1) },
    },
    "a file needs a 'person' who is connected",
  );
  assertEquals(sandbox.pending, 0);
});

Deno.test("publishRaw() puts anything into the feed as it is", async () => {
  await using rig = await startRig();
  const rows = [5, null, "text", [1], { event: "x", value: { _enc: 1 } }];
  for (const row of rows) rig.sandbox.publishRaw(row);
  assertEquals<unknown>(await rig.json(CHANGES), { changes: rows });
  for (const row of rows) rig.sandbox.publishRaw(row);
  assertEquals(
    (await rig.get(CHANGES, "application/xml")).text,
    "<response><changes><item>5</item><item></item><item>text</item><item><item>1</item></item>" +
      "<item><event>x</event><value><_enc>1</_enc></value></item></changes></response>",
  );
});

Deno.test("publishMany() keeps the order and appends all at once", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const pending = sandbox.publishMany(
    Array.from({ length: 200 }, (_, i) => ({
      event: i % 3 ? "field_updated" : "connection_created",
      slug: "email",
      value: "x".repeat(i),
      id: `r${i}`,
    })),
  );
  assertEquals(sandbox.pending, 0);
  const rows = await pending;
  assertEquals(sandbox.pending, 200);
  const wanted = Array.from({ length: 200 }, (_, i) => `r${i}`);
  assertEquals(rows.map((row) => row.id), wanted);
  assertEquals(ids(await rig.json(`${CHANGES}?limit=500`)), wanted);
});

Deno.test("changes hands out 200,000 rows in pages", async () => {
  await using rig = await startRig();
  const { sandbox } = rig;
  const row = { id: "r", event: "connection_created" };
  for (let i = 0; i < 200_000; i++) sandbox.publishRaw(row);
  const { access_token } = JSON.parse((await askToken(sandbox)).text);
  const headers = { authorization: `Bearer ${access_token}` };
  let pages = 0;
  while (sandbox.pending > 0) {
    const url = `https://sandbox.test${CHANGES}?limit=500`;
    await (await sandbox.clientFetch(url, { headers })).body?.cancel();
    pages++;
  }
  assertEquals([pages, sandbox.takenCount], [400, 200_000]);
});

Deno.test("HEAD deletes nothing", async () => {
  await using rig = await startRig();
  rig.sandbox.publishRaw({ id: "r" });
  const response = await fetch(rig.server.url + CHANGES, { method: "HEAD" });
  assertEquals([response.status, rig.sandbox.pending], [404, 1]);
});
