import { assertEquals, assertThrows } from "@std/assert";
import { createKinds } from "../../src/delivery/matching/kinds.ts";

Deno.test("lineage() goes breadth first and names each noun once", () => {
  const kinds = createKinds({
    "invoice.line": ["invoice", "priced"],
    invoice: ["document", "billable"],
    priced: ["billable"],
    document: ["thing"],
    billable: ["thing"],
  });
  assertEquals(kinds.lineage("invoice.line"), [
    "invoice.line",
    "invoice",
    "priced",
    "document",
    "billable",
    "thing",
  ]);
  assertEquals(kinds.lineage("document"), ["document", "thing"]);
  assertEquals(kinds.lineage("thing"), ["thing"]);
});

Deno.test("lineage() of a noun without parents is itself, whatever its name", () => {
  for (const kinds of [createKinds(), createKinds({})]) {
    assertEquals(kinds.lineage("invoice"), ["invoice"]);
    assertEquals(kinds.lineage("constructor"), ["constructor"]);
    assertEquals(kinds.lineage("__proto__"), ["__proto__"]);
  }
});

Deno.test("createKinds() reads its input once", () => {
  const parents = ["document"];
  const kinds = createKinds({ invoice: parents });
  parents.push("late");
  assertEquals(kinds.lineage("invoice"), ["invoice", "document"]);
});

Deno.test("createKinds() refuses circles and names one", () => {
  const cases: readonly (readonly [Record<string, string[]>, string])[] = [
    [{ a: ["a"] }, "a -> a"],
    [{ a: ["b"], b: ["c"], c: ["a"] }, "a -> b -> c -> a"],
    [{ x: ["a", "y"], y: [], a: ["b"], b: ["a"] }, "a -> b -> a"],
  ];
  for (const [parents, circle] of cases) {
    assertThrows(
      () => createKinds(parents),
      TypeError,
      `Cannot use kinds: wanted no noun that inherits from itself, got ${circle}`,
    );
  }
});

Deno.test("createKinds() takes long chains", () => {
  const chain = Array.from({ length: 500 }, (_, i) => [`n${i}`, [`n${i + 1}`]]);
  const kinds = createKinds(Object.fromEntries(chain));
  assertEquals(kinds.lineage("n0").length, 501);
});

Deno.test("createKinds() refuses what is no noun and no list", () => {
  const cases = [
    { "": [] },
    { "a b": [] },
    { a: ["*"] },
    { a: "b" },
    { a: [1] },
    { a: null },
  ];
  for (const parents of cases) {
    assertThrows(
      () => createKinds(parents as unknown as Record<string, string[]>),
      TypeError,
      'Cannot use kinds: wanted nouns such as "invoice" with a list of their parents',
    );
  }
});
