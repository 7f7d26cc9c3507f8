import { assert, assertEquals } from "@std/assert";
import { Ajv } from "ajv";
import { compileSchema } from "../../src/schema/mod.ts";
import { seeded } from "../_support/seeded.ts";
import { pick, some } from "./_generate.ts";

const UNIQUE = { uniqueItems: true };

const EQUAL: [string, unknown[]][] = [
  ["numbers", [1, 2, 1.0]],
  ["zeros", [0, -0]],
  ["texts", ["a", "b", "a"]],
  ["nulls", [null, null]],
  ["members in another order", [{ a: 1, b: { c: 2, d: 3 } }, {
    b: { d: 3, c: 2 },
    a: 1,
  }]],
  ["lists", [[1, [2]], [1, [2]]]],
  ["nothings", [[], {}, []]],
];

const DIFFERENT: [string, unknown[]][] = [
  ["types", [1, "1", true, "true", null, "null", [1], ["1"], {}, []]],
  ["nesting", [[1, 2], [[1], 2], [[1, 2]], [1, [2]]]],
  ["names with marks", [{ "a:0,b": 1 }, { a: 1, b: 1 }, { "a,b": 1 }]],
  ["names and values", [{ a: "b" }, { b: "a" }, { a: "b", b: "a" }]],
  ["orders of items", [[1, 2], [2, 1]]],
  ["__proto__", [JSON.parse('{"__proto__":1}'), {}]],
  ["forms", ["number 1", 1, "[0", [0], "{", {}, "object null", null]],
];

for (const [name, list] of EQUAL) {
  Deno.test(`uniqueItems refuses equal ${name}`, () => {
    const [error, ...more] = compileSchema(UNIQUE).errors(list);
    assertEquals(more, []);
    assertEquals(error, {
      pointer: "",
      property: "",
      rule: "uniqueItems",
      schemaPointer: "/uniqueItems",
      message: "the value (uniqueItems): wanted items that all differ",
    });
  });
}

for (const [name, list] of DIFFERENT) {
  Deno.test(`uniqueItems tells different ${name} apart`, () => {
    assertEquals(compileSchema(UNIQUE).errors(list), []);
  });
}

Deno.test("uniqueItems beside minItems tells which of them does not hold, and where", () => {
  const lists = { ...UNIQUE, minItems: 3 };
  const { errors } = compileSchema({
    properties: { a: { $ref: "#/definitions/lists" } },
    definitions: { lists },
  });
  const rules = (a: unknown): string[] =>
    errors({ a }).map(({ schemaPointer, message }) =>
      `${schemaPointer}: ${message}`
    );
  const short =
    "/definitions/lists/minItems: /a (minItems): wanted at least 3 items";
  const equal =
    "/definitions/lists/uniqueItems: /a (uniqueItems): wanted items that all differ";
  assertEquals(rules([1, 2, 3]), []);
  assertEquals(rules([1, 2]), [short]);
  assertEquals(rules([1, 2, 1]), [equal]);
  assertEquals(rules([1, 1]), [short, equal]);
});

Deno.test("uniqueItems is a name like others where it is none of the keywords", () => {
  const { errors } = compileSchema({
    properties: { uniqueItems: true, b: { const: UNIQUE } },
    additionalProperties: false,
  });
  assertEquals(errors({ uniqueItems: 1, b: UNIQUE }), []);
  assertEquals(errors({ minItems: 1 }).length, 1);
});

const CONTEXTS: ((list: object) => object)[] = [
  (list) => list,
  (list) => ({ items: list }),
  (list) => ({ not: list }),
  (list) => ({ contains: list }),
  (list) => ({ anyOf: [{ maxItems: 1 }, list] }),
  (list) => ({ oneOf: [{ minItems: 3 }, list] }),
  (list) => ({ if: list, then: { maxItems: 2 }, else: { minItems: 3 } }),
  (list) => ({ allOf: [{ items: list }, list] }),
  (list) => ({ items: { ...list, items: list }, ...list }),
  (list) => ({ items: [list], additionalItems: { not: list } }),
];

Deno.test("uniqueItems agrees with a second validator wherever it stands", () => {
  const random = seeded(11);
  const ajv = new Ajv({ strict: false, logger: false });
  const item = (depth: number): unknown =>
    depth === 0 || random() < 0.3
      ? pick(random, [1, "1", null, {}, { a: 1, b: 2 }, { b: 2, a: 1 }])
      : some(random, 3, () => item(depth - 1));
  let valid = 0;
  let judged = 0;
  for (const context of CONTEXTS) {
    for (const list of [UNIQUE, { ...UNIQUE, minItems: 2 }]) {
      const schema = context(list);
      const validate = ajv.compile(schema);
      const { errors } = compileSchema(schema);
      for (let i = 0; i < 200; i++, judged++) {
        const value = some(random, 4, () => item(2));
        const isValid = errors(value).length === 0;
        const said = `${JSON.stringify(schema)} ${JSON.stringify(value)}`;
        assertEquals(isValid, validate(value), said);
        if (isValid) valid++;
      }
    }
  }
  assert(valid > judged / 5 && valid < judged * 0.8, `${valid} of ${judged}`);
});

const LONG: [string, unknown[]][] = [
  ["numbers", Array.from({ length: 140_000 }, (_, i) => i)],
  [
    "objects",
    Array.from({ length: 9_000 }, (_, i) => ({ a: { b: [1, 2, 3, i] } })),
  ],
  [
    "lists that begin alike",
    Array.from({ length: 1_000 }, (_, i) => [...Array(300).keys(), 1_000 + i]),
  ],
];

for (const [name, list] of LONG) {
  Deno.test(`uniqueItems judges a long list of ${name} in little time`, () => {
    const began = performance.now();
    const { errors } = compileSchema({
      oneOf: [{ ...UNIQUE, items: { ...UNIQUE } }, { maxItems: 1 }],
    });
    assertEquals(errors(list), []);
    assert(performance.now() - began < 3_000);
  });
}

Deno.test("uniqueItems judges lists inside of lists in little time", () => {
  let nested: unknown = Array.from({ length: 100_000 }, (_, i) => i);
  for (let depth = 0; depth < 200; depth++) nested = [nested];
  const began = performance.now();
  const { errors } = compileSchema({ ...UNIQUE, items: { $ref: "#" } });
  assertEquals(errors(nested), []);
  assert(performance.now() - began < 3_000);
});
