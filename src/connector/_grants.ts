import { type JsonObject, member, text } from "../_internal/json.ts";
import type { ArgsOf } from "./_authorization_url.ts";
import { type OAuthConfig, scopeText } from "./_oauth_config.ts";
import { requestToken } from "./_token_request.ts";
import type { CapabilityResult } from "./capability.ts";
import { ConnectorError } from "./connector_error.ts";
import type { OauthCredentials } from "./payloads.ts";

/** What every grant ends with. */
export type Tokens = Promise<CapabilityResult<OauthCredentials>>;

/** `handle_authorization_callback`: RFC 6749 section 4.1.3. */
export async function handleCallback(
  config: OAuthConfig,
  args: ArgsOf<"handle_authorization_callback">,
): Tokens {
  const { redirect_uri_with_code, state, code_verifier } = args.request;
  const { code, redirectUri } = readCallback(redirect_uri_with_code, state);
  if (config.pkce) assertVerifier(code_verifier);
  const fields = {
    grant_type: "authorization_code",
    code,
    redirect_uri: redirectUri,
    code_verifier: code_verifier ?? undefined,
  };
  return await askWith(config, { args, fields });
}

/** `handle_client_credentials_request`: RFC 6749 section 4.4.2. */
export async function handleClientCredentials(
  config: OAuthConfig,
  args: ArgsOf<"handle_client_credentials_request">,
): Tokens {
  const { scopes: asked } = args.request;
  const scope = await scopeText(config, { asked, args });
  const fields = {
    grant_type: "client_credentials",
    scope: scope === "" ? undefined : scope,
  };
  return await askWith(config, { args, fields });
}

/** `refresh_access_token`: RFC 6749 section 6. */
export async function refreshToken(
  config: OAuthConfig,
  args: ArgsOf<"refresh_access_token">,
): Tokens {
  const { refresh_token } = args.request;
  const fields = { grant_type: "refresh_token", refresh_token };
  return await askWith(config, { args, fields });
}

async function askWith(
  config: OAuthConfig,
  { args, fields }: {
    args: ArgsOf<
      | "handle_authorization_callback"
      | "handle_client_credentials_request"
      | "refresh_access_token"
    >;
    fields: Record<string, string | undefined>;
  },
): Tokens {
  const { client_id: clientId, client_secret: clientSecret } = args.request;
  const grant = { fields, clientId, clientSecret, args };
  const token = await requestToken(config, grant);
  const state = text(args.request, "state");
  const response = credentialsOf(token, state);
  const rawData = args.includeRawData
    ? { ...token, token_type: response.token_type }
    : null;
  return { response, rawData };
}

function readCallback(
  callback: string,
  state: string | null | undefined,
): { code: string; redirectUri: string } {
  if (!URL.canParse(callback)) {
    throw callbackError("wanted an absolute URL");
  }
  const { protocol, host, pathname, searchParams } = new URL(callback);
  // RFC 6749 section 3.1: no parameter may be there twice, or each reader would choose for itself.
  for (const name of ["code", "state"]) {
    if (searchParams.getAll(name).length > 1) {
      throw callbackError(`wanted one ${name} in its query`);
    }
  }
  // RFC 6749 section 10.12: a callback of another session carries another state, or none.
  const given = searchParams.get("state") ?? "";
  if (typeof state === "string" && given !== state) {
    throw callbackError("its state is not the one that was sent");
  }
  const error = searchParams.get("error");
  if (error !== null) {
    throw callbackError("the authorization server refused", error);
  }
  const code = searchParams.get("code") ?? "";
  if (code === "") throw callbackError("wanted a code in its query");
  return { code, redirectUri: `${protocol}//${host}${pathname}` };
}

// RFC 7636 section 4.1.
const VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/;

function assertVerifier(verifier: string | null | undefined): void {
  if (typeof verifier === "string" && VERIFIER.test(verifier)) return;
  throw new ConnectorError(
    "Cannot use code_verifier: wanted 43 to 128 letters, digits and -._~",
    { errorCode: "bad_request" },
  );
}

function callbackError(
  state: string,
  appErrorCode: string | null = null,
): ConnectorError {
  return new ConnectorError(`Cannot use redirect_uri_with_code: ${state}`, {
    errorCode: "bad_request",
    appErrorCode,
  });
}

function credentialsOf(
  token: JsonObject,
  state: string | null,
): OauthCredentials {
  const type = text(token, "token_type") ?? "bearer";
  if (type.toLowerCase() !== "bearer") {
    throw new ConnectorError(
      'Cannot use the token: wanted the "token_type" bearer',
      { errorCode: "invalid_response" },
    );
  }
  return {
    access_token: text(token, "access_token") ?? "",
    token_type: "bearer",
    refresh_token: text(token, "refresh_token"),
    state: text(token, "state") ?? state,
    expires_in: secondsOf(member(token, "expires_in")),
    scope: text(token, "scope"),
  };
}

// Some servers write the number as a text.
function secondsOf(value: unknown): number | null {
  const isText = typeof value === "string" && /^\d{1,10}$/.test(value);
  const seconds = isText ? Number(value) : value;
  return typeof seconds === "number" && Number.isSafeInteger(seconds)
    ? seconds
    : null;
}
