import type { SchemaError } from "../schema/mod.ts";
import { createScrub } from "../http/send.ts";
import { secretsOf } from "./_secrets.ts";
import type { ValidationError } from "./errors.ts";
import type { Envelope, ErrorFailure, ValidationFailure } from "./results.ts";

/** Version of the contract that all envelopes name. */
export const CONTRACT_VERSION = "2.0.0";

const MOST_MESSAGE_CHARS = 500;

/** An envelope of one kind. */
export function envelope<Type extends string, Result>(
  type: Type,
  result: Result,
): Envelope<Type, Result> {
  return { version: CONTRACT_VERSION, type, result };
}

/** The envelope of inputs, credentials or outputs that do not match. */
export function validationEnvelope(
  error: ValidationError,
  costUsd: number | null = null,
): Envelope<"validation_error", ValidationFailure> {
  const { message, property, source } = error;
  const errors: readonly SchemaError[] = error.errors;
  return envelope("validation_error", {
    message,
    property,
    value: null,
    source,
    errors,
    cost_usd: costUsd,
  });
}

/** The envelope of anything thrown, with nothing of the credentials in it. */
export function errorEnvelope(
  error: unknown,
  auth: unknown,
): Envelope<"error", ErrorFailure> {
  const scrub = createScrub(secretsOf(auth));
  const { name, message } = describe(error);
  return envelope("error", {
    message: scrub.text(message).slice(0, MOST_MESSAGE_CHARS),
    error_type: name,
  });
}

/** What was thrown may be anything, and its properties may throw again. */
function describe(error: unknown): { name: string; message: string } {
  try {
    const name = error instanceof Error ? String(error.name) : typeof error;
    const message = error instanceof Error ? error.message : error;
    return { name, message: String(message) };
  } catch {
    return { name: "Error", message: "The handler failed" };
  }
}
