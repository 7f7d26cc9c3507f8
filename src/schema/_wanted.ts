import type { Schema as Node } from "@cfworker/json-schema";

type Words = (value: unknown) => string;

const MOST_CHARS = 200;

const WORDS: Readonly<Record<string, Words>> = {
  additionalItems: () => "no further item",
  additionalProperties: () => "no property of this name",
  anyOf: () => "a value that matches one of the schemas",
  const: (value) => written(value),
  contains: () => "an item that matches the schema",
  dependencies: () => "the properties that another one here depends on",
  enum: (values) => `one of ${written(values)}`,
  exclusiveMaximum: (value) => `a number below ${value}`,
  exclusiveMinimum: (value) => `a number above ${value}`,
  false: () => "nothing here",
  maxItems: (count) => `at most ${counted(count, "item")}`,
  maxLength: (count) => `at most ${counted(count, "character")}`,
  maxProperties: (count) =>
    count === 1 ? "at most 1 property" : `at most ${count} properties`,
  maximum: (value) => `a number of at most ${value}`,
  minItems: (count) => `at least ${counted(count, "item")}`,
  minLength: (count) => `at least ${counted(count, "character")}`,
  minProperties: (count) =>
    count === 1 ? "at least 1 property" : `at least ${count} properties`,
  minimum: (value) => `a number of at least ${value}`,
  multipleOf: (value) => `a multiple of ${value}`,
  not: () => "a value that does not match the schema",
  oneOf: () => "a value that matches exactly one of the schemas",
  pattern: (source) => `text that matches ${shortened(String(source))}`,
  propertyNames: () => "property names that match the schema",
  type: (types) => [types].flat().join(" or "),
  uniqueItems: () => "items that all differ",
};

/** What a keyword of a schema wants, in words. They hold parts of the schema and nothing of the value. */
export function wantedBy(rule: string, node: Node): string {
  return WORDS[rule]?.(node[rule]) ?? "a value that matches the schema";
}

function counted(count: unknown, unit: string): string {
  return count === 1 ? `1 ${unit}` : `${count} ${unit}s`;
}

function written(value: unknown): string {
  return shortened(JSON.stringify(value));
}

function shortened(text: string): string {
  return text.length > MOST_CHARS ? `${text.slice(0, MOST_CHARS)}…` : text;
}
