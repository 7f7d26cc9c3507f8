import { createHttp } from "../http/request.ts";
import type { KvStore } from "../kv/kv.ts";
import { Catalog } from "./_catalog.ts";
import { Decoder } from "./_decoder.ts";
import { lazyKey } from "./_keys.ts";
import { parseErrorBody, Platform } from "./_platform.ts";
import { Spools } from "./_spools.ts";
import type { ClientSettings } from "./client_options.ts";
import type { Config } from "./config.ts";
import { Webhooks } from "./webhook.ts";

/** What a client is made of. */
export interface ClientParts {
  readonly settings: ClientSettings;
  readonly platform: Platform;
  readonly catalog: Catalog;
  readonly decoder: Decoder;
  readonly serviceKey: () => Promise<CryptoKey>;
  readonly spools: Spools;
  readonly webhooks: Webhooks;
}

/** Puts a client together. Nothing is sent, opened or derived before it is needed. */
export function createParts(
  config: Config,
  settings: ClientSettings,
  { openStore }: { openStore: () => Promise<KvStore> },
): ClientParts {
  const { clock, maxPbkdf2Iterations: maxIterations } = settings;
  const platform = createPlatform(config, settings);
  const catalog = new Catalog(() => platform.requestFields(), clock.now);
  const serviceKey = lazyKey(config.servicePrivateKey, {
    hash: "SHA-256",
    maxIterations,
  });
  const decoder = new Decoder({
    catalog,
    platform,
    key: serviceKey,
    now: clock.now,
  });
  // The envelope around a webhook is the one place where the platform uses SHA-1.
  const accountKey = config.accountPrivateKey &&
    lazyKey(config.accountPrivateKey, { hash: "SHA-1", maxIterations });
  const common = { platform, decoder, accountKey };
  return {
    settings,
    platform,
    catalog,
    decoder,
    serviceKey,
    webhooks: new Webhooks({ ...common, auth: config.webhookAuth }),
    spools: new Spools({
      ...common,
      clientId: config.clientId,
      settings,
      openStore,
    }),
  };
}

function createPlatform(config: Config, settings: ClientSettings): Platform {
  const http = createHttp({
    ...settings,
    baseUrl: config.apiUrl,
    clientId: config.clientId,
    clientSecret: config.clientSecret.reveal(),
    parseErrorBody,
  });
  return new Platform(http, config.format);
}
