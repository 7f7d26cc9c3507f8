import {
  errorEnvelope,
  isValidationError,
  scrubbedValidation,
} from "./_envelopes.ts";
import type { IntegrationResult } from "./results.ts";

/** The envelope of anything thrown, as the safe mode has it; `auth` names what it must not repeat. */
export function failureEnvelope(
  error: unknown,
  auth: unknown,
): IntegrationResult {
  return isValidationError(error)
    ? scrubbedValidation(error, auth)
    : errorEnvelope(error, auth);
}
