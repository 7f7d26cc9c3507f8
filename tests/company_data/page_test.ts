import { assertEquals, assertRejects } from "@std/assert";
import { encodeUtf8 } from "../../src/_internal/bytes.ts";
import {
  type FeedItem,
  isEmptyPage,
  splitPage,
} from "../../src/company_data/_page.ts";
import { parseXml } from "../../src/company_data/xml.ts";

function split(source: string, format = "json"): Promise<readonly FeedItem[]> {
  return splitPage(encodeUtf8(source), {
    meta: { format },
    readXml: (body) => parseXml(body),
  });
}

for (
  const [source, empty] of [
    ["", true],
    [" \n", true],
    ['{"changes":[]}', true],
    ['{ "changes" : [ ] }\n', true],
    ["<response><changes></changes></response>", true],
    ["<response><changes/></response>", true],
    ['<?xml version="1.0"?><response><changes/></response>', true],
    ["{}", false],
    ["[]", false],
    ['{"changes":[1]}', false],
    ['{"changes":[]', false],
    ['{"changes":[],"error":"x"}', false],
    ["<html></html>", false],
  ] as const
) {
  Deno.test(`isEmptyPage() is ${empty} when the page is ${JSON.stringify(source)}`, () => {
    assertEquals(isEmptyPage(encodeUtf8(source)), empty);
  });
}

Deno.test("splitPage() gives the rows of JSON and of XML in their order", async () => {
  const rows = [{ row: { id: "1" } }, { row: { id: "2" } }];
  assertEquals(await split('{"changes":[{"id":"1"},{"id":"2"}]}'), rows);
  const xml =
    "<response><changes><item><id>1</id></item><item><id>2</id></item></changes></response>";
  assertEquals(JSON.stringify(await split(xml, "xml")), JSON.stringify(rows));
});

for (
  const [what, source, format, reason] of [
    ["HTML", "<html>", "json", "The page is not JSON"],
    [
      "HTML where XML was asked",
      "<html><br></html>",
      "xml",
      "The page is not well-formed XML",
    ],
    [
      "another object",
      '{"rows":[]}',
      "json",
      "The page has no list named changes",
    ],
    ["a list", "[1,2]", "json", "The page has no list named changes"],
    [
      "JSON cut before the first row ends",
      '{"changes":[{"id":',
      "json",
      "The page is not JSON",
    ],
  ] as const
) {
  Deno.test(`splitPage() keeps the whole page with the reason when it is ${what}`, async () => {
    assertEquals(await split(source, format), [{
      reason,
      raw: source,
      page: true,
    }]);
  });
}

Deno.test("splitPage() keeps the bytes as base64 when they are not UTF-8", async () => {
  const items = await splitPage(new Uint8Array([0xff, 0xfe]), {
    meta: {},
    readXml: () => Promise.resolve({}),
  });
  assertEquals(items, [{
    reason: "The page is not UTF-8",
    raw: { base64: "//4=" },
    page: true,
  }]);
});

Deno.test("splitPage() gives what arrived whole and the rest as one item when the page was cut", async () => {
  assertEquals(await split('{"changes":[{"id":"1"},7,{"id":"2"'), [
    { row: { id: "1" } },
    { reason: "The row is not an object", raw: 7 },
    { reason: "The page is damaged from here on", raw: '{"id":"2"' },
  ]);
});

Deno.test("splitPage() passes on a failure of the reader that says nothing about the page", async () => {
  const body = encodeUtf8("<response/>");
  const broken = (): Promise<unknown> =>
    Promise.reject(new TypeError("cannot load the reader"));
  await assertRejects(
    () => splitPage(body, { meta: { format: "xml" }, readXml: broken }),
    TypeError,
    "cannot load",
  );
});
