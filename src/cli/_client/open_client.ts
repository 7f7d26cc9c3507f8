import { Client } from "../../client.ts";
import type { ClientOptions, Config, Logger } from "../../company_data/mod.ts";
import type { KvStore } from "../../kv/kv.ts";
import type { Cli } from "../_command.ts";
import { assertThere, memoryError, openKv } from "../_kv/open_kv.ts";
import { type ConfigOptions, readConfig } from "./config.ts";

/** A client, and what it was made of; closes both it and its store. */
export interface OpenClient extends AsyncDisposable {
  readonly client: Client;
  readonly config: Config;
}

/**
 * Makes a client of the configuration and the store that were named.
 *
 * @throws {ConfigError} When one of them is wrong, or the store is not there and `create` is `false`.
 */
export async function openClient(
  cli: Cli,
  options: ConfigOptions,
  { create = true }: { readonly create?: boolean } = {},
): Promise<OpenClient> {
  const config = await readConfig(cli, options);
  if (!create) await assertLasts(config, options);
  const kv = options.kv === undefined
    ? undefined
    : await openKv(options.kv, cli.host);
  const client = new Client(config, clientOptions(cli, kv));
  return {
    client,
    config,
    async [Symbol.asyncDispose](): Promise<void> {
      try {
        await client[Symbol.asyncDispose]();
      } finally {
        await kv?.close();
      }
    },
  };
}

// In a new store there is nothing to be looked at, which would pass for good news.
async function assertLasts(
  { cacheDir }: Config,
  { kv }: ConfigOptions,
): Promise<void> {
  if (kv === "memory") throw memoryError();
  if (kv !== undefined) return await assertThere(kv);
  await assertThere(cacheDir, { field: "cache_dir" });
}

/** What a client of the command is made with. */
export function clientOptions(
  cli: Cli,
  kv: KvStore | undefined,
): ClientOptions {
  return { env: {}, logger: loggerOf(cli), ...kv && { kv } };
}

function loggerOf({ output }: Cli): Logger {
  return {
    info: () => {},
    warn(message, fields = {}): void {
      const facts = Object.entries(fields).map(([name, value]) =>
        `${name}=${value}`
      );
      output.warn([`Warning: ${message}`, ...facts].join(" "));
    },
  };
}
