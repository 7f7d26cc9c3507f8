import {
  Client as StoreClient,
  type ClientOptions,
  type Config,
  configFromEnv,
  loadConfig,
  type Logger,
} from "./company_data/mod.ts";
import type { KvStore } from "./kv/kv.ts";

/**
 * The client of `./company-data`, which keeps changes in the folder `cache_dir` when no store is given.
 *
 * The folder is opened when it is first needed, by one process at a time, and closed by `Symbol.asyncDispose`. What
 * it survives is said at `fsKv`. Hosts without a filesystem of their own refuse it: give `kv` there.
 *
 * @example Drain the feed from a script
 * ```ts ignore
 * import { Client } from "@sluice/edge";
 *
 * await using client = await Client.fromConfig("allus.json");
 * const report = await client.processChanges((change) => {
 *   console.log(change.event, change.slug, change.value);
 * });
 * console.log(report);
 * ```
 */
export class Client extends StoreClient {
  /** Creates a client from a file, a `file:` URL or an object; see {@linkcode StoreClient.fromConfig}. */
  static override async fromConfig(
    source: string | URL | object,
    options: ClientOptions = {},
  ): Promise<Client> {
    return new this(await loadConfig(source, options.env), options);
  }

  /** Creates a client from the environment alone; see {@linkcode StoreClient.fromEnv}. */
  static override async fromEnv(
    env?: object,
    options: ClientOptions = {},
  ): Promise<Client> {
    return new this(await configFromEnv(env ?? options.env), options);
  }

  /** Opens the folder of the configuration. */
  protected override async openStore(
    config: Config,
    logger: Logger,
  ): Promise<KvStore> {
    const { fsKv } = await import("./kv/fs.ts");
    return await fsKv(config.cacheDir, {
      onRecover: (report) =>
        logger.warn("The store was cut off at its last whole commit", {
          ...report,
        }),
    });
  }
}
