import { type OutputUnit, validate } from "@cfworker/json-schema";
import { explain } from "./_explain.ts";
import { jsonView, NotJson } from "./_json_view.ts";
import type { Prepared } from "./_prepare.ts";
import { type SchemaError, schemaError } from "./schema_error.ts";
import { judgeWatched } from "./_unique.ts";

const NONE: readonly SchemaError[] = Object.freeze([]);

/** Everything that is wrong with a value. */
export function checkValue(
  prepared: Prepared,
  value: unknown,
): readonly SchemaError[] {
  let instance: unknown;
  try {
    instance = jsonView(value);
  } catch (error) {
    if (error instanceof NotJson) return [wholeError("json", error.wanted)];
    throw error;
  }
  return prepared.hasMarks
    ? judgeWatched(instance, (watched) => judge(prepared, watched))
    : judge(prepared, instance);
}

function judge(
  prepared: Prepared,
  instance: unknown,
): readonly SchemaError[] {
  const units = run(prepared, instance);
  if (!units) return [wholeError("size", "a value with fewer faults")];
  return units.length === 0 ? NONE : explain(units, { prepared, instance });
}

// So many errors that they do not fit the stack: then the first of each level have to do.
function run(prepared: Prepared, instance: unknown): OutputUnit[] | undefined {
  return tryRun(prepared, instance, { all: true }) ??
    tryRun(prepared, instance, { all: false });
}

function tryRun(
  { root, lookup }: Prepared,
  instance: unknown,
  { all }: { all: boolean },
): OutputUnit[] | undefined {
  try {
    return validate(instance, root, "7", lookup, !all).errors;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

function wholeError(rule: string, wanted: string): SchemaError {
  return schemaError({ pointer: "", rule, schemaPointer: "" }, wanted);
}
