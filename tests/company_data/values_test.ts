import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStrictEquals,
  assertThrows,
} from "@std/assert";
import {
  asArray,
  asBoolean,
  asCount,
  asDate,
  asDay,
  asMap,
  id,
} from "../../src/company_data/_wire.ts";
import { BinaryHandle } from "../../src/company_data/binary.ts";
import { readValue } from "../../src/company_data/values.ts";
import { ConfigError, DecryptError } from "../../src/errors.ts";
import { fakeContext, sha256, wrap } from "./_fake_context.ts";

const TEXTS: [string, string][] = [
  ["email", "anna@example.org"],
  ["phone", "+31612345678"],
  ["country", "NL"],
  ["number", "007"],
  ["boolean", "true"],
  ["text", ""],
  ["something_new", '{"a":1}'],
];

for (const [type, plaintext] of TEXTS) {
  Deno.test(`readValue() reads ${type} as text`, async () => {
    const context = fakeContext({ types: { slot: type } });
    const value = await readValue({ value: wrap(plaintext) }, "slot", context);
    assertEquals(value.value, plaintext);
    assertEquals(value.error, null);
  });
}

for (const type of ["address", "bank", "creditcard", " Address "]) {
  Deno.test(`readValue() reads ${JSON.stringify(type)} as an object`, async () => {
    const context = fakeContext({ types: { slot: type } });
    const good = await readValue(
      { value: wrap('{"city":"Delft"}') },
      "slot",
      context,
    );
    assertEquals(good.value, { city: "Delft" });
    for (const plaintext of ["Delft", "", "[1]", "null", '"a"', '{"a":']) {
      const bad = await readValue({ value: wrap(plaintext) }, "slot", context);
      const error = assertThrows(() => bad.value, DecryptError);
      assertEquals(
        error.message,
        "Cannot read the value: its decrypted text is not a JSON object",
      );
      assertEquals(error.cause, undefined);
    }
  });
}

const DAYS: [string, string | Date][] = [
  ["1990-02-28", new Date("1990-02-28T00:00:00Z")],
  ["2024-02-29T23:59:59+09:00", new Date("2024-02-29T00:00:00Z")],
  ["0099-01-01", new Date("0099-01-01T00:00:00Z")],
  ["2023-02-29", "2023-02-29"],
  ["2023-13-01", "2023-13-01"],
  ["1990-2-28", "1990-2-28"],
  ["28.02.1990", "28.02.1990"],
  ["", ""],
];

for (const type of ["date", "date_of_birth", "DATE"]) {
  Deno.test(`readValue() reads ${type} as a day of the calendar or as text`, async () => {
    const context = fakeContext({ types: { slot: type } });
    for (const [plaintext, wanted] of DAYS) {
      const value = await readValue(
        { value: wrap(plaintext) },
        "slot",
        context,
      );
      assertEquals(value.value, wanted);
    }
  });
}

const FILE_TYPES = [
  "photo",
  "document",
  "legal_document",
  "passport",
  "photo_id",
  "drivers_license",
];

for (const type of FILE_TYPES) {
  Deno.test(`readValue() reads an inline ${type} as a handle`, async () => {
    const context = fakeContext({ types: { slot: type } });
    const envelope = JSON.stringify({ full: "data:image/png;base64,AQID" });
    const { value } = await readValue(
      { value: wrap(envelope) },
      "slot",
      context,
    );
    assertInstanceOf(value, BinaryHandle);
    assertEquals(value.valueUrl, null);
    assertEquals(await value.bytes(), new Uint8Array([1, 2, 3]));
    assertEquals(context.fetched, []);
  });
}

Deno.test("readValue() reads whatever has an address as a handle that it does not fetch", async () => {
  const context = fakeContext({ types: { slot: "text" } });
  const wire = { value_url: "https://x/file", value: wrap("ignored") };
  const { value, verified } = await readValue(wire, "slot", context);
  assertInstanceOf(value, BinaryHandle);
  assertEquals(value.valueUrl, "https://x/file");
  assertEquals([context.fetched, context.decrypted, verified], [[], [], false]);
});

Deno.test("readValue() reads an entry without a value as null", async () => {
  const context = fakeContext({ types: { slot: "photo" } });
  const entries = [
    {},
    { value: null, value_url: null },
    { value: "", value_url: "" },
    { value: "\n " },
    { value_url: 7 },
    null,
    undefined,
    "",
    "text",
    3,
    [],
  ];
  for (const entry of entries) {
    const value = await readValue(entry, "slot", context);
    assertEquals(value.value, null);
    assertEquals(
      [value.error, value.live, value.updatedAt, value.verified],
      [null, null, null, false],
    );
  }
  assertEquals(context.decrypted, []);
});

Deno.test("readValue() hands wrappers of any form to decrypt untouched", async () => {
  const context = fakeContext();
  const wrappers = [wrap("a"), '{"k":1}', 0, false, [], {}];
  for (const value of wrappers) await readValue({ value }, "slot", context);
  wrappers.forEach((wrapper, i) =>
    assertStrictEquals(context.decrypted[i], wrapper)
  );
});

Deno.test("readValue() takes the other members from JSON and from XML", async () => {
  const at = new Date("2026-06-17T10:00:00Z");
  const json = { value: wrap("a"), live: true, updatedAt: at.toISOString() };
  const xml = { value: wrap("a"), live: "true", updatedAt: at.toISOString() };
  const old = { live: " FALSE ", updatedAt: "", updated_at: at.toISOString() };
  const context = fakeContext();
  for (const wire of [json, xml]) {
    const value = await readValue(wire, "slot", context);
    assertEquals([value.live, value.updatedAt], [true, at]);
    assertStrictEquals(value.raw, wire);
  }
  const value = await readValue(old, "slot", context);
  assertEquals([value.live, value.updatedAt], [false, at]);
});

Deno.test("readValue() keeps a failed value printable and everything else readable", async () => {
  const wire = { value: { k: "broken" }, live: true };
  const value = await readValue(wire, "slot", fakeContext());
  const error = assertThrows(() => value.value, DecryptError);
  assertStrictEquals(value.error, error);
  assertEquals(value.live, true);
  assertEquals(Object.keys(value).includes("value"), false);
  const printed = Deno.inspect(value, { getters: true });
  assert(printed.includes("DecryptError"));
  assertEquals(JSON.parse(JSON.stringify(value)).raw, wire);
  assertEquals({ ...value }.live, true);
  structuredClone({ ...value, error: null });
});

Deno.test("readValue() shows a readable value in JSON, copies and prints", async () => {
  const value = await readValue({ value: wrap("a") }, "slot", fakeContext());
  assertEquals(JSON.parse(JSON.stringify(value)).value, "a");
  assertEquals({ ...value }.value, "a");
  assert(Deno.inspect(value).includes('value: "a"'));
});

Deno.test("readValue() passes on what is no DecryptError", async () => {
  const context = {
    ...fakeContext(),
    decrypt: () => Promise.reject(new ConfigError("Cannot use the key: no")),
  };
  await assertRejects(
    () => readValue({ value: wrap("a") }, "slot", context),
    ConfigError,
  );
});

Deno.test("readValue() survives a decrypt that throws at once", async () => {
  const context = {
    ...fakeContext(),
    decrypt: () => {
      throw new DecryptError("Cannot decrypt the value: no");
    },
  };
  const value = await readValue({ value: wrap("a") }, "slot", context);
  assertInstanceOf(value.error, DecryptError);
});

const ATTESTED: [string, string][] = [
  ["email", "anna@example.org"],
  ["text", "zoë 😀"],
  ["date", "1990-02-28"],
  ["address", '{"city": "Delft"}'],
];

for (const [type, plaintext] of ATTESTED) {
  Deno.test(`Value.verified is about the plaintext of ${type}`, async () => {
    const context = fakeContext({ types: { slot: type } });
    const hash = await sha256(`salt${plaintext}`);
    const entry = {
      value: wrap(plaintext),
      verified_hash: hash,
      verified_salt: "salt",
      verified_at: "2026-06-01T00:00:00Z",
    };
    const read = await readValue(entry, "slot", context);
    assertEquals(read.verified, true);
    assertEquals(read.verifiedAt, new Date("2026-06-01T00:00:00Z"));
    assertEquals(read.verifiedExpiresAt, null);
    const upper = { ...entry, verified_hash: hash.toUpperCase() };
    assertEquals((await readValue(upper, "slot", context)).verified, true);
  });
}

Deno.test("Value.verified is false without an attestation that fits and holds", async () => {
  const good = {
    value: wrap("anna"),
    verified_hash: await sha256("saltanna"),
    verified_salt: "salt",
  };
  const expiries: [unknown, boolean][] = [
    [undefined, true],
    [null, true],
    ["", true],
    ["2026-06-20T00:00:00.001Z", true],
    ["2026-06-20T00:00:00Z", false],
    ["2026-06-19", false],
    ["soon", false],
    [1_900_000_000, false],
    [{}, false],
  ];
  for (const [verified_expires_at, wanted] of expiries) {
    const wire = { ...good, verified_expires_at };
    const { verified } = await readValue(wire, "slot", fakeContext());
    assertEquals(verified, wanted, String(verified_expires_at));
  }
  const changes = [
    { verified_salt: "pepper" },
    { verified_salt: "" },
    { verified_salt: null },
    { verified_hash: null },
    { verified_hash: "" },
    { verified_hash: 7 },
    { verified_hash: good.verified_hash.slice(0, 62) },
    { verified_hash: `${good.verified_hash}00` },
    { verified_hash: `${good.verified_hash.slice(0, 63)}x` },
    { verified_hash: await sha256("salt") },
    { value: wrap("anne") },
    { value: { k: "broken" } },
    { value: null },
    { value_url: "https://x/file" },
  ];
  for (const change of changes) {
    const wire = { ...good, ...change };
    const { verified } = await readValue(wire, "slot", fakeContext());
    assertEquals(verified, false, JSON.stringify(change));
  }
  const { verifiedExpiresAt } = await readValue(
    { ...good, verified_expires_at: "2027-01-01T00:00:00Z" },
    "slot",
    fakeContext(),
  );
  assertEquals(verifiedExpiresAt, new Date("2027-01-01T00:00:00Z"));
});

Deno.test("Value.verified is false for an inline file and for a value of a broken form", async () => {
  for (const type of ["photo", "address"]) {
    const wire = {
      value: wrap("not json"),
      verified_hash: await sha256("saltnot json"),
      verified_salt: "salt",
    };
    const context = fakeContext({ types: { slot: type } });
    assertEquals((await readValue(wire, "slot", context)).verified, false);
  }
});

Deno.test("readValue() reads its entry before it awaits", async () => {
  const wire: Record<string, unknown> = {
    value: wrap("anna"),
    verified_hash: await sha256("saltanna"),
    verified_salt: "salt",
  };
  const reading = readValue(wire, "slot", fakeContext());
  wire["verified_salt"] = "changed";
  assertEquals((await reading).verified, true);
});

Deno.test("asBoolean() reads what JSON and XML write and null for the rest", () => {
  const yes = [true, "true", "1", 1, " TRUE\n"];
  const no = [false, "false", "0", 0, "", "  ", "False"];
  const odd = [undefined, null, "yes", 2, NaN, {}, [], "truefalse"];
  assertEquals(yes.map(asBoolean), yes.map(() => true));
  assertEquals(no.map(asBoolean), no.map(() => false));
  assertEquals(odd.map(asBoolean), odd.map(() => null));
});

Deno.test("asArray() and asMap() read the empty text of XML and undefined for the rest", () => {
  const list = [1];
  const map = { a: 1 };
  assertStrictEquals(asArray(list), list);
  assertStrictEquals(asMap(map), map);
  assertEquals([asArray(""), asArray(" \n")], [[], []]);
  assertEquals([asMap(""), asMap(" \n"), asMap([])], [{}, {}, {}]);
  for (const odd of [undefined, null, "a", 0, false]) {
    assertEquals([asArray(odd), asMap(odd)], [undefined, undefined]);
  }
  assertEquals([asArray({}), asMap([1])], [undefined, undefined]);
});

Deno.test("asCount() reads whole numbers from 0 up and null for the rest", () => {
  assertEquals([0, 30, "30", " 7 "].map(asCount), [0, 30, 30, 7]);
  const odd = [
    -1,
    1.5,
    NaN,
    Infinity,
    "",
    "1e3",
    "-1",
    null,
    true,
    "9".repeat(16),
  ];
  assertEquals(odd.map(asCount), odd.map(() => null));
});

Deno.test("id() takes the first text or whole number and never a member of the prototype", () => {
  assertEquals(id({ a: "", b: null, c: "x" }, "a", "b", "c"), "x");
  assertEquals(id({ a: 7 }, "a"), "7");
  assertEquals(id({ a: 1.5, b: {}, c: true }, "a", "b", "c"), null);
  assertEquals(id({}, "constructor", "toString"), null);
});

Deno.test("asDate() reads ISO 8601 in UTC and null for what is no moment", () => {
  const times: [unknown, string | null][] = [
    ["2026-06-17T12:00:00Z", "2026-06-17T12:00:00.000Z"],
    ["2026-06-17T12:00:00+02:00", "2026-06-17T10:00:00.000Z"],
    ["2026-06-17T12:00:00-0330", "2026-06-17T15:30:00.000Z"],
    ["2026-06-17T12:00+02", "2026-06-17T10:00:00.000Z"],
    ["2026-06-17 12:00:00", "2026-06-17T12:00:00.000Z"],
    ["2026-06-17T12:00:00.123456z", "2026-06-17T12:00:00.123Z"],
    ["2026-06-17T12:00:00,5Z", "2026-06-17T12:00:00.500Z"],
    [" 2026-06-17 ", "2026-06-17T00:00:00.000Z"],
    ["2024-02-29", "2024-02-29T00:00:00.000Z"],
    ["2026-01-31T12:00:00Z", "2026-01-31T12:00:00.000Z"],
    ["2024-02-29T23:00:00-02:00", "2024-03-01T01:00:00.000Z"],
    ["2026-02-30T12:00:00Z", null],
    ["2026-02-29T12:00:00Z", null],
    ["2026-04-31T12:00:00Z", null],
    ["2026-04-31", null],
    ["2026-04-32T12:00:00Z", null],
    ["2026-04-00T12:00:00Z", null],
    ["2026-13-01T12:00:00Z", null],
    ["2026-06-17T25:00:00Z", null],
    ["2026-06-17T12:60:00Z", null],
    ["2026-06-17T12:00:00+99:00", null],
    ["17 June 2026", null],
    ["1", null],
    ["", null],
    [1_718_000_000, null],
    [null, null],
    [{}, null],
  ];
  for (const [value, wanted] of times) {
    assertEquals(asDate(value)?.toISOString() ?? null, wanted, String(value));
  }
  assertEquals(asDay("2026-06-17T12:00"), null);
});
