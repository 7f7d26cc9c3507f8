import { dereference, type Schema as Node } from "@cfworker/json-schema";
import { isObject } from "../_internal/json.ts";
import { checkValue } from "./_check.ts";
import { DRAFT_7 } from "./_draft7.ts";
import { jsonView, NotJson } from "./_json_view.ts";
import { reduceSchema } from "./_reduce.ts";
import { loopProblems, patternProblems, referenceProblems } from "./_rules.ts";
import { type SchemaError, schemaError } from "./schema_error.ts";
import { markUnique } from "./_unique.ts";

/** A schema that the validator can use, with every place in it that a `$ref` can name. */
export interface Prepared {
  readonly root: Node | boolean;
  readonly lookup: Readonly<Record<string, Node | boolean>>;
  /** Whether there are marks in it, for which the lists of a value have to be watched. */
  readonly hasMarks: boolean;
}

/** A schema as it was read. */
export interface Reading {
  /** It, when it can be used. */
  readonly prepared?: Prepared;
  /** Why it cannot. */
  readonly fatal: readonly SchemaError[];
  /** What draft 7 does not allow although it can be used, such as an annotation of the wrong type. */
  readonly tolerated: readonly SchemaError[];
}

let metaSchema: Prepared | undefined;

/** Reads a schema and finds everything that is wrong with it. */
export function readSchema(schema: unknown): Reading {
  let source: unknown;
  try {
    source = jsonView(schema);
  } catch (error) {
    if (!(error instanceof NotJson)) throw error;
    return { fatal: [problem("json", error.wanted)], tolerated: [] };
  }
  const reduced = reduceSchema(source);
  const fatal = metaErrors(reduced);
  const tolerated = metaErrors(source)
    .filter(({ pointer }) => !fatal.some((each) => each.pointer === pointer));
  return fatal.length > 0
    ? { fatal, tolerated }
    : { ...prepare(reduced), tolerated };
}

function prepare(reduced: unknown): Omit<Reading, "tolerated"> {
  const prepared = index(reduced);
  if (!prepared) {
    const wanted = "$id and $ref that are URI references, each $id once";
    return { fatal: [problem("$id", wanted)] };
  }
  const fatal = [...patternProblems(prepared), ...referenceProblems(prepared)];
  if (fatal.length === 0) fatal.push(...loopProblems(prepared));
  return fatal.length > 0 ? { fatal } : { prepared, fatal };
}

function index(reduced: unknown): Prepared | undefined {
  const root = typeof reduced === "boolean" ? reduced : asNode(reduced);
  try {
    const lookup = dereference(root);
    return { root, lookup, hasMarks: markUnique(root) };
  } catch {
    return undefined; // an address that is none, or the same one twice
  }
}

function metaErrors(schema: unknown): readonly SchemaError[] {
  metaSchema ??= index(reduceSchema(DRAFT_7));
  return metaSchema ? checkValue(metaSchema, schema) : [];
}

function asNode(value: unknown): Node {
  return isObject(value) ? value : {};
}

function problem(rule: string, wanted: string): SchemaError {
  return schemaError({ pointer: "", rule, schemaPointer: "" }, wanted);
}
