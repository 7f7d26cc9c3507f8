import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import { isObject, type JsonObject } from "../../src/_internal/json.ts";
import { BinaryHandle } from "../../src/company_data/binary.ts";
import {
  readChange,
  readChangeHead,
  readConnection,
  readLogEntry,
  readRequestFields,
} from "../../src/company_data/models.ts";
import { parseXml } from "../../src/company_data/xml.ts";
import { ConfigError, DecryptError } from "../../src/errors.ts";
import { fakeContext, sha256, wrap } from "./_fake_context.ts";

const AT = "2026-06-17T12:00:00Z";
const ODD = [undefined, null, 7.5, true, {}, [], [[]]];

async function fromXml(xml: string): Promise<JsonObject> {
  const wire = await parseXml(`<response>${xml}</response>`);
  assert(isObject(wire));
  return wire;
}

Deno.test("readRequestFields() reads a row with every member", () => {
  const row = {
    slug: "work_email",
    label: "Work email",
    type: "email",
    one_time: true,
    mandatory_provide: false,
    mandatory_connected: true,
    audience: "both",
    verified: true,
    verified_max_age_days: 30,
  };
  const wanted = {
    slug: "work_email",
    label: "Work email",
    type: "email",
    oneTime: true,
    mandatory: true,
    audience: "both",
    verified: true,
    verifiedMaxAgeDays: 30,
    raw: row,
  };
  assertEquals(readRequestFields({ request_fields: [row] }), [wanted]);
  const [field] = readRequestFields([row]) ?? [];
  assertEquals(field, wanted);
  assertStrictEquals(field?.raw, row);
});

Deno.test("readRequestFields() says mandatory when either flag is set", () => {
  const flags: [unknown, unknown, boolean][] = [
    [true, true, true],
    [true, false, true],
    [false, true, true],
    ["false", "true", true],
    ["1", "", true],
    [false, false, false],
    ["false", "", false],
    [undefined, null, false],
  ];
  for (const [mandatory_provide, mandatory_connected, wanted] of flags) {
    const rows = [{ mandatory_provide, mandatory_connected }];
    assertEquals(readRequestFields(rows)?.[0]?.mandatory, wanted);
  }
});

Deno.test("readRequestFields() reads XML, also a single row and none", async () => {
  const wire = await fromXml(
    "<request_fields><item><slug>a</slug><one_time>false</one_time><mandatory_provide>true</mandatory_provide><verified_max_age_days>30</verified_max_age_days></item></request_fields>",
  );
  const [field] = readRequestFields(wire) ?? [];
  assertEquals(
    [field?.slug, field?.oneTime, field?.mandatory, field?.verifiedMaxAgeDays],
    ["a", false, true, 30],
  );
  assertEquals(
    readRequestFields(await fromXml("<request_fields></request_fields>")),
    [],
  );
});

Deno.test("readRequestFields() skips rows that are no objects and refuses other forms", () => {
  assertEquals(readRequestFields([null, 1, "x", [], {}])?.length, 1);
  for (const wire of [undefined, null, 1, "text", {}, { request_fields: 5 }]) {
    assertEquals(readRequestFields(wire), undefined);
  }
});

Deno.test("readRequestFields() reads odd members as null or false", () => {
  const names = ["slug", "label", "type", "audience", "verified_max_age_days"];
  for (const odd of ODD) {
    const row = Object.fromEntries(names.map((name) => [name, odd]));
    assertEquals(readRequestFields([row]), [{
      slug: null,
      label: null,
      type: null,
      oneTime: false,
      mandatory: false,
      audience: null,
      verified: false,
      verifiedMaxAgeDays: null,
      raw: row,
    }]);
  }
});

Deno.test("readConnection() reads a row with every member", async () => {
  const row = {
    connection_id: "c1",
    user_id: "p1",
    display_name: "Anna",
    connected_at: AT,
    share_code: "ABC123",
    customer_type: "person",
    values: {
      work_email: { value: wrap("a@x.org"), live: true, updatedAt: AT },
      birthday: { value: wrap("1990-02-28") },
      broken: { value: { k: "broken" } },
      logo: { value_url: "https://x/file", live: "true" },
      empty: null,
    },
    pending_consent: [],
  };
  const context = fakeContext({ types: { birthday: "date" } });
  const connection = await readConnection(row, context);
  const { values, raw, ...head } = connection;
  assertEquals(head, {
    id: "c1",
    personId: "p1",
    displayName: "Anna",
    connectedAt: new Date(AT),
    shareCode: "ABC123",
    customerType: "person",
  });
  assertStrictEquals(raw, row);
  assertEquals(Object.keys(values), Object.keys(row.values));
  assertEquals(values["work_email"]?.value, "a@x.org");
  assertEquals(values["work_email"]?.live, true);
  assertStrictEquals(values["work_email"]?.raw, row.values.work_email);
  assertEquals(values["birthday"]?.value, new Date("1990-02-28"));
  assertThrows(() => values["broken"]?.value, DecryptError);
  assertInstanceOf(values["logo"]?.value, BinaryHandle);
  assertEquals(values["empty"]?.value, null);
});

Deno.test("readConnection() reads XML, also slugs that are names of JavaScript or of lists", async () => {
  const entry =
    `<value><_enc>1</_enc><k>k</k><iv>i</iv><d>v</d></value><live>true</live><updatedAt>${AT}</updatedAt>`;
  const slugs = ["item", "__proto__", "constructor", "toString", "then"];
  const values = slugs.map((slug) => `<${slug}>${entry}</${slug}>`).join("");
  const wire = await fromXml(
    `<connection_id>c1</connection_id><user_id>p1</user_id><values>${values}</values><pending_consent/>`,
  );
  const connection = await readConnection(wire, fakeContext());
  assertEquals(Object.keys(connection.values), slugs);
  for (const slug of slugs) {
    assertEquals(connection.values[slug]?.value, "v");
    assertEquals(connection.values[slug]?.live, true);
  }
  const single = await fromXml(`<values><item>${entry}</item></values>`);
  const { values: one } = await readConnection(single, fakeContext());
  assertEquals(one["item"]?.value, "v");
});

Deno.test("readConnection() looks up no slug in a prototype", async () => {
  const { values } = await readConnection({}, fakeContext());
  assertEquals(Object.getPrototypeOf(values), null);
  assertEquals(values["constructor"], undefined);
});

Deno.test("readConnection() reads ids in their order of fallback", async () => {
  const rows: [JsonObject, string | null, string | null][] = [
    [{ connection_id: "a", id: "b", user_id: "c", person_id: "d" }, "a", "c"],
    [{ connection_id: "", id: "b", user_id: "", person_id: "d" }, "b", "d"],
    [{ id: 7, person_user_id: "e" }, "7", "e"],
    [{ identity: { connection_id: "f" } }, "f", null],
    [{ identity: "f", user_id: null }, null, null],
  ];
  for (const [row, id, personId] of rows) {
    const connection = await readConnection(row, fakeContext());
    assertEquals([connection.id, connection.personId], [id, personId]);
  }
});

Deno.test("readConnection() reads odd members as null and odd values as none", async () => {
  for (const odd of [...ODD, "", "text"]) {
    const connection = await readConnection(
      { connected_at: odd, values: odd === true ? [1] : odd },
      fakeContext(),
    );
    assertEquals(connection.connectedAt, null);
    assertEquals(Object.keys(connection.values), []);
  }
});

Deno.test("readConnection() decrypts many values, some at a time and in order", async () => {
  const slugs = Array.from({ length: 100 }, (_, i) => `s${i}`);
  const values = Object.fromEntries(
    slugs.map((slug) => [slug, { value: wrap(slug) }]),
  );
  const context = fakeContext();
  let running = 0;
  let most = 0;
  const connection = await readConnection({ values }, {
    ...context,
    decrypt: async (wrapper) => {
      most = Math.max(most, ++running);
      // The first of each batch is the last to be done.
      const turns = wrapper === values["s0"]?.value ? 50 : 1;
      for (let i = 0; i < turns; i++) await Promise.resolve();
      running--;
      return await context.decrypt(wrapper);
    },
  });
  assertEquals(Object.keys(connection.values), slugs);
  assertEquals(connection.values["s99"]?.value, "s99");
  assert(most > 1 && most <= 16, String(most));
});

Deno.test("readConnection() passes on what is no DecryptError", async () => {
  const context = {
    ...fakeContext(),
    decrypt: () => Promise.reject(new ConfigError("Cannot use the key: no")),
  };
  const values = { a: { value: wrap("a") }, b: { value: wrap("b") } };
  await assertRejects(() => readConnection({ values }, context), ConfigError);
});

// A row that carries everything at once, to show what each event lets through.
const EVERYTHING = {
  id: "chg-7",
  person_user_id: "p1",
  share_code: "ABC123",
  customer_type: "company",
  at: AT,
  slug: "work_email",
  live: true,
  value: wrap("a@x.org"),
  verified_at: AT,
  verified_expires_at: "2027-01-01T00:00:00Z",
  document_id: "d1",
  status: "active",
  action: "signed",
  note: "see you",
  method: "twofa",
  content_sha256: "00ff",
  signed_at: AT,
  cancel_effective_date: "2026-12-31",
  request_id: "r1",
  public_key_sha256: "abcd",
  connection_id: "c1",
  message_id: "m1",
  person_public_key: "MIIB",
  body: wrap("hello"),
};

const NONE = {
  slug: null,
  live: null,
  value: null,
  verified: false,
  verifiedAt: null,
  verifiedExpiresAt: null,
  documentId: null,
  status: null,
  action: null,
  note: null,
  method: null,
  contentSha256: null,
  signedAt: null,
  cancelEffectiveDate: null,
  requestId: null,
  publicKeySha256: null,
  connectionId: null,
  messageId: null,
  personPublicKey: null,
  messageBody: null,
  error: null,
};

const EVENTS: [string, Partial<Record<keyof typeof NONE, unknown>>][] = [
  ["connection_created", {}],
  ["connection_deleted", {}],
  ["field_updated", {
    slug: "work_email",
    live: true,
    value: "a@x.org",
    verifiedAt: new Date(AT),
    verifiedExpiresAt: new Date("2027-01-01T00:00:00Z"),
  }],
  ["field_deleted", { slug: "work_email" }],
  ["consent_accepted", { slug: "work_email" }],
  ["consent_declined", { slug: "work_email" }],
  ["document_status_changed", {
    documentId: "d1",
    status: "active",
    action: "signed",
    note: "see you",
    method: "twofa",
    contentSha256: "00ff",
    signedAt: new Date(AT),
    cancelEffectiveDate: new Date("2026-12-31"),
  }],
  ["connection_request_accepted", { requestId: "r1" }],
  ["connection_request_rejected", { requestId: "r1" }],
  ["key_rotated", { publicKeySha256: "abcd" }],
  ["2fa_challenge_completed", { status: "active" }],
  ["message_received", {
    connectionId: "c1",
    messageId: "m1",
    personPublicKey: "MIIB",
    messageBody: "hello",
  }],
  ["share_changed", {}],
  ["constructor", {}],
];

for (const [event, own] of EVENTS) {
  Deno.test(`readChange() reads of ${event} only what it has`, async () => {
    const row = { ...EVERYTHING, event };
    const { raw, ...change } = await readChange(row, fakeContext());
    assertStrictEquals(raw, row);
    assertEquals(change as unknown, {
      id: "chg-7",
      event,
      personId: "p1",
      shareCode: "ABC123",
      customerType: "company",
      at: new Date(AT),
      ...NONE,
      ...own,
    });
  });
}

Deno.test("readChange() reads a row of XML", async () => {
  const row = await fromXml(
    `<id>7</id><event>field_updated</event><person_user_id>p1</person_user_id><share_code></share_code><slug>iban</slug><live>false</live><at>${AT}</at><value><_enc>1</_enc><k>k</k><iv>i</iv><d>{"iban":"NL1"}</d></value>`,
  );
  const context = fakeContext({ types: { iban: "bank" } });
  const change = await readChange(row, context);
  assertEquals(
    [change.id, change.shareCode, change.live, change.value],
    ["7", null, false, { iban: "NL1" }],
  );
});

Deno.test("readChange() decrypts only for field_updated with a slug and a value", async () => {
  const rows: JsonObject[] = [
    { event: "field_updated", value: wrap("a") },
    { event: "field_updated", slug: "", value: wrap("a") },
    { event: "field_updated", slug: "a" },
    { event: "field_updated", slug: "a", value: "" },
    { event: "field_deleted", slug: "a", value: wrap("a") },
    { event: "consent_accepted", slug: "a", value: wrap("a") },
    { event: "new_event", slug: "a", value: wrap("a"), value_url: "u" },
    { event: "message_received", value: wrap("a") },
    { event: "field_updated", body: wrap("a") },
    { slug: "a", value: wrap("a") },
  ];
  const context = fakeContext();
  for (const row of rows) {
    const { value, messageBody } = await readChange(row, context);
    assertEquals([value, messageBody], [null, null]);
  }
  assertEquals(context.decrypted, []);
});

Deno.test("readChange() gives a handle for a value that has an address", async () => {
  const row = { event: "field_updated", slug: "logo", value_url: "https://x" };
  const context = fakeContext();
  const { value } = await readChange(row, context);
  assertInstanceOf(value, BinaryHandle);
  assertEquals(value.valueUrl, "https://x");
  assertEquals(context.fetched, []);
});

Deno.test("readChange() says live only when the platform does", async () => {
  const row = { event: "field_updated", slug: "a" };
  const lives: [JsonObject, boolean | null][] = [
    [row, null],
    [{ ...row, live: null }, null],
    [{ ...row, live: "1" }, true],
    [{ ...row, live: "" }, false],
    [{ ...row, live: "maybe" }, null],
  ];
  for (const [wire, wanted] of lives) {
    assertEquals((await readChange(wire, fakeContext())).live, wanted);
  }
});

Deno.test("readChange() keeps a change readable whose value or message is broken", async () => {
  const rows: [JsonObject, "value" | "messageBody"][] = [
    [{ event: "field_updated", slug: "a", value: { k: 1 }, id: "1" }, "value"],
    [{ event: "message_received", body: { k: 1 }, id: "1" }, "messageBody"],
  ];
  for (const [row, name] of rows) {
    const change = await readChange(row, fakeContext());
    const error = assertThrows(() => change[name], DecryptError);
    assertStrictEquals(change.error, error);
    assertEquals([change.id, change.verified], ["1", false]);
    assertEquals(
      change[name === "value" ? "messageBody" : "value"],
      null,
    );
    assertEquals(JSON.parse(JSON.stringify(change)).id, "1");
    assert(Deno.inspect(change, { getters: true }).includes("DecryptError"));
    assertEquals({ ...change }.id, "1");
  }
});

Deno.test("readChange() says whether the value is attested", async () => {
  const row = {
    event: "field_updated",
    slug: "a",
    value: wrap("anna"),
    verified_hash: await sha256("saltanna"),
    verified_salt: "salt",
  };
  assertEquals((await readChange(row, fakeContext())).verified, true);
  const deleted = { ...row, event: "field_deleted" };
  assertEquals((await readChange(deleted, fakeContext())).verified, false);
});

Deno.test("readChange() shows the plaintext as value and the ciphertext as raw", async () => {
  const row = { event: "field_updated", slug: "a", value: { d: "plain" } };
  const context = {
    ...fakeContext(),
    decrypt: () => Promise.resolve("opened"),
  };
  const change = await readChange(row, context);
  const json = JSON.parse(JSON.stringify(change));
  assertEquals([json.value, json.raw], ["opened", row]);
  assert(Deno.inspect(change).includes('value: "opened"'));
});

Deno.test("readChange() passes on what is no DecryptError", async () => {
  const context = {
    ...fakeContext(),
    decrypt: () => Promise.reject(new ConfigError("Cannot use the key: no")),
  };
  for (
    const row of [
      { event: "field_updated", slug: "a", value: wrap("a") },
      { event: "message_received", body: wrap("a") },
    ]
  ) {
    await assertRejects(() => readChange(row, context), ConfigError);
  }
});

Deno.test("readChangeHead() names the event by event, header, then action", () => {
  const rows: [JsonObject, string | null | undefined, string | null][] = [
    [{ event: "a", action: "b" }, "c", "a"],
    [{ event: "", action: "b" }, "c", "c"],
    [{ event: 5, action: "b" }, " c ", "c"],
    [{ action: "key_rotated" }, undefined, "key_rotated"],
    [{ action: "key_rotated" }, null, "key_rotated"],
    [{ action: "key_rotated" }, " ", "key_rotated"],
    [{ action: "signed" }, undefined, null],
    [{ action: "accepted" }, undefined, null],
    [{ action: "cancelled" }, undefined, null],
    [
      { action: "signed" },
      "document_status_changed",
      "document_status_changed",
    ],
    [{}, undefined, null],
  ];
  for (const [row, eventHeader, wanted] of rows) {
    const options = eventHeader === undefined ? {} : { eventHeader };
    assertEquals(readChangeHead(row, options).event, wanted);
  }
});

Deno.test("readChange() reads the fields of an event that only the header or action names", async () => {
  const row = { slug: "a", value: wrap("anna"), status: "x" };
  const change = await readChange(row, fakeContext(), {
    eventHeader: "field_updated",
  });
  assertEquals([change.event, change.value], ["field_updated", "anna"]);
  const rotated = readChangeHead({
    action: "key_rotated",
    public_key_sha256: "ab",
  });
  assertEquals([rotated.publicKeySha256, rotated.action], ["ab", null]);
});

Deno.test("readChangeHead() says the same as readChange() without decrypting", async () => {
  for (const [event] of EVENTS) {
    const row = { ...EVERYTHING, event };
    const {
      value: _value,
      messageBody: _body,
      error: _error,
      verified: _v,
      ...rest
    } = await readChange(row, fakeContext());
    assertEquals(readChangeHead(row), rest);
  }
});

Deno.test("readChangeHead() reads the person in its order of fallback and odd members as null", () => {
  assertEquals(
    readChangeHead({ person_user_id: "a", person_id: "b" }).personId,
    "a",
  );
  assertEquals(readChangeHead({ person_id: "b" }).personId, "b");
  for (const odd of [...ODD, ""]) {
    const row = Object.fromEntries(
      Object.keys(EVERYTHING).map((name) => [name, odd]),
    );
    for (const [event] of EVENTS) {
      const { raw: _raw, live: _live, ...head } = readChangeHead({
        ...row,
        event,
      });
      assertEquals(new Set(Object.values(head)), new Set([null, event]));
    }
  }
});

Deno.test("readLogEntry() reads a row with its fallbacks", () => {
  const row = {
    type: "purge",
    message: "purged 4",
    metadata: { count: 4 },
    created_at: AT,
  };
  const entry = readLogEntry(row);
  assertEquals(entry, {
    type: "purge",
    message: "purged 4",
    metadata: { count: 4 },
    at: new Date(AT),
    raw: row,
  });
  assertStrictEquals(entry.raw, row);
  const both = readLogEntry({ at: AT, created_at: "2020-01-01" });
  assertEquals(both.at, new Date(AT));
  assertEquals(readLogEntry({ at: "", created_at: AT }).at, new Date(AT));
  assertEquals(readLogEntry({ metadata: 0 }).metadata, 0);
  for (const empty of [{}, { metadata: "" }, { metadata: null }]) {
    assertEquals(readLogEntry(empty), {
      type: null,
      message: null,
      metadata: null,
      at: null,
      raw: empty,
    });
  }
});
