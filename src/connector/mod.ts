/**
 * Connectors: an app behind one table of capabilities, each of which takes JSON and gives JSON.
 *
 * A {@linkcode Connector} checks requests and responses against schemas that are written once, with TypeBox or as JSON
 * Schema, and that also give the types, `info()` and {@linkcode openApi}. Serve it with
 * `@sluice/edge/hono/connector-routes`, or make it a command with `@sluice/edge/hono/run-connector`.
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
