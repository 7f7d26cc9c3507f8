import { errorEnvelope, validationEnvelope } from "./_envelopes.ts";
import { ValidationError } from "./errors.ts";
import type { IntegrationResult } from "./results.ts";

/** The envelope of anything thrown, as the safe mode has it; `auth` names what it must not repeat. */
export function failureEnvelope(
  error: unknown,
  auth: unknown,
): IntegrationResult {
  return error instanceof ValidationError
    ? validationEnvelope(error)
    : errorEnvelope(error, auth);
}
