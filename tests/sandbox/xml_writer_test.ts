import { assertEquals, assertThrows } from "@std/assert";
import { writeXml } from "../../src/sandbox/_xml_writer.ts";

Deno.test("writeXml() writes lists as items, objects by key and scalars as text", () => {
  const cases: [unknown, string][] = [
    [
      { a: [1, true, "x"] },
      "<a><item>1</item><item>true</item><item>x</item></a>",
    ],
    [
      { a: [[1], [2]] },
      "<a><item><item>1</item></item><item><item>2</item></item></a>",
    ],
    [{ a: { b: { c: false } } }, "<a><b><c>false</c></b></a>"],
    [{ a: [], b: {}, c: null, d: "" }, "<a></a><b></b><c></c><d></d>"],
    [{ a: undefined, b: 1.5 }, "<b>1.5</b>"],
    [["x"], "<item>x</item>"],
    ["x", "x"],
    [null, ""],
    [{ _enc: 1, "a-b.c9": 0 }, "<_enc>1</_enc><a-b.c9>0</a-b.c9>"],
  ];
  for (const [value, xml] of cases) {
    assertEquals(writeXml(value), `<response>${xml}</response>`);
  }
});

Deno.test("writeXml() uses the five entities and leaves everything else as it is", () => {
  assertEquals(
    writeXml({ a: `<&>"' ü \u{1F600} \t\n ]]> &amp;` }),
    "<response><a>&lt;&amp;&gt;&quot;&apos; ü \u{1F600} \t\n ]]&gt; &amp;amp;</a></response>",
  );
});

Deno.test("writeXml() refuses names that are no element names", () => {
  for (const name of ["", "9a", "-a", "a b", "a>", "a:b", "a=1", "<a", "ü"]) {
    assertThrows(
      () => writeXml({ [name]: 1 }),
      TypeError,
      `Cannot write XML: ${JSON.stringify(name)} is not an element name`,
    );
  }
});

Deno.test("writeXml() refuses characters that XML does not have", () => {
  for (
    const text of [
      "\0",
      "\x0b",
      "\x1f",
      "\ud800",
      "\udc00x",
      "\ufffe",
      "\uffff",
    ]
  ) {
    assertThrows(
      () => writeXml({ a: text }),
      TypeError,
      "Cannot write XML: the text holds a character",
    );
  }
});
