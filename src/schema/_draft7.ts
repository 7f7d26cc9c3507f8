import type { JsonObject } from "../_internal/json.ts";

const SELF = { $ref: "#" };
const COUNT = { $ref: "#/definitions/nonNegativeInteger" };
const SCHEMAS = { $ref: "#/definitions/schemaArray" };
const NAMED_SCHEMAS = { type: "object", additionalProperties: SELF };
const TEXT = { type: "string" };
const NUMBER = { type: "number" };
const ANYTHING = true;

/** The rules of draft 7 itself (http://json-schema.org/draft-07/schema), without annotations and formats. */
export const DRAFT_7: JsonObject = {
  definitions: {
    schemaArray: { type: "array", minItems: 1, items: SELF },
    nonNegativeInteger: { type: "integer", minimum: 0 },
    simpleTypes: {
      enum: [
        "array",
        "boolean",
        "integer",
        "null",
        "number",
        "object",
        "string",
      ],
    },
    stringArray: { type: "array", items: TEXT, uniqueItems: true },
  },
  type: ["object", "boolean"],
  properties: {
    $id: TEXT,
    $schema: TEXT,
    $ref: TEXT,
    $comment: TEXT,
    title: TEXT,
    description: TEXT,
    default: ANYTHING,
    readOnly: { type: "boolean" },
    writeOnly: { type: "boolean" },
    examples: { type: "array" },
    multipleOf: { type: "number", exclusiveMinimum: 0 },
    maximum: NUMBER,
    exclusiveMaximum: NUMBER,
    minimum: NUMBER,
    exclusiveMinimum: NUMBER,
    maxLength: COUNT,
    minLength: COUNT,
    pattern: TEXT,
    additionalItems: SELF,
    items: { anyOf: [SELF, SCHEMAS] },
    maxItems: COUNT,
    minItems: COUNT,
    uniqueItems: { type: "boolean" },
    contains: SELF,
    maxProperties: COUNT,
    minProperties: COUNT,
    required: { $ref: "#/definitions/stringArray" },
    additionalProperties: SELF,
    definitions: NAMED_SCHEMAS,
    properties: NAMED_SCHEMAS,
    patternProperties: NAMED_SCHEMAS,
    dependencies: {
      type: "object",
      additionalProperties: {
        anyOf: [SELF, { $ref: "#/definitions/stringArray" }],
      },
    },
    propertyNames: SELF,
    const: ANYTHING,
    enum: { type: "array" },
    type: {
      anyOf: [
        { $ref: "#/definitions/simpleTypes" },
        {
          type: "array",
          items: { $ref: "#/definitions/simpleTypes" },
          minItems: 1,
          uniqueItems: true,
        },
      ],
    },
    format: TEXT,
    contentMediaType: TEXT,
    contentEncoding: TEXT,
    if: SELF,
    then: SELF,
    else: SELF,
    allOf: SCHEMAS,
    anyOf: SCHEMAS,
    oneOf: SCHEMAS,
    not: SELF,
  },
};
