import { assertEquals, assertNotEquals } from "@std/assert";
import { Ajv } from "ajv";
import { compileSchema, schemaProblems } from "../../src/schema/mod.ts";
import { seeded } from "../_support/seeded.ts";
import { anySchema, anyValue } from "./_generate.ts";

const ajv = new Ajv({
  strict: false,
  validateFormats: false,
  allErrors: false,
  logger: false,
});

function agrees(schema: object | boolean, values: readonly unknown[]): void {
  const validate = ajv.compile(schema);
  const ours = compileSchema(schema);
  for (const value of values) {
    assertEquals(
      ours.errors(value).length === 0,
      validate(value),
      `schema ${JSON.stringify(schema)}, value ${JSON.stringify(value)}`,
    );
  }
}

Deno.test("compileSchema() agrees with a second validator on generated schemas and values", () => {
  const random = seeded(7);
  let judged = 0;
  let valid = 0;
  for (let i = 0; i < 600; i++) {
    const root = anySchema(random);
    const schema = typeof root === "boolean" ? root : {
      ...root as object,
      definitions: { shared: { type: ["string", "integer"], minimum: 1 } },
    };
    assertEquals(schemaProblems(schema), [], JSON.stringify(schema));
    const values = Array.from({ length: 12 }, () => anyValue(random));
    agrees(schema, values);
    judged += values.length;
    const ours = compileSchema(schema);
    valid += values.filter((each) => ours.errors(each).length === 0).length;
  }
  // Neither verdict may be rare, or the agreement says nothing.
  assertEquals(valid > judged / 10 && valid < judged * 0.9, true, `${valid}`);
});

const VALUES = [
  null,
  true,
  false,
  0,
  1,
  1.0,
  1.5,
  -1,
  "",
  "a",
  "😀😀",
  [],
  [1],
  [1, "a"],
  {},
  { a: 1 },
  { a: null },
  { a: { b: "x" } },
  { a: { b: null } },
];

const RULES: Record<string, object> = {
  "type unions": { type: ["string", "null"] },
  "oneOf": {
    oneOf: [{ type: "integer" }, { type: "number", minimum: 1 }, {
      type: "string",
    }],
  },
  "enum, where 1 and true differ": { enum: [1, "a", null, { a: 1 }, [1]] },
  "formats, which are ignored": { type: "string", format: "email" },
  "minimum": { minimum: 1 },
  "nested required": {
    required: ["a"],
    properties: { a: { type: "object", required: ["b"] } },
  },
  "lengths in code points": { minLength: 2, maxLength: 2 },
  "1.0 as an integer": { type: "integer" },
  "unknown keywords": { "x-file": true, type: "object", label: 5 },
  "keywords of later drafts": {
    unevaluatedProperties: false,
    prefixItems: [false],
    dependentRequired: { a: ["b"] },
    minContains: 2,
    $anchor: "x",
    $recursiveRef: "#",
  },
  "a recursive schema": {
    properties: { a: { $ref: "#" }, b: { type: "string" } },
    additionalProperties: false,
  },
};

for (const [rule, schema] of Object.entries(RULES)) {
  Deno.test(`compileSchema() agrees with a second validator on ${rule}`, () => {
    agrees(schema, VALUES);
  });
}

// Where the second validator is known to leave draft 7, the verdicts are spelled out.
const SPELLED: [string, object, unknown[], unknown[]][] = [
  ["nullable, which has no meaning", { nullable: true, type: "object" }, [{}], [
    null,
  ]],
  [
    "siblings of $ref, which are ignored",
    {
      properties: { a: { $ref: "#/definitions/n", minimum: 100 } },
      definitions: { n: { type: "integer" } },
    },
    [{ a: 1 }],
    [{ a: "1" }],
  ],
  [
    "id, which is of draft 4",
    {
      id: "other",
      properties: { a: { id: "more", items: { $ref: "#/definitions/n" } } },
      definitions: { n: { type: "integer" } },
    },
    [{ a: [1] }],
    [{ a: ["1"] }],
  ],
  [
    "properties named as those of every object",
    {
      required: ["toString"],
      properties: { constructor: { type: "integer" } },
    },
    [{ toString: 1 }],
    [{}, { toString: 1, constructor: "a" }],
  ],
];

for (const [rule, schema, matching, others] of SPELLED) {
  Deno.test(`compileSchema() has the verdicts of draft 7 on ${rule}`, () => {
    const { errors } = compileSchema(schema);
    assertEquals(matching.map((each) => errors(each).length), [0]);
    for (const each of others) assertNotEquals(errors(each), []);
  });
}
