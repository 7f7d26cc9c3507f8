import type { Logger } from "../company_data/logger.ts";
import { describeError, type ErrorSite } from "./_describe_error.ts";
import { ERROR_CODES } from "./connector_error.ts";
import { type ErrorBody, errorResponse } from "./envelope.ts";
import type { Redact } from "./redact.ts";

/** How the errors of a connector are written. */
export interface ErrorStyle {
  readonly appId: string;
  readonly errorFormat: "prefixed" | "plain";
}

/** A failure, where it happened and who is told. */
export interface Failure {
  readonly style: ErrorStyle;
  readonly site: ErrorSite;
  readonly logger: Logger;
  readonly redact: Redact;
}

/** The JSON of an error envelope, without the secrets of the request. */
export function envelopeText(
  body: ErrorBody,
  { style, redact }: { style: ErrorStyle; redact: Redact },
): string {
  const clean = cleanBody(body, { appId: style.appId, redact });
  return bodyText(clean, style);
}

/** The JSON of what a thrown value means; it never throws, whatever that value and its handlers do. */
export function failureText(error: unknown, failure: Failure): string {
  const { style, site, redact } = failure;
  try {
    const known = plainBody(safeBody(error, site), site);
    const body = cleanBody(known, { appId: style.appId, redact });
    tell(body, failure);
    return bodyText(body, style);
  } catch {
    // Not even its message can be read.
    const raised_in = `${site.appId}:${site.capability}`;
    const body = plainBody({ raised_in }, site);
    tell(body, failure);
    return bodyText(body, style);
  }
}

// A handler of exceptions that throws must not hide what it was called for.
function safeBody(error: unknown, site: ErrorSite): Partial<ErrorBody> {
  try {
    return describeError(error, site);
  } catch {
    return describeError(error, { ...site, rules: [] });
  }
}

// Errors and handlers are code of others: a member of another type must not break the JSON or its reader.
function plainBody(
  body: { readonly [Name in keyof ErrorBody]?: unknown },
  { appId }: ErrorSite,
): ErrorBody {
  return {
    message: textOf(body.message) ?? "Something without a message",
    status_code: numberOf(body.status_code),
    app_error_code: textOf(body.app_error_code) || null, // "" counts as absent
    error_code: textOf(body.error_code) || "unexpected_error",
    app_id: textOf(body.app_id) ?? appId,
    raised_by: textOf(body.raised_by),
    raised_in: textOf(body.raised_in),
  };
}

function textOf(value: unknown): string | null {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "bigint"
    ? String(value)
    : null;
}

function numberOf(value: unknown): number | null {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number)
    ? number
    : null;
}

// The id of the connector and the codes of the protocol are no secrets, even where a secret is spelled like them.
function cleanBody(
  body: ErrorBody,
  { appId, redact }: { appId: string; redact: Redact },
): ErrorBody {
  const { app_id, error_code, app_error_code, raised_by, raised_in } = body;
  const isStandard = ERROR_CODES.some((code) => code === error_code);
  const place = `${appId}:`;
  return {
    ...body,
    message: redact(body.message),
    app_error_code: app_error_code && redact(app_error_code),
    error_code: isStandard ? error_code : redact(error_code),
    app_id: app_id === appId ? app_id : redact(app_id),
    raised_by: raised_by && redact(raised_by),
    raised_in: raised_in?.startsWith(place)
      ? place + redact(raised_in.slice(place.length))
      : raised_in && redact(raised_in),
  };
}

function tell(body: ErrorBody, { style, site, logger }: Failure): void {
  const { capability } = site;
  const line = `${style.appId}/${body.error_code}: ${body.message}`;
  try {
    const said: unknown = logger.warn(line, { capability });
    if (said instanceof Promise) said.catch(() => undefined);
  } catch {
    // A log that is broken must not take the answer away.
  }
}

function bodyText(body: ErrorBody, { appId, errorFormat }: ErrorStyle): string {
  const error_code = errorFormat === "prefixed"
    ? `${appId}.${body.error_code}`
    : body.error_code;
  return JSON.stringify(errorResponse({ ...body, error_code }));
}
