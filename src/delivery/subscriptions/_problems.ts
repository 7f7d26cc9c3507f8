import { isObject, type JsonObject, member } from "../../_internal/json.ts";
import { ValidationError } from "../../errors.ts";

/** One thing that is wrong with an input: where, and what is wanted. Never the value. */
export interface Problem {
  readonly field: string;
  readonly wanted: string;
}

const MOST_TOLD = 20;
const NAME = /^[\w-]{1,40}$/;

/** Reads the members of an input, each once, and collects everything that is wrong instead of the first thing. */
export class FieldReader {
  readonly #given: JsonObject;
  readonly #prefix: string;
  readonly #problems: Problem[];

  /** Reads from `given`, called `what`; problems are added to `problems`, with the prefix before their names. */
  constructor(
    given: unknown,
    { what = "the subscription", prefix = "", problems }: {
      what?: string;
      prefix?: string;
      problems: Problem[];
    },
  ) {
    if (!isObject(given)) {
      throw new TypeError(`Cannot use ${what}: wanted an object`);
    }
    this.#given = given;
    this.#prefix = prefix;
    this.#problems = problems;
  }

  /**
   * The member as `as` makes it, which throws a `ValidationError` for what it refuses. An absent member and a refused
   * one give `fallback`, unless an absent one is refused too.
   */
  read<T>(
    name: string,
    fallback: T,
    { as, required = false }: {
      as: (value: unknown) => T;
      required?: boolean;
    },
  ): T {
    const value = member(this.#given, name);
    if (value === undefined && !required) return fallback;
    try {
      return as(value);
    } catch (error) {
      if (!(error instanceof ValidationError)) throw error;
      // A field such as "filter/properties/a" says more than "filter".
      const { field } = error;
      this.refuse(field.startsWith(name) ? field : name, stateOf(error));
      return fallback;
    }
  }

  /** Whether the member is there. */
  has(name: string): boolean {
    return member(this.#given, name) !== undefined;
  }

  /** Notes that a member is wrong. */
  refuse(name: string, wanted: string): void {
    this.#problems.push({ field: this.#prefix + name, wanted });
  }

  /** Notes members that are not known: a misspelt `permission` must not pass for none. */
  refuseOthers(known: readonly string[]): void {
    for (const name of Object.keys(this.#given)) {
      if (known.includes(name)) continue;
      const shown = NAME.test(name) ? name : "a field";
      this.refuse(shown, `is not known, wanted one of ${known.join(", ")}`);
    }
  }
}

/** A refusal for {@linkcode FieldReader.read}, which puts the name of the member before it. */
export function wanted(state: string): ValidationError {
  return new ValidationError(`Cannot use the field: wanted ${state}`, {
    field: "",
  });
}

/** Throws when there are problems, and tells all of them. */
export function throwProblems(
  action: string,
  problems: readonly Problem[],
): void {
  const [first] = problems;
  if (!first) return;
  const told = problems.slice(0, MOST_TOLD)
    .map(({ field, wanted }) => `${field}: ${wanted}`);
  const rest = problems.length - told.length;
  if (rest > 0) told.push(`and ${rest} more`);
  throw new ValidationError(`Cannot ${action}: ${told.join("; ")}`, {
    field: first.field,
  });
}

// The name of the field stands before it anyway.
function stateOf({ message }: ValidationError): string {
  return message.replace(/^Cannot [^:]*: /, "");
}
