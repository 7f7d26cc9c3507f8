/** An access token of the authorization code flow. */
export const OAUTH = {
  title: "OAuthCredential",
  type: "object",
  required: ["access_token"],
  properties: {
    access_token: {
      type: "string",
      "x-secret": true,
      "x-field_type": "HIDDEN",
    },
  },
} as const;

/** An access token of the client credentials flow. */
export const OAUTH_CLIENT_CREDENTIALS = {
  title: "OAuthClientCredential",
  type: "object",
  required: ["access_token", "client_id", "client_secret", "scopes"],
  properties: {
    access_token: {
      type: "string",
      "x-secret": true,
      "x-field_type": "HIDDEN",
    },
    client_id: { type: "string" },
    client_secret: {
      type: "string",
      "x-secret": true,
      "x-field_type": "SECRET",
    },
    scopes: { type: "array", items: { type: "string" } },
  },
} as const;

/** A name and a password. */
export const BASIC = {
  title: "BasicCredential",
  type: "object",
  required: ["username", "password"],
  properties: {
    username: { type: "string" },
    password: { type: "string", "x-secret": true, "x-field_type": "SECRET" },
  },
} as const;

/** A fixed token. */
export const TOKEN = {
  title: "TokenCredential",
  type: "object",
  required: ["token"],
  properties: {
    token: { type: "string", "x-secret": true, "x-field_type": "SECRET" },
  },
} as const;

/** What a signed token is made of. */
export const JWT = {
  title: "JWTCredential",
  type: "object",
  required: ["headers", "claims", "secret"],
  properties: {
    headers: {
      title: "JWTHeaders",
      type: "object",
      required: [
        "alg",
        "jku",
        "jwk",
        "typ",
        "kid",
        "x5u",
        "x5c",
        "x5t",
        "x5t#S256",
        "cty",
        "crit",
      ],
      properties: {
        alg: { type: "string" },
        jku: { type: "string" },
        jwk: { type: "string" },
        typ: { type: "string" },
        kid: { type: "string" },
        x5u: { type: "string" },
        x5c: { type: "string" },
        x5t: { type: "string" },
        "x5t#S256": { type: "string" },
        cty: { type: "string" },
        crit: { type: "array", items: { type: "string" } },
      },
    },
    claims: {
      title: "JWTClaims",
      type: "object",
      required: [
        "iss",
        "sub",
        "aud",
        "exp",
        "nbf",
        "iat",
        "jti",
        "act",
        "scope",
        "client_id",
        "may_act",
      ],
      properties: {
        iss: { type: "string" },
        sub: { type: "string" },
        aud: { type: "string" },
        exp: { type: "integer" },
        nbf: { type: "integer" },
        iat: { type: "integer" },
        jti: { type: "string" },
        act: { type: "string" },
        scope: { type: "array", items: { type: "string" } },
        client_id: { type: "string" },
        may_act: { type: "string" },
      },
    },
    secret: { type: "string", "x-secret": true, "x-field_type": "SECRET" },
  },
} as const;

/** The four parts of OAuth 1.0. */
export const OAUTH1 = {
  title: "OAuth1Credential",
  type: "object",
  required: ["consumer_key", "consumer_secret", "token_id", "token_secret"],
  properties: {
    consumer_key: { type: "string" },
    consumer_secret: {
      type: "string",
      "x-secret": true,
      "x-field_type": "SECRET",
    },
    token_id: { type: "string" },
    token_secret: {
      type: "string",
      "x-secret": true,
      "x-field_type": "SECRET",
    },
  },
} as const;

/** A credential whose members only the app knows: the key file of a service account, or a pair of keys. */
export const OPEN_CREDENTIAL = {
  type: "object",
  additionalProperties: {},
} as const;
