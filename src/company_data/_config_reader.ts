import { isObject, type JsonObject, member } from "../_internal/json.ts";
import { type Secret, secret } from "../_internal/secret.ts";
import type { ConfigProblem } from "../errors.ts";
import { ENV_NAMES, type EnvValues, type Field } from "./_config_fields.ts";

/** Reads fields one by one, the environment before the file, and collects what is wrong instead of throwing. */
export class ConfigReader {
  readonly #file: JsonObject;
  readonly #env: EnvValues;
  readonly #problems: ConfigProblem[] = [];

  constructor(file: JsonObject, env: EnvValues) {
    this.#file = file;
    this.#env = env;
  }

  /** All problems so far. */
  get problems(): readonly ConfigProblem[] {
    return this.#problems;
  }

  /** Notes a problem with a field, naming the variable where the value came from one. Never pass a value. */
  report(field: string, message: string): void {
    const from = this.#env.has(field)
      ? ` (from ${ENV_NAMES[field as Field]})`
      : "";
    this.#problems.push({ field, message: message + from });
  }

  /** Whether the value comes from the environment. */
  fromEnv(field: Field): boolean {
    return this.#env.has(field);
  }

  /** The value of a file key whatever the environment says; `null` is the same as absent. */
  fileValue(name: string): unknown {
    return member(this.#file, name) ?? undefined;
  }

  /** The value as it is; `undefined` when it is set in neither place. */
  value(field: Field): unknown {
    if (this.#env.has(field)) return this.#env.get(field);
    const [name = field, inner] = field.split(".");
    const value = this.fileValue(name);
    if (inner === undefined) return value;
    return isObject(value) ? member(value, inner) ?? undefined : undefined;
  }

  /** A text; `undefined` when it is not set, empty, or no text, which is reported. */
  text(field: Field): string | undefined {
    const value = this.value(field);
    if (value === undefined || value === "") return undefined;
    if (typeof value === "string") return value;
    this.report(field, `wanted text, got ${kindOf(value)}`);
    return undefined;
  }

  /** A text that must be there: a missing one is reported too, and then the empty text is given. */
  required(field: Field): string {
    const value = this.value(field);
    if (value === undefined || value === "") this.reportMissing(field);
    return this.text(field) ?? "";
  }

  /** Notes that a field is missing, with both places where it can be set. */
  reportMissing(field: Field): void {
    this.report(
      field,
      `missing, wanted it in the file or as ${ENV_NAMES[field]}`,
    );
  }

  /** A text that is not to be shown. */
  secret(field: Field): Secret<string> | undefined {
    const text = this.text(field);
    return text === undefined ? undefined : secret(text);
  }
}

/** The JSON name of a value's type. */
export function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
