import {
  isObject,
  type JsonObject,
  member,
  parseJson,
} from "../_internal/json.ts";
import type { Logger } from "../company_data/logger.ts";
import { ValidationError } from "../errors.ts";
import { describeErrors } from "../schema/mod.ts";
import { envelopeText, failureText } from "./_failure_text.ts";
import { fillNulls } from "./_fill_nulls.ts";
import { createRedact, type Redact, secretNames } from "./redact.ts";
import type { Entry } from "./_registry.ts";
import { type Demands, requestProblem } from "./_request_problem.ts";
import type { CapabilityArgs, CapabilityResult } from "./capability.ts";
import { ConnectorError } from "./connector_error.ts";
import type { AuthCredential } from "./credentials.ts";
import type { ErrorBody } from "./envelope.ts";
import type { ExceptionRule } from "./exception_handlers.ts";
import type { Page } from "./payloads.ts";

/** Everything about a connector that a dispatch needs. */
export interface Dispatching extends Demands {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly rules: readonly ExceptionRule[];
  readonly errorFormat: "prefixed" | "plain";
  readonly secrets: ReadonlySet<string>;
  readonly logger: Logger;
}

/** One call. */
export interface DispatchCall {
  readonly name: string;
  readonly json: string;
  readonly signal: AbortSignal | undefined;
}

/** Runs a capability from JSON to JSON. */
export async function dispatchJson(
  connector: Dispatching,
  call: DispatchCall,
): Promise<string> {
  const entry = connector.entries.get(call.name);
  if (!entry) return unknownCapability(connector, call.name);
  const request = parseJson(call.json);
  if (!isObject(request)) {
    const message = "Invalid request, expected JSON input.";
    return refusal(connector, { message, redact: (text) => text });
  }
  const marked = secretNames(entry.request, new Set(connector.secrets));
  const redact = createRedact(request, marked);
  const problem = requestProblem(request, { entry, demands: connector });
  if (problem !== undefined) {
    return refusal(connector, { message: problem, redact });
  }
  try {
    const result = await entry.handler(argsOf(request, { entry, call }));
    return successText(result, entry);
  } catch (error) {
    if (call.signal?.aborted) throw call.signal.reason;
    if (!connector.handleErrors) throw error;
    const { appId, rules, logger } = connector;
    const site = { appId, capability: entry.name, rules };
    return failureText(error, { style: connector, site, logger, redact });
  }
}

function argsOf(
  request: JsonObject,
  { entry, call }: { entry: Entry; call: DispatchCall },
): CapabilityArgs {
  const settings = member(request, "settings");
  const page = member(request, "page");
  return {
    capability: entry.name,
    request: member(request, "request"),
    // Its slot has been checked, and so has the form of the page.
    auth: member(request, "auth") as AuthCredential | undefined,
    settings: isObject(settings) ? settings : {},
    page: isObject(page) ? page as Page : {},
    includeRawData: member(request, "include_raw_data") === true,
    signal: call.signal,
  };
}

function successText(result: unknown, entry: Entry): string {
  if (!isObject(result)) throw resultError(entry, "wanted { response }");
  const { rawData = null, page } = result as Partial<CapabilityResult>;
  const response = fillNulls(entry.response, result["response"] ?? null);
  const errors = entry.responses.errors(response);
  if (errors.length > 0) throw resultError(entry, describeErrors(errors));
  return JSON.stringify({
    response,
    raw_data: rawData,
    page: pageOf(page, entry),
  });
}

// A page without a token is the last one, which the protocol writes as null.
function pageOf(page: unknown, entry: Entry): Page | null {
  if (page === undefined || page === null) return null;
  const { token = null, size = null } = isObject(page) ? page : { token: 0 };
  if (token === null || token === "") return null;
  if (typeof token !== "string") {
    throw resultError(entry, 'wanted a text as the "token" of the page');
  }
  if (size !== null && !Number.isSafeInteger(size)) {
    throw resultError(entry, 'wanted a whole number as the "size" of the page');
  }
  return { token, size: size as number | null };
}

function resultError(entry: Entry, wanted: string): ValidationError {
  return new ValidationError(
    `Cannot use the result of ${entry.name}: ${wanted}`,
    { field: "response" },
  );
}

function unknownCapability(connector: Dispatching, name: string): string {
  const message = `Capability '${name}' is not implemented.`;
  const errorCode = "not_implemented";
  if (!connector.handleErrors) throw new ConnectorError(message, { errorCode });
  const body = bareBody(connector, { message, errorCode });
  return envelopeText(body, { style: connector, redact: (text) => text });
}

function refusal(
  connector: Dispatching,
  { message, redact }: { message: string; redact: Redact },
): string {
  const body = bareBody(connector, { message, errorCode: "bad_request" });
  return envelopeText(body, { style: connector, redact });
}

function bareBody(
  { appId }: Dispatching,
  { message, errorCode }: { message: string; errorCode: string },
): ErrorBody {
  return {
    message,
    status_code: null,
    app_error_code: null,
    error_code: errorCode,
    app_id: appId,
    raised_by: null,
    raised_in: null,
  };
}
