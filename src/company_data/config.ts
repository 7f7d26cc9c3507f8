import { isFileSource } from "../_internal/json_file.ts";
import { type Secret, secret } from "../_internal/secret.ts";
import { ConfigError } from "../errors.ts";
import { readBaseUrl } from "../http/base_url.ts";
import { readEnv } from "./_config_fields.ts";
import { type KeySource, readKey } from "./_config_keys.ts";
import { ConfigReader } from "./_config_reader.ts";
import { readFileSource, readObjectSource } from "./_config_source.ts";
import { readWebhookAuth, type WebhookAuth } from "./_config_webhooks.ts";

export type { KeySource, Secret, WebhookAuth };

const DEFAULT_CACHE_DIR = "./allus-cache";

/**
 * A checked configuration.
 *
 * Secrets and keys are wrapped: printing, `JSON.stringify` and `structuredClone` do not show them.
 */
export interface Config {
  /** Base of the platform, without a slash at its end. */
  readonly apiUrl: string;
  /** Id of the service's client. */
  readonly clientId: string;
  /** Secret of the service's client. */
  readonly clientSecret: Secret<string>;
  /** The key that values are encrypted for. */
  readonly servicePrivateKey: KeySource;
  /** The company's key; opens encrypted webhook envelopes. */
  readonly accountPrivateKey?: KeySource;
  /** Folder of the store that is used when none is given; `./allus-cache` by default. */
  readonly cacheDir: string;
  /** The wire format that is asked for; `"json"` by default. */
  readonly format: "json" | "xml";
  /** How webhook deliveries are authenticated; absent when no way is configured, and then none is accepted. */
  readonly webhookAuth?: WebhookAuth;
  /** Id of the company's own client, for its role as a customer. */
  readonly customerClientId?: string;
  /** Secret of the company's own client. */
  readonly customerClientSecret?: Secret<string>;
  /** Id of the sign-in app. */
  readonly oauthClientId?: string;
  /** Where the sign-in app is returned to. */
  readonly oauthRedirectUri?: string;
  /** Secret of the sign-in app. */
  readonly oauthClientSecret?: Secret<string>;
  /** The key that sign-in values are encrypted for. */
  readonly oauthPrivateKey?: KeySource;
}

/**
 * Reads a configuration file, or an object of the same form, with the environment before it.
 *
 * The file is a JSON object with keys in snake_case, such as `api_url` and `service_private_key`; each can also be
 * set as a variable, such as `ALLUS_API_URL`, and then the variable wins. An empty variable counts as not set, and
 * so do `null` and `""` in the file. Unknown keys are ignored. Each private key may be a path seen from the working
 * directory, PEM text, PEM text with `\n` for its line ends, or base64 of PEM or DER. Keys are not opened here, so
 * a wrong passphrase shows when the key is first used.
 *
 * @param source A path, a `file:` URL, or the object itself.
 * @param env The environment. That of the host by default for a file, and none for an object; Workers pass their own.
 * @returns The checked configuration.
 * @throws {ConfigError} when the file cannot be read or something in it is wrong. `problems` lists everything found,
 * each with its field, and never a value.
 * @throws {TypeError} when `source` is none of the three.
 *
 * @example Read an object
 * ```ts
 * import { loadConfig } from "@sluice/edge/company-data";
 * import { assertEquals } from "@std/assert";
 *
 * const config = await loadConfig({
 *   api_url: "https://api.example.com/",
 *   client_id: "svc_1",
 *   client_secret: "not shown",
 *   service_private_key: "-----BEGIN PRIVATE KEY-----\n…\n-----END PRIVATE KEY-----",
 * }, {});
 * assertEquals(config.apiUrl, "https://api.example.com");
 * assertEquals(`${config.clientSecret}`, "[redacted]");
 * ```
 */
export async function loadConfig(
  source: string | URL | object,
  env?: object,
): Promise<Config> {
  // An object names one platform on purpose, such as a sandbox: what a shell holds must not lead it to another.
  const values = readEnv(isFileSource(source) ? env : env ?? {});
  // An object is read before anything is awaited, so that nobody can change it meanwhile.
  const { file, name } = isFileSource(source)
    ? await readFileSource(source)
    : readObjectSource(source);
  return await readConfig(new ConfigReader(file, values), name);
}

/**
 * Reads a configuration from the environment alone. See {@linkcode loadConfig} for the rules.
 *
 * `ALLUS_WEBHOOKS` is a JSON object of webhook id and secret; `ALLUS_WEBHOOK_AUTH_NONE` counts when it is `true`.
 *
 * @param env The environment; that of the host by default. Workers pass their own.
 * @returns The checked configuration.
 * @throws {ConfigError} when something is missing or wrong.
 */
export async function configFromEnv(env?: object): Promise<Config> {
  return await readConfig(
    new ConfigReader({}, readEnv(env)),
    "the environment",
  );
}

async function readConfig(
  reader: ConfigReader,
  name: string,
): Promise<Config> {
  const plain = readPlainFields(reader);
  const [service, account, oauth] = await readKeys(reader);
  const { problems } = reader;
  if (problems.length > 0 || !service) {
    const list = problems.map(({ field, message }) => `${field}: ${message}`);
    throw new ConfigError(`Cannot use ${name}: ${list.join("; ")}`, {
      problems,
    });
  }
  return Object.freeze({
    ...plain,
    servicePrivateKey: service,
    ...optional("accountPrivateKey", account),
    ...optional("oauthPrivateKey", oauth),
  });
}

type PlainFields = Omit<
  Config,
  "servicePrivateKey" | "accountPrivateKey" | "oauthPrivateKey"
>;

function readPlainFields(reader: ConfigReader): PlainFields {
  return {
    apiUrl: readApiUrl(reader),
    clientId: reader.required("client_id"),
    clientSecret: secret(reader.required("client_secret")),
    cacheDir: reader.text("cache_dir") ?? DEFAULT_CACHE_DIR,
    format: readFormat(reader),
    ...optional("webhookAuth", readWebhookAuth(reader)),
    ...optional("customerClientId", reader.text("customer_client_id")),
    ...optional(
      "customerClientSecret",
      reader.secret("customer_client_secret"),
    ),
    ...optional("oauthClientId", reader.text("oauth_client_id")),
    ...optional("oauthRedirectUri", reader.text("oauth_redirect_uri")),
    ...optional("oauthClientSecret", reader.secret("oauth_client_secret")),
  };
}

async function readKeys(
  reader: ConfigReader,
): Promise<(KeySource | undefined)[]> {
  const keys = await Promise.all([
    readKey(reader, {
      key: "service_private_key",
      passphrase: "key_passphrase",
      required: true,
    }),
    readKey(reader, {
      key: "account_private_key",
      passphrase: "account_passphrase",
    }),
    readKey(reader, {
      key: "oauth_private_key",
      passphrase: "oauth_key_passphrase",
    }),
  ]);
  return keys.map((key) => {
    if (!key || "pem" in key) return key;
    reader.report(key.field, key.problem);
    return undefined;
  });
}

function readApiUrl(reader: ConfigReader): string {
  const text = reader.required("api_url");
  if (text === "") return "";
  const read = readBaseUrl(text);
  if ("base" in read) return read.base;
  reader.report("api_url", read.problem);
  return "";
}

function readFormat(reader: ConfigReader): "json" | "xml" {
  const format = (reader.text("format") ?? "json").trim().toLowerCase();
  if (format === "json" || format === "xml") return format;
  reader.report("format", "wanted json or xml, got something else");
  return "json";
}

function optional<K extends string, V>(
  name: K,
  value: V | undefined,
): { readonly [P in K]?: V } {
  const object: { [P in K]?: V } = {};
  if (value !== undefined) object[name] = value;
  return object;
}
