import { endpointUrl, type OAuthConfig, scopeText } from "./_oauth_config.ts";
import { challengeOf, newVerifier } from "./_pkce.ts";
import type { CapabilityArgs, CapabilityResult } from "./capability.ts";
import type { RequestOf, ResponseOf } from "./payloads.ts";
import type { JsonObject } from "../_internal/json.ts";
import type { AuthCredential } from "./credentials.ts";

/** The arguments of a capability of the module. */
export type ArgsOf<
  Name extends
    | "get_authorization_url"
    | "handle_authorization_callback"
    | "handle_client_credentials_request"
    | "refresh_access_token",
> = CapabilityArgs<RequestOf<Name>, JsonObject, AuthCredential | undefined>;

/** `get_authorization_url`: RFC 6749 section 4.1.1, with RFC 7636 section 4.3 where the flow uses PKCE. */
export async function getAuthorizationUrl(
  config: OAuthConfig,
  args: ArgsOf<"get_authorization_url">,
): Promise<CapabilityResult<ResponseOf<"get_authorization_url">>> {
  const { client_id, redirect_uri, state, scopes } = args.request;
  const url = await endpointUrl(config.authorizationUrl, {
    name: "authorization URL",
    args,
  });
  const scope = await scopeText(config, { asked: scopes, args });
  const verifier = config.pkce ? newVerifier() : null;
  const parameters = {
    client_id,
    response_type: "code",
    scope,
    redirect_uri,
    state,
    ...verifier !== null && {
      code_challenge: await challengeOf(verifier),
      code_challenge_method: "S256",
    },
  };
  for (const [name, value] of Object.entries(parameters)) {
    // No parameter may be there twice (RFC 6749 section 3.1); deleted first, so that ours keep their order.
    url.searchParams.delete(name);
    url.searchParams.append(name, value);
  }
  return { response: { authorization_url: url.href, code_verifier: verifier } };
}
