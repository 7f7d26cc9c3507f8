import {
  type OutputUnit,
  type Schema as Node,
  validate,
} from "@cfworker/json-schema";
import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { toPointer } from "../_internal/json_pointer.ts";
import { fragmentTokens } from "./_pointer.ts";
import type { Prepared } from "./_prepare.ts";
import { UniqueMark } from "./_unique.ts";
import { wantedBy } from "./_wanted.ts";
import { type SchemaError, schemaError } from "./schema_error.ts";

interface Judged {
  readonly prepared: Prepared;
  readonly instance: unknown;
}

/** A unit of the validator with those that it is made of. */
interface Fault {
  readonly unit: OutputUnit;
  readonly inner: Fault[];
}

const MOST_ERRORS = 100;
// These judge the same place of the value by other schemas,
const IN_PLACE = new Set([
  "$ref",
  "allOf",
  "anyOf",
  "dependencies",
  "if",
  "oneOf",
]);
// and these what is inside of it.
const INTO = new Set([
  "additionalItems",
  "additionalProperties",
  "contains",
  "items",
  "patternProperties",
  "properties",
]);
const CHOICES = new Set(["anyOf", "oneOf"]);
// What is inside these is about parts that did not have to match.
const SUMMARIES = new Set(["contains", "not", "propertyNames"]);

/** Errors that say what is wanted where, out of the validator's flat list, which has parents first. */
export function explain(
  units: readonly OutputUnit[],
  judged: Judged,
): readonly SchemaError[] {
  const errors = new Map<string, { error: SchemaError; depth: number }>();
  for (const error of nest(units).flatMap((fault) => errorsOf(fault, judged))) {
    const { property, schemaPointer } = error;
    const depth = fragmentTokens(error.pointer).length;
    errors.set(`${property} ${schemaPointer}`, { error, depth });
  }
  return [...errors.values()].sort((a, b) => b.depth - a.depth)
    .slice(0, MOST_ERRORS)
    .map(({ error }) => error);
}

function nest(units: readonly OutputUnit[]): Fault[] {
  const top: Fault[] = [];
  const open: Fault[] = [];
  for (const unit of units) {
    const fault: Fault = { unit, inner: [] };
    let outer = open.at(-1);
    while (outer && !holds(outer.unit, unit)) {
      open.pop();
      outer = open.at(-1);
    }
    (outer?.inner ?? top).push(fault);
    open.push(fault);
  }
  return top;
}

function holds(outer: OutputUnit, unit: OutputUnit): boolean {
  const { keyword, keywordLocation: at } = outer;
  // A unit of the schema `false` tells the place of the value twice and none in the schema.
  if (unit.keyword === "false") return holdsFalse(outer, unit);
  if (keyword !== "if") return unit.keywordLocation.startsWith(`${at}/`);
  const place = at.slice(0, -"if".length);
  return ["then/", "else/"].some((branch) =>
    unit.keywordLocation.startsWith(place + branch)
  );
}

function holdsFalse(outer: OutputUnit, unit: OutputUnit): boolean {
  const { keyword, instanceLocation: at } = outer;
  if (IN_PLACE.has(keyword)) return unit.instanceLocation === at;
  return INTO.has(keyword) && unit.instanceLocation.startsWith(`${at}/`);
}

function errorsOf(fault: Fault, judged: Judged): SchemaError[] {
  const { unit, inner } = fault;
  if (unit.keyword === "false") return [falseError(unit, "")];
  const { node, pointer: schemaPointer } = locate(unit, judged.prepared);
  const errorsInside = (): SchemaError[] =>
    inner.flatMap((each) =>
      each.unit.keyword === "false"
        ? [falseError(each.unit, schemaPointer, unit)]
        : errorsOf(each, judged)
    );
  if (isWrapper(unit.keyword) && inner.length > 0) return errorsInside();
  const found = { unit, node, schemaPointer };
  if (unit.keyword === "required") return missingErrors(found, judged);
  const mark: unknown = node.minItems;
  if (unit.keyword === "minItems" && mark instanceof UniqueMark) {
    return markErrors({ ...found, mark }, judged);
  }
  const own = errorOf(found);
  const ended = SUMMARIES.has(unit.keyword) || matchesSeveral(found, judged);
  return ended ? [own] : [own, ...errorsInside()];
}

function isWrapper(keyword: string): boolean {
  return (IN_PLACE.has(keyword) || INTO.has(keyword)) &&
    !CHOICES.has(keyword) && !SUMMARIES.has(keyword);
}

interface Found {
  readonly unit: OutputUnit;
  readonly node: Node;
  readonly schemaPointer: string;
}

function errorOf({ unit, node, schemaPointer }: Found): SchemaError {
  const { keyword: rule } = unit;
  return schemaError(
    { pointer: pointerOf(unit), rule, schemaPointer },
    wantedBy(rule, node),
  );
}

function falseError(
  unit: OutputUnit,
  schemaPointer: string,
  outer?: OutputUnit,
): SchemaError {
  const rule = outer && INTO.has(outer.keyword) ? outer.keyword : "false";
  const pointer = pointerOf(unit);
  return schemaError({ pointer, rule, schemaPointer }, wantedBy("false", {}));
}

// The validator gives one unit for each missing name but tells the name in its own words only.
function missingErrors(found: Found, judged: Judged): SchemaError[] {
  const tokens = fragmentTokens(found.unit.instanceLocation);
  const object = valueAt(judged.instance, tokens);
  const { schemaPointer } = found;
  const pointer = toPointer(tokens);
  return (found.node.required ?? [])
    .filter((name) => !Object.hasOwn(Object(object), name))
    .map((name) =>
      schemaError({
        pointer,
        property: toPointer([...tokens, name]),
        rule: "required",
        schemaPointer,
      }, `the property ${JSON.stringify(name)}`)
    );
}

function markErrors(
  { unit, schemaPointer, mark }: Found & { mark: UniqueMark },
  judged: Judged,
): SchemaError[] {
  const tokens = fragmentTokens(unit.instanceLocation);
  const list = valueAt(judged.instance, tokens) as readonly unknown[];
  const pointer = toPointer(tokens);
  return mark.broken(list).map((rule) =>
    schemaError({
      pointer,
      rule,
      schemaPointer: schemaPointer.replace(/minItems$/, rule),
    }, wantedBy(rule, { minItems: mark.least }))
  );
}

// When several branches match, the errors of the others say nothing.
function matchesSeveral({ unit, node }: Found, judged: Judged): boolean {
  if (unit.keyword !== "oneOf") return false;
  const value = valueAt(judged.instance, fragmentTokens(unit.instanceLocation));
  const { lookup } = judged.prepared;
  const matches = (node.oneOf ?? []).filter((branch) =>
    validate(value, branch, "7", lookup, true).valid
  );
  return matches.length > 1;
}

function pointerOf(unit: OutputUnit): string {
  return toPointer(fragmentTokens(unit.instanceLocation));
}

function valueAt(instance: unknown, tokens: readonly string[]): unknown {
  return tokens.reduce<unknown>(
    (value, token) => member(Object(value) as JsonObject, token),
    instance,
  );
}

/** The schema that a unit's keyword stands in, and where that keyword is once references are followed. */
function locate(
  unit: OutputUnit,
  { root, lookup }: Prepared,
): { node: Node; pointer: string } {
  let node: unknown = root;
  let path: string[] = [];
  const tokens = fragmentTokens(unit.keywordLocation);
  const keyword = tokens.pop() ?? "";
  for (const token of tokens) {
    const target = token === "$ref" ? targetOf(node) : undefined;
    node = target === undefined
      ? member(Object(node) as JsonObject, token)
      : lookup[target];
    path = target === undefined
      ? [...path, token]
      : fragmentTokens(new URL(target).hash);
  }
  return { node: asNode(node), pointer: toPointer([...path, keyword]) };
}

function targetOf(node: unknown): string | undefined {
  return asNode(node).__absolute_ref__;
}

function asNode(value: unknown): Node {
  return isObject(value) ? value : {};
}
