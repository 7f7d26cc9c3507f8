import { describeErrors, type Schema } from "../schema/mod.ts";
import { envelopeProblem, readCredentials } from "./credentials.ts";
import { ValidationError, type ValidationSource } from "./errors.ts";

/** How a mismatch is told. */
export interface Mismatch {
  /** What is judged, as messages call it. */
  readonly what: string;
  /** What it is to the contract. */
  readonly source: ValidationSource;
}

/** Throws a `ValidationError` when a value does not match. */
export function requireMatch(
  schema: Schema,
  value: unknown,
  { what, source }: Mismatch,
): void {
  const errors = schema.errors(value);
  if (errors.length === 0) return;
  throw new ValidationError(
    `Cannot accept ${what}: ${describeErrors(errors)}`,
    { source, errors },
  );
}

/** Throws a `ValidationError` when credentials are not those that the configuration's form asks for. */
export function requireCredentials(
  schema: Schema | undefined,
  auth: unknown,
  { source, strict }: { source: ValidationSource; strict: boolean },
): void {
  if (!schema) return;
  const problem = strict ? envelopeProblem(auth) : null;
  if (problem !== null) {
    throw new ValidationError(`Cannot accept the credentials: ${problem}`, {
      source,
    });
  }
  const { values } = readCredentials(auth);
  requireMatch(schema, values, { what: "the credentials", source });
}
