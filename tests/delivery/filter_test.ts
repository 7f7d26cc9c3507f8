import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  checkFilter,
  matchesFilter,
} from "../../src/delivery/matching/filter.ts";
import { ConfigError, ValidationError } from "../../src/errors.ts";

const LARGE = {
  title: "Large invoices",
  type: "object",
  required: ["total"],
  properties: {
    total: { type: "number", minimum: 1000 },
    lines: { contains: { properties: { sku: { enum: ["A", "B"] } } } },
  },
};

function nested(levels: number): object {
  return levels === 1 ? {} : { not: nested(levels - 1) };
}

function many(length: number, schema: unknown = {}): unknown[] {
  return Array.from({ length }, () => schema);
}

Deno.test("checkFilter() accepts the keywords whose cost is bounded", () => {
  const filters = [
    {},
    LARGE,
    { $schema: "http://json-schema.org/draft-07/schema#", $comment: "c" },
    { allOf: [{ minProperties: 1 }], anyOf: [true], oneOf: [{}], not: false },
    { if: { maxItems: 1 }, then: { minLength: 1 }, else: { maxLength: 3 } },
    { items: [{}, { exclusiveMinimum: 1 }], additionalItems: false },
    { additionalProperties: false, propertyNames: { enum: ["a"] } },
    { properties: { pattern: { const: { format: [1] } }, $ref: true } },
    { enum: [1, "a", null, { $ref: "a" }] },
    nested(8),
    { anyOf: many(63) },
    { allOf: many(8, { items: true }) },
  ];
  for (const filter of filters) assertEquals(checkFilter(filter), filter);
});

Deno.test("checkFilter() refuses what could cost too much, and names the place", () => {
  const cases: readonly (readonly [unknown, string, string])[] = [
    [{ pattern: "(a+)+$" }, "/pattern", "only the keywords $comment,"],
    [{ $ref: "#" }, "/$ref", "only the keywords"],
    [{ $id: "a" }, "/$id", "only the keywords"],
    [{ format: "email" }, "/format", "only the keywords"],
    [{ uniqueItems: true }, "/uniqueItems", "only the keywords"],
    [{ multipleOf: 0.01 }, "/multipleOf", "only the keywords"],
    [{ definitions: {} }, "/definitions", "only the keywords"],
    [{ dependencies: {} }, "/dependencies", "only the keywords"],
    [{ patternProperties: {} }, "/patternProperties", "only the keywords"],
    [{ unevaluatedItems: {} }, "/unevaluatedItems", "only the keywords"],
    [{ $gt: 1 }, "/$gt", "only the keywords"],
    [
      { properties: { "a/b~c": { anyOf: [{}, { pattern: "a" }] } } },
      "/properties/a~1b~0c/anyOf/1/pattern",
      "only the keywords",
    ],
    [{ items: [{}, { items: { format: "a" } }] }, "/items/1/items/format", ""],
    [JSON.parse('{"__proto__": 1}'), "/__proto__", "only the keywords"],
    [nested(9), "/not".repeat(8), "at most 8 levels"],
    [{ anyOf: many(64) }, "", "at most 64 schemas in it"],
    [{ allOf: many(9, { items: true }) }, "", "at most 8 schemas below"],
    [{ contains: { anyOf: many(8) } }, "", "at most 8 schemas below"],
    [
      { contains: { enum: many(300, "abc") } },
      "/contains/enum",
      "at most 1024 characters here",
    ],
    [{ const: "a".repeat(8192) }, "", "at most 8192 bytes of JSON"],
    [{ title: "ü".repeat(4096) }, "", "at most 8192 bytes of JSON"],
  ];
  for (const [filter, pointer, wanted] of cases) {
    const error = assertThrows(
      () => checkFilter(filter),
      ValidationError,
      `Cannot use filter${pointer}: wanted ${wanted}`,
    );
    assertEquals(error.field, `filter${pointer}`);
  }
});

Deno.test("checkFilter() refuses what draft 7 does not allow", () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [{ type: "text" }, "/type"],
    [{ properties: { a: { minimum: "1" } } }, "/properties/a/minimum"],
    [{ allOf: [] }, "/allOf"],
    [{ not: 1 }, "/not"],
    [{ properties: [] }, "/properties"],
    [{ required: true }, "/required"],
    [{ title: 1 }, "/title"],
  ];
  for (const [filter, pointer] of cases) {
    const error = assertThrows(
      () => checkFilter(filter, "subscriptions/0/filter"),
      ValidationError,
      `Cannot use subscriptions/0/filter${pointer}: wanted what JSON Schema draft 7 allows`,
    );
    assertEquals(error.field, `subscriptions/0/filter${pointer}`);
  }
});

Deno.test("checkFilter() refuses what is no JSON object", () => {
  const circle: Record<string, unknown> = {};
  circle["not"] = circle;
  let deep: unknown = {};
  for (let i = 0; i < 100_000; i++) deep = { not: deep };
  const values = [undefined, null, true, "a", 1, [], circle, { const: 1n }];
  for (const value of values) {
    const error = assertThrows(
      () => checkFilter(value),
      ValidationError,
      "Cannot use filter: wanted a JSON Schema as an object",
    );
    assertEquals(error.field, "filter");
  }
  // Some engines cannot write it at all, others find it too long.
  assertThrows(() => checkFilter(deep), ValidationError, "Cannot use filter: ");
});

Deno.test("checkFilter() keeps what is not seen out of its messages", () => {
  const name = `a\r\nb\u202e${"c".repeat(500)}`;
  for (const wrong of [{ format: "a" }, { type: "text" }]) {
    const error = assertThrows(
      () => checkFilter({ properties: { [name]: wrong } }),
      ValidationError,
      "Cannot use filter/properties/a\ufffd\ufffdb\ufffdccc",
    );
    assert(!/[\r\n\u202e]/.test(error.message + error.field));
    assert(error.field.length < 220);
  }
});

Deno.test("checkFilter() gives a copy", () => {
  const filter = { properties: { a: { const: 1 } } };
  const copy = checkFilter(filter);
  filter.properties.a.const = 2;
  assertEquals(copy, { properties: { a: { const: 1 } } });
});

Deno.test("matchesFilter() judges the data", () => {
  const filter = checkFilter(LARGE);
  const cases: readonly (readonly [unknown, boolean])[] = [
    [{ total: 1000 }, true],
    [{ total: 1000, lines: [{ sku: "C" }, { sku: "B" }] }, true],
    [{ total: 1000, lines: [{ sku: "C" }] }, false],
    [{ total: 999 }, false],
    [{ total: "1000" }, false],
    [{}, false],
    [[], false],
    [null, false],
    [undefined, false],
  ];
  for (const [data, wanted] of cases) {
    assertEquals(matchesFilter(filter, data), wanted, JSON.stringify(data));
  }
  assertEquals(matchesFilter({}, { a: [1] }), true);
});

Deno.test("matchesFilter() is false for data nested too deep", () => {
  let deep: unknown = 1;
  for (let i = 0; i < 1000; i++) deep = [deep];
  assertEquals(matchesFilter({}, deep), false);
});

Deno.test("matchesFilter() goes by what the filter says now", () => {
  const filter = { const: 1 };
  assertEquals(matchesFilter(filter, 1), true);
  filter.const = 2;
  assertEquals(matchesFilter(filter, 1), false);
  assertEquals(matchesFilter(filter, 2), true);
});

Deno.test("matchesFilter() stays right when many filters take turns", () => {
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 600; i++) {
      assertEquals(matchesFilter({ const: i }, i), true);
      assertEquals(matchesFilter({ const: i }, i + 1), false);
    }
  }
});

Deno.test("matchesFilter() throws for a filter that was never checked", () => {
  assertThrows(() => matchesFilter({ type: "text" }, 1), ConfigError);
});

Deno.test("matchesFilter() takes its time with no filter that is accepted", () => {
  const data = Array.from({ length: 12_000 }, (_, i) => i);
  const filters = [
    { anyOf: many(8, { items: { type: "string" } }) },
    { allOf: many(4, { contains: { enum: many(140, 999_999) } }) },
    { contains: { oneOf: many(7, { type: "string" }) } },
  ];
  for (const filter of filters) {
    const ready = checkFilter(filter);
    const start = performance.now();
    assertEquals(matchesFilter(ready, data), false);
    assert(performance.now() - start < 3000);
  }
});
