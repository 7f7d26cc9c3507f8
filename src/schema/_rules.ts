import type { Schema as Node } from "@cfworker/json-schema";
import { toPointer } from "../_internal/json_pointer.ts";
import { fragmentTokens } from "./_pointer.ts";
import type { Prepared } from "./_prepare.ts";
import { type SchemaError, schemaError } from "./schema_error.ts";

// What these judge is judged in the same place of the value, so a circle of them would never end.
const IN_PLACE = ["if", "then", "else", "not"] as const;
const IN_PLACE_LISTS = ["allOf", "anyOf", "oneOf"] as const;

/** Patterns that are no regular expressions, as ECMA-262 has them with the `u` flag. */
export function patternProblems(prepared: Prepared): SchemaError[] {
  return nodesOf(prepared).flatMap((node) => {
    const names = Object.keys(node.patternProperties ?? {});
    return [
      ...(isPattern(node.pattern ?? "") ? [] : [patternError(node, "pattern")]),
      ...names.filter((name) => !isPattern(name))
        .map((name) => patternError(node, "patternProperties", name)),
    ];
  });
}

/** References to what is not in the schema; nothing is ever fetched. */
export function referenceProblems(prepared: Prepared): SchemaError[] {
  return nodesOf(prepared)
    .filter(({ __absolute_ref__: target }) =>
      target !== undefined && prepared.lookup[target] === undefined
    )
    .map((node) =>
      nodeError(node, "$ref", "a reference to a part of this schema")
    );
}

/** References that lead back to where they began without going into the value. */
export function loopProblems(prepared: Prepared): SchemaError[] {
  const ended = new Set<Node>();
  const open = new Set<Node>();
  const loops: SchemaError[] = [];
  const visit = (node: Node): void => {
    if (ended.has(node)) return;
    if (open.has(node)) {
      loops.push(nodeError(node, "$ref", "references that come to an end"));
      return;
    }
    open.add(node);
    for (const next of inPlace(node, prepared)) visit(next);
    open.delete(node);
    ended.add(node);
  };
  nodesOf(prepared).forEach(visit);
  return loops;
}

function inPlace(node: Node, { lookup }: Prepared): Node[] {
  const target = node.__absolute_ref__;
  if (target !== undefined) return [lookup[target]].filter(isNode);
  const dependencies = Object.values(node.dependencies ?? {});
  return [
    ...IN_PLACE.map((keyword) => node[keyword]),
    ...IN_PLACE_LISTS.flatMap((keyword) => node[keyword] ?? []),
    ...dependencies,
  ].filter(isNode);
}

function nodesOf({ lookup }: Prepared): Node[] {
  return [...new Set(Object.values(lookup))].filter(isNode);
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, "u") !== undefined;
  } catch {
    return false;
  }
}

function patternError(
  node: Node,
  keyword: string,
  name?: string,
): SchemaError {
  const wanted = "a regular expression of ECMA-262 with the u flag";
  return nodeError(node, keyword, wanted, name);
}

function nodeError(
  node: Node,
  rule: string,
  wanted: string,
  ...more: (string | undefined)[]
): SchemaError {
  const tokens = [
    ...fragmentTokens(new URL(node.__absolute_uri__ ?? "x:").hash),
    rule,
    ...more.filter((each) => each !== undefined),
  ];
  return schemaError(
    { pointer: toPointer(tokens), rule, schemaPointer: "" },
    wanted,
  );
}
