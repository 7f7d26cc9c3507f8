import type { JsonObject } from "../_internal/json.ts";
import type { FetchLike } from "../http/send.ts";
import type { CapabilityArgs } from "./capability.ts";
import type { AuthCredential } from "./credentials.ts";

/** A request to the OAuth module: it has settings, but no credential yet. */
export type OAuthRequest = CapabilityArgs<
  JsonObject,
  JsonObject,
  AuthCredential | undefined
>;

/** A value, or a function that reads it out of the request, its settings above all. */
export type OAuthValue<T> =
  | T
  | ((args: OAuthRequest) => T | Promise<T>);

/** Scopes by capability, each separated by spaces. */
export type OAuthScopes = Readonly<Record<string, string | null>>;

/** How the token endpoint is called. */
export interface OAuthRequestType {
  /** Defaults to `"POST"`. */
  method?: "POST" | "GET";
  /** A form in the body, parameters of the URL, or JSON in the body. Defaults to `"form"`; a GET wants `"query"`. */
  data?: "form" | "query" | "json";
}

/** Which capabilities of the flow the module registers; all by default. */
export interface OAuthCapabilities {
  /** Code flow. */
  getAuthorizationUrl?: boolean;
  /** Code flow. */
  handleAuthorizationCallback?: boolean;
  /** Client credentials flow. */
  handleClientCredentialsRequest?: boolean;
  /** Both flows. */
  refreshAccessToken?: boolean;
}

/** The OAuth flow of an app. */
export interface OAuthSettings {
  /** Where people allow the access; needed in the code flow only. */
  authorizationUrl?: OAuthValue<string>;
  /** Where tokens come from: https, or http on a loopback host. */
  tokenUrl: OAuthValue<string>;
  /** The scopes that each capability needs. A request without scopes asks for all of them, in this order. */
  scopes?: OAuthValue<OAuthScopes>;
  /** How the token endpoint is called. Defaults to a form by POST. */
  requestType?: OAuthRequestType;
  /** Whether id and secret go with the data or in a Basic header. Defaults to `"client_secret_post"`. */
  clientAuth?: "client_secret_post" | "client_secret_basic";
  /** What is registered. */
  capabilities?: OAuthCapabilities;
  /** Defaults to `"code"`. */
  flowType?: "code" | "client_credentials";
  /** Whether the code flow uses PKCE with S256 (RFC 7636). Defaults to `false`. */
  pkce?: boolean;
  /** Time for one token request, in milliseconds. Defaults to 30 seconds. */
  timeoutMs?: number;
  /** Sends the token requests. Defaults to the host's `fetch`. */
  fetch?: FetchLike;
}
