import { assertEquals } from "@std/assert";
import {
  type Bytes,
  decodeUtf8,
  encodeUtf8,
} from "../../src/_internal/bytes.ts";
import {
  completeElements,
  countLists,
} from "../../src/company_data/_salvage.ts";
import { completeItems } from "../../src/company_data/_salvage_xml.ts";

const CHANGES = { name: "changes", most: Infinity };
const ROWS = [
  { id: "1", text: 'quotes " and \\ and , ] } [ {' },
  { id: "2", nested: { changes: [1, [2, { a: "]" }]], text: '\\"' } },
  7,
  "text, with ] comma ü€😀",
  null,
];

for (
  const [what, head] of [
    ["first", '{"changes":['],
    ["after other members", '{"total":5,"a":{"changes":[0]},"changes":['],
    ["after a byte order mark", '\ufeff { "changes" : ['],
  ] as const
) {
  Deno.test(`completeElements() gives the elements that are whole when a list that stands ${what} is cut at any byte`, () => {
    const list = JSON.stringify(ROWS).slice(1);
    const source = encodeUtf8(`${head}${list}}`);
    const start = encodeUtf8(head).length;
    for (let cut = 0; cut <= source.length; cut++) {
      const part = source.slice(0, cut);
      const { elements, closed, rest } = completeElements(part, CHANGES);
      const values = elements.map((each) => JSON.parse(decodeUtf8(each)));
      assertEquals(values, ROWS.slice(0, values.length));
      const end = wholeBefore(start, cut);
      assertEquals(values.length, end.whole);
      assertEquals(closed, cut >= source.length - 1);
      assertEquals(
        part.length - rest.length,
        end.whole > 0 ? end.at : cut < start ? 0 : start,
      );
    }
  });
}

Deno.test("completeElements() gives nothing when the text is no object with that list", () => {
  for (
    const text of [
      "",
      "<html>",
      "[1,2",
      '{"rows":[1,2',
      '{"a":{"changes":[1',
      '{"changes":{"changes":[1,2]',
      '{"a":"\\",\\"changes\\":[1,2',
    ]
  ) {
    const source = encodeUtf8(text);
    assertEquals(completeElements(source, CHANGES), {
      elements: [],
      closed: false,
      rest: source,
    });
  }
});

Deno.test("completeElements() stops after the most elements that are wanted", () => {
  const source = encodeUtf8('{"changes":[1,2,3]}');
  const { elements, closed, rest } = completeElements(source, {
    name: "changes",
    most: 2,
  });
  assertEquals(elements.map((each) => decodeUtf8(each)), ["1", "2"]);
  assertEquals([closed, decodeUtf8(rest)], [false, "3]}"]);
});

Deno.test("completeElements() ends at a brace that closes nothing", () => {
  const { elements, rest } = completeElements(
    encodeUtf8('{"changes":[1,2},3]}'),
    CHANGES,
  );
  assertEquals(elements.map((each) => decodeUtf8(each)), ["1"]);
  assertEquals(decodeUtf8(rest), "2},3]}");
});

Deno.test("countLists() counts the lists of one name in the outermost object", () => {
  const count = (text: string): number =>
    countLists(encodeUtf8(text), "changes");
  assertEquals(count('{"changes":[],"a":[{"changes":[]}]}'), 1);
  assertEquals(count('{"changes":[1],"\\u0063hanges":[2]}'), 2);
  assertEquals(count('{"changes":[1],"changes":null}'), 1);
  assertEquals(count("[]"), 0);
});

const ITEMS = [
  "<item><id>1</id><n><item>x</item></n></item>",
  "<item a='>'/>",
  "<item><!-- </item> --><id><![CDATA[</item>]]></id></item>",
];

Deno.test("completeItems() gives the rows that are whole when the page is cut at any place", () => {
  const head =
    '<?xml version="1.0" encoding="UTF-8"?>\n<response><total>3</total><changes>\n';
  const source = `${head}${ITEMS.join("\n")}</changes></response>`;
  for (let cut = 0; cut <= source.length; cut++) {
    const { items, closed, rest } = completeItems(source.slice(0, cut), 100);
    const ends = ITEMS.map((_, i) =>
      head.length + ITEMS.slice(0, i + 1).join("\n").length
    );
    assertEquals(
      items,
      ITEMS.slice(0, ends.filter((end) => end <= cut).length),
    );
    assertEquals(closed, cut === source.length);
    assertEquals(source.slice(0, cut).endsWith(rest), true);
  }
});

Deno.test("completeItems() gives no rows when the text is no page of UTF-8", () => {
  const rows = `<changes>${ITEMS[0]}</changes>`;
  for (
    const source of [
      "",
      `<html>${rows}`,
      `<!DOCTYPE x><response>${rows}`,
      `<response></x>${rows}`,
      `<response><a>${rows}`,
      `<?xml version="1.0" encoding="utf-16"?><response>${rows}`,
      "<response><changes>".padEnd(5_000, "<a>"),
    ]
  ) {
    assertEquals(completeItems(source, 100), {
      items: [],
      closed: false,
      rest: source,
    });
  }
});

/** How many elements are followed by their comma or bracket before the cut, and where the last of them ends. */
function wholeBefore(
  start: number,
  cut: number,
): { whole: number; at: number } {
  let [whole, at, end] = [0, 0, start];
  for (const row of ROWS) {
    end += length(row) + 1;
    if (end <= cut) [whole, at] = [whole + 1, end];
  }
  return { whole, at };
}

function length(row: unknown): number {
  const bytes: Bytes = encodeUtf8(JSON.stringify(row));
  return bytes.length;
}
