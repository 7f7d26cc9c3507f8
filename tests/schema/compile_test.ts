import { assert, assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../src/errors.ts";
import {
  compileSchema,
  describeErrors,
  schemaProblems,
} from "../../src/schema/mod.ts";

function messages(schema: object | boolean, value: unknown): string[] {
  return compileSchema(schema).errors(value).map(({ message }) => message);
}

Deno.test("errors() names the place, the rule and what is wanted", () => {
  const schema = {
    properties: {
      items: {
        type: "array",
        items: { properties: { sku: { type: ["string", "null"] } } },
      },
    },
  };
  const value = { items: [{ sku: "ok" }, { sku: 5 }] };
  assertEquals(compileSchema(schema).errors(value), [{
    pointer: "/items/1/sku",
    property: "/items/1/sku",
    rule: "type",
    schemaPointer: "/properties/items/items/properties/sku/type",
    message: "/items/1/sku (type): wanted string or null",
  }]);
});

Deno.test("errors() points at the object and names the property when one is missing", () => {
  const errors = compileSchema({ required: ["a", "b/c"] }).errors({});
  assertEquals(
    errors.map(({ pointer, property, message }) => [
      pointer,
      property,
      message,
    ]),
    [
      ["", "/a", 'the value (required): wanted the property "a"'],
      ["", "/b~1c", 'the value (required): wanted the property "b/c"'],
    ],
  );
});

Deno.test("errors() gives the deepest places first", () => {
  const schema = {
    required: ["x"],
    properties: { a: { required: ["b"], properties: { c: { minimum: 1 } } } },
  };
  const errors = compileSchema(schema).errors({ a: { c: 0 } });
  assertEquals(errors.map(({ property }) => property), ["/a/c", "/a/b", "/x"]);
});

Deno.test("errors() follows references to the place of the rule", () => {
  const schema = {
    definitions: { "a b": { items: { maxLength: 1 } } },
    properties: { x: { $ref: "#/definitions/a%20b" } },
  };
  const [error] = compileSchema(schema).errors({ x: ["long"] });
  assertEquals(error?.pointer, "/x/0");
  assertEquals(error?.schemaPointer, "/definitions/a b/items/maxLength");
  assertEquals(
    error?.message,
    "/x/0 (maxLength): wanted at most 1 character",
  );
});

Deno.test("errors() shows the branches of a choice that none matches, and not of one that several match", () => {
  const oneOf = [{ type: "integer" }, { type: "number" }, { type: "string" }];
  assertEquals(messages({ oneOf }, null), [
    "the value (oneOf): wanted a value that matches exactly one of the schemas",
    "the value (type): wanted integer",
    "the value (type): wanted number",
    "the value (type): wanted string",
  ]);
  assertEquals(messages({ oneOf }, 1), [
    "the value (oneOf): wanted a value that matches exactly one of the schemas",
  ]);
});

const WORDS: [string, object | boolean, unknown, string][] = [
  [
    "additionalProperties",
    { additionalProperties: false },
    { "a/b": 1 },
    "/a~1b (additionalProperties): wanted nothing here",
  ],
  [
    "additionalProperties with a schema",
    { additionalProperties: { type: "null" } },
    { a: 1 },
    "/a (type): wanted null",
  ],
  ["items", { items: false }, [1], "/0 (items): wanted nothing here"],
  ["the schema false", false, 1, "the value (false): wanted nothing here"],
  [
    "a property that is false",
    { properties: { a: false } },
    { a: 1 },
    "/a (properties): wanted nothing here",
  ],
  ["enum", { enum: ["a", 1] }, 2, 'the value (enum): wanted one of ["a",1]'],
  ["const", { const: null }, 2, "the value (const): wanted null"],
  [
    "not",
    { not: { type: "number" } },
    2,
    "the value (not): wanted a value that does not match the schema",
  ],
  [
    "pattern",
    { pattern: "^a$" },
    "b",
    "the value (pattern): wanted text that matches ^a$",
  ],
  [
    "then",
    { if: true, then: { minimum: 3 } },
    2,
    "the value (minimum): wanted a number of at least 3",
  ],
  [
    "contains",
    { contains: { type: "null" } },
    [1, 2],
    "the value (contains): wanted an item that matches the schema",
  ],
  [
    "propertyNames",
    { propertyNames: { maxLength: 1 } },
    { ab: 1 },
    "the value (propertyNames): wanted property names that match the schema",
  ],
  [
    "dependencies",
    { dependencies: { a: ["b", "c"] } },
    { a: 1 },
    "the value (dependencies): wanted the properties that another one here depends on",
  ],
  [
    "minProperties",
    { minProperties: 1 },
    {},
    "the value (minProperties): wanted at least 1 property",
  ],
  [
    "maxItems",
    { maxItems: 2 },
    [1, 2, 3],
    "the value (maxItems): wanted at most 2 items",
  ],
  [
    "uniqueItems",
    { uniqueItems: true },
    [1, 1],
    "the value (uniqueItems): wanted items that all differ",
  ],
];

for (const [rule, schema, value, message] of WORDS) {
  Deno.test(`errors() says in one message what ${rule} wants`, () => {
    assertEquals(messages(schema, value), [message]);
  });
}

Deno.test("errors() never repeats the value", () => {
  const secret = "planted-5ecret";
  const schema = {
    type: "object",
    properties: {
      a: { type: "integer", enum: [1], const: 1, not: {} },
      b: { pattern: "^$", maxLength: 1, format: "email" },
    },
    additionalProperties: { type: "null" },
  };
  const errors = compileSchema(schema).errors({
    a: secret,
    b: secret,
    c: secret,
  });
  assertEquals(errors.length, 7);
  assertEquals(JSON.stringify(errors).includes(secret), false);
});

Deno.test("errors() keeps control characters and endless names out of the message", () => {
  const name = `a\nb${"x".repeat(1000)}`;
  const [error] = compileSchema({ additionalProperties: false }).errors({
    [name]: 1,
  });
  assertEquals(error?.pointer, `/${name}`);
  assert(
    /^\/a\u{FFFD}bx+… \(additionalProperties\)/u.test(error?.message ?? ""),
  );
  assert((error?.message.length ?? 0) < 300);
});

Deno.test("errors() judges a value as JSON.stringify would write it", () => {
  const schema = compileSchema({
    required: ["at"],
    properties: { at: { type: "string" }, gone: false, n: { type: "null" } },
    additionalProperties: false,
  });
  const value = {
    at: new Date(0),
    gone: undefined,
    n: NaN,
    f: (): void => {},
  };
  assertEquals(schema.errors(value), []);
  assertEquals(Object.keys(value), ["at", "gone", "n", "f"]);
  assertEquals(
    schema.errors({ at: undefined }).map(({ property }) => property),
    ["/at"],
  );
  assertEquals(
    compileSchema({ items: { type: "null" } }).errors([undefined]),
    [],
  );
});

Deno.test("errors() keeps a member called __proto__ what it is when it copies", () => {
  const value = JSON.parse('{"__proto__": {"admin": true}}');
  value.gone = undefined;
  const schema = compileSchema({ properties: { admin: false } });
  assertEquals(schema.errors(value), []);
  assertEquals(
    compileSchema({ required: ["toString"] }).errors({}).length,
    1,
  );
});

Deno.test("errors() refuses what JSON cannot hold", () => {
  const schema = compileSchema(true);
  for (const value of [undefined, () => {}, Symbol(), 1n, { a: [1n] }]) {
    assertEquals(schema.errors(value).map(({ rule }) => rule), ["json"]);
  }
  assertEquals(
    schema.errors({ "\ud800": 1 })[0]?.message,
    "the value (json): wanted names of well-formed text",
  );
});

function nested(levels: number): unknown {
  let value: unknown = 1;
  for (let i = 0; i < levels; i++) value = { a: [value] };
  return value;
}

Deno.test("errors() refuses a value that is nested too deep and any circle", () => {
  const schema = compileSchema({
    $ref: "#/definitions/node",
    definitions: {
      node: {
        anyOf: [{ type: "integer" }, {
          properties: { a: { items: { $ref: "#/definitions/node" } } },
        }],
      },
    },
  });
  assertEquals(schema.errors(nested(128)), []);
  const circle: Record<string, unknown> = {};
  circle["a"] = circle;
  for (const value of [nested(129), nested(50_000), circle]) {
    assertEquals(
      schema.errors(value).map(({ message }) => message),
      ["the value (json): wanted at most 256 levels of nesting"],
    );
  }
});

Deno.test("errors() stays small for a value with more faults than the stack holds", () => {
  const items = { items: { type: "string" } };
  const many = Array.from({ length: 130_000 }, () => 1);
  assertEquals(
    compileSchema({ properties: { a: items } }).errors({ a: many }).length,
    1,
  );
  assertEquals(compileSchema(items).errors(many.slice(0, 200)).length, 100);
  const object = Object.fromEntries(many.map((_, i) => [`k${i}`, 1]));
  assertEquals(
    compileSchema({ properties: { a: { additionalProperties: false } } })
      .errors({ a: object }).map(({ rule }) => rule),
    ["size"],
  );
});

Deno.test("compileSchema() takes a frozen schema and no later change of it", () => {
  const frozen = Object.freeze({ type: "string" });
  assertEquals(compileSchema(frozen).errors("a"), []);
  const schema = { type: "string" };
  const compiled = compileSchema(schema);
  schema.type = "number";
  assertEquals(compiled.errors("a"), []);
  assertEquals(Reflect.ownKeys(schema), ["type"]);
});

const BROKEN: [string, unknown, string, string][] = [
  [
    "an unknown type",
    { properties: { a: { type: "text" } } },
    "/properties/a/type",
    "anyOf",
  ],
  ["null", null, "", "type"],
  ["a list", [], "", "type"],
  ["required that is a text", { required: "a" }, "/required", "type"],
  ["properties that are a list", { properties: [] }, "/properties", "type"],
  ["a negative length", { minLength: -1 }, "/minLength", "minimum"],
  [
    "a pattern that is none",
    { properties: { "a/b": { pattern: "(" } } },
    "/properties/a~1b/pattern",
    "pattern",
  ],
  [
    "a name pattern that is none",
    { patternProperties: { "(": {} } },
    "/patternProperties/(",
    "patternProperties",
  ],
  [
    "a reference to nothing",
    { items: { $ref: "#/definitions/x" } },
    "/items/$ref",
    "$ref",
  ],
  [
    "a reference to elsewhere",
    { items: { $ref: "https://example.com/x" } },
    "/items/$ref",
    "$ref",
  ],
  ["a reference to itself", { $ref: "#" }, "/$ref", "$ref"],
  [
    "a circle of references",
    {
      definitions: {
        a: { allOf: [{ $ref: "#/definitions/b" }] },
        b: { not: { $ref: "#/definitions/a" } },
      },
      items: { $ref: "#/definitions/a" },
    },
    "/definitions/a/$ref",
    "$ref",
  ],
  [
    "the same $id twice",
    { properties: { a: { $id: "x:y" }, b: { $id: "x:y" } } },
    "",
    "$id",
  ],
  ["a $ref that is no address", { items: { $ref: "http://[" } }, "", "$id"],
];

for (const [what, schema, pointer, rule] of BROKEN) {
  Deno.test(`compileSchema() refuses ${what}, and schemaProblems() tells it`, () => {
    const found = schemaProblems(schema);
    assert(
      found.some((each) => each.pointer === pointer && each.rule === rule),
      JSON.stringify(found),
    );
    const error = assertThrows(
      () => compileSchema(schema as object),
      ConfigError,
      "Cannot use the schema: ",
    );
    assert(error.problems.some(({ field }) => field === pointer));
  });
}

Deno.test("compileSchema() tolerates what is in use, and schemaProblems() tells it", () => {
  const schema = {
    type: "object",
    description: null,
    properties: { key: { type: "string", required: false } },
  };
  assertEquals(compileSchema(schema).errors({ key: "a" }), []);
  assertEquals(compileSchema(schema).errors({ key: 1 }).length, 1);
  assertEquals(schemaProblems(schema).map(({ pointer }) => pointer), [
    "/properties/key/required",
    "/description",
  ]);
});

Deno.test("compileSchema() follows a reference beside an $id and into unknown keywords", () => {
  const schema = {
    $id: "https://example.com/base/",
    properties: { a: { $id: "other/", $ref: "#/x-parts/n" } },
    "x-parts": { n: { type: "integer" } },
  };
  assertEquals(compileSchema(schema).errors({ a: 1 }), []);
  assertEquals(compileSchema(schema).errors({ a: "1" }).length, 1);
});

Deno.test("schemaProblems() finds nothing in a schema with words of other tools", () => {
  assertEquals(
    schemaProblems({
      $schema: "https://json-schema.org/draft/2020-12/schema",
      type: "object",
      label: 5,
      properties: { a: { type: "string", format: "password", help_text: {} } },
    }),
    [],
  );
});

Deno.test("describeErrors() tells three and counts the rest", () => {
  const { errors } = compileSchema({ required: ["a", "b", "c", "d", "e"] });
  assertEquals(
    describeErrors(errors({})),
    'the value (required): wanted the property "a"; the value (required): wanted the property "b"; the value (required): wanted the property "c"; and 2 more',
  );
});
