/** Request of `get_authorization_url`. */
export const GET_AUTHORIZATION_URL = {
  title: "GetAuthorizationUrl",
  type: "object",
  required: ["client_id", "scopes", "redirect_uri", "state"],
  properties: {
    client_id: { type: "string" },
    scopes: { type: "array", items: { type: "string" } },
    redirect_uri: { type: "string" },
    state: { type: "string" },
    credential_id: { type: ["string", "null"] },
    form_data: { type: ["object", "null"], additionalProperties: {} },
  },
} as const;

/** Response of `get_authorization_url`. */
export const AUTHORIZATION_URL = {
  title: "AuthorizationUrl",
  type: "object",
  required: ["authorization_url"],
  properties: {
    authorization_url: { type: "string" },
    code_verifier: {
      type: ["string", "null"],
      description: "PKCE: what `handle_authorization_callback` needs",
      "x-secret": true,
    },
  },
} as const;

/** Request of `handle_authorization_callback`. */
export const HANDLE_AUTHORIZATION_CALLBACK = {
  title: "HandleAuthorizationCallback",
  type: "object",
  required: ["client_id", "client_secret", "redirect_uri_with_code"],
  properties: {
    client_id: { type: "string" },
    client_secret: { type: "string", "x-secret": true },
    redirect_uri_with_code: { type: "string", "x-secret": true },
    state: { type: ["string", "null"] },
    code_verifier: { type: ["string", "null"], "x-secret": true },
    credential_id: { type: ["string", "null"] },
  },
} as const;

/** Request of `handle_client_credentials_request`. */
export const HANDLE_CLIENT_CREDENTIALS = {
  title: "HandleClientCredentials",
  type: "object",
  required: ["client_id", "client_secret", "scopes"],
  properties: {
    client_id: { type: "string" },
    client_secret: { type: "string", "x-secret": true },
    scopes: { type: "array", items: { type: "string" } },
    credential_id: { type: ["string", "null"] },
  },
} as const;

/** Request of `refresh_access_token`. */
export const REFRESH_ACCESS_TOKEN = {
  title: "RefreshAccessToken",
  type: "object",
  required: ["client_id", "client_secret", "refresh_token"],
  properties: {
    client_id: { type: "string" },
    client_secret: { type: "string", "x-secret": true },
    refresh_token: { type: "string", "x-secret": true },
    state: { type: ["string", "null"] },
    credential_id: { type: ["string", "null"] },
  },
} as const;

/** Response of the three capabilities that end with a token. */
export const OAUTH_CREDENTIALS = {
  title: "OauthCredentials",
  type: "object",
  required: ["access_token", "token_type"],
  properties: {
    access_token: { type: "string", "x-secret": true },
    token_type: { type: "string", enum: ["bearer"] },
    refresh_token: { type: ["string", "null"], "x-secret": true },
    state: { type: ["string", "null"] },
    expires_in: {
      type: ["integer", "null"],
      description: "Seconds that the access token can be used",
    },
    scope: { type: ["string", "null"] },
  },
} as const;
