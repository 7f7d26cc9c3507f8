import type { ErrorBody } from "./envelope.ts";
import { ERROR_CODES, type ErrorCode } from "./connector_error.ts";

/** What an exception handler knows besides the error. */
export interface ExceptionContext {
  /** The capability whose handler threw. */
  readonly capability: string;
  /** The third element of the tuple, if it has one. */
  readonly errorCode: ErrorCode | null;
  /** What is known so far: a copy, which may be changed and given back. `error_code` is without prefix. */
  readonly body: ErrorBody;
}

/** Says what an error of some class means. */
export interface ExceptionHandler {
  /** Gives what the caller is told; a standard code in `error_code`. */
  handle(error: unknown, context: ExceptionContext): ErrorBody;
}

/** A class of errors. */
export type ErrorClass = abstract new (...args: never[]) => unknown;

/**
 * What to do with the errors of a class and its subclasses: the class, a handler or `null`, and the standard code that
 * these errors always get, whatever the handler says.
 */
export type ExceptionRule = readonly [
  errorClass: ErrorClass,
  handler: ExceptionHandler | null,
  errorCode?: ErrorCode | null,
];

/**
 * Reads the code out of the HTTP status of the app's answer: 400 `bad_request`, 401 `unauthorized`, 403
 * `permission_denied`, 404 `not_found`, 429 `rate_limit`, all others and none `api_error`.
 */
export const HttpHandler: ExceptionHandler = {
  handle: (_error, { body }) => ({
    ...body,
    error_code: httpErrorCode(body.status_code),
  }),
};

function httpErrorCode(status: number | null): ErrorCode {
  switch (status) {
    case 400:
      return "bad_request";
    case 401:
      return "unauthorized";
    case 403:
      return "permission_denied";
    case 404:
      return "not_found";
    case 429:
      return "rate_limit";
    default:
      return "api_error";
  }
}

/** Copies the rules, or throws a `TypeError` that names the one that is none. */
export function checkRules(rules: readonly ExceptionRule[]): ExceptionRule[] {
  return rules.map((rule, index) => {
    const [errorClass, handler, errorCode] = rule;
    const what = `Cannot use exceptionHandlers[${index}]`;
    if (typeof errorClass !== "function") {
      throw new TypeError(`${what}: wanted a class first`);
    }
    if (handler && typeof handler.handle !== "function") {
      throw new TypeError(`${what}: wanted a handler with "handle" second`);
    }
    if (errorCode && !ERROR_CODES.includes(errorCode)) {
      throw new TypeError(`${what}: wanted a standard code third`);
    }
    return [errorClass, handler, errorCode ?? null];
  });
}
