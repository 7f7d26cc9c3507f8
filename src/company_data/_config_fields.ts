import { hostEnv } from "../_internal/host.ts";
import { ConfigError } from "../errors.ts";

/** The environment variable of each file key. */
export const ENV_NAMES = {
  api_url: "ALLUS_API_URL",
  client_id: "ALLUS_CLIENT_ID",
  client_secret: "ALLUS_CLIENT_SECRET",
  service_private_key: "ALLUS_SERVICE_PRIVATE_KEY",
  key_passphrase: "ALLUS_KEY_PASSPHRASE",
  account_private_key: "ALLUS_ACCOUNT_PRIVATE_KEY",
  account_passphrase: "ALLUS_ACCOUNT_PASSPHRASE",
  cache_dir: "ALLUS_CACHE_DIR",
  format: "ALLUS_FORMAT",
  webhooks: "ALLUS_WEBHOOKS",
  webhook_secret: "ALLUS_WEBHOOK_SECRET",
  webhook_bearer_token: "ALLUS_WEBHOOK_BEARER_TOKEN",
  "webhook_basic.username": "ALLUS_WEBHOOK_BASIC_USERNAME",
  "webhook_basic.password": "ALLUS_WEBHOOK_BASIC_PASSWORD",
  "webhook_header.name": "ALLUS_WEBHOOK_HEADER_NAME",
  "webhook_header.value": "ALLUS_WEBHOOK_HEADER_VALUE",
  webhook_auth_none: "ALLUS_WEBHOOK_AUTH_NONE",
  customer_client_id: "ALLUS_CUSTOMER_CLIENT_ID",
  customer_client_secret: "ALLUS_CUSTOMER_CLIENT_SECRET",
  oauth_client_id: "ALLUS_OAUTH_CLIENT_ID",
  oauth_redirect_uri: "ALLUS_OAUTH_REDIRECT_URI",
  oauth_client_secret: "ALLUS_OAUTH_CLIENT_SECRET",
  oauth_private_key: "ALLUS_OAUTH_PRIVATE_KEY",
  oauth_key_passphrase: "ALLUS_OAUTH_KEY_PASSPHRASE",
} as const;

/** A key of the file; a dot leads into an object. */
export type Field = keyof typeof ENV_NAMES;

/** The variables that are set, by their file keys. An empty one counts as not set. */
export type EnvValues = ReadonlyMap<string, unknown>;

/** Reads our variables out of an environment, that of the host by default, once. */
export function readEnv(env: object | undefined): EnvValues {
  const source = env ?? readHostEnv();
  const values = new Map<string, unknown>();
  for (const [field, name] of Object.entries(ENV_NAMES)) {
    const value: unknown = Reflect.get(source, name);
    if (value === undefined || value === null || value === "") continue;
    values.set(field, value);
  }
  return values;
}

function readHostEnv(): object {
  try {
    return hostEnv();
  } catch (cause) {
    throw new ConfigError(
      "Cannot read the environment: the host denies it, wanted the permission (--allow-env) or an `env` argument, {} for none",
      { cause },
    );
  }
}
