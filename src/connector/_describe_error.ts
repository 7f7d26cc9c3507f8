import { isObject } from "../_internal/json.ts";
import { ConnectorError } from "./connector_error.ts";
import type { ErrorBody } from "./envelope.ts";
import type { ExceptionRule } from "./exception_handlers.ts";

/** Where an error was thrown and which rules apply there. */
export interface ErrorSite {
  readonly appId: string;
  readonly capability: string;
  readonly rules: readonly ExceptionRule[];
}

/**
 * Says what a thrown value means. A `ConnectorError` speaks for itself; for all others the rules run in their order on
 * what is known so far, so that the last one that matches has the last word.
 */
export function describeError(error: unknown, site: ErrorSite): ErrorBody {
  const body = defaultBody(error, site);
  if (error instanceof ConnectorError) return body;
  return site.rules.reduce(
    (known, rule) => applyRule(known, { error, rule, site }),
    body,
  );
}

function applyRule(
  body: ErrorBody,
  { error, rule, site }: {
    error: unknown;
    rule: ExceptionRule;
    site: ErrorSite;
  },
): ErrorBody {
  const [errorClass, handler, errorCode = null] = rule;
  if (!(error instanceof errorClass)) return body;
  const { capability } = site;
  const said: unknown = handler
    ? handler.handle(error, { capability, errorCode, body: { ...body } })
    : body;
  const handled = isBody(said) ? said : body;
  return errorCode ? { ...handled, error_code: errorCode } : handled;
}

// Code without types may say nothing, or too late; then what was known holds.
function isBody(said: unknown): said is ErrorBody {
  if (said instanceof Promise) said.catch(() => undefined);
  return isObject(said) && !(said instanceof Promise);
}

function defaultBody(error: unknown, site: ErrorSite): ErrorBody {
  const known = error instanceof ConnectorError ? error : undefined;
  return {
    message: messageOf(error),
    status_code: known ? known.statusCode : statusOf(error),
    app_error_code: known?.appErrorCode ?? null,
    error_code: known?.errorCode ?? "unexpected_error",
    app_id: site.appId,
    raised_by: classOf(error),
    raised_in: `${site.appId}:${site.capability}`,
  };
}

function messageOf(error: unknown): string {
  if (isObject(error) && typeof error["message"] === "string") {
    return error["message"];
  }
  // An object may lack even a toString.
  return typeof error === "object"
    ? "Something without a message"
    : String(error);
}

function classOf(error: unknown): string | null {
  if (!(error instanceof Error)) return null;
  return error.name === "Error" ? error.constructor.name : error.name;
}

// The status of an HTTP error is at different places in different clients; GraphQL clients call it `code`.
function statusOf(error: unknown): number | null {
  if (!isObject(error)) return null;
  const response = error["response"];
  const places = [
    error["code"],
    ...isObject(response) ? [response["status_code"], response["status"]] : [],
    error["status"],
  ];
  return places.find(isStatus) ?? null;
}

function isStatus(value: unknown): value is number {
  return Number.isInteger(value) && Number(value) >= 100 && Number(value) < 600;
}
