import { type ArgsOf, getAuthorizationUrl } from "./_authorization_url.ts";
import type { Registration } from "./_entries.ts";
import {
  handleCallback,
  handleClientCredentials,
  refreshToken,
} from "./_grants.ts";
import type { Tokens } from "./_grants.ts";
import { type OAuthConfig, readOAuthSettings } from "./_oauth_config.ts";
import type { CapabilityResult } from "./capability.ts";
import type { OAuthCapabilities, OAuthSettings } from "./oauth_settings.ts";
import type { ResponseOf } from "./payloads.ts";

/** A capability of a flow, and the flag that switches it off. */
interface Part {
  readonly name: string;
  readonly flag: keyof OAuthCapabilities;
  readonly handler: unknown;
}

/** The capabilities of the flow, without those that are switched off. */
export function oauthModule(settings: OAuthSettings): Registration[] {
  const config = readOAuthSettings(settings);
  const flow = config.flowType === "code"
    ? codeFlow(config)
    : clientFlow(config);
  return flow.filter(({ flag }) => config.capabilities[flag] ?? true)
    .map(({ name, handler }) => ({ name, handler, origin: "module" }));
}

/** The scopes by capability for `info`; `null` when they depend on the request. */
export function staticScopes(
  { scopes = {} }: OAuthSettings,
): Record<string, string> | null {
  if (typeof scopes === "function") return null;
  return Object.fromEntries(
    Object.entries(scopes).filter((entry): entry is [string, string] =>
      typeof entry[1] === "string"
    ),
  );
}

function codeFlow(config: OAuthConfig): Part[] {
  return [
    {
      name: "get_authorization_url",
      flag: "getAuthorizationUrl",
      handler: (
        args: ArgsOf<"get_authorization_url">,
      ): Promise<CapabilityResult<ResponseOf<"get_authorization_url">>> =>
        getAuthorizationUrl(config, args),
    },
    {
      name: "handle_authorization_callback",
      flag: "handleAuthorizationCallback",
      handler: (args: ArgsOf<"handle_authorization_callback">): Tokens =>
        handleCallback(config, args),
    },
    refreshPart(config),
  ];
}

function clientFlow(config: OAuthConfig): Part[] {
  return [
    {
      name: "handle_client_credentials_request",
      flag: "handleClientCredentialsRequest",
      handler: (args: ArgsOf<"handle_client_credentials_request">): Tokens =>
        handleClientCredentials(config, args),
    },
    refreshPart(config),
  ];
}

function refreshPart(config: OAuthConfig): Part {
  return {
    name: "refresh_access_token",
    flag: "refreshAccessToken",
    handler: (args: ArgsOf<"refresh_access_token">): Tokens =>
      refreshToken(config, args),
  };
}
