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

const ROW_1 = { row: { id: "1" } };
const ROW_2 = { row: { id: "2" } };

Deno.test("splitPage() gives the whole rows of a page that was cut inside a character", async () => {
  const source = encodeUtf8('{"changes":[{"id":"1"},{"id":"ü😀"},{"id":"😀');
  for (const cut of [1, 2, 3]) {
    const items = await splitPage(source.slice(0, -cut), {
      meta: {},
      readXml: parseXml,
    });
    assertEquals(items, [
      ROW_1,
      { row: { id: "ü😀" } },
      { reason: "The page is damaged from here on", raw: '{"id":"\ufffd' },
    ]);
  }
});

Deno.test("splitPage() gives the rows around one with a byte that is not UTF-8", async () => {
  const source = encodeUtf8('{"changes":[{"id":"1"},{"id":"?"},{"id":"2"}]}');
  source[source.indexOf(0x3f)] = 0xff;
  const [first, bad, last, ...more] = await splitPage(source, {
    meta: {},
    readXml: parseXml,
  });
  assertEquals([first, last, more], [ROW_1, ROW_2, []]);
  assertEquals(bad, {
    reason: "The row is not UTF-8",
    raw: { base64: "eyJpZCI6Iv8ifQ==" },
  });
});

Deno.test("splitPage() finds the list of a page that was cut wherever the list stands", async () => {
  assertEquals(
    await split('{"total":3,"changes":[{"id":"1"},{"id":"2"},{"id":'),
    [ROW_1, ROW_2, {
      reason: "The page is damaged from here on",
      raw: '{"id":',
    }],
  );
});

Deno.test("splitPage() reads a page behind a byte order mark", async () => {
  assertEquals(await split('\ufeff{"changes":[{"id":"1"}]}'), [ROW_1]);
  const other = '\ufeff{"rows":[]}';
  assertEquals(await split(other), [{
    reason: "The page has no list named changes",
    raw: other,
    page: true,
  }]);
});

Deno.test("splitPage() has nothing to tell of a page that was cut after its last row", async () => {
  assertEquals(await split('{"changes":[{"id":"1"}]'), [ROW_1]);
});

Deno.test("splitPage() says that the rest was too long when it was cut for that", async () => {
  const items = await splitPage(encodeUtf8('{"changes":[{"id":"1"},{"id'), {
    meta: { cut: "too_long" },
    readXml: parseXml,
  });
  assertEquals(items, [ROW_1, {
    reason:
      'The page is cut here, because it is longer than four times "maxResponseBytes"',
    raw: '{"id',
  }]);
});

Deno.test("splitPage() keeps a page with two lists, of which a parser would forget the first", async () => {
  for (const key of ["changes", "\\u0063hanges"]) {
    const source = `{"changes":[{"id":"1"}],"${key}":[{"id":"2"}]}`;
    assertEquals(await split(source), [{
      reason: "The page has more than one list named changes",
      raw: source,
      page: true,
    }]);
  }
  const inner = '{"changes":[{"id":"1","changes":[2]}]}';
  assertEquals(await split(inner), [{ row: { id: "1", changes: [2] } }]);
});

for (
  const [what, end, raw] of [
    ["a row", "<item><id>e3", "<item><id>e3"],
    ["a tag", "<item><i", "<item><i"],
    ["a character", "<item><id>\ud83d\ude00", "<item><id>\ufffd"],
  ] as const
) {
  Deno.test(`splitPage() gives the whole rows of XML that was cut inside ${what}`, async () => {
    const page =
      `<response><changes><item><id>1</id></item><item><id>2</id></item>${end}`;
    const bytes = encodeUtf8(page);
    const items = await splitPage(
      what === "a character" ? bytes.slice(0, -2) : bytes,
      { meta: { format: "xml" }, readXml: parseXml },
    );
    assertEquals(
      JSON.stringify(items),
      JSON.stringify([
        ROW_1,
        ROW_2,
        { reason: "The page is damaged from here on", raw },
      ]),
    );
  });
}

Deno.test("splitPage() gives the rows of XML around one that is malformed", async () => {
  const bad = "<item><id>&nbsp;</id></item>";
  const items = await split(
    `<response><changes><item><id>1</id></item>${bad}<item><id>2</id></item></changes></response>`,
    "xml",
  );
  assertEquals(
    JSON.stringify(items),
    JSON.stringify([
      ROW_1,
      { reason: "The row is not well-formed XML", raw: bad },
      ROW_2,
    ]),
  );
});

for (const [what, end] of [["whole", "]}"], ["cut", ',{"id":']] as const) {
  Deno.test(`splitPage() gives 10,000 rows of a ${what} page and the rest as one item`, async () => {
    const rows = Array.from({ length: 10_002 }, (_, id) => ({ id }));
    const list = JSON.stringify(rows).slice(1, -1);
    const items = await split(`{"changes":[${list}${end}`);
    assertEquals(items.length, 10_001);
    assertEquals(items[9_999], { row: { id: 9_999 } });
    const raw = what === "whole"
      ? rows.slice(10_000)
      : '{"id":10000},{"id":10001},{"id":';
    assertEquals(items[10_000], {
      reason: "The page has more than 10000 rows, these are the rest",
      raw,
    });
  });
}
