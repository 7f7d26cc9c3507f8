import { assert, assertEquals, assertRejects } from "@std/assert";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import { isObject } from "../../src/_internal/json.ts";
import { XmlError } from "../../src/company_data/_xml_error.ts";
import { parseXml } from "../../src/company_data/xml.ts";

function root(content: string): string {
  return `<response>${content}</response>`;
}

const READ: [string, string, unknown][] = [
  ["an empty root", "<response></response>", ""],
  ["a root that closes itself", "<response/>", ""],
  ["a root of text", root("plain"), "plain"],
  [
    "the catalog",
    root(
      "<request_fields><item><slug>work_email</slug><one_time>false</one_time></item></request_fields>",
    ),
    { request_fields: [{ slug: "work_email", one_time: "false" }] },
  ],
  ["an empty list", root("<changes></changes>"), { changes: "" }],
  ["a bare list", root("<item>a</item><item>b</item>"), ["a", "b"]],
  ["a list of lists", root("<item><item>1</item></item>"), [["1"]]],
  [
    "another tag that repeats",
    root("<a>1</a><b>2</b><a>3</a>"),
    { a: ["1", "3"], b: "2" },
  ],
  [
    "item beside other tags",
    root("<item>1</item><total>2</total>"),
    { item: "1", total: "2" },
  ],
  ["a number", root("<n>007</n><m>1e3</m>"), { n: "007", m: "1e3" }],
  ["white space of a text", root("<a>  b\tc\n</a>"), { a: "  b\tc\n" }],
  [
    "white space between elements",
    "<response>\n  <a>1</a>\n  <b> </b>\n</response>\n",
    { a: "1", b: " " },
  ],
  ["line ends", root("<a>1\r\n2\r3&#13;</a>"), { a: "1\n2\n3\r" }],
  [
    "the five entities",
    root("<a>&amp;&lt;&gt;&quot;&apos;&amp;lt;</a>"),
    { a: "&<>\"'&lt;" },
  ],
  [
    "numeric references",
    root("<a>&#233;&#xE9;&#x1F600;&#9;</a>"),
    { a: "éé😀\t" },
  ],
  [
    "CDATA among text, in order and raw",
    root("<a> x <![CDATA[<b>&amp;]]> y <![CDATA[]]>z</a>"),
    { a: " x <b>&amp; y z" },
  ],
  ["a comment inside of a text", root("<a>1<!-- <b>&nope; -->2</a>"), {
    a: "12",
  }],
  [
    "a comment that names a DOCTYPE",
    "<!-- <!DOCTYPE x> -->" + root("<a>1</a>") + "<!---->",
    { a: "1" },
  ],
  [
    "the XML declaration",
    `<?xml version="1.0" encoding='utf-8' standalone="yes"?>\n${root("x")}`,
    "x",
  ],
  ["a byte order mark", "\ufeff" + root("x"), "x"],
  [
    "attributes, which it leaves out",
    `<response xmlns:x="u" a='1>2'><b c="/"/><d e='&lt;'>1</d></response>`,
    { b: "", d: "1" },
  ],
  ["space inside of tags", "<response ><a\n>1</a ></response\t>", { a: "1" }],
  ["a non-Latin name", root("<naïve.név-1>1</naïve.név-1>"), {
    "naïve.név-1": "1",
  }],
  [">, ] and ]] in a text", root("<a>]>]]></a>".replace("]]>", "]] >")), {
    a: "]>]] >",
  }],
];

for (const [name, source, wanted] of READ) {
  Deno.test(`parseXml() reads ${name}`, async () => {
    assertEquals(await parseXml(source), wanted);
    assertEquals(await parseXml(encodeUtf8(source)), wanted);
  });
}

Deno.test("parseXml() keeps a slug named item a member of values", async () => {
  const entry = "<value>v</value><live>true</live>";
  const one = root(`<values><item>${entry}</item></values>`);
  assertEquals(await parseXml(one), {
    values: { item: { value: "v", live: "true" } },
  });
  assertEquals(await parseXml(one, { maps: [] }), {
    values: [{ value: "v", live: "true" }],
  });
  assertEquals(
    await parseXml(root("<b><item>1</item></b><c> </c>"), { maps: ["b", "c"] }),
    { b: { item: "1" }, c: {} },
  );
});

Deno.test("parseXml() gives every tag its true name as an own member", async () => {
  const names = [
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "hasOwnProperty",
    "valueOf",
    "__defineGetter__",
    "then",
    "catch",
    "length",
  ];
  const inner = names.map((name) => `<${name}>${name}!</${name}>`).join("");
  const empty = names.map((name) => `<${name}/>`).join("");
  const read = await parseXml(root(`<a>${inner}</a><b>${empty}</b>`));
  const wanted = (suffix: (name: string) => string) =>
    names.map((name) => `${JSON.stringify(name)}:"${suffix(name)}"`).join(",");
  assertEquals(
    JSON.stringify(read),
    `{"a":{${wanted((name) => `${name}!`)}},"b":{${wanted(() => "")}}}`,
  );
  assert(isObject(read) && isObject(read["a"]));
  assertEquals(Object.getPrototypeOf(read["a"]), Object.prototype);
  assertEquals(await parseXml(root("<then>1</then>")), { then: "1" });
});

const lol = Array.from(
  { length: 9 },
  (_, i) => `<!ENTITY l${i + 1} "${`&l${i};`.repeat(10)}">`,
).join("");
const REFUSED: [string, string | Uint8Array, string][] = [
  ["nothing", "", "no root element"],
  ["only white space", " \n", "no root element"],
  ["only a comment", "<!-- a -->", "no root element"],
  ["JSON", '{"a":1}', "text outside of the root"],
  ["another root", "<html></html>", 'not "response"'],
  ["a second root", root("") + root(""), "second root"],
  ["a second root that closes itself", root("") + "<response/>", "second"],
  ["trailing text", root("") + "junk", "text outside of the root"],
  ["trailing CDATA", root("") + "<![CDATA[x]]>", "text outside of the root"],
  ["leading text", "junk" + root(""), "text outside of the root"],
  ["a trailing closing tag", root("") + "</response>", "closing tag"],
  ["an injected closing tag", root("</wrap>"), "closing tag"],
  ["mismatched tags", root("<a><b></a></b>"), "closing tag"],
  ["an element that stays open", "<response><a>", "ends inside an element"],
  ["a root that stays open", "<response>", "ends inside an element"],
  ["a tag that stays open", "<response><a", "tag is malformed"],
  ["a comment that stays open", root("<!-- a"), "comment is malformed"],
  ["-- in a comment", root("<!-- a -- b -->"), "comment is malformed"],
  ["a comment of three dashes", root("<!--->"), "comment is malformed"],
  ["CDATA that stays open", root("<a><![CDATA[x</a>"), "CDATA section"],
  ["]]> in a text", root("<a>]]></a>"), '"]]>" outside of CDATA'],
  ["< in a text", root("<a>1 < 2</a>"), "tag is malformed"],
  ["< in an attribute", root('<a b="<"/>'), "tag is malformed"],
  ["an attribute without a value", root("<a b/>"), "tag is malformed"],
  ["an attribute without quotes", root("<a b=c/>"), "tag is malformed"],
  ["attributes without space", root(`<a b="1"c="2"/>`), "tag is malformed"],
  ["an attribute that is given twice", root(`<a b="1" b="2"/>`), "twice"],
  ["an attribute on a closing tag", root(`<a></a b="1">`), "tag is malformed"],
  [
    "very many attributes",
    root(`<a ${Array.from({ length: 65 }, (_, i) => `b${i}=""`).join(" ")}/>`),
    "tag is malformed",
  ],
  ["a name that begins with a digit", root("<1a/>"), "tag is malformed"],
  ["a tag without a name", root("<>"), "tag is malformed"],
  ["a space before a name", root("< a/>"), "tag is malformed"],
  ["a space that is a letter of XML", root("<a\u1680b/>"), "tag is malformed"],
  ["a bare ampersand", root("<a>b & c</a>"), "entity"],
  ["an ampersand at the end", root("<a>b &</a>"), "entity"],
  ["an entity that is not closed", root("<a>&amp</a>"), "entity"],
  ["an entity of HTML", root("<a>&nbsp;</a>"), "entity"],
  ["an undefined entity", root("<a>&x;</a>"), "entity"],
  ["an entity in another case", root("<a>&AMP;</a>"), "entity"],
  ["an undefined entity in an attribute", root('<a b="&x;"/>'), "entity"],
  ["an empty reference", root("<a>&#;</a>"), "entity"],
  ["a reference to NUL", root("<a>&#0;</a>"), "names no character"],
  ["a reference to a control", root("<a>&#x1F;</a>"), "names no character"],
  ["a reference to a surrogate", root("<a>&#xD800;</a>"), "names no character"],
  ["a reference to U+FFFE", root("<a>&#xFFFE;</a>"), "names no character"],
  ["a reference above Unicode", root("<a>&#x110000;</a>"), "no character"],
  ["a long reference", root("<a>&#4294967296;</a>"), "names no character"],
  ["a DOCTYPE", "<!DOCTYPE response>" + root(""), "document type"],
  ["a small doctype", "<!doctype response>" + root(""), "document type"],
  [
    "an external DTD",
    '<!DOCTYPE response SYSTEM "http://127.0.0.1/x.dtd">' + root(""),
    "document type",
  ],
  [
    "an external entity",
    '<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + root("&x;"),
    "document type",
  ],
  [
    "a billion laughs",
    `<!DOCTYPE r [<!ENTITY l0 "lol">${lol}]>` + root("&l9;"),
    "document type",
  ],
  [
    "a quadratic blow-up",
    `<!DOCTYPE r [<!ENTITY x "${"y".repeat(50_000)}">]>` +
    root("&x;".repeat(50_000)),
    "document type",
  ],
  ["a DOCTYPE inside", root("<!DOCTYPE a>"), "document type"],
  ["an entity declaration", root('<!ENTITY a "b">'), "document type"],
  ["a processing instruction", root("<?php echo 1 ?>"), "processing"],
  ["a stylesheet", '<?xml-stylesheet href="x"?>' + root(""), "processing"],
  ["a late declaration", ' <?xml version="1.0"?>' + root(""), "processing"],
  ["a broken declaration", '<?xml version="2.0"?>' + root(""), "processing"],
  [
    "another encoding",
    '<?xml version="1.0" encoding="ISO-8859-1"?>' + root(""),
    "encoding is not UTF-8",
  ],
  [
    "a declared UTF-16",
    '<?xml version="1.0" encoding="UTF-16"?>' + root(""),
    "encoding is not UTF-8",
  ],
  ["NUL", root("<a>\0</a>"), "character that XML does not allow"],
  ["a control character", root("<a>\x1b</a>"), "character that XML does not"],
  ["U+FFFF", root("<a>\uffff</a>"), "character that XML does not allow"],
  ["a lone surrogate", root("<a>\ud83d</a>"), "character that XML does not"],
  ["two byte order marks", "\ufeff\ufeff" + root(""), "text outside"],
  ["text among elements", root("<a>1</a>lost<b>2</b>"), "between elements"],
  ["bytes that are not UTF-8", new Uint8Array([0x3c, 0xff]), "not UTF-8"],
  [
    "UTF-16 bytes",
    new Uint8Array([0xff, 0xfe, ...encodeUtf8("<\0a\0/\0>\0")]),
    "not UTF-8",
  ],
  ["20,000 nested tags", root("<a>".repeat(20_000)), "deeper than 32"],
];

for (const [name, source, wanted] of REFUSED) {
  Deno.test(`parseXml() refuses ${name}`, async () => {
    const error = await assertRejects(() => parseXml(source), XmlError, wanted);
    assertEquals(error.name, "XmlError");
    assert(error.message.startsWith("Cannot read the XML: "));
    assertEquals(error.cause, undefined);
  });
}

Deno.test("parseXml() never quotes the document in its errors", async () => {
  const secret = "alice@example.org";
  for (
    const source of [
      root(`<a>${secret} & co</a>`),
      root(`<a b="${secret}" b="${secret}"/>`),
      root(`<a>1</a>${secret}`),
      `<${secret}>`,
    ]
  ) {
    const error = await assertRejects(() => parseXml(source), XmlError);
    assert(!Deno.inspect(error, { depth: 9 }).includes("alice"));
  }
});

Deno.test("parseXml() counts the root and elements that close themselves as depth", async () => {
  assertEquals(await parseXml(root("<a><b/></a>"), { maxDepth: 3 }), {
    a: { b: "" },
  });
  for (const source of ["<a><b/></a>", "<a><b></b></a>"]) {
    await assertRejects(
      () => parseXml(root(source), { maxDepth: 2 }),
      XmlError,
      "deeper than 2",
    );
  }
  const deep = "<a>".repeat(255) + "x" + "</a>".repeat(255);
  await parseXml(root(deep), { maxDepth: 256 });
});

Deno.test("parseXml() refuses what is longer than maxBytes", async () => {
  const source = root("é"); // 22 characters, 23 bytes
  assertEquals(await parseXml(source, { maxBytes: 22 }), "é");
  assertEquals(await parseXml(encodeUtf8(source), { maxBytes: 23 }), "é");
  await assertRejects(
    () => parseXml(source, { maxBytes: 21 }),
    XmlError,
    "larger than 21 bytes",
  );
  await assertRejects(
    () => parseXml(encodeUtf8(source), { maxBytes: 22 }),
    XmlError,
    "larger than 22 bytes",
  );
});

Deno.test("parseXml() takes undefined options as absent and refuses impossible ones", async () => {
  const absent = { maxBytes: undefined, maxDepth: undefined, maps: undefined };
  assertEquals(await parseXml(root("x"), absent as object), "x");
  for (const value of [0, -1, 1.5, NaN, Infinity]) {
    await assertRejects(
      () => parseXml(root("x"), { maxBytes: value }),
      RangeError,
      '"maxBytes"',
    );
    await assertRejects(
      () => parseXml(root("x"), { maxDepth: value }),
      RangeError,
      '"maxDepth"',
    );
  }
  await assertRejects(
    () => parseXml(root("x"), { maxDepth: 257 }),
    RangeError,
    '"maxDepth"',
  );
});

Deno.test("parseXml() reads bytes before the first await", async () => {
  const bytes = encodeUtf8(root("<a>1</a>"));
  const reading = parseXml(bytes);
  bytes.fill(0);
  assertEquals(await reading, { a: "1" });
});

const MEGABYTE = 1_000_000;
const LARGE: [string, string][] = [
  ["siblings", root("<a>1</a>".repeat(MEGABYTE / 8))],
  ["elements that close themselves", root("<a/>".repeat(MEGABYTE / 4))],
  ["entities", root("<a>" + "&amp;".repeat(MEGABYTE / 5) + "</a>")],
  ["CDATA", root("<a>" + "<![CDATA[x]]>".repeat(MEGABYTE / 13) + "</a>")],
  ["comments", root("<!--x-->".repeat(MEGABYTE / 8))],
  ["a long comment", root("<!--" + "- ".repeat(MEGABYTE / 2) + "-->")],
  ["text", root("x".repeat(MEGABYTE))],
  ["tag openings", root("<".repeat(MEGABYTE))],
  ["a long name", root("<" + "a".repeat(MEGABYTE))],
  ["space in a tag", root("<a" + " ".repeat(MEGABYTE) + "b>")],
  ["attributes", root("<a" + ' b=""'.repeat(MEGABYTE / 5) + "/>")],
  ["an open attribute", root('<a b="' + "x".repeat(MEGABYTE))],
  ["ampersands", root("&".repeat(MEGABYTE))],
  ["nesting", root("<a>".repeat(MEGABYTE / 3))],
];

for (const [name, source] of LARGE) {
  Deno.test(`parseXml() ends in bounded time for 1 MB of ${name}`, async () => {
    const start = performance.now();
    const error = await parseXml(source).then(() => undefined, (e) => e);
    assert(error === undefined || error instanceof XmlError, String(error));
    // Half a second on a slow machine; quadratic work would take minutes.
    assert(performance.now() - start < 10_000);
  });
}

Deno.test("parseXml() loads the library only when it is called", async () => {
  const folder = new URL("../../src/company_data/", import.meta.url).href;
  const script = `
    import { readLogEntry } from "${folder}models.ts";
    import { parseXml } from "${folder}xml.ts";
    console.log(readLogEntry({ type: "purge" }).type);
    await parseXml("<response/>").catch((error) => console.log(error.message));
  `;
  // With --no-npm the library cannot be loaded, so what runs has not asked for it.
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--no-npm", "--no-check", "--no-lock", "-"],
    cwd: new URL("../../", import.meta.url),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const input = child.stdin.getWriter();
  await input.write(encodeUtf8(script));
  await input.close();
  const { stdout } = await child.output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(lines[0], "purge");
  assert(lines[1]?.includes("--no-npm"), lines[1]);
});
