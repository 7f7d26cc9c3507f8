import { assertEquals, assertRejects } from "@std/assert";
import { decryptEnvelope, importPrivateKey } from "../../src/crypto/mod.ts";
import { type Rig, startRig } from "./_support.ts";

const NOW = "1970-01-01T00:00:00.000Z";

async function reader(
  { sandbox }: Rig,
): Promise<(wrapper: unknown) => Promise<string>> {
  const { service_private_key, key_passphrase } = sandbox.config();
  const key = await importPrivateKey(service_private_key, {
    passphrase: String(key_passphrase),
    hash: "SHA-256",
  });
  return (wrapper) => decryptEnvelope(wrapper, key);
}

Deno.test("connections gives people with their encrypted values", async () => {
  await using rig = await startRig({ now: () => 0 });
  const open = await reader(rig);
  const ids = await rig.sandbox.connect({
    displayName: "Anna",
    customerType: "person",
    values: { email: "anna@example.com", address: { city: "Köln" } },
    pendingConsent: ["phone"],
  });
  const { total, items } = await rig.json("/api/company-data/connections");
  assertEquals(total, 1);
  const [{ values, ...rest }] = items;
  assertEquals<unknown>(rest, {
    connection_id: ids.connectionId,
    user_id: ids.userId,
    display_name: "Anna",
    connected_at: NOW,
    share_code: ids.shareCode,
    customer_type: "person",
    pending_consent: ["phone"],
  });
  assertEquals(Object.keys(values), ["email", "address"]);
  assertEquals([values.email.live, values.email.updatedAt], [true, NOW]);
  assertEquals(await open(values.email.value), "anna@example.com");
  assertEquals(JSON.parse(await open(values.address.value)), { city: "Köln" });
});

Deno.test("connections gives files by an absolute URL on the origin that was asked", async () => {
  await using rig = await startRig();
  await rig.sandbox.connect({ values: { photo: { photo: Uint8Array.of(1) } } });
  const { items } = await rig.json("/api/company-data/connections");
  const url = new URL(items[0].values.photo.value_url);
  assertEquals(url.origin, rig.server.url);
  assertEquals((await rig.get(url.pathname)).status, 200);
  assertEquals("value" in items[0].values.photo, false);
});

Deno.test("connections pages by limit and offset, default 100, with the total", async () => {
  await using rig = await startRig();
  for (let i = 0; i < 105; i++) await rig.sandbox.connect();
  const page = async (query: string): Promise<[number, string[]]> => {
    const { total, items } = await rig.json(
      `/api/company-data/connections${query}`,
    );
    return [
      total,
      items.map((item) => item.connection_id),
    ];
  };
  const [total, first] = await page("");
  assertEquals([total, first.length, first[0]], [105, 100, "con-1"]);
  assertEquals((await page("?limit=3&offset=103"))[1], ["con-104", "con-105"]);
  assertEquals((await page("?limit=0"))[1], ["con-1"]);
  assertEquals((await page("?limit=x&offset=-5"))[1].length, 100);
  assertEquals((await page("?offset=105"))[1], []);
});

Deno.test("pageCap gives fewer connections than asked for, and the true total", async () => {
  await using rig = await startRig({ pageCap: 2 });
  for (let i = 0; i < 3; i++) await rig.sandbox.connect();
  const { total, items } = await rig.json(
    "/api/company-data/connections?limit=50",
  );
  assertEquals([total, items.length], [3, 2]);
  assertEquals(
    (await rig.json("/api/company-data/connections")).items.length,
    2,
  );
});

Deno.test("connections in XML are the documented elements", async () => {
  await using rig = await startRig({ now: () => 0 });
  await rig.sandbox.connect({
    connectionId: "c1",
    userId: "p1",
    shareCode: "ABC",
    displayName: "A & B",
    rawValues: {
      work_email: { value: { _enc: 1, k: "a", iv: "b", d: "c" }, live: true },
    },
  });
  assertEquals(
    (await rig.get("/api/company-data/connections", "application/xml")).text,
    "<response><total>1</total><items><item><connection_id>c1</connection_id><user_id>p1</user_id>" +
      `<display_name>A &amp; B</display_name><connected_at>${NOW}</connected_at><share_code>ABC</share_code>` +
      "<values><work_email><value><_enc>1</_enc><k>a</k><iv>b</iv><d>c</d></value><live>true</live></work_email>" +
      "</values><pending_consent></pending_consent></item></items></response>",
  );
});

Deno.test("connection gives one person without name and date, and 404 for nobody", async () => {
  await using rig = await startRig();
  const { connectionId, userId, shareCode } = await rig.sandbox.connect({
    connectionId: "a/b ü",
    rawValues: { note: 5 },
  });
  const path = `/api/company-data/connections/${
    encodeURIComponent(connectionId)
  }`;
  assertEquals<unknown>(await rig.json(path), {
    connection_id: connectionId,
    user_id: userId,
    share_code: shareCode,
    values: { note: 5 },
  });
  const { status, text } = await rig.get(
    "/api/company-data/connections/nobody",
  );
  assertEquals([status, JSON.parse(text).error_key], [
    404,
    "company_data.connection_not_found",
  ]);
});

Deno.test("connect() lists people in the order of the calls, whoever is encrypted first", async () => {
  await using rig = await startRig();
  await Promise.all([
    rig.sandbox.connect({
      userId: "slow",
      values: { a: "1", b: "2", c: "3", d: "4" },
    }),
    rig.sandbox.connect({ userId: "fast" }),
  ]);
  const { items } = await rig.json("/api/company-data/connections");
  assertEquals(items.map((item) => item.user_id), [
    "slow",
    "fast",
  ]);
});

Deno.test("connect() reads its input before it waits", async () => {
  await using rig = await startRig();
  const open = await reader(rig);
  const values = { address: { city: "before" } };
  const pending = rig.sandbox.connect({ values });
  values.address.city = "after";
  await pending;
  const { items } = await rig.json("/api/company-data/connections");
  assertEquals(JSON.parse(await open(items[0].values.address.value)), {
    city: "before",
  });
});

Deno.test("connect() refuses an id that is taken and a value that is none", async () => {
  await using rig = await startRig();
  await rig.sandbox.connect({ connectionId: "c" });
  await assertRejects(
    () => rig.sandbox.connect({ connectionId: "c" }),
    TypeError,
    'Cannot connect: connectionId "c" is taken',
  );
  await assertRejects(
    () => rig.sandbox.connect({ values: { a: 5 as unknown as string } }),
    TypeError,
    "Cannot use value",
  );
});
