import type { SchemaError } from "../schema/mod.ts";
import { createScrub } from "../http/send.ts";
import { secretsOf } from "./_secrets.ts";
import { ValidationError } from "./errors.ts";
import {
  ActionError,
  type Envelope,
  type ErrorFailure,
  type ValidationFailure,
} from "./results.ts";

/** Version of the contract that all envelopes name. */
const CONTRACT_VERSION = "2.0.0";

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

/** The same for a handler's own error, with nothing of the credentials in what it says. */
export function scrubbedValidation(
  error: ValidationError,
  auth: unknown,
): Envelope<"validation_error", ValidationFailure> {
  const scrub = createScrub(secretsOf(auth));
  const { version, type, result } = validationEnvelope(error);
  return {
    version,
    type,
    result: {
      ...result,
      message: scrub.text(String(result.message)),
      errors: result.errors.map((each) => ({
        ...each,
        message: scrub.text(String(each.message)),
      })),
    },
  };
}

/** An action's own error with nothing of the credentials in what it says. */
export function scrubbedAction(error: ActionError, auth: unknown): ActionError {
  const { message, costUsd } = error;
  const clean = createScrub(secretsOf(auth)).text(String(message));
  return clean === message ? error : new ActionError(clean, { costUsd });
}

/** Tells a `ValidationError` from anything else that may be thrown, even from what throws when it is looked at. */
export function isValidationError(error: unknown): error is ValidationError {
  try {
    return error instanceof ValidationError;
  } catch {
    return false; // a proxy whose trap throws
  }
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
    error_type: scrub.text(name).slice(0, MOST_MESSAGE_CHARS),
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
