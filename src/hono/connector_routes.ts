/**
 * A connector over HTTP: each capability a POST, its errors as envelopes.
 *
 * The routes authenticate nobody. Put them behind a check of your own, or serve them on the loopback only, because a
 * request carries the credentials of a tenant.
 *
 * @example Serve a connector behind a bearer token
 * ```ts
 * import { Hono } from "hono";
 * import { bearerAuth } from "hono/bearer-auth";
 * import { Connector, credential } from "@sluice/edge/connector";
 * import { connectorRoutes, ERROR_STATUSES } from "@sluice/edge/hono/connector-routes";
 * import { assertEquals } from "@std/assert";
 *
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 * });
 * const app = new Hono()
 *   .use(bearerAuth({ token: "0123456789abcdef" })) // in earnest a secret
 *   .route("/", connectorRoutes(connector, { statuses: ERROR_STATUSES }));
 *
 * assertEquals((await app.request("/info")).status, 401);
 * const headers = { authorization: "Bearer 0123456789abcdef" };
 * const answer = await app.request("/list_accounts", { method: "POST", headers, body: "{}" });
 * assertEquals(answer.status, 501); // not_implemented
 * ```
 *
 * @module
 */
import { isObject, parseJson } from "../_internal/json.ts";
import {
  type AnyConnector,
  ERROR_CODES,
  type ErrorCode,
  openApi,
} from "../connector/mod.ts";
import {
  bodyBounds,
  bodyText,
  type HonoApp,
  jsonText,
  postOnly,
  readStatuses,
  rpcApp,
  type RpcOptions,
} from "./_rpc.ts";

export type { HonoApp, RpcOptions } from "./_rpc.ts";

/** Which HTTP status an error code gets; 200 where it is left out. */
export type ErrorStatuses = Readonly<Partial<Record<ErrorCode, number>>>;

/** How a connector is served. */
export interface ConnectorRoutesOptions extends RpcOptions {
  /** Statuses of error envelopes, such as {@linkcode ERROR_STATUSES}. By default every envelope comes with 200. */
  statuses?: ErrorStatuses;
}

/** The statuses that say what the codes mean, for callers that look at them. */
export const ERROR_STATUSES: Readonly<Record<ErrorCode, number>> = {
  not_found: 404,
  internal_error: 500,
  api_error: 502,
  unauthorized: 401,
  bad_request: 400,
  permission_denied: 403,
  not_implemented: 501,
  unexpected_error: 500,
  unsupported_operation: 422,
  unknown_value: 422,
  invalid_value: 422,
  unauthenticated: 401,
  request_timeout: 504,
  connection_timeout: 504,
  connection_rejected: 502,
  rate_limit: 429,
  authentication_expired: 401,
  service_error: 502,
  invalid_response: 502,
  client_call_error: 502,
  connection_closed: 502,
  creds_revoked: 401,
  invalid_page_token: 400,
  integration_missing_parameter: 400,
};

/**
 * Serves a connector: `POST /<capability>`, `GET /info`, `GET /openapi.json` and `GET /healthz`.
 *
 * The body of a call is the JSON of the request, the answer is what `dispatch` gives. Errors of handlers are always
 * envelopes here, whatever the connector's `handleErrors` says. A `-` in the name of a capability counts as `_`. There
 * is no authentication: put it in front, or keep the server on the loopback.
 *
 * @param connector The connector.
 * @param options Limits and statuses.
 * @returns A Hono app, to be served or mounted.
 * @throws {RangeError} For a limit or a status that is none.
 *
 * @example Call a capability
 * ```ts
 * import { Connector, credential } from "@sluice/edge/connector";
 * import { connectorRoutes } from "@sluice/edge/hono/connector-routes";
 * import { assertEquals } from "@std/assert";
 *
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 * });
 * connector.registerCapability("list_accounts", () => ({ response: [] }));
 *
 * const answer = await connectorRoutes(connector).request("/list_accounts", {
 *   method: "POST",
 *   body: JSON.stringify({ auth: { token: { token: "t" } }, request: {} }),
 * });
 * assertEquals(await answer.json(), { response: [], raw_data: null, page: null });
 * ```
 */
export function connectorRoutes(
  connector: AnyConnector,
  options: ConnectorRoutesOptions = {},
): HonoApp {
  const bounds = bodyBounds(options);
  const statuses = options.statuses && readStatuses(options.statuses, {
    known: ERROR_CODES,
    what: "a standard code",
  });
  const app = rpcApp(() => connector.info());
  app.get("/openapi.json", (context) => context.json(openApi(connector)));
  app.post("/:capability", async (context) => {
    const name = nameOf(context.req.param("capability"));
    const request = await bodyText(context, bounds);
    if (typeof request !== "string") return request;
    const json = await connector.dispatch(name, request, {
      signal: context.req.raw.signal,
      handleErrors: true,
    });
    const status = statuses && statusOf(json, { connector, statuses });
    return jsonText(json, status);
  });
  app.all("/:capability", (context) => {
    const name = nameOf(context.req.param("capability"));
    return connector.capabilities.has(name) ? postOnly() : context.notFound();
  });
  return app;
}

function nameOf(parameter: string): string {
  return parameter.replaceAll("-", "_");
}

function statusOf(
  json: string,
  { connector, statuses }: {
    connector: AnyConnector;
    statuses: ErrorStatuses;
  },
): number {
  const envelope = parseJson(json);
  if (!isObject(envelope) || envelope["is_error"] !== true) return 200;
  const { error } = envelope;
  const written = isObject(error) ? String(error["error_code"]) : "";
  const prefix = `${connector.appId}.`;
  const bare = written.startsWith(prefix)
    ? written.slice(prefix.length)
    : written;
  const code = ERROR_CODES.find((known) => known === bare);
  return code === undefined ? 200 : statuses[code] ?? 200;
}
