/**
 * Connectors: an app behind one table of capabilities, each of which takes JSON and gives JSON.
 *
 * A {@linkcode Connector} checks requests and responses against schemas that are written once, with TypeBox or as JSON
 * Schema, and that also give the types, `info()` and {@linkcode openApi}. It keeps no state: credential, settings and
 * page come with every request, so a crash loses the call that was under way and nothing else.
 *
 * ### Ways to run one
 *
 * | way | how |
 * |---|---|
 * | in a program | `connector.dispatch(name, json)`, which resolves to JSON |
 * | over HTTP | `connectorRoutes` of `@sluice/edge/hono/connector-routes` |
 * | as a command | `runConnector` of `@sluice/edge/hono/run-connector`, or `sluice connector call` |
 * | from nothing | {@linkcode scaffold} writes a project that runs and whose tests pass |
 *
 * ### The parts
 *
 * - **Capabilities**: `registerCapability(name, handler)` for one of {@linkcode STANDARD_CAPABILITIES}, whose request
 *   and response the protocol fixes, or with schemas of your own for any other name.
 * - **Credential**: `auth: credential("basic")` names the one slot that requests carry; {@linkcode CREDENTIAL_SCHEMAS}
 *   has all kinds. `settings` is a schema of your own for what else a tenant configures.
 * - **Errors**: a handler throws a {@linkcode ConnectorError} with a standard code, or anything that a rule of
 *   `exceptionHandlers` translates; {@linkcode raiseForStatus} with {@linkcode HttpHandler} does that for the answers
 *   of an app. The envelope and the log line hold no secret of the request: its credential, and every member that a
 *   schema marks with `"x-secret": true` or whose name says so.
 * - **Pages**: {@linkcode pageTokens} makes tokens that no caller can change. They are signed, not encrypted.
 * - **OAuth**: the option `oauth` registers the capabilities of the code flow, with PKCE where you ask for it, or of
 *   client credentials. A callback whose `state` is not the one that its request names is refused.
 *
 * @example List accounts page by page
 * ```ts
 * import { Connector, credential, pageTokens } from "@sluice/edge/connector";
 * import { assertEquals } from "@std/assert";
 *
 * const tokens = pageTokens({ key: "0123456789abcdef", purpose: "demo/list_accounts" });
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 * });
 * connector.registerCapability("list_accounts", async ({ page }) => {
 *   const [cursor = { after: 0 }] = await tokens.cursors(page) ?? [];
 *   const after = Number(cursor["after"]);
 *   return {
 *     response: [{ integration_specific_id: `account-${after}` }],
 *     page: await tokens.next(after < 1 ? [{ after: after + 1 }] : []),
 *   };
 * });
 *
 * const auth = { token: { token: "secret-token" } };
 * const first = JSON.parse(await connector.dispatch("list_accounts", JSON.stringify({ auth, request: {} })));
 * const second = JSON.parse(
 *   await connector.dispatch("list_accounts", JSON.stringify({ auth, request: {}, page: first.page })),
 * );
 * assertEquals(second.response[0].integration_specific_id, "account-1");
 * assertEquals(second.page, null);
 * ```
 *
 * @example Say what the errors of the app mean
 * ```ts
 * import { ApiError, Connector, credential, HttpHandler, raiseForStatus } from "@sluice/edge/connector";
 * import { assertEquals } from "@std/assert";
 *
 * const app = (): Promise<Response> => Promise.resolve(new Response(null, { status: 404 }));
 * const connector = new Connector({
 *   appId: "demo",
 *   version: "0.1.0",
 *   auth: credential("token"),
 *   descriptionData: { userFriendlyName: "Demo", categories: ["OTHER"] },
 *   exceptionHandlers: [[ApiError, HttpHandler]],
 * });
 * connector.registerCapability("list_accounts", async () => {
 *   const answer = raiseForStatus(await app());
 *   return { response: await answer.json() };
 * });
 *
 * const request = { auth: { token: { token: "secret-token" } }, request: {} };
 * const answer = JSON.parse(await connector.dispatch("list_accounts", JSON.stringify(request)));
 * assertEquals([answer.is_error, answer.error.error_code], [true, "demo.not_found"]);
 * ```
 *
 * @module
 */
export type { JsonObject } from "../_internal/json.ts";
export type { LogFields, Logger } from "../company_data/logger.ts";
export {
  ApiError,
  ConfigError,
  RateLimitError,
  SluiceError,
  ValidationError,
} from "../errors.ts";
export type {
  ApiErrorInit,
  ConfigProblem,
  SluiceErrorOptions,
} from "../errors.ts";
export type { FetchLike } from "../http/send.ts";
export { PAGE_SCHEMA } from "./_account_shapes.ts";
export {
  extraData,
  getBasicAuth,
  getJwtAuth,
  getOauth,
  getSettings,
  getTokenAuth,
} from "./accessors.ts";
export type { WithAuth } from "./accessors.ts";
export type {
  Capability,
  CapabilityArgs,
  CapabilityHandler,
  CapabilityMetadata,
  CapabilityResult,
  CustomOptions,
  StandardOptions,
} from "./capability.ts";
export { Connector } from "./connector.ts";
export type { AnyConnector, DispatchOptions } from "./connector.ts";
export { ConnectorError, ERROR_CODES } from "./connector_error.ts";
export type { ConnectorErrorInit, ErrorCode } from "./connector_error.ts";
export type { ConnectorOptions, SettingsOf } from "./connector_options.ts";
export { credential, CREDENTIAL_SCHEMAS } from "./credentials.ts";
export type {
  AuthCredential,
  AuthOf,
  CredentialOf,
  CredentialSlot,
  CredentialType,
} from "./credentials.ts";
export { APP_CATEGORIES } from "./description.ts";
export type {
  AppCategory,
  DescriptionData,
  EntitlementType,
  ResourceType,
} from "./description.ts";
export type { ErrorBody, ErrorResponse, SuccessResponse } from "./envelope.ts";
export { HttpHandler } from "./exception_handlers.ts";
export type {
  ErrorClass,
  ExceptionContext,
  ExceptionHandler,
  ExceptionRule,
} from "./exception_handlers.ts";
export type { FromSchema, ObjectSchema, SchemaValue } from "./from_schema.ts";
export type {
  CapabilityInfo,
  EntitlementTypeInfo,
  Info,
  InfoResponse,
  ResourceTypeInfo,
} from "./info.ts";
export type {
  OAuthCapabilities,
  OAuthRequest,
  OAuthRequestType,
  OAuthScopes,
  OAuthSettings,
  OAuthValue,
} from "./oauth_settings.ts";
export { openApi } from "./openapi.ts";
export type { OpenApiOptions } from "./openapi.ts";
export { pageTokens } from "./page_tokens.ts";
export type { Cursor, PageTokens, PageTokensOptions } from "./page_tokens.ts";
export type {
  CustomAttributeSchema,
  FoundAccountData,
  FoundEntitlementAssociation,
  FoundEntitlementData,
  FoundResourceData,
  LastActivityData,
  OauthCredentials,
  OpenCapability,
  Page,
  RequestOf,
  ResponseOf,
  StandardCapability,
  StandardSchemas,
} from "./payloads.ts";
export { raiseForStatus } from "./raise_for_status.ts";
export {
  DuplicateCapabilityError,
  InvalidAppIdError,
} from "./registration_errors.ts";
export { scaffold } from "./scaffold.ts";
export type { ScaffoldOptions } from "./scaffold.ts";
export { STANDARD_CAPABILITIES } from "./standard_capabilities.ts";
export type {
  AuthFor,
  StandardHandler,
  StandardHandlers,
} from "./standard_handlers.ts";
