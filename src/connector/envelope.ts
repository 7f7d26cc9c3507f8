import type { Page } from "./payloads.ts";

/** What went wrong, as the caller is told. */
export interface ErrorBody {
  /** Words for people. */
  message: string;
  /** HTTP status of the answer of the app, when there was one. */
  status_code: number | null;
  /** A code of the connector's own. */
  app_error_code: string | null;
  /** The standard code; `<app_id>.<code>` when the connector's `errorFormat` is `"prefixed"`. */
  error_code: string;
  /** The connector. */
  app_id: string;
  /** The class of the error that was thrown. */
  raised_by: string | null;
  /** `<app_id>:<capability>`. */
  raised_in: string | null;
}

/** The answer of a dispatch that failed. */
export interface ErrorResponse {
  /** Always `true`; a success has no such member. */
  is_error: true;
  /** What went wrong. */
  error: ErrorBody;
  /** Always `null`. */
  response: null;
  /** Always `null`. */
  raw_data: null;
  /** Always `null`. */
  page: null;
}

/** The answer of a dispatch that succeeded. */
export interface SuccessResponse<Response = unknown> {
  /** What the capability responds. */
  response: Response;
  /** The answers of the app, if they were asked for. */
  raw_data: unknown;
  /** Where the listing goes on; `null` at its end. */
  page: Page | null;
}

/** Puts an error in its envelope. */
export function errorResponse(error: ErrorBody): ErrorResponse {
  return { is_error: true, error, response: null, raw_data: null, page: null };
}
