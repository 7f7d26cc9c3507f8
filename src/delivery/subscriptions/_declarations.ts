import { mapAhead } from "../../_internal/ahead.ts";
import { isObject, member } from "../../_internal/json.ts";
import { ValidationError } from "../../errors.ts";
import { type Problem, throwProblems } from "./_problems.ts";
import type { SenderParts } from "../_sender_parts.ts";
import { readTerms, type Terms } from "./_terms.ts";
import { checkTarget } from "../target/check_target.ts";

/** Declarations by name, found valid and read once. */
export type Declarations = ReadonlyMap<string, Terms>;

const NAME = /^[\w./-]{1,128}$/;
const ACTION = "reconcile the subscriptions";
const CHECKED_AT_ONCE = 8;

/** Reads declarations; one `ValidationError` tells what is wrong with all of them. */
export function readDeclarations(
  sender: SenderParts,
  declared: readonly unknown[],
): Declarations {
  if (!Array.isArray(declared)) {
    throw new TypeError("Cannot use declared: wanted a list of declarations");
  }
  const problems: Problem[] = [];
  const read = new Map<string, Terms>();
  for (const [i, given] of declared.entries()) {
    const prefix = `declared[${i}].`;
    const terms = readTerms(sender, given, {
      prefix,
      problems,
      known: ["name"],
    });
    const name = isObject(given) ? member(given, "name") : undefined;
    const problem = problemOf(name, read);
    if (problem) problems.push({ field: `${prefix}name`, wanted: problem });
    else read.set(String(name), terms);
  }
  throwProblems(ACTION, problems);
  return read;
}

/** Checks the targets of declarations, some at a time; one `ValidationError` tells all that are refused. */
export async function checkTargets(
  sender: SenderParts,
  declarations: Declarations,
  { signal }: { signal: AbortSignal | undefined },
): Promise<void> {
  const problems: Problem[] = [];
  const check = async ([name, terms]: [string, Terms]): Promise<void> => {
    try {
      await checkTarget(terms.content.to, sender.targetPolicy, { signal });
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      const wanted = "wanted a host whose addresses are all public";
      problems.push({ field: `${name}.to`, wanted });
    }
  };
  const checks = mapAhead(entriesOf(declarations), check, {
    atOnce: CHECKED_AT_ONCE,
  });
  for await (const _ of checks);
  throwProblems(ACTION, problems);
}

async function* entriesOf<T>(entries: Iterable<T>): AsyncGenerator<T> {
  yield* entries;
}

function problemOf(name: unknown, read: Declarations): string | undefined {
  if (typeof name !== "string" || !NAME.test(name)) {
    return "wanted 1 to 128 letters, digits, _, ., / and -";
  }
  return read.has(name) ? "wanted another name than an earlier one" : undefined;
}
