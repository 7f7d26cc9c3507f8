import { SluiceError, type SluiceErrorOptions } from "../errors.ts";

/** The standard codes of the protocol. */
export const ERROR_CODES = [
  "not_found",
  "internal_error",
  "api_error",
  "unauthorized",
  "bad_request",
  "permission_denied",
  "not_implemented",
  "unexpected_error",
  "unsupported_operation",
  "unknown_value",
  "invalid_value",
  "unauthenticated",
  "request_timeout",
  "connection_timeout",
  "connection_rejected",
  "rate_limit",
  "authentication_expired",
  "service_error",
  "invalid_response",
  "client_call_error",
  "connection_closed",
  "creds_revoked",
  "invalid_page_token",
  "integration_missing_parameter",
] as const;

/** A standard code of the protocol. */
export type ErrorCode = (typeof ERROR_CODES)[number];

/** What a {@linkcode ConnectorError} carries besides its message. */
export interface ConnectorErrorInit extends SluiceErrorOptions {
  /** The standard code. */
  errorCode: ErrorCode;
  /** A code of the connector's own, such as `"seat_limit"`. Empty counts as absent. */
  appErrorCode?: string | null;
  /** HTTP status of the answer of the app, when there was one. */
  statusCode?: number | null;
}

/**
 * What a handler throws to say what went wrong: its codes and its message reach the caller as they are.
 *
 * Exception handlers do not see it. Its message goes out, with the secrets of the request taken out.
 *
 * @example Refuse with a code
 * ```ts
 * import { ConnectorError } from "@sluice/edge/connector";
 * import { assertEquals } from "@std/assert";
 *
 * const error = new ConnectorError("All seats are taken", {
 *   errorCode: "unsupported_operation",
 *   appErrorCode: "seat_limit",
 * });
 * assertEquals(error.errorCode, "unsupported_operation");
 * ```
 */
export class ConnectorError extends SluiceError {
  /** @ignore */
  override readonly name = "ConnectorError";
  /** Identifies the class. */
  readonly code = "connector";
  /** The standard code. */
  readonly errorCode: ErrorCode;
  /** The connector's own code, if any. */
  readonly appErrorCode: string | null;
  /** HTTP status of the answer of the app, if any. */
  readonly statusCode: number | null;

  /** Creates the error. */
  constructor(message: string, init: ConnectorErrorInit) {
    super(message, init);
    this.errorCode = init.errorCode;
    this.appErrorCode = init.appErrorCode || null; // "" counts as absent
    this.statusCode = init.statusCode ?? null;
  }
}
