import { assertEquals } from "@std/assert";
import { completeElements } from "../../src/company_data/_salvage.ts";

const ROWS = [
  { id: "1", text: 'quotes " and \\ and , ] } [ {' },
  { id: "2", nested: { list: [1, [2, { a: "]" }]], text: '\\"' } },
  7,
  "text, with ] comma",
  null,
];

Deno.test("completeElements() gives the elements that are whole when the text is cut at any place", () => {
  const source = JSON.stringify({ changes: ROWS });
  for (let cut = 0; cut <= source.length; cut++) {
    const { elements, rest } = completeElements(
      source.slice(0, cut),
      "changes",
    );
    const values = elements.map((text) => JSON.parse(text));
    assertEquals(values, ROWS.slice(0, values.length));
    assertEquals(values.length, wholeBefore(source, cut));
    assertEquals(source.slice(0, cut).endsWith(rest), true);
  }
});

Deno.test("completeElements() gives nothing when the text is no object that begins with the list", () => {
  for (
    const source of [
      "",
      "<html>",
      "[1,2",
      '{"rows":[1,2',
      '{"a":1,"changes":[1',
    ]
  ) {
    assertEquals(completeElements(source, "changes"), {
      elements: [],
      rest: source,
    });
  }
});

/** How many elements are followed by their comma or bracket before the cut. */
function wholeBefore(source: string, cut: number): number {
  let end = '{"changes":['.length;
  let whole = 0;
  for (const row of ROWS) {
    end += JSON.stringify(row).length + 1;
    if (end <= cut && end <= source.length) whole++;
  }
  return whole;
}
